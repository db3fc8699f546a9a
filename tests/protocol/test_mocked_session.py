"""Other people's tests: what they put in the place of requests or of Flickr has each call and page of a session."""

import contextlib
import json
import socket
import traceback
from unittest import mock

import pytest
import requests
import requests_mock
import responses
import vcr

import flickr_auth
from flickr_auth.protocol.session import Session
from flickr_auth.provider import at
from flickr_auth.testing import Sandbox
from flickr_auth.transport.signed_session import SignedSession

from rude_server import ACCESS, KEYS

LOGIN = "flickr.test.login"
PHOTOS = "flickr.people.getPhotos"
ANSWER = {"photos": {"page": 1, "pages": 1, "photo": [{"id": "1"}]}, "stat": "ok"}
VERBS = ("GET", "POST")


@pytest.fixture
def opened(nobody_there):
    """Open sessions for a provider at which nobody answers."""
    return lambda: Session(at(nobody_there), KEYS, ACCESS, timeout=5)


def response(**attributes):
    """A response as tests write one; without attributes it is one of requests, with its content."""
    if attributes:
        return mock.MagicMock(**attributes)
    whole = requests.Response()
    whole.status_code, whole._content = 200, json.dumps(ANSWER).encode()
    return whole


@contextlib.contextmanager
def requests_mocked(flickr, *, is_for_all):
    with requests_mock.Mocker(**({} if is_for_all else {"session": flickr})) as mocker:
        mocker.register_uri(requests_mock.ANY, flickr.rest_url, json=ANSWER)
        yield lambda: mocker.call_count


@contextlib.contextmanager
def responded(flickr):
    with responses.RequestsMock() as mocker:
        for verb in VERBS:
            mocker.add(verb, flickr.rest_url, json=ANSWER)
        yield lambda: len(mocker.calls)


@contextlib.contextmanager
def mounted(flickr):
    adapter = requests_mock.Adapter()
    adapter.register_uri(requests_mock.ANY, flickr.rest_url, json=ANSWER)
    flickr.mount("http://", adapter)
    yield lambda: adapter.call_count


@contextlib.contextmanager
def patched(owner, *names, answer=None):
    with contextlib.ExitStack() as patches:
        new = [mock.MagicMock(return_value=answer or response()) for _ in names]
        for name, each in zip(names, new, strict=True):
            patches.enter_context(mock.patch.object(owner, name, each))
        yield lambda: sum(each.call_count for each in new)


def test_a_mock_has_every_call_and_page_and_nothing_gets_past_it(opened):
    """Whatever a test mocks, mounts or patches, as a whole or for one session, answers each call and each page."""
    ways = [
        lambda flickr: requests_mocked(flickr, is_for_all=True),
        lambda flickr: requests_mocked(flickr, is_for_all=False),
        responded,
        mounted,
        lambda _: patched(requests.adapters.HTTPAdapter, "send"),
        *(
            lambda flickr, owner=owner, names=names: patched(owner or flickr, *names)
            for owner in (requests.Session, SignedSession, flickr_auth.Session, None)
            for names in (("send",), ("request",), ("get", "post"))
        ),
    ]
    for way in ways:
        with opened() as flickr, way(flickr) as count:
            assert [flickr.call(LOGIN), flickr.call("flickr.photos.delete", post=True, photo_id=1)] == [ANSWER] * 2
            assert list(flickr.pages(PHOTOS)) == [{"id": "1"}]
            assert count() == 3


def test_a_mocked_response_may_have_no_more_than_a_test_needs(opened):
    """A response that a test makes up may have json() or a text alone; what says no is refused as Flickr's own."""
    answer = mock.MagicMock(return_value=ANSWER)
    refusal = {"status_code": 401, "content": b"oauth_problem=token_rejected", "headers": {}}
    for given in ({"json": answer}, {"json": answer, "status_code": 200}, {"text": json.dumps(ANSWER)}):
        with opened() as flickr, patched(flickr, "get", answer=response(**given)):
            assert flickr.call(LOGIN) == ANSWER
    for bare in (mock.Mock(status_code=500), response(status_code=503, spec=["status_code", "json"])):
        with opened() as flickr, patched(flickr, "get", answer=bare), pytest.raises(flickr_auth.Busy):
            flickr.call(LOGIN)
    with opened() as flickr, patched(flickr, "get", answer=response(**refusal)):
        with pytest.raises(flickr_auth.TokenRefused):
            flickr.call(LOGIN)
        flickr.get.return_value = response(spec=["status_code"])
        with pytest.raises(AttributeError, match="json"):
            flickr.call(LOGIN)


