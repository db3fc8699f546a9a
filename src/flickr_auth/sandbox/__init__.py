"""The stand-in for Flickr: a true OAuth 1.0a server on this machine, with made-up people and photos.

`flickr_auth.sandbox.server` has the server, and is imported by name, because importing this package costs nothing.
"""
