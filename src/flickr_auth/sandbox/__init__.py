"""The sandbox: a local OAuth 1.0a server that imitates Flickr, with made-up people and photos.

`flickr_auth.sandbox.server` has the server, and is imported by name, because importing this package costs nothing.
"""
