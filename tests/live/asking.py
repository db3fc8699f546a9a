"""A visit to Flickr: requests that are signed rightly and wrongly, and the program in processes of its own."""

import itertools
import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

import requests

from flickr_auth.account import Account, ConsumerKeys, Token
from flickr_auth.transport import signing
from live.answers import described

PATIENCE = (10, 60)  # seconds for a connection, and for an answer


@dataclass(frozen=True)
class Unanswered:
    """What a request that nobody answered has in place of a response."""

    reason: str


class Visit:
    """Requests to one provider with one person's keys, from this environment, and nothing kept outside of `folder`."""

    def __init__(self, provider, keys, folder):
        self.provider = provider
        self.keys = keys
        self.folder = pathlib.Path(folder)
        self._environ = os.environ | {
            "FLICKR_API_KEY": keys.api_key,
            "FLICKR_API_SECRET": keys.api_secret,
            "FLICKR_AUTH_BASE_URL": provider.name,
            "FLICKR_AUTH_HOME": str(self.folder / "app"),
            "FLICKR_AUTH_STORE": "file",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        self._http = signing.new_session()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._http.close()

    def request_token(self, *, keys=None, callback="oob", **changed):
        """Ask for a request token, with what is changed of the signature's client."""
        return self._send("POST", self.provider.request_token_url, keys=keys, callback=callback, **changed)

    def access_token(self, pending, code):
        """Trade a request token for an access token."""
        return self._send("POST", self.provider.access_token_url, token=pending, verifier=code)

    def rest(self, method, token=None, *, keys=None, **arguments):
        """Call a method, signed."""
        return self._send("GET", self.provider.rest_url, fields=_rest(method, arguments), token=token, keys=keys)

    def unsigned(self, method, url=None, **arguments):
        """Call a method without any signature."""
        how = {"params": _rest(method, arguments), "timeout": PATIENCE, "allow_redirects": False}
        return self._answer(lambda: self._http.get(url or self.provider.rest_url, **how))

    def twice(self):
        """Ask for a request token, and send the very same request once more; the second answer."""
        first = self.request_token()
        if isinstance(first, Unanswered):
            return first
        return self._answer(lambda: self._http.send(first.request, timeout=PATIENCE, allow_redirects=False))

    def run(self, *arguments, lines=None):
        """Run the program to its end, or until it has printed so many lines."""
        process = subprocess.Popen(
            [sys.executable, "-m", "flickr_auth", *arguments],
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        with process:
            if lines is None:
                stdout, stderr = process.communicate()
            else:
                stdout = "".join(itertools.islice(process.stdout, lines))
                process.stdout.close()
                stderr = process.stderr.read()
                if process.wait() == 141 and not stderr:  # nobody read on, and so it ended quietly
                    process.returncode = 0
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def pending(self):
        """The request token that `login --start` waits with."""
        (path,) = (self.folder / "app" / "pending").glob("*.json")
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Token(kept["oauth_token"], kept["oauth_token_secret"])

    def account(self):
        """The account that is stored; None if there is none."""
        ran = self.run("show", "--json")
        return Account(**json.loads(ran.stdout)) if ran.returncode == 0 else None

    def kept(self):
        """The files with a token or a secret that are there."""
        return [path for name in ("accounts", "pending") for path in (self.folder / "app" / name).glob("*")]

    def _send(self, verb, url, *, fields=None, keys=None, token=None, callback=None, verifier=None, **changed):
        auth = signing.oauth1(keys or self.keys, token, callback=callback, verifier=verifier)
        for name, value in changed.items():
            assert hasattr(auth.client, name)
            setattr(auth.client, name, value)
        how = {"params": fields, "auth": auth, "timeout": PATIENCE, "allow_redirects": False}
        return self._answer(lambda: self._http.request(verb, url, **how))

    def _answer(self, send):
        try:
            return send()
        except requests.RequestException as failure:
            return Unanswered(type(failure).__name__)


def said(answer):
    """The answer in one line."""
    return f"no answer ({answer.reason})" if isinstance(answer, Unanswered) else described(answer)


def _rest(method, arguments):
    return {"method": method, "format": "json", "nojsoncallback": "1", **arguments}


def other(keys, *, api_key=None, api_secret=None):
    """These keys with another key or secret."""
    return ConsumerKeys(api_key or keys.api_key, api_secret or keys.api_secret, keys.source)
