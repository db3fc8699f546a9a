"""What the authors of other clients test them with, run against the sandbox as their source distributions have it.

`.ci/run` downloads these versions, so that the number of tests is known. Only host names are replaced. The tests that
they have besides bring answers along or send nothing, and would tell nothing about the sandbox.
"""

import re
import subprocess
import time
from urllib.parse import urlencode

import pytest

from flickr_auth.loopback.handler import Reply
from flickr_auth.sandbox import signature
from flickr_auth.sandbox.checks import Checks, Problem
from flickr_auth.sandbox.people import USERS
from flickr_auth.sandbox.server import KEYS, Sandbox
from flickr_auth.testing import Sandbox as Recording
from peers.person import ADDRESS, PATIENCE, read

FLICKR_API, GALLERY_DL = "flickr_api-0.8.1", "gallery_dl-1.32.18"
USER = 3  # whose username holds what a form has to escape
PASSED, FAILED, SKIPPED = 64, 17, 28  # of flickr_api's; most of those that pass ask, and take no for an answer
NOT_THERE = r'    Error: 112 : Method "flickr\.[\w.]+" not found'


@pytest.fixture
def unpack(sdists, tmp_path):
    """Unpack a source distribution, and replace in some of its files what each pattern finds."""

    def unpacked(name, replacements):
        subprocess.run(["tar", "-xzf", sdists / f"{name}.tar.gz"], cwd=tmp_path, check=True)
        for path, pattern, new in replacements:
            file = tmp_path / name / path
            text, times = re.subn(pattern, new, file.read_text(encoding="utf-8"))
            assert times, f"{pattern} is not in {path}"
            file.write_text(text, encoding="utf-8")
        return tmp_path / name

    return unpacked


@pytest.fixture
def run_theirs(peers, start_theirs):
    """Start the peers' Python in a folder, which is also what it imports from."""

    def run(folder, *arguments):
        return start_theirs(peers, *arguments, folder=folder, PYTHONPATH=str(folder))

    return run


@pytest.fixture
def flickr_apis(unpack, run_theirs, tmp_path):
    """Start flickr_api's integration tests at a sandbox, with a login before them."""

    def start(base_url, keys):
        hosts = r"https://(?:www|api)\.flickr\.com(?=/services/(?:oauth|rest)/)"
        folder = unpack(FLICKR_API, [(f"flickr_api/{name}.py", hosts, base_url) for name in ("auth", "method_call")])
        script = "integration_tests/integration_test.py"
        options = ("--api-key", keys.api_key, "--api-secret", keys.api_secret, "--token-file", tmp_path / "token")
        return run_theirs(folder, "-u", script, *options, "--auth", "-v")

    return start


def test_flickr_apis_integration_tests_log_in_and_call(flickr_apis, tmp_path):
    """flickr_api's own tests against Flickr get from the sandbox a login, and whatever they ask for that it has."""
    with Recording() as flickr:
        process = flickr_apis(flickr.base_url, flickr.keys)
        verifier = flickr.approve(read(ADDRESS, process.stdout, process), user=USER)
        said, errors = process.communicate(f"{verifier}\n", timeout=PATIENCE)
        asked = flickr.requests
    assert process.returncode == 0, said + errors
    assert f"Passed:  {PASSED}\nFailed:  {FAILED}\nSkipped: {SKIPPED}\n" in said
    summary = said.partition("Failed Tests:")[2].partition("Skipped Tests:")[0]
    assert len(re.findall(NOT_THERE, summary)) == summary.count("Error:") == FAILED
    for name, result in (("test.login", f"Logged in as: {USERS[USER].username}"), ("photos.search", "5 photos")):
        assert f"  ✓ {name}\n    Result: {result}\n" in said
    assert "  ✓ test.echo\n" in said
    assert [each.name for each in asked[:3]] == ["request_token", "access_token", "flickr.test.echo"]
    assert {each.status for each in asked} == {200}
    assert len((tmp_path / "token").read_text().splitlines()) == 2


def test_flickr_apis_integration_tests_end_with_a_wrong_secret(flickr_apis, sandbox, log):
    """The same tests get no request token with another key's secret."""
    process = flickr_apis(sandbox.base_url, KEYS[0]._replace(api_secret=KEYS[1].api_secret))
    said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0, said
    assert "401 Client Error" in errors
    assert [line.rpartition(" ")[2] for line in log] == ["401"]


def answers_of_the_test_server(secret):
    """What the public server answered that gallery-dl's tests were written for, behind the sandbox's checks."""
    checks = Checks({"key": secret}, time.time)
    tokens = {"request": "requestsecret", "access": "accesssecret"}
    secrets = {"": ""} | {f"{name}key": value for name, value in tokens.items()}

    def answer(request, _):
        signed = signature.received(request)
        try:
            oauth = checks.claims(signed)
            checks.prove(signed, oauth, secrets[oauth.get("oauth_token", "")])
        except Problem as problem:
            return Reply(problem.status, problem.body.encode())
        name = request.path.strip("/").partition("_token")[0]
        if name in tokens:
            return Reply(200, urlencode({"oauth_token": f"{name}key", "oauth_token_secret": tokens[name]}).encode())
        mine = [(name, value) for name, value in signature.parameters(signed) if not name.startswith("oauth_")]
        return Reply(200, urlencode(mine).encode())

    return answer


@pytest.mark.parametrize(("secret", "outcome"), [("secret", "8 passed"), ("another", "5 passed, 3 skipped")])
def test_gallery_dls_oauth_tests_pass_the_sandboxs_checks(secret, outcome, unpack, run_theirs):
    """gallery-dl's OAuth tests pass, with the sandbox's checks in place of the server they had; unproven, they skip.

    They have been switched off where they send something, because that server is gone.
    """
    with Sandbox(around=answers_of_the_test_server(secret)) as server:
        replaced = (r"http://term\.ie/oauth/example", server.base_url), (r"(?<=unreachable\n        )raise .*", "pass")
        folder = unpack(GALLERY_DL, [("test/test_oauth.py", *each) for each in replaced])
        process = run_theirs(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test/test_oauth.py")
        said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said + errors
    assert said.splitlines()[-1].startswith(f"{outcome} in"), said
