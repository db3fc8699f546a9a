"""What tests share: the program as a user runs it, a sandbox to log in to, and how often a property is tried."""

import contextlib
import dataclasses
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import programs  # isort: skip  # before all that imports the program, which it finds

import pytest
from _pytest import runner
from hypothesis import configuration, settings

from flickr_auth.account import Account
from flickr_auth.sandbox import access_tokens
from flickr_auth.sandbox.people import USERS
from flickr_auth.sandbox.server import KEYS, Sandbox
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.files import app_folder
from flickr_auth.storage.store import Store
from flickr_auth.transport import client

import hints
import in_process
from terminals import pexpect

# No database, and caches where Python's are: a run leaves nothing behind. No deadline: these machines are shared.
settings.register_profile("few", max_examples=60, deadline=None, database=None)
settings.register_profile("long", max_examples=10_000, deadline=None, database=None, print_blob=True)
settings.load_profile("few")
configuration.set_hypothesis_home_dir(pathlib.Path(__file__).with_name("__pycache__") / "hypothesis")

SOME_DAY = "2026-11-25T08:00:00Z"  # when `Machine.log_in` logged in

# What a run of the tests keeps of the environment that it was started in: how programs and temporary files are found,
# what Windows needs to start a process, who the user is, and what the run itself is told. Anything else (FLICKR_*,
# proxies, DISPLAY, SSH_*, BROWSER, XDG_*, LANG, PYTHON*, ...) could change what the program does.
KEPT = {
    *("PATH", "TMPDIR", "TEMP", "TMP", "USER", "LOGNAME"),
    *("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "PROGRAMFILES", "PROGRAMDATA"),
    *("CI", "FLICKR_AUTH_PEERS", "FLICKR_AUTH_PEER_SDISTS", "FLICKR_AUTH_NODE_PEERS"),
}
KEPT_PREFIXES = ("PYTEST_", "COV_", "COVERAGE_")


def pytest_addoption(parser):
    parser.addoption("--order", help="the order of the tests: `reversed`, or a number to shuffle them by")
    parser.addoption("--write-help", action="store_true", help="write tests/cli/help anew, to be reviewed as a diff")


def pytest_collection_modifyitems(config, items):
    """Put the tests into another order, file by file: what a file sets up once is not set up for every test."""
    order = config.getoption("--order")
    if order is None:
        return
    if order == "reversed":
        items.reverse()
        return
    shuffled = random.Random(order)  # noqa: S311  # a number gives the same order in every worker
    by_file = {}
    for item in items:
        by_file.setdefault(item.path, []).append(item)
    files = shuffled.sample(sorted(by_file), len(by_file))
    items[:] = [item for path in files for item in shuffled.sample(by_file[path], len(by_file[path]))]


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Ask a person in this process: xdist's workers have no terminal."""
    if config.option.markexpr == "live":
        config.option.numprocesses = 0


def pytest_runtest_protocol(item, nextitem):
    """Run a test once more if it failed and gnome-keyring had crashed in it: that is no word about this program."""
    if "desktop" not in item.fixturenames:
        return None
    import secret_service

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    crashes = len(secret_service.CRASHES)
    reports = runner.runtestprotocol(item, nextitem=nextitem, log=False)
    if any(each.failed for each in reports) and len(secret_service.CRASHES) > crashes:
        reports = runner.runtestprotocol(item, nextitem=nextitem, log=False)
    for each in reports:
        item.ihook.pytest_runtest_logreport(report=each)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session", autouse=True)
def anybodys_process(tmp_path_factory):
    """This process as if anybody had started it anywhere: environment, home, umask and signal handlers."""
    home = tmp_path_factory.mktemp("nobodys-home")
    programs.install()
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - KEPT:
            if not name.startswith(KEPT_PREFIXES):
                patch.delenv(name)
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, str(home))
        patch.setenv("APPDATA", str(home / "AppData"))
        patch.setenv("LANG", "C.UTF-8")
        patch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)  # which leads to the program
        patch.setenv("PYTHONPATH", programs.python_path())
        before = os.umask(0o022)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.default_int_handler)  # `nohup` and `&` start a run with it ignored
            for name in ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"):
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), signal.SIG_DFL)
        yield
        os.umask(before)


@pytest.fixture(autouse=True)
def same_umask():
    """A test that sets the umask sets it back."""
    yield
    assert os.umask(0o022) == 0o022


@pytest.fixture(autouse=True)
def same_grammar_of_hints():
    """Whatever goes wrong in a test, each hint says what it is and ends without a full stop; a command can be run."""
    with hints.watched():
        yield


