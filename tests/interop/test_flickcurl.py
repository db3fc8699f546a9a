"""flickcurl's ~/.flickcurl.conf: read as its own reader does, and printed to be put in by hand."""

import pytest

from flickr_auth.errors import NoKeys, NotConfigured

SECTION = """[flickr]
oauth_token=72157626318069415-087bfc7b5816092c
oauth_token_secret=a202d1f853ec69de
oauth_client_key=653e7a6ecc1d528c516cc8f92cf98611
oauth_client_secret=a9567d986a7539fe"""


def test_the_section_is_printed_for_its_file(tool, jamal, home):
    """The four values under the names that flickcurl knows, without spaces, which it would take for a part of them."""
    flickcurl = tool("flickcurl")
    assert (flickcurl.lines(jamal()), flickcurl.lead()) == (SECTION, f"Add these lines to {home / '.flickcurl.conf'}")
    with pytest.raises(NoKeys):
        flickcurl.lines(jamal(api_secret=None))
    with pytest.raises(NotConfigured):
        flickcurl.lines(jamal(oauth_token_secret="a\n[b]"))


def test_a_configuration_without_a_token_or_a_section_is_said_so(tool, home, put):
    """flickcurl that has not been authorized yet has keys alone; another file is no configuration of its."""
    put(home / ".flickcurl.conf", "[flickr]\noauth_client_key=a\noauth_client_secret=b\n")
    assert tool("flickcurl").read() == []
    for content in ("", "[flickr", b"\xff\xfe", b"\0" * 1_000_000):
        put(home / ".flickcurl.conf", content)
        with pytest.raises(NotConfigured):
            tool("flickcurl").read()


def test_a_token_without_the_secret_of_its_key_is_read_with_the_key(tool, home, put):
    """The keys then come from elsewhere, and have to be the same one."""
    put(home / ".flickcurl.conf", "[flickr]\noauth_token=t\noauth_token_secret=s\noauth_client_key=k\n")
    assert tool("flickcurl").read()[0][:2] == ("k", None)


def test_a_configuration_is_read(tool, jamal, home, put):
    """Comments, other sections and other settings do not matter; the first section is the one that counts."""
    for content in (
        "\ufeff# mine\r\n[other]\r\noauth_token=wrong\r\n" + SECTION.replace("\n", "\r\n"),
        SECTION.replace("=", " = ") + "\n[flickr]\noauth_token=a-second-section-that-is-not-read\n",
        "[flickr]\n#oauth_token=no\noauth_token=overridden\njunk\n" + SECTION[9:] + "\nname=桜\n",
    ):
        put(home / ".flickcurl.conf", content)
        [found] = tool("flickcurl").read()
        assert found[:4] == jamal()[:4]


def test_a_token_that_cannot_sign_is_named_and_not_quoted(tool, home, put):
    """Half a token, quotes and invisible characters are said before anything is sent."""
    for lines, said in (
        ("oauth_token_secret=abc\noauth_token=", "has oauth_token_secret but no oauth_token"),
        ('oauth_token=t\noauth_token_secret="abc"', "line 3, has quotes"),
        ("oauth_token=t\noauth_token_secret=abc\u200b", "line 3, has a zero-width space"),
    ):
        put(home / ".flickcurl.conf", f"[flickr]\n{lines}\n")
        with pytest.raises(NotConfigured, match=said) as caught:
            tool("flickcurl").read()
        assert "abc" not in caught.value.message
