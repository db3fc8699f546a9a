"""flickcurl's ~/.flickcurl.conf: read as its own reader does, and printed to be put in by hand."""

import pytest

from flickr_auth.account import ConsumerKeys
from flickr_auth.errors import NoKeys, NotConfigured

SECTION = """[flickr]
oauth_token=72157626318069415-087bfc7b5816092c
oauth_token_secret=a202d1f853ec69de
oauth_client_key=653e7a6ecc1d528c516cc8f92cf98611
oauth_client_secret=a9567d986a7539fe"""


def test_the_section_is_printed_for_its_file(tool, jamal, home):
    """The four values under the names that flickcurl knows, without spaces, which it would take for a part of them."""
    snippet = tool("flickcurl").snippet(jamal())
    assert (snippet.text, snippet.place) == (SECTION, str(home / ".flickcurl.conf"))
    with pytest.raises(NoKeys):
        tool("flickcurl").snippet(jamal(api_secret=None))
    with pytest.raises(NotConfigured):
        tool("flickcurl").snippet(jamal(oauth_token_secret="a\n[b]"))


@pytest.mark.parametrize(
    "content",
    [
        SECTION,
        "\ufeff# mine\r\n[other]\r\noauth_token=wrong\r\n" + SECTION.replace("\n", "\r\n"),
        SECTION.replace("=", " = ") + "\n[flickr]\noauth_token=a-second-section-that-is-not-read\n",
        "[flickr]\n#oauth_token=no\noauth_token=overridden\njunk\n"
        + SECTION.removeprefix("[flickr]\n")
        + "\nname=桜\n",
    ],
)
def test_a_configuration_is_read(tool, jamal, home, put, content):
    """Comments, other sections and other settings do not matter; the first section is the one that counts."""
    put(home / ".flickcurl.conf", content)
    [found] = tool("flickcurl").read()
    assert found.token == jamal().token
    assert found.keys == ConsumerKeys(jamal().api_key, jamal().api_secret, source=str(home / ".flickcurl.conf"))


def test_a_configuration_without_a_token_or_a_section_is_said_so(tool, home, put):
    """flickcurl that has not been authorized yet has keys alone; another file is no configuration of its."""
    put(home / ".flickcurl.conf", "[flickr]\noauth_client_key=a\noauth_client_secret=b\n")
    assert tool("flickcurl").read() == []
    for content in ("", "[flickr", b"\xff\xfe", b"\0" * 1_000_000):
        put(home / ".flickcurl.conf", content)
        with pytest.raises(NotConfigured):
            tool("flickcurl").read()


def test_a_token_without_its_keys_has_none(tool, home, put):
    """The keys then come from elsewhere, and have to be the same one."""
    put(home / ".flickcurl.conf", "[flickr]\noauth_token=t\noauth_token_secret=s\noauth_client_key=k\n")
    [found] = tool("flickcurl").read()
    assert (found.keys, found.api_key) == (None, "k")


@pytest.mark.parametrize(
    ("there", "missing"), [("oauth_token", "oauth_token_secret"), ("oauth_token_secret", "oauth_token")]
)
@pytest.mark.parametrize("empty", ["", "\n{}=\n"])
def test_half_a_token_is_said(*, tool, home, put, there, missing, empty):
    """A token without its secret signs nothing; the half that is missing is named."""
    put(home / ".flickcurl.conf", f"[flickr]\n{there}=abc{empty.format(missing)}\noauth_client_key=k\n")
    with pytest.raises(NotConfigured, match=f"has {there} but no {missing}"):
        tool("flickcurl").read()


@pytest.mark.parametrize("bad", ['"abc"', "a b", "abc\u200b", "oauth_token=abc", "t\u00f6ken"])
def test_a_value_that_cannot_sign_is_named_by_its_line(tool, home, put, bad):
    """Quotes and invisible characters are not sent."""
    put(home / ".flickcurl.conf", f"# mine\n[flickr]\noauth_token=t\noauth_token_secret={bad}\n")
    with pytest.raises(NotConfigured, match=r"line 4, ") as caught:
        tool("flickcurl").read()
    assert bad not in caught.value.message
