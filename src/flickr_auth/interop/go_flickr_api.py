"""go-flickr-api: the four values in one URI, which its programs take as -client-uri.

Source: https://github.com/aaronland/go-flickr-api/blob/main/client/oauth1.go
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from ..account import Account
from .tool import Snippet, Tool


class GoFlickrApi(Tool):
    """aaronland/go-flickr-api."""

    summary = "the Go library go-flickr-api and its programs"
    written = False
    importable = False
    no_place = "the -client-uri of its programs"

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet:  # noqa: ARG002  # it is the same always
        """The URI, percent-encoded, so that no value can end it or add to it."""
        keys = account.keys
        values = {
            "consumer_key": keys.api_key,
            "consumer_secret": keys.api_secret,
            "oauth_token": account.oauth_token,
            "oauth_token_secret": account.oauth_token_secret,
        }
        return Snippet(f"oauth1://?{urlencode(values, quote_via=quote, safe='')}", self.no_place, "Pass this URI as")


TOOL = GoFlickrApi()
