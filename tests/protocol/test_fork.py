"""A session in a process that forks: each process has its own answers, and the parent keeps its connections."""

import os
import ssl
import subprocess
import sys

import pytest
import trustme

from rude_server import ACCESS, JSON, KEYS, RudeServer, answer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

START = """
import os, signal, sys, traceback
import flickr_auth
def child(work):
    pid = os.fork()
    if not pid:
        signal.alarm(20)
        work()
        sys.exit()
    return pid
def is_done(pid):
    return os.waitpid(pid, 0)[1] == 0
signal.alarm(40)
flickr = flickr_auth.session()
"""


def run(machine, code, **variables):
    """Run that code in a process of its own, and return what it prints."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", START + code],  # Python 3.12 and later
        env=machine.environ | variables,
        cwd=machine.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_a_session_works_in_the_children_and_the_parent_at_once(machine):
    """Parent, children and a child of theirs get their own answers at once, also with pages half read and a close."""
    machine.log_in()
    code = """
def echo(turns):
    for text in (f"{os.getpid()}-{turn}" for turn in range(turns)):
        fields = {"method": "flickr.test.echo", "format": "json", "nojsoncallback": "1", "text": text}
        got = flickr.get(flickr.rest_url, params=fields).json(), flickr.call("flickr.test.echo", text=text)
        assert [each["text"]["_content"] for each in got] == [text] * 2
def work():
    echo(20)
    assert len(list(walk)) == 2345 - 150
    assert is_done(child(lambda: echo(1)))
    flickr.close()
echo(1)
walk = flickr.pages("flickr.people.getPhotos", user_id="me", per_page=100)
for _ in range(150):
    next(walk)
children = [child(work) for _ in range(2)]
echo(20)
assert len(list(walk)) == 2345 - 150
assert all(map(is_done, children))
echo(1)
flickr.close()
print("done")
"""
    assert run(machine, code) == "done\n"


def test_a_thread_of_the_parent_that_is_busy_at_the_fork_does_not_stop_a_child(machine):
    """A child calls and ends although a thread of the parent was reading cookies or taking a connection just then."""
    machine.log_in()
    code = """
import threading
flickr.call("flickr.test.login")
held, let_go = threading.Event(), threading.Event()
def hold():
    pools = flickr.get_adapter(flickr.rest_url).poolmanager
    with flickr.cookies._cookies_lock, pools.connection_from_url(flickr.rest_url).pool.mutex, pools.pools.lock:
        held.set()
        let_go.wait()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
assert is_done(child(lambda: (flickr.get(flickr.rest_url), flickr.call("flickr.test.login"), os._exit(0))))
let_go.set()
thread.join()
flickr.close()
"""
    run(machine, code)


def test_a_child_that_outlives_the_stand_in_of_its_parent_is_told_at_once(machine):
    """The stand-in is the parent's: a child that calls after it has ended is told that nothing answers."""
    machine.log_in()
    code = """
flickr.call("flickr.test.login")
ended, end = os.pipe()
if os.fork():
    os._exit(0)
os.close(end)
os.read(ended, 1)
try:
    flickr.get(flickr.rest_url, timeout=10)
except Exception as failure:
    print(type(failure).__name__)
"""
    assert run(machine, code) == "ConnectionError\n"


def test_a_child_does_not_end_a_connection_of_its_parent(machine, tmp_path):
    """A child connects for itself, over TLS, and when it ends the parent goes on with the connection that it had."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    code = """
assert flickr.call("flickr.test.login") == {"stat": "ok"}
assert is_done(child(lambda: flickr.get(flickr.rest_url).json()))
assert flickr.call("flickr.test.login") == {"stat": "ok"}
"""
    four = {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    four |= {"FLICKR_OAUTH_TOKEN": ACCESS.oauth_token, "FLICKR_OAUTH_TOKEN_SECRET": ACCESS.oauth_token_secret}
    with RudeServer([answer('{"stat":"ok"}', headers=JSON)] * 3, tls) as server:
        base_url = f"https://localhost:{server.port}"
        run(machine, code, REQUESTS_CA_BUNDLE=str(tmp_path / "authority.pem"), FLICKR_AUTH_BASE_URL=base_url, **four)
    assert [request.connection for request in server.requests] == [1, 2, 1]
