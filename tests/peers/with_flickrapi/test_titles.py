import pytest
from flickrapi import FlickrAPI, FlickrError
from flickrapi.auth import FlickrAccessToken
from titles import titles


def test_titles(flickr_sandbox, monkeypatch):
    """The client under test reads titles and raises on an error, against a real server and without a key."""
    account = flickr_sandbox.account()
    monkeypatch.setattr(FlickrAPI, "REST_URL", f"{flickr_sandbox.base_url}/services/rest/")
    token = FlickrAccessToken(account.oauth_token, account.oauth_token_secret, account.perms)
    flickr = FlickrAPI(account.api_key, account.api_secret, token=token, store_token=False, format="parsed-json")
    assert titles(flickr)[1] == "Überraschung im Schnee 2"
    flickr_sandbox.fail("flickr.people.getPhotos", code=98, message="Invalid auth token")
    with pytest.raises(FlickrError, match="98"):
        titles(flickr)
    assert [request.arguments["per_page"] for request in flickr_sandbox.requests] == ["3", "3"]
