"""A server with one method that has pages, for the tests: what each page answers, and when, is for the test to say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl

from flickr_auth.loopback.handler import Handler, Reply, Request
from flickr_auth.loopback.http_server import LoopbackServer
from flickr_auth.provider import at

WAIT = 20  # seconds until a test gives up


def items(page: int, count: int = 3) -> list[dict[str, str]]:
    """The items that are on a page."""
    return [{"id": f"{page}-{number}", "title": "Überraschung & 桜"} for number in range(count)]


def photos(page: int, pages: int, /, **more: object) -> dict[str, object]:
    """A page as flickr.people.getPhotos answers it."""
    counts = {"page": page, "pages": pages, "perpage": 3, "total": 3 * pages, "photo": items(page)}
    return {"photos": counts | more, "stat": "ok"}


def fail(code: int, message: str = "No.") -> dict[str, object]:
    """An answer of no."""
    return {"stat": "fail", "code": code, "message": message}


class PagedServer:
    """Answers each request with `answer(page, times)`, times being how often that page has been asked for by now.

    An answer is an object, or a `Reply` as it is. `asked` has the page numbers in the order of the requests, `sent`
    their fields, `answered` the numbers that were answered. `hold` keeps requests for a page waiting until `release`,
    or until the `with` block ends.
    """

    def __init__(self, answer: Callable[[int, int], dict[str, object] | Reply]) -> None:
        self._answer_to = answer
        self._changed = threading.Condition()
        self._held: set[int] = set()
        self.asked: list[int] = []
        self.answered: list[int] = []
        self.sent: list[dict[str, str]] = []
        self.connections = 0
        self.open = 0
        self._handler = partial(Handler, name="paged", answer=self._answer)
        self._listener = LoopbackServer(0, self._connection, most=200)
        self.base_url = f"http://127.0.0.1:{self._listener.server_port}"
        self.provider = at(self.base_url)

    def __enter__(self) -> PagedServer:
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._listener.close()

    def hold(self, *pages: int) -> None:
        """Keep whoever asks for these pages waiting."""
        self._held.update(pages)

    def release(self, *pages: int) -> None:
        """Answer them, or all."""
        with self._changed:
            self._held -= set(pages or self._held)
            self._changed.notify_all()

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until what is known of the requests is as it should be."""
        with self._changed:
            assert self._changed.wait_for(until, WAIT), (self.asked, self.open)

    def _connection(self, *connection: object) -> None:
        with self._changed:
            self.connections += 1
            self.open += 1
        try:
            self._handler(*connection)
        finally:
            with self._changed:
                self.open -= 1
                self._changed.notify_all()

    def _answer(self, request: Request) -> Reply:
        fields = dict(parse_qsl(request.query or request.body.decode(), keep_blank_values=True))
        page = int(fields.get("page", "1"))
        with self._changed:
            self.asked.append(page)
            self.sent.append(fields)
            times = self.asked.count(page)
            self._changed.notify_all()
            self._changed.wait_for(lambda: page not in self._held, WAIT)
            self.answered.append(page)
        answer = self._answer_to(page, times)
        if isinstance(answer, Reply):
            return answer
        return Reply(200, json.dumps(answer, ensure_ascii=False).encode(), "application/json")
