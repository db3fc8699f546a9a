"""Where the programs of other people are: in environments of their own, which these variables name."""

import os
import pathlib
import shutil
import subprocess

import pytest
import requests
import urllib3

from flickr_auth.sandbox.server import Sandbox

from programs import lacks

HERE = pathlib.Path(__file__).parent
collect_ignore = ["with_flickrapi", "with_requests_oauthlib"]  # other people's: test_their_tests.py runs them


def _required(variable, what):
    """What the variable names. Without it a user's test run skips, and CI's fails."""
    path = os.environ.get(variable)
    return path or lacks(f"{variable} does not name {what}")


@pytest.fixture(scope="session")
def peers():
    """The Python that has other people's packages."""
    return _required("FLICKR_AUTH_PEERS", "the Python of an environment with other people's packages")


@pytest.fixture(scope="session")
def sdists():
    """The folder that has other people's source distributions, with their tests."""
    return pathlib.Path(_required("FLICKR_AUTH_PEER_SDISTS", "a folder with other people's source distributions"))


@pytest.fixture(scope="session")
def node_peers():
    """The folder that has other people's npm packages."""
    return _required("FLICKR_AUTH_NODE_PEERS", "a folder with other people's npm packages in node_modules")


@pytest.fixture
def start_theirs(machine):
    """Start a program of other people with pipes and these variables alone, and end it with the test."""
    started = []

    def start(*command, folder=machine.folder, **variables):
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(machine.home), "LANG": "C.UTF-8", **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def script(request, start_theirs):
    """Start one of the scripts beside this file with the interpreter that it needs, and end it with the test."""

    def start(name, *arguments, **variables):
        if name.endswith(".mjs"):
            variables["FLICKR_AUTH_NODE_PEERS"] = request.getfixturevalue("node_peers")
            command = [shutil.which("node") or "node"]
        else:
            command = [request.getfixturevalue("peers"), "-I"]
        return start_theirs(*command, HERE / name, *map(str, arguments), **variables)

    return start


@pytest.fixture
def log():
    return []


@pytest.fixture
def sandbox(log):
    with Sandbox(log=log.append) as running:
        yield running


@pytest.fixture
def browser():
    """A person's browser: nothing in the environment redirects it, and it tries again where nobody listens yet."""
    with requests.Session() as session:
        session.trust_env = False
        again = urllib3.Retry(connect=12, read=0, redirect=0, other=0, backoff_factor=0.02)
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=again))
        yield session