@pytest.fixture
def no_umask():
    """A user whose umask takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


def _text(variables):
    return {name: str(value) for name, value in variables.items()}


@dataclasses.dataclass
class Machine:
    """A machine of its own: a home, a working folder, a keyring, and nothing else in the environment."""

    home: pathlib.Path
    folder: pathlib.Path
    environ: dict
    always_a_process: bool = False
    ending: contextlib.ExitStack = dataclasses.field(default_factory=contextlib.ExitStack)

    @property
    def app(self):
        return self.home / ".config" / "flickr-auth"

    def record(self):
        """What the file of the only account holds."""
        (path,) = (self.app / "accounts").iterdir()
        return json.loads(path.read_text())

    def run(self, *arguments, stdin="", **variables):
        """Run the program to its end, in this process; the result has returncode, stdout and stderr.

        `stdin` may be a function: it is given what stands on stderr when a code is asked for, and returns it.
        """
        if self.always_a_process:
            return self.run_process(*arguments, stdin=stdin, **variables)
        return self._run(arguments, variables, [stdin], is_terminal=False)

    def answer(self, *arguments, typed=(), **variables):
        """Run the program to its end, in this process, for a person who answers its questions.

        Each line that is `typed` is the answer to a question, as text or as a function of what stands on the screen by
        then; after the last one the input ends.
        """
        lines = [lambda shown, each=each: f"{each(shown) if callable(each) else each}\n" for each in typed]
        return self._run(arguments, variables, lines, is_terminal=True)

    def _run(self, arguments, variables, stdin, *, is_terminal):
        with in_process.surroundings(self.environ | _text(variables), self.folder) as environ:
            ran = in_process.run(environ, *arguments, stdin=stdin, is_terminal=is_terminal)
        return subprocess.CompletedProcess(["flickr-auth", *arguments], ran.code, ran.stdout, ran.stderr)

    def run_process(self, *arguments, stdin="", **variables):
        """Run the program to its end in a process of its own: slower, and for what only a process can promise."""
        process = self.start(*arguments, **variables)
        shown = ""
        if callable(stdin):
            while "oauth_token=" not in shown and (line := process.stderr.readline()):
                shown += line
            stdin = stdin(shown)
        stdout, stderr = process.communicate(stdin, timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, shown + stderr)

    def start(self, *arguments, stderr=subprocess.PIPE, **variables):
        """Start the program, with pipes, or another stderr; it ends with the test."""
        process = subprocess.Popen(
            [sys.executable, "-m", "flickr_auth", *map(str, arguments)],
            cwd=self.folder,
            env=self.environ | _text(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
        )
        self.ending.callback(end, process)
        return process

    def terminal(self, *arguments, columns=80, **variables):
        """Start the program in a terminal with 24 lines; it ends with the test.

        A blank of an expected pattern stands for any white space: text is folded at the right edge.
        """
        terminal = pexpect.spawn(
            sys.executable,
            ["-m", "flickr_auth", *map(str, arguments)],
            cwd=str(self.folder),
            env=self.environ | _text(variables),
            encoding="utf-8",
            dimensions=(24, columns),
            timeout=20,
        )
        terminal.delayafterclose = 0.01
        compiled = terminal.compile_pattern_list
        terminal.compile_pattern_list = lambda patterns: compiled(
            patterns.replace(" ", r"\s+") if isinstance(patterns, str) else patterns
        )
        self.ending.callback(terminal.close, force=True)
        return terminal

    def log_in(self, user=0, perms="read", provider="sandbox", keys=KEYS[0]):
        """Store an account of the sandbox in a file, as `login --sandbox --store file` does, or with a base URL."""
        person = USERS[user]
        names = {"user_nsid": person.nsid, "username": person.username, "fullname": person.fullname}
        token = access_tokens.issue(keys.api_key, user, perms).token
        return self.keep(Account.of(keys, token, perms=perms, provider=provider, logged_in_at=SOME_DAY, **names))

    def keep(self, account):
        """Store this account in a file."""
        with in_process.surroundings(self.environ, self.folder) as environ:
            return Store(AccountFolder(app_folder(environ), pytest.fail), lambda: None).keep(account, "file")

    def write_apikeys(self, folder=None, keys=KEYS[0]):
        path = (folder or self.folder) / "apikeys"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{keys.api_key}\n{keys.api_secret}\n")
        return path


def end(process):
    """End a process that may have ended, and close its pipes."""
    process.kill()
    process.wait()
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        with contextlib.suppress(BrokenPipeError):
            pipe.close()


@pytest.fixture
def machine(tmp_path, request):
    """A machine on which nobody is logged in."""
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "PYTHONPATH": programs.python_path(programs.TESTS),
        "PYTHONWARNINGS": "error",
        "PYTHON_KEYRING_BACKEND": "fake_keyrings.Good",
        "FAKE_KEYRING": str(tmp_path / "keyring.json"),
    }
    with contextlib.ExitStack() as ending:
        yield Machine(home, folder, environ, request.node.get_closest_marker("process") is not None, ending)


@pytest.fixture
def bin_folder(tmp_path):
    """A folder for programs that a test makes."""
    folder = programs.folder_for_programs(tmp_path)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Between two tries there is the pause that a server asks for, and else none, so that tests do not wait."""
    monkeypatch.setattr(client, "_pause", lambda _number, failure: getattr(failure, "retry_after", None) or 0.0)


@pytest.fixture
def sandbox():
    """A sandbox whose clock stays right while a test has another one: it is elsewhere, as Flickr is."""
    with Sandbox(clock=time.time) as running:
        yield running


@pytest.fixture
def nobody_there():
    """A base URL at which nobody listens, and nobody will while the test runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def here(machine, sandbox):
    """A machine whose provider is the sandbox, with the sandbox's key in ./apikeys."""
    machine.environ["FLICKR_AUTH_BASE_URL"] = sandbox.base_url
    machine.write_apikeys()
    return machine


@pytest.fixture
def press_ok(sandbox):
    """Answer the question for a code: press OK on the page whose URL is on the screen, once, and return the code."""
    codes = {}

    def presser(user=0):
        def press(shown):
            token, perms = re.findall(r"oauth_token=([^&\s]+)&perms=([a-z]+)", shown)[-1]
            if token not in codes:
                codes[token] = sandbox.press_ok(token, perms, user)
            return codes[token]

        return press

    return presser


@pytest.fixture
def driven(here, press_ok):
    """Log in as a program does that drives the login: read the URL, get the code, type it."""

    def login(*arguments, user=0, **variables):
        def type_code(shown):
            return f"{press_ok(user)(shown)}\n" if "oauth_token=" in shown else ""

        return here.run("login", *arguments, stdin=type_code, **variables)

    return login
