"""Requests to Flickr: the three legs of a login, REST calls, and all pages of a method."""
