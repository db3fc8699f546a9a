"""The environment of whoever started the tests, before the tests leave it behind."""

import os

import pytest

_STARTED_IN = dict(os.environ), os.getcwd()


@pytest.fixture(scope="session")
def started_in():
    """The environment and the folder in which this run was started: a person's keys and proxy are there."""
    return _STARTED_IN