def test_answers_that_a_mock_has_in_their_order_come_in_that_order(opened):
    """A test that gives the pages one after the other gets their items in that order, every time."""
    pages = [{"photos": {"page": n, "pages": 6, "photo": [{"id": str(n)}]}, "stat": "ok"} for n in range(1, 7)]
    for _ in range(5):
        with opened() as flickr, requests_mock.Mocker() as mocker:
            mocker.get(flickr.rest_url, [{"json": page} for page in pages])
            assert [item["id"] for item in flickr.pages(PHOTOS)] == list("123456")
    with opened() as flickr, requests_mock.Mocker() as mocker:
        mocker.get(flickr.rest_url, [{"json": pages[0]}, {"json": pages[2]}])
        with pytest.raises(flickr_auth.BadAnswer, match="page 3 instead of page 2"):
            list(flickr.pages(PHOTOS))


def test_a_failure_that_a_mock_raises_is_that_of_the_network(opened):
    """What requests or Python raises for a network that fails is an error of ours when a test raises it, too."""
    network = (
        requests.ConnectionError("mine"),
        requests.ConnectTimeout(),
        requests.ReadTimeout(),
        ConnectionResetError(),
        TimeoutError(),
        socket.gaierror(),
    )
    for failure in network:
        with (
            opened() as flickr,
            mock.patch.object(requests.Session, "request", side_effect=failure),
            pytest.raises(flickr_auth.NoAnswer, match=r"lost|in time"),
        ):
            flickr.call(LOGIN)
    full = OSError(28, "No space left on device")  # of an adapter with a cache, say
    with opened() as flickr, mock.patch.object(requests.Session, "request", side_effect=full):
        with pytest.raises(OSError, match="No space left") as caught:
            flickr.call(LOGIN)
        assert caught.value is full


def test_what_a_mock_has_to_say_to_its_author_is_shown(opened):
    """A failed assertion inside a mock is raised as it is, with its line; a request that no mock expects is named."""

    def check(*_arguments, **_named):
        assert False, "mine"  # noqa: B011, PT015  # a test of somebody's that fails

    with (
        opened() as flickr,
        mock.patch.object(flickr, "request", check),
        pytest.raises(AssertionError, match="mine") as caught,
    ):
        flickr.call(LOGIN)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "check"
    with opened() as flickr, responses.RequestsMock(), pytest.raises(flickr_auth.Unreachable) as caught:
        flickr.call(LOGIN)
    assert "doesn't match any registered mock" in "".join(traceback.format_exception(caught.value))
    with opened() as flickr, requests_mock.Mocker(), pytest.raises(requests_mock.NoMockAddress):
        flickr.call(LOGIN)


def test_a_recording_has_every_call_and_page_and_is_played_without_the_server(tmp_path):
    """VCR.py records what a session gets, calls and pages, as YAML, and plays it when the server is gone."""

    def work(flickr):
        who = {"method": LOGIN, "format": "json", "nojsoncallback": "1"}
        found = [flickr.call(LOGIN), flickr.get(flickr.rest_url, params=who).json(), flickr.call(LOGIN, post=True)]
        return [*found, *flickr.pages(PHOTOS, user_id="me", per_page=200)]

    path = str(tmp_path / "recorded.yaml")
    with Sandbox() as sandbox:
        account, provider = sandbox.account(), at(sandbox.base_url)
        with Session(provider, account.keys, account.token) as flickr, vcr.use_cassette(path):
            first = work(flickr)
        count = len(sandbox.requests)
    assert len(first) == 3 + 2345 and count == 3 + 12
    with Session(provider, account.keys, account.token) as flickr, vcr.use_cassette(path, record_mode="none") as tape:
        assert work(flickr) == first
    assert tape.play_count == count
