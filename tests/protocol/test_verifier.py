"""What a person pastes, made into a verifier."""

import pickle

import pytest

from flickr_auth.protocol import verifier

from samples import OAUTH_TOKEN as FOREIGN

OURS = "72157626737672178-022bbd2f4c2f3432"
HEX = "5d1b96a26b494074"


def parse(pasted, **kwargs):
    return verifier.parse(pasted, oauth_token=OURS, **kwargs)


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("123456789", id="neither"),
        pytest.param("  123 456 789\r\n", id="spaces"),
        pytest.param("\uff11\uff12\uff13\uff0d\uff14\uff15\uff16\uff0d\uff17\uff18\uff19", id="full-width"),
        pytest.param("123\u2011456\u2013789", id="two-other-dashes"),
        pytest.param("\u2003123\u00a0456-789", id="other-spaces"),
    ],
)
def test_a_pin_may_be_spelled_in_any_way(pasted):
    """Nine digits, however they are separated, are sent as Flickr shows them."""
    assert parse(pasted) == "123-456-789"


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("\u200b{}\u200d", id="zero-width"),
        pytest.param("Your code is {}.", id="sentence"),
        pytest.param("Код: {}", id="label-of-another-language"),
        pytest.param("\x1b[200~ \ufeff\u201cPIN: {}\u201d \x1b[201~\n", id="all-at-once"),
    ],
)
def test_what_stands_around_a_code_is_peeled_off(pasted):
    """A code that was copied with its label, quotes or invisible characters is understood, and else left as it is."""
    for code in ("123 456 789", HEX, "1234567890123456"):
        assert parse(pasted.format(code)) == code.replace(" ", "-")


@pytest.mark.parametrize("pasted", ["<{url}>", "\x1b[200~\ufeff{url}\u200b\x1b[201~", "'{escaped}&'"])
def test_what_stands_around_a_url_is_peeled_off(pasted):
    """A URL copied out of a mail, a page's source or a chat gives the verifier in it, and the login it belongs to."""
    url = f"http://127.0.0.1:1/cb?oauth_token={OURS}&oauth_verifier={HEX}"
    text = pasted.format(url=url, escaped=url.replace("&", "&amp;"))
    assert parse(text) == HEX
    assert verifier.oauth_token_in(text) == OURS


@pytest.mark.parametrize("pasted", ["a 123-456-789", "0 PIN: 123-456-789", "PIN: 123-456-789 now"])
def test_what_is_left_after_peeling_is_judged_as_strictly_as_before(pasted):
    """Only what surely is no part of a code is removed; the rest is asked about."""
    with pytest.raises(verifier.Unusual) as caught:
        parse(pasted)
    assert caught.value.text == pasted


def test_the_url_of_the_page_itself_is_no_code():
    """Whoever pastes the URL that was to be opened reads that, and Flickr is not asked."""
    with pytest.raises(verifier.Unusual, match="has no code in it") as caught:
        parse(f"https://www.flickr.com/services/oauth/authorize?oauth_token={OURS}&perms=read")
    assert caught.value.text == ""


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        pytest.param("oauth_verifier=" + "v" * 255, "v" * 255, id="longest"),
        pytest.param(f"oauth_token={OURS}&oauth_verifier=123-456-789", "123-456-789", id="parameters"),
        pytest.param(f"http://127.0.0.1:1/cb?a=b&oauth_token={OURS}&oauth_verifier={HEX}#_=_", HEX, id="more-in-it"),
        pytest.param(
            f"http://127.0.0.1:1/?oauth_token={OURS.replace('-', '%2D')}&oauth_verifier=5%641b96a26b494074",
            HEX,
            id="percent-encoded",
        ),
    ],
)
def test_a_redirect_may_be_pasted_whole(pasted, expected):
    """`oauth_verifier=…` and the whole address of the redirect give the verifier in them, decoded."""
    assert parse(pasted) == expected


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param(f"http://127.0.0.1:1/?oauth_token={FOREIGN}&oauth_verifier={HEX}", id="foreign-token"),
        pytest.param(f"http://x/?oauth_token={OURS}&oauth_token={FOREIGN}&oauth_verifier={HEX}", id="two-tokens"),
        pytest.param(f"http://127.0.0.1:1/?oauth_token={OURS}&oauth_verifier=", id="no-verifier"),
        pytest.param(f"http://x/?oauth_token={OURS}&oauth_verifier={HEX}&oauth_verifier={HEX}", id="two-verifiers"),
        pytest.param("oauth_verifier=a%0Ab", id="newline"),
        pytest.param("oauth_verifier=" + "v" * 256, id="too-long"),
        pytest.param(f"http://[::1/?oauth_verifier={HEX}", id="no-address"),
    ],
)
def test_a_redirect_that_cannot_be_ours_is_refused(pasted):
    """An address of another login, or without exactly one usable verifier, is refused with nothing to insist on."""
    with pytest.raises(verifier.Unusual) as caught:
        parse(pasted)
    assert caught.value.text == ""
    assert ("another login" in caught.value.message) == (FOREIGN in pasted)


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("1234567890", id="ten-digits"),
        pytest.param("٣٤٥٣٤٥٣٤٥", id="other-digits"),
        pytest.param(HEX.upper(), id="upper-hex"),
        pytest.param("v" * 255, id="longest"),
    ],
)
def test_another_shape_is_asked_about_before_it_is_sent(pasted):
    """What does not look like a code is not sent by itself, and what would be sent is exactly what was pasted."""
    with pytest.raises(verifier.Unusual) as caught:
        parse(f" {pasted} \n")
    assert caught.value.text == pasted


@pytest.mark.parametrize("pasted", ["", "v" * 256, "a\nb", "\x1b[A"], ids=["empty", "long", "lines", "arrow"])
def test_what_could_never_be_sent_is_not_offered(pasted):
    """An empty line, an arrow key or a page of text is refused, and there is nothing to insist on."""
    with pytest.raises(verifier.Unusual) as caught:
        parse(pasted)
    assert caught.value.text == ""
    assert caught.value.hint


def test_another_provider_may_send_any_shape():
    """The verifier of a provider that is not Flickr may be any 1 to 255 unreserved characters, and is left as it is."""
    for pasted in ("any~shape._-", "v" * 255, "123456789"):
        assert parse(f" {pasted}\n", any_shape=True) == pasted
    for pasted in ("a b", "é", "v" * 256):
        with pytest.raises(verifier.Unusual):
            parse(pasted, any_shape=True)


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("my-password-by-mistake!", id="unusual"),
        pytest.param("oauth_verifier=my-password-by-mistake!", id="unusable"),
        pytest.param(f"http://x/?oauth_token=my-password-by-mistake!&oauth_verifier={HEX}", id="foreign"),
        pytest.param(f"oauth_verifier={HEX}&my-password-by-mistake!", id="broken"),
    ],
)
def test_what_was_pasted_is_nowhere_in_the_error(pasted):
    """A secret that was pasted by mistake reaches no log through the error: not its text, its repr, or its pickle."""
    with pytest.raises(verifier.Unusual) as caught:
        parse(pasted)
    error = caught.value
    said = f"{error} {error!r} {error.args} {error.message} {error.hint}".encode() + pickle.dumps(error)
    assert b"by-mistake" not in said
    assert HEX.encode() not in said
