"""Connections that threads share, each for one request at a time."""

import pytest

from flickr_auth.errors import NoAnswer, NotDone
from flickr_auth.protocol import rest
from flickr_auth.transport.connections import Connections

from rude_server import ACCESS, check_token_answer, reset, talking


def test_when_nobody_waits_any_more_nothing_is_asked():
    """A thread that is late, because whoever read the pages has gone, sends nothing."""
    with talking(check_token_answer()) as (server, transport):
        with Connections(lambda: transport) as connections:
            pass
        with pytest.raises(NotDone), connections.one() as late:
            rest.check_token(late, ACCESS)
    assert server.connections == 0


def test_a_connection_is_used_again_when_its_request_is_done():
    """As many connections are opened as requests are made at once, and no more."""
    opened = []
    with talking(*[check_token_answer()] * 3) as (server, transport), Connections(lambda: transport) as connections:
        for _ in range(3):
            with connections.one() as each:
                opened.append(each)
                rest.check_token(each, ACCESS)
    assert (server.connections, len(server.requests), set(opened)) == (1, 3, {transport})


def test_a_connection_that_opens_when_nobody_waits_any_more_tries_nothing_again():
    """What was begun while the reader left is not repeated, and nobody is told of it."""
    notices = []
    with talking(reset(), check_token_answer(), notice=notices.append) as (server, transport):

        def connect():
            connections.__exit__()  # the block ends meanwhile
            return transport

        connections = Connections(connect)
        with pytest.raises(NoAnswer), connections.one() as late:
            rest.check_token(late, ACCESS)
    assert (len(server.requests), notices) == (1, [])
