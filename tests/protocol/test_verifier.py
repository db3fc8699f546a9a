"""What a person pastes, made into a verifier."""

import pickle

import pytest

from flickr_auth.protocol import verifier

from samples import OAUTH_TOKEN as FOREIGN

OURS = "72157626737672178-022bbd2f4c2f3432"
HEX = "5d1b96a26b494074"


def parse(pasted, **kwargs):
    return verifier.parse(pasted, oauth_token=OURS, **kwargs)


def unusual(pasted, **kwargs):
    """The error of a paste that is not sent by itself; its text is what may be sent all the same."""
    with pytest.raises(verifier.Unusual) as caught:
        parse(pasted, **kwargs)
    return caught.value


def test_a_pin_may_be_spelled_in_any_way():
    """Nine digits, however they are separated, are sent as Flickr shows them."""
    full_width = "\uff11\uff12\uff13\uff0d\uff14\uff15\uff16\uff0d\uff17\uff18\uff19"
    other_dashes, other_spaces = "123\u2011456\u2013789", "\u2003123\u00a0456-789"
    for pasted in ("123456789", "  123 456 789\r\n", full_width, other_dashes, other_spaces):
        assert parse(pasted) == "123-456-789"


def test_what_stands_around_a_code_is_peeled_off():
    """A code that was copied with its label, quotes or invisible characters is understood, and else left as it is."""
    for code in ("123 456 789", HEX, "1234567890123456"):
        for around in (
            "\u200b{}\u200d",
            "Your code is {}.",
            "Код: {}",
            "\x1b[200~ \ufeff\u201cPIN: {}\u201d \x1b[201~\n",
        ):
            assert parse(around.format(code)) == code.replace(" ", "-")


def test_what_stands_around_a_url_is_peeled_off():
    """A URL copied out of a mail, a page's source or a chat gives the verifier in it, and the login it belongs to."""
    url = f"http://127.0.0.1:1/cb?oauth_token={OURS}&oauth_verifier={HEX}"
    for pasted in (f"<{url}>", f"\x1b[200~\ufeff{url}\u200b\x1b[201~", f"'{url}&'".replace("&", "&amp;")):
        assert parse(pasted) == HEX
        assert verifier.oauth_token_in(pasted) == OURS


def test_what_is_left_after_peeling_is_judged_as_strictly_as_before():
    """Only what surely is no part of a code is removed; the rest is asked about."""
    for pasted in ("a 123-456-789", "0 PIN: 123-456-789", "PIN: 123-456-789 now"):
        assert unusual(pasted).text == pasted


def test_the_url_of_the_page_itself_is_no_code():
    """Whoever pastes the URL that was to be opened reads that, and Flickr is not asked."""
    error = unusual(f"https://www.flickr.com/services/oauth/authorize?oauth_token={OURS}&perms=read")
    assert "has no code in it" in error.message and error.text == ""


def test_a_redirect_may_be_pasted_whole():
    """`oauth_verifier=…` and the whole address of the redirect give the verifier in them, decoded."""
    assert parse("oauth_verifier=" + "v" * 255) == "v" * 255
    assert parse(f"oauth_token={OURS}&oauth_verifier=123-456-789") == "123-456-789"
    assert parse(f"http://127.0.0.1:1/cb?a=b&oauth_token={OURS}&oauth_verifier={HEX}#_=_") == HEX
    encoded = OURS.replace("-", "%2D")
    assert parse(f"http://127.0.0.1:1/?oauth_token={encoded}&oauth_verifier=5%641b96a26b494074") == HEX


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
    error = unusual(pasted)
    assert error.text == ""
    assert ("another login" in error.message) == (FOREIGN in pasted)


def test_another_shape_is_asked_about_before_it_is_sent():
    """What does not look like a code is not sent by itself, and what would be sent is exactly what was pasted."""
    for pasted in ("1234567890", "٣٤٥٣٤٥٣٤٥", HEX.upper(), "v" * 255):
        assert unusual(f" {pasted} \n").text == pasted


def test_what_could_never_be_sent_is_not_offered():
    """An empty line, an arrow key or a page of text is refused, and there is nothing to insist on."""
    for pasted in ("", "v" * 256, "a\nb", "\x1b[A"):
        error = unusual(pasted)
        assert error.text == "" and error.hint


def test_another_provider_may_send_any_shape():
    """The verifier of a provider that is not Flickr may be any 1 to 255 unreserved characters, and is left as it is."""
    for pasted in ("any~shape._-", "v" * 255, "123456789"):
        assert parse(f" {pasted}\n", any_shape=True) == pasted
    for pasted in ("a b", "é", "v" * 256):
        assert unusual(pasted, any_shape=True)


def test_what_was_pasted_is_nowhere_in_the_error():
    """A secret that was pasted by mistake reaches no log through the error: not its text, its repr, or its pickle."""
    mistake = "my-password-by-mistake!"
    for pasted in (
        mistake,
        f"oauth_verifier={mistake}",
        f"http://x/?oauth_token={mistake}&oauth_verifier={HEX}",
        f"oauth_verifier={HEX}&{mistake}",
    ):
        error = unusual(pasted)
        said = f"{error} {error!r} {error.args} {error.message} {error.hint}".encode() + pickle.dumps(error)
        assert b"by-mistake" not in said
        assert HEX.encode() not in said
