from requests_oauthlib import OAuth1Session


def test_login(flickr_sandbox):
    """The client under test goes through all three legs."""
    legs = f"{flickr_sandbox.base_url}/services/oauth"
    session = OAuth1Session(*flickr_sandbox.keys[:2], callback_uri="oob")
    session.fetch_request_token(f"{legs}/request_token")
    verifier = flickr_sandbox.approve(session.authorization_url(f"{legs}/authorize", perms="write"))
    assert session.fetch_access_token(f"{legs}/access_token", verifier=verifier)["username"] == "sandbox-sam"
