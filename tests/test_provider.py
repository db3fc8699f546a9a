"""Whose endpoints, and where nothing is ever sent."""

import pytest

from flickr_auth import provider
from flickr_auth.errors import UsageError

TOKEN = "72157626737672178-022bbd2f4c2f3432"


def test_flickrs_addresses_are_the_documented_ones():
    """Each call to Flickr goes to the address that Flickr documents for it, and so does the person's browser."""
    flickr, site = provider.FLICKR, "https://www.flickr.com/services"
    assert flickr.request_token_url == f"{site}/oauth/request_token"
    assert flickr.access_token_url == f"{site}/oauth/access_token"
    assert flickr.authorize_url(TOKEN, "write") == f"{site}/oauth/authorize?oauth_token={TOKEN}&perms=write"
    assert (flickr.rest_url, flickr.check_url) == ("https://api.flickr.com/services/rest/", f"{site}/rest")
    assert flickr.revoke_url == f"{site}/auth/list.gne"


@pytest.mark.parametrize("maker", [provider.sandbox, provider.at], ids=["sandbox", "at"])
def test_another_provider_gets_every_call(maker):
    """With the sandbox or another base URL every call goes there, and none to Flickr; its name stays the sandbox's."""
    other = maker("http://127.0.0.1:8080")
    base = "http://127.0.0.1:8080/services"
    assert other.request_token_url == f"{base}/oauth/request_token"
    assert other.access_token_url == f"{base}/oauth/access_token"
    assert other.authorize_url("t", "read") == f"{base}/oauth/authorize?oauth_token=t&perms=read"
    assert other.rest_url == other.check_url == f"{base}/rest/"
    assert other.revoke_url.startswith(base)
    assert other.name == ("sandbox" if maker is provider.sandbox else "http://127.0.0.1:8080")
    with pytest.raises(AttributeError):  # nobody who is handed a provider can send others' requests elsewhere
        other.site = "https://evil.example"


def test_a_token_cannot_change_the_address():
    """A request token with `&`, `#`, `/` or a space in it stays one parameter of the address."""
    url = provider.FLICKR.authorize_url("a&perms=delete#/ é", "read")
    assert url == (
        "https://www.flickr.com/services/oauth/authorize?oauth_token=a%26perms%3Ddelete%23%2F%20%C3%A9&perms=read"
    )


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://photos.example:443", "https://photos.example"),
        (" https://Photos.Example:8443/\n", "https://photos.example:8443"),
        ("http://127.255.0.9:80", "http://127.255.0.9"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("HTTP://LOCALHOST", "http://localhost"),
        ("https://[2001:db8::1]:444", "https://[2001:db8::1]:444"),
    ],
)
def test_a_base_url_is_scheme_host_and_port(base_url, expected):
    """A base URL is remembered in one spelling, however it was written."""
    assert provider.at(base_url) == provider.Provider(expected, expected, expected)


def test_flickrs_own_address_is_flickr():
    """Somebody who names Flickr's own address gets Flickr, with its two hosts and its name."""
    assert provider.at("https://WWW.Flickr.com:443/") is provider.at("https://api.flickr.com") is provider.FLICKR


@pytest.mark.parametrize(
    "base_url",
    [
        "http://www.flickr.com",
        "http://0.0.0.0",
        "http://127.evil.example.1",
        "http://localhost.evil.example",
        "http://[::ffff:10.0.0.1]",
        "http://127.0.0.256",
        "http://127.0.0.0001999",
        "http://127.0.0.08",
        "http://127.1",
        "http://2130706433",
        "http://127.0.0.1.",
        "http://\u0661\u0662\u0667.0.0.1",
    ],
)
def test_plain_http_never_leaves_this_machine(base_url):
    """Plain http is refused for every host but the loopback ones, and also for those that only look like one."""
    with pytest.raises(UsageError):
        provider.at(base_url)


@pytest.mark.parametrize(
    "base_url",
    [
        pytest.param("", id="empty"),
        pytest.param("ftp://127.0.0.1", id="ftp"),
        pytest.param("https://", id="no-host"),
        pytest.param("https://photos.example/services", id="path"),
        pytest.param("https://photos.example:port", id="port-word"),
        pytest.param("https://pho tos.example", id="space"),
        pytest.param("https://..", id="empty-label"),
        pytest.param(f"https://{'l' * 64}.example", id="long-label"),
        pytest.param(f"https://{'l.' * 130}example", id="long-host"),
        pytest.param("https://pho'tos.example", id="quote"),
        pytest.param(f"https://{'a.' * 146}org.photos.example", id="another-host-once-it-is-cut"),
    ],
)
def test_what_is_no_base_url_is_wrong_usage(base_url):
    """Anything but a scheme, a host and a port is wrong usage, and the error shows what a base URL looks like."""
    with pytest.raises(UsageError) as caught:
        provider.at(base_url)
    assert "https://flickr.example.org" in caught.value.hint


def test_a_sentence_names_the_provider():
    """Messages call the provider by its name, so that nobody blames Flickr for another's answer."""
    sandbox, other = provider.named("sandbox"), provider.at("https://photos.example")
    assert [each.called for each in (provider.FLICKR, sandbox, other)] == ["Flickr", "The sandbox", other.name]
    assert [each.called_inside for each in (provider.FLICKR, sandbox, other)] == ["Flickr", "the sandbox", other.name]


def test_the_words_flickr_and_sandbox_name_their_providers():
    """FLICKR_AUTH_BASE_URL may be the word flickr or sandbox, as `run` sets it, or an address."""
    assert provider.wanted({}) is provider.wanted({"FLICKR_AUTH_BASE_URL": ""}) is provider.named("flickr")
    assert [provider.named(name).name for name in ("flickr", "sandbox", "https://photos.example/")] == [
        "flickr",
        "sandbox",
        "https://photos.example",
    ]


@pytest.mark.parametrize("value", ["photos.example", "http://photos.example"])
def test_a_bad_base_url_in_a_variable_is_blamed_on_the_variable_without_its_password(value):
    """Who set FLICKR_AUTH_BASE_URL long ago reads which variable is to blame and what it holds, but for a password."""
    with pytest.raises(UsageError, match="FLICKR_AUTH_BASE_URL") as caught:
        provider.wanted({"FLICKR_AUTH_BASE_URL": value})
    assert f"'{value}'" in caught.value.message and caught.value.hint.startswith("Fix: set FLICKR_AUTH_BASE_URL")
    for url in ("https://me:hunter2@photos.example", "http://hunter2@127.0.0.1"):
        with pytest.raises(UsageError) as caught:
            provider.wanted({"FLICKR_AUTH_BASE_URL": url})
        said = f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r} {caught.value.__context__!r}"
        assert "hunter2" not in said
