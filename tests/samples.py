"""The sample account of the tests: the values of Flickr's own OAuth guide, and of a second person with the same key."""

from flickr_auth.account import Account

API_KEY = "653e7a6ecc1d528c516cc8f92cf98611"
API_SECRET = "a9567d986a7539fe"
OAUTH_TOKEN = "72157626318069415-087bfc7b5816092c"
OAUTH_TOKEN_SECRET = "a202d1f853ec69de"

JAMAL = Account(
    API_KEY,
    API_SECRET,
    OAUTH_TOKEN,
    OAUTH_TOKEN_SECRET,
    user_nsid="21207597@N07",
    username="jamalfanaian",
    fullname="Jamal Fanaian",
    perms="read",
)
WEZM = JAMAL._replace(
    oauth_token="72157626737672178-022bbd2f4c2f3432",
    oauth_token_secret="fccb68c4e6103197",
    user_nsid="40215689@N00",
    username="wezm",
    fullname="Wesley Moore",
    perms="write",
)
