"""Replies of a service that fails, for tests of what its clients do then."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..loopback.handler import Reply
from . import formats
from .checks import Problem

Fault = Callable[[Mapping[str, str]], Reply]  # the reply to a request with these arguments


def http(status: int, retry_after: int | None) -> Fault:
    """Fail with an HTTP status and a page for people, as a gateway does, with Retry-After in seconds or without."""
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    body = f"<html><head><title>{status}</title></head><body>The sandbox was asked to fail.</body></html>".encode()
    return lambda _: Reply(status, body, "text/html", headers)


def api(code: int, message: str) -> Fault:
    """Fail as an API method does, in the format that is asked for."""

    def reply(arguments: Mapping[str, str]) -> Reply:
        content_type, body = formats.render({"stat": "fail", "code": code, "message": message}, arguments)
        return Reply(200, body, content_type)

    return reply


def oauth(problem: str) -> Fault:
    """Refuse as OAuth does, with the problem in a form and its status."""
    refusal = Problem(problem)
    return lambda _: Reply(refusal.status, refusal.body.encode())
