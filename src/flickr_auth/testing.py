"""The sandbox for other people's tests: a local server that imitates Flickr and verifies every signature.

    from flickr_auth.testing import Sandbox

    with Sandbox() as flickr:
        answer = flickr.session().call("flickr.test.login")

No API key and no network are needed. With pytest, put `pytest_plugins = ["flickr_auth.testing"]` into a conftest.py;
then each test that asks for `flickr_sandbox` gets a running sandbox of its own, and the code that it tests is at that
sandbox, too: a call of `flickr_auth.session()` or `flickr_auth.load()`, or a `flickr-auth` that it starts.

PYTEST_DONT_REWRITE: no assertions are here, and pytest would warn if this module was imported before it is a plugin.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from . import provider
from .account import PERMS, Account, ConsumerKeys
from .errors import UsageError
from .loopback.handler import Reply, Request, outside
from .sandbox import faults, server, signature
from .sandbox.access_tokens import issue
from .sandbox.people import USERS
from .storage.choose import FOUR

if TYPE_CHECKING:
    import pytest

    from .protocol.session import Session

__all__ = ["RecordedRequest", "Sandbox"]

_LEGS = {f"/services/oauth/{name}": name for name in ("request_token", "authorize", "access_token")}
_NAMES = _LEGS | {f"/services/{name}{end}": name for name in ("upload", "replace") for end in ("", "/")}
_REST = ("/services/rest", "/services/rest/")
_DECIDES = re.compile(rf"FLICKR_(?:AUTH_.*|APIKEYS|TOKEN_FILE)|{'|'.join(FOUR)}")


@dataclass(frozen=True)
class RecordedRequest:
    """A request that the sandbox answered, without its secrets.

    `name` is the API method of a REST call (`flickr.people.getPhotos`), or the OAuth leg (`request_token`,
    `authorize`, `access_token`), or `upload` or `replace`, or empty; `arguments` are the parameters that do not begin
    with `oauth_`, without `method`, and without a photo; `status` is the HTTP status of the answer.
    """

    method: str
    path: str
    name: str
    arguments: Mapping[str, str]
    status: int


class Sandbox:
    """A server on 127.0.0.1 that imitates Flickr, inside a `with` block.

    `base_url` is its address: `BASE_URL/services/oauth/request_token`, `/authorize` and `/access_token` are the three
    legs of a login, and `BASE_URL/services/rest/` takes calls of the methods that `flickr-auth help sandbox` lists.
    `keys` are the API key and its secret. Its users are numbered from 0 to 999; the first few have names that are hard
    to encode, and number 5 has no full name.

    The block alone changes nothing outside: `environ` has the variables that lead other code to the sandbox.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []
        self._failures: dict[str, list[faults.Fault]] = {}
        self._ending = contextlib.ExitStack()
        self._server = server.Sandbox(around=self._observed, also=outside)
        self.base_url: str = self._server.base_url
        self.keys: ConsumerKeys = server.KEYS[0]

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()
        self._server.close()

    def __repr__(self) -> str:
        return f"Sandbox({self.base_url!r})"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests that were answered so far, the oldest first."""
        with self._lock:
            return list(self._requests)

    def approve(self, url_or_token: str, *, user: int = 0, perms: str | None = None) -> str:
        """Press OK on the authorize page as this user, and return the verifier.

        Takes the URL of the page, or the request token alone. The permission is `perms`, else the one that the URL
        asks for, else read. Raises `flickr_auth.Refused` for a token that is not waiting for approval.
        """
        fields = parse_qs(urlsplit(url_or_token).query)
        token = fields.get("oauth_token", [url_or_token])[0]
        return self._server.press_ok(token, perms or fields.get("perms", ["read"])[0], user)

    def account(self, user: int = 0, perms: str = "read") -> Account:
        """Make an account of this user, logged in with this permission: read, write or delete. Raises `UsageError`."""
        if user not in range(len(USERS)) or perms not in PERMS:
            raise UsageError(
                f"The sandbox has no user {user!r} with {perms!r} permission.", "Try: user=0, perms='read'"
            )
        person = USERS[user]
        grant = issue(self.keys.api_key, user, perms)
        return Account.of(
            self.keys,
            grant.token,
            user_nsid=person.nsid,
            username=person.username,
            fullname=person.fullname,
            perms=perms,
            provider=self.base_url,
        )

    def session(self, user: int = 0, perms: str = "read") -> Session:
        """Open a `flickr_auth.Session` of that account, which is closed with the sandbox."""
        from .protocol.session import Session

        session = Session(provider.at(self.base_url), self.keys, self.account(user, perms).token)
        return self._ending.enter_context(session)

    def environ(self, user: int = 0, perms: str = "read") -> dict[str, str]:
        """Return this process's environment with that account logged in, for `subprocess.run(env=...)`.

        The account is in an app folder of its own, the only one there, and the folder is deleted with the sandbox. No
        variable of a person's decides anything, logins go to the sandbox and are stored in that folder, and neither a
        browser nor a keyring is used. In this process: `unittest.mock.patch.dict(os.environ, sandbox.environ(),
        clear=True)`. Raises `UsageError` as `account` does.
        """
        from .storage.account_files import AccountFolder
        from .storage.keyring import KeyringStore
        from .storage.store import Store

        account = self.account(user, perms)
        home = self._ending.enter_context(tempfile.TemporaryDirectory(prefix="flickr-auth-"))
        folder = AccountFolder(home, lambda _: None)
        Store(folder, lambda: KeyringStore(1, lambda: None)).keep(account, "file")
        return {name: value for name, value in os.environ.items() if name not in _deciding(os.environ)} | {
            "FLICKR_API_KEY": self.keys.api_key,  # for a login, and for the token in a file
            "FLICKR_API_SECRET": self.keys.api_secret,
            "FLICKR_AUTH_BASE_URL": self.base_url,
            "FLICKR_AUTH_BROWSER": "0",
            "FLICKR_AUTH_HOME": home,
            "FLICKR_AUTH_STORE": "file",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    def fail(
        self,
        name: str,
        *,
        times: int = 1,
        status: int | None = None,
        retry_after: int | None = None,
        code: int | None = None,
        message: str = "",
        problem: str | None = None,
    ) -> None:
        """Make the next `times` requests of this name fail; those after them work again.

        `name` is an API method, or one of request_token, authorize, access_token, upload and replace. Give one of
        these: `status`, an HTTP status with an HTML page (429, 503), with `retry_after` in seconds if there is to be
        such a header; `code`, a failed call (98 is an invalid token) with its `message`; `problem`, a 401 (or 400) with
        `oauth_problem=PROBLEM`, which is how Flickr refuses OAuth requests.
        Raises `flickr_auth.UsageError` for anything else.
        """
        if not name.startswith("flickr.") and name not in _NAMES.values():
            names = ", ".join(dict.fromkeys(_NAMES.values()))
            raise UsageError(f"{name!r} is neither an API method nor an OAuth leg nor an upload.", f"Try: {names}")
        if [status, code, problem].count(None) != 2 or (code is not None and name in _LEGS.values()):
            raise UsageError("A failure has a status, a code (of an API method) or a problem, and only one of them.")
        if status is not None:
            failure = faults.http(status, retry_after)
        elif code is not None:
            failure = faults.api(code, message or "The sandbox was asked to fail")
        else:
            failure = faults.oauth(problem or "")
        with self._lock:
            self._failures.setdefault(name, []).extend([failure] * times)

    def _observed(self, request: Request, answer: Callable[[Request], Reply]) -> Reply:
        arguments = _arguments(request)
        name = arguments.pop("method", "") if request.path in _REST else _NAMES.get(request.path, "")
        with self._lock:
            waiting = self._failures.get(name)
            failure = waiting.pop(0) if waiting else None
        reply = failure(arguments) if failure else answer(request)
        recorded = RecordedRequest(request.method, request.path, name, arguments, reply.status)
        with self._lock:
            self._requests.append(recorded)
        return reply


def pytest_configure(config: pytest.Config) -> None:
    """Add the fixture, when pytest loads this module as a plugin; nothing else here needs pytest."""
    import pytest

    class Fixtures:
        @pytest.fixture
        def flickr_sandbox(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
            """A running `flickr_auth.testing.Sandbox`, in whose `environ()` the test runs, until `monkeypatch.undo()`.

            For another user or permission, set the FLICKR_AUTH_HOME of `flickr_sandbox.environ(user=1, perms="write")`.
            """
            with Sandbox() as sandbox:
                self.is_led_here = False
                monkeypatch.setattr(self, "is_led_here", True)
                for name in _deciding(os.environ):
                    monkeypatch.delenv(name)
                for name, value in sandbox.environ().items():
                    monkeypatch.setenv(name, value)
                yield sandbox
                if self.is_led_here:  # else the test has undone it all
                    for name in _deciding(os.environ):  # those that the test itself has set, too
                        del os.environ[name]

    config.pluginmanager.register(Fixtures(), "flickr_auth.testing.fixtures")


def _arguments(request: Request) -> dict[str, str]:
    """Read the parameters of a request, without OAuth's own, which hold verifiers and signatures."""
    try:
        pairs = signature.parameters(signature.received(request))
    except signature.Malformed:
        return {}
    return {name: value for name, value in pairs if not name.startswith("oauth_")}


def _deciding(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that decide which account is used, and how; a program's own may begin likewise."""
    return {name: value for name, value in environ.items() if _DECIDES.fullmatch(name)}
