"""A running sandbox for each test, and an HTTP client that nothing in the environment redirects."""

from __future__ import annotations

import pytest
import requests

from flickr_auth.sandbox.server import Sandbox

from standing_clock import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log():
    return []


@pytest.fixture
def sandbox(clock, log):
    with Sandbox(clock=clock, log=log.append) as running:
        yield running


@pytest.fixture
def http():
    with requests.Session() as session:
        session.trust_env = False
        yield session
