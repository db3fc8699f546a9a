"""Whatever comes in (files, answers, pastes, visits): a value or one of our errors, never anything else.

The ordinary run tries a few examples of each; `--hypothesis-profile long` tries 100,000 in all.
"""

import contextlib
import json
import socket
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flickr_auth import provider
from flickr_auth.account import Account, ConsumerKeys, Token, account_id
from flickr_auth.cli.text import cells, fitted, plain
from flickr_auth.errors import Error
from flickr_auth.interop import registry
from flickr_auth.interop.tool import Existing
from flickr_auth.loopback import callback
from flickr_auth.protocol import legs, rest, verifier
from flickr_auth.storage import apikeys, token_file
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.pending import PendingFolder
from flickr_auth.transport import Transport
from flickr_auth.transport.exchange import Answer, checked

from samples import API_KEY, API_SECRET, OAUTH_TOKEN, OAUTH_TOKEN_SECRET

KEYS = ConsumerKeys(API_KEY, API_SECRET, "a test")
TOKEN = Token(OAUTH_TOKEN, OAUTH_TOKEN_SECRET)
WORDS = st.sampled_from(
    [
        *("oauth_token", "oauth_token_secret", "oauth_problem", "oauth_callback_confirmed", "user_nsid", "fullname"),
        *("=", "&", "%", "%zz", "%ff", "%00", "+", "?", "#", "true", "token_rejected", "debug_sbs=GET&https", "oob"),
        *("\r\n", "\n", "\r", "\t", " ", "\0", "\x1b[2J", "\ufeff", "\u2028", "\ud7ff", "é", "さ", "📷", "'", '"'),
        *("\\", "[", "]", "{", "}", ":", ",", "null", "1e999", "-0", "NaN", '"stat":"ok"', '"code":98', "<html>"),
        *(API_KEY, API_SECRET, "123-456-789", "oauth_verifier=", "your-api-key"),
        *("//", "@", "https://", "http://127.0.0.1", "localhost", "[::1]", ":443", "..", "-", "0", "9" * 30),
    ]
)
TEXT = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=12).map("".join))
BYTES = st.one_of(
    st.binary(max_size=120),
    TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")),
    TEXT.map(lambda text: text.encode("utf-16", "surrogatepass")),
    TEXT.map(lambda text: text.encode("latin-1", "replace")),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=8,
)
HEADERS = st.dictionaries(st.sampled_from(["content-type", "retry-after", "date", "location"]), TEXT, max_size=3)


def quiet(_text):
    """Warnings are not what is tested here."""


@contextlib.contextmanager
def one_of_our_errors():
    """A value, or an error of ours whose words can be shown and hold no secret."""
    failure = None
    try:
        yield
    except Error as caught:
        failure = caught
    if failure is not None:
        words = f"{failure.message} {failure.hint} {failure!r}"
        assert failure.message and KEYS.api_secret not in words and TOKEN.oauth_token_secret not in words


class Told(Transport):
    """A transport whose next answer is given."""

    def __init__(self, answer):
        super().__init__(provider.FLICKR, KEYS)
        self._told = answer

    def send(self, _request, read):
        return read(checked(self._told, self.provider))


@given(content=BYTES)
@example(content=b"\xff\xfe")
@example(content=b"653e7a6ecc1d528c516cc8f92cf98611\r\na9567d986a7539fe")
def test_an_apikeys_file_may_hold_anything(content):
    """Keys that could be sent, or a sentence about the file."""
    with contextlib.suppress(Error):
        keys = apikeys.parse(content, "apikeys")
        assert keys.api_key.isascii() and keys.api_secret.isascii()
        assert len(keys.api_key.split()) == len(keys.api_secret.split()) == 1


@given(content=BYTES)
def test_a_token_file_may_hold_anything(content):
    """Two words that can be shown, or no token."""
    with one_of_our_errors():
        token = token_file.parse(content, "token")
        assert f"{token.oauth_token}{token.oauth_token_secret}".isprintable()


ACCOUNT_FILE = st.one_of(
    BYTES,
    st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(JSON, TEXT)
            for name in ("store", "backend", "api_key", "api_secret", "oauth_token", "oauth_token_secret", "provider")
        }
        | {"store": st.sampled_from(["file", "keyring", "else"])},
    ).map(lambda told: json.dumps(told).encode()),
)


@given(content=ACCOUNT_FILE)
def test_an_account_file_may_hold_anything(content):
    """A record with its secrets or its keyring, or a sentence that names the file."""
    with tempfile.TemporaryDirectory() as folder:
        accounts = AccountFolder(Path(folder), quiet)
        Path(accounts.folder).mkdir()
        Path(accounts.path("a")).write_bytes(content)
        with one_of_our_errors():
            record = accounts.read("a")
            assert record.backend if record.store == "keyring" else record.token


@given(content=st.one_of(BYTES, JSON.map(lambda told: json.dumps(told).encode())))
def test_a_waiting_logins_file_may_hold_anything(content):
    """A login that waits, or a sentence that none does."""
    with tempfile.TemporaryDirectory() as folder:
        waiting = Path(folder, "pending", "0123abcd.json")
        waiting.parent.mkdir()
        waiting.write_bytes(content)
        with one_of_our_errors():
            PendingFolder(Path(folder), quiet).find()


