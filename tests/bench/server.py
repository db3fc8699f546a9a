"""The stand-in as a process of its own, whose person has always said yes already: the code is 123-456-789."""

from __future__ import annotations

import sys
import threading
import time
from urllib.parse import parse_qsl

from flickr_auth.loopback.handler import Reply, Request
from flickr_auth.sandbox.server import Sandbox


class Willing(Sandbox):
    """A sandbox that authorizes each request token as it issues it, and answers after `delay` seconds."""

    delay = 0.0

    def _request_token(self, request: Request) -> Reply:
        reply = super()._request_token(request)
        token = dict(parse_qsl(reply.body.decode()))["oauth_token"]
        self._pending.authorize(token, "write", 0)
        self._pending._pending[token].verifier = "123-456-789"
        return reply

    def _rest(self, request: Request) -> Reply:
        if self.delay:
            time.sleep(self.delay)
        if mebibytes := dict(parse_qsl(request.query)).get("mebibytes"):
            items = b'{"title":"photo"},' * (int(mebibytes) * 2**20 // 18 - 4)
            return Reply(200, b'{"stat":"ok","photo":[' + items[:-1] + b"]}", "application/json")
        return super()._rest(request)


if __name__ == "__main__":
    with Willing() as server:
        server.delay = float(sys.argv[1])
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        threading.Event().wait()
