"""What this machine's own settings break: named as what it is, never blamed on the network, never tried again."""

import os
import subprocess
import sys

import pytest

from flickr_auth.errors import Unreachable
from flickr_auth.protocol import legs
from flickr_auth.provider import FLICKR, at
from flickr_auth.transport import Transport
from flickr_auth.transport.failures import Unsendable

from rude_server import ACCESS, KEYS, RudeServer, answer, raw

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.mark.parametrize(("variable", "content"), [(BUNDLES[0], None), (BUNDLES[1], "junk")])
def test_certificates_that_cannot_be_read_are_named_with_their_own_variable(variable, content, monkeypatch, tmp_path):
    """A bundle that is missing or junk is named with its path and its variable; no network is blamed or tried again."""
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(variable, str(path))
    notices = []
    with (
        RudeServer([]) as server,
        Transport(at(f"https://127.0.0.1:{server.port}"), KEYS, notice=notices.append) as ours,
        pytest.raises(Unsendable) as caught,
    ):
        legs.request_token(ours)
    assert (server.requests, notices, server.connections <= 1) == ([], [], True)
    said = caught.value.message + caught.value.hint
    assert str(path) in caught.value.message and variable in caught.value.message and variable in caught.value.hint
    assert not any(other in said for other in (*BUNDLES, "etwork") if other != variable)


def test_certificates_that_the_package_has_lost_are_named_with_the_package(monkeypatch, tmp_path):
    """Where no bundle is set and certifi's own is gone, certifi is named, with what installs it again."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "gone.pem"))
    with (
        RudeServer([]) as server,
        Transport(at(f"https://127.0.0.1:{server.port}"), KEYS) as ours,
        pytest.raises(Unsendable, match="certifi cannot be read") as caught,
    ):
        legs.request_token(ours)
    assert "certifi" in caught.value.hint and "None" not in caught.value.hint


WITHOUT_PYSOCKS = """
import sys
sys.modules["socks"] = None  # as if it were not installed
from flickr_auth.account import ConsumerKeys
from flickr_auth.errors import Error
from flickr_auth.protocol import legs
from flickr_auth.provider import FLICKR
from flickr_auth.transport import Transport
try:
    with Transport(FLICKR, ConsumerKeys("k", "s"), notice=lambda text: print("notice", text)) as transport:
        legs.request_token(transport)
except Error as failure:
    print(type(failure).__name__, failure.message, failure.hint, sep="|")
"""


def test_a_socks_proxy_without_its_package_names_the_package():
    """A SOCKS proxy needs the package PySocks: that is what is said, at once, and not that nothing can be reached."""
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYSOCKS],
        env=os.environ | {"HTTPS_PROXY": "socks5h://me:passw0rd@127.0.0.1:1080"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    kind, message, hint = ran.stdout.strip().split("|")
    assert kind == "Unsendable" and "PySocks" in message and hint.startswith("Run: ") and hint.endswith(" PySocks")
    assert "passw0rd" not in ran.stdout


@pytest.fixture
def proxy(monkeypatch):
    """Names a proxy for Flickr."""
    return lambda value, name="HTTPS_PROXY": monkeypatch.setenv(name, value)


def through(notices):
    with Transport(FLICKR, KEYS, notice=notices.append, timeout=8) as transport, pytest.raises(Unreachable) as caught:
        legs.access_token(transport, ACCESS, "123-456-789", "read")
    return caught.value


@pytest.mark.parametrize(("status", "times"), [(407, 1), (502, 3)])
def test_a_proxy_that_refuses_is_asked_once_and_one_that_is_overloaded_again(status, times, proxy):
    """A refusal stays one, however often it is asked for; an overloaded proxy may do better a moment later."""
    notices = []
    with RudeServer([answer("", status)] * 3) as server:
        proxy(f"http://me:passw0rd@127.0.0.1:{server.port}")
        error = through(notices)
    assert [len(server.requests), len(notices)] == [times, times - 1]
    assert "proxy" in error.message and "HTTPS_PROXY" in error.hint
    assert (f"(HTTP {status})" in error.message) == (type(error) is Unsendable) == (times == 1)
    assert "passw0rd" not in f"{error!r}{notices}"


@pytest.mark.parametrize("variable", ["https_proxy", "ALL_PROXY"])
def test_the_variable_that_names_the_proxy_is_the_one_to_check(variable, proxy):
    """Whichever variable names the proxy is the one that the hint names, as it is written there."""
    with RudeServer([raw(b"")], listening=True) as server:
        proxy(f"http://127.0.0.1:{server.port}", variable)
        error = through([])
    assert variable in error.hint.split(", or")[0]