@given(content=BYTES)
def test_the_default_may_be_anything(content):
    """The name of an account that is there, or none is chosen; no name leaves the folder."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "default").write_bytes(content)
        accounts = AccountFolder(Path(folder), quiet)
        name = accounts.default()
        assert name is None or not accounts.has(name)


ANSWERS = st.builds(Answer, st.sampled_from([200, 200, 200, 400, 401, 403, 404, 418]), BYTES, HEADERS)
ANY_ANSWERS = st.builds(Answer, st.integers(200, 599), BYTES, HEADERS)


@given(answer=st.one_of(ANSWERS, ANY_ANSWERS))
def test_an_answer_to_a_login_may_be_anything(answer):
    """A request token and an access token that can be shown, or one of our errors."""
    with one_of_our_errors():
        token = legs.request_token(Told(answer))
        assert f"{token.oauth_token}{token.oauth_token_secret}".isprintable()
    with one_of_our_errors():
        issued = legs.access_token(Told(answer), TOKEN, "123-456-789", "read")
        assert f"{issued.token.oauth_token}{issued.token.oauth_token_secret}".isprintable()
        assert set(account_id(issued.user_nsid or "", KEYS.api_key, "flickr")).isdisjoint("/\\\0.")


VERDICTS = JSON | st.fixed_dictionaries({"stat": st.just("ok"), "oauth": JSON | st.dictionaries(TEXT, JSON)})


@given(answer=st.one_of(ANSWERS, st.builds(Answer, st.just(200), VERDICTS.map(lambda told: json.dumps(told).encode()))))
def test_an_answer_of_rest_may_be_anything(answer):
    """A verdict, or one of our errors."""
    with one_of_our_errors():
        assert rest.check_token(Told(answer), Account.of(KEYS, TOKEN)).perms in ("read", "write", "delete")


@given(pasted=TEXT, any_shape=st.booleans())
@example(pasted="http://127.0.0.1:1/?oauth_token=a&oauth_verifier=%zz", any_shape=True)
def test_a_paste_may_be_anything(pasted, any_shape):
    """A verifier of unreserved characters, or a sentence."""
    verifier.oauth_token_in(pasted)
    try:
        found = verifier.parse(pasted, oauth_token="a", any_shape=any_shape)
    except verifier.Unusual as failure:
        found = failure.text  # what may be insisted on
    else:
        assert found.isascii() and found
    assert len(found) <= 255 and found.isprintable()


@given(base_url=TEXT)
def test_a_base_url_may_be_anything(base_url):
    """Flickr, https, or this machine; or a sentence."""
    with one_of_our_errors():
        found = provider.at(base_url)
        assert found.site.startswith(("https://", "http://127.", "http://localhost", "http://[::1]"))
        assert provider.at(found.site) == found


@given(text=TEXT, columns=st.integers(3, 40))
def test_a_name_may_be_anything(text, columns):
    """What is shown moves no cursor, and takes the columns that it was given."""
    assert plain(text).isprintable()
    assert cells(fitted(plain(text), columns)) == columns


ACCOUNT = Account(KEYS.api_key, KEYS.api_secret, *TOKEN, "21207597@N07", "jamal fanaian", "Jamal", "read")
SETTINGS = st.one_of(
    JSON,
    st.fixed_dictionaries({"extractor": st.one_of(JSON, st.fixed_dictionaries({"flickr": JSON}))}),
    st.fixed_dictionaries({"extractor": st.fixed_dictionaries({"flickr": st.dictionaries(TEXT, JSON)}), "a": JSON}),
)
CONFIGS = st.one_of(
    BYTES,
    st.builds(
        lambda told, indent: json.dumps(told, indent=indent).encode(), SETTINGS, st.sampled_from([None, 1, "\t"])
    ),
    TEXT.map(lambda text: f"[flickr]\noauth_token={text}\noauth_token_secret=b\n".encode("utf-8", "surrogatepass")),
    st.binary(max_size=60).map(lambda more: b"SQLite format 3\0" + more),
)


@pytest.mark.parametrize("name", [name for name, tool in registry.tools().items() if tool.importable])
@given(content=CONFIGS)
def test_a_tools_file_may_hold_anything(name, content):
    """What a tool's file holds is read, or left alone with a sentence; what is written there is found there again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config")
        path.write_bytes(content)
        its = registry.tools()[name]
        with one_of_our_errors():
            for found in its.read(path, quiet, named=True):
                assert found.token.oauth_token and found.token.oauth_token_secret
        if not its.written:
            return
        with one_of_our_errors():
            its.existing(path, ACCOUNT, quiet)
            its.write(path, ACCOUNT, quiet)
            assert TOKEN in [found.token for found in its.read(path, quiet, named=True)]
            assert its.existing(path, ACCOUNT, quiet) is Existing.SAME


@pytest.fixture(scope="module")
def listening():
    """A callback's listener, and what it has told."""
    told = []
    with callback.Listener(told.append) as listener:
        listener.expect(TOKEN.oauth_token)
        yield listener, told


VISITS = st.one_of(
    BYTES,
    TEXT.map(lambda text: f"GET /?{text} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode("utf-8", "surrogatepass")),
    TEXT.map(lambda text: f"{text} / HTTP/1.1\r\nHost: {text}\r\n\r\n".encode("utf-8", "surrogatepass")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visit=VISITS)
def test_a_visit_may_be_anything(listening, visit):
    """No visit without our token ends a login, and the next one is answered."""
    listener, told = listening
    for sent in (visit, b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", listener.port), timeout=30) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            got = b""
            with contextlib.suppress(ConnectionError):
                while more := client.recv(65536):
                    got += more
    assert got.startswith(b"HTTP/1.1 400 ")
    assert not [event for event in told if isinstance(event, callback.Arrived)]
