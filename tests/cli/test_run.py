"""`flickr-auth run`: another program with the token, its exit code, and its signals."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

import in_process
from programs import FLICKR_AUTH, PYTHON, make, need, word
from terminals import needs_a_terminal, pexpect

pytestmark = pytest.mark.process  # the child inherits the streams of the process

PRINT = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('FLICKR')}))"
ASK = """
import os, urllib.request
with urllib.request.urlopen(os.environ["FLICKR_AUTH_BASE_URL"] + "/", timeout=10) as page:
    print(page.status)
"""
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGQUIT", "SIGUSR1") if hasattr(signal, name)]
WAIT = r"""
import os, signal, sys, time
def stop(number, frame):
    os.write(1, f"got {signal.Signals(number).name}\n".encode())  # print may be under way
    sys.exit(9)
for each in map(int, sys.argv[1:]):
    signal.signal(each, stop)
print("ready", flush=True)
for _ in range(600):
    time.sleep(0.1)  # a signal that comes just before a sleep begins is handled after it
"""
OPEN = """
import os
for each in range(3, 256):
    try:
        os.fstat(each)
        print(each, end=" ")
    except OSError:
        pass
print()
"""


@pytest.fixture
def stored(here, sandbox):
    """An account that has logged in."""
    return here.log_in(provider=sandbox.base_url)


def python(code, *arguments):
    return ("run", "--", sys.executable, "-c", code, *arguments)


def test_the_four_values_are_in_its_environment(stored, here, sandbox):
    """A program finds the keys, the token, and where that is good; nothing of it is on the command line."""
    ran = here.run(*python(PRINT))
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["FLICKR_API_KEY"] == stored.api_key
    assert found["FLICKR_API_SECRET"] == stored.api_secret
    assert found["FLICKR_OAUTH_TOKEN"] == stored.oauth_token
    assert found["FLICKR_OAUTH_TOKEN_SECRET"] == stored.oauth_token_secret
    assert found["FLICKR_AUTH_BASE_URL"] == sandbox.base_url


def test_a_token_of_flickrs_is_pointed_nowhere_else(here):
    """A base URL that happens to be set is not handed on with a token that belongs to Flickr."""
    here.log_in(provider="flickr")
    assert "FLICKR_AUTH_BASE_URL" not in json.loads(here.run(*python(PRINT)).stdout)


def test_the_stand_in_is_alive_meanwhile(machine):
    """A program that is run with a sandbox account can call the sandbox."""
    machine.log_in()
    ran = machine.run(*python(ASK))
    assert (ran.returncode, ran.stdout) == (0, "200\n")


@pytest.mark.parametrize("provider", ["flickr", "sandbox"])
def test_its_exit_code_is_the_programs(machine, provider):
    """A script can go by the exit code of what was run, also where that ran beside the stand-in."""
    machine.log_in(provider=provider)
    assert machine.run(*python("raise SystemExit(7)")).returncode == 7


def test_its_options_are_the_programs(stored, here):
    """What follows the command belongs to it, with and without the dashes."""
    show = "import sys; print(sys.argv[1:])"
    assert here.run(*python(show, "--account", "-h", "--")).stdout == "['--account', '-h', '--']\n"
    assert here.run("run", sys.executable, "-c", show, "--version").stdout == "['--version']\n"


def test_a_command_that_is_not_there_is_127(stored, here):
    """As a shell tells it, also where the system's answer is about a folder on the PATH that may not be entered."""
    (here.folder / "bin" / "no-such-command").mkdir(parents=True)  # which may not be executed, as root either
    (here.folder / "no-command-here").touch()  # which is not on the PATH
    for name in ("no-such-command", "no-command-here"):
        ran = here.run("run", name, PATH=f"{here.folder / 'bin'}:{here.environ['PATH']}")
        assert ran.returncode == 127
        assert ran.stderr == f"Error: Command not found: {name}\nFix: check its name, and that it is on the PATH\n"
    ran = here.run("run", "")
    assert (ran.returncode, ran.stderr.splitlines()[0]) == (127, "Error: The command is empty.")


def test_env_gives_exactly_those_variables_and_none_of_ours(stored, here):
    """The names are those that the command wants; what other variables say of Flickr's token is not handed on."""
    mapping = ("--env", "FLICKR_KEY=api_key", "--env", "TOKEN_=oauth_token", "--env", "FLICKR_WHO=username")
    ran = here.run("run", *mapping, *python(PRINT.replace("'FLICKR'", "('FLICKR', 'TOKEN_')"))[1:], FLICKR_API_KEY="x")
    assert ran.returncode == 0, ran.stderr
    expected = {"FLICKR_KEY": "api_key", "TOKEN_": "oauth_token", "FLICKR_WHO": "username"}
    assert json.loads(ran.stdout) == {name: getattr(stored, field) for name, field in expected.items()}
    ran = here.run("run", "--env", "FLICKR_OAUTH_TOKEN=oauth_token_secret", *python(PRINT)[1:])
    assert json.loads(ran.stdout) == {"FLICKR_OAUTH_TOKEN": stored.oauth_token_secret}


def test_a_mapping_that_is_none_is_wrong_usage(machine):
    """Exit 2 that quotes it, before an account is looked for."""
    machine.always_a_process = False
    for mapping, words in (
        (("A",), "Try: --env A=api_key"),
        (("1A=api_key",), "'1A' is not a variable name"),
        (("Ä=api_key",), "not a variable name"),
        (("A=API_KEY",), "no field 'API_KEY'"),
        (("A=api_key", "A=api_secret"), "A twice"),
    ):
        given = [part for each in mapping for part in ("--env", each)]
        ran = machine.run("run", *given, *python("open('begun', 'w')")[1:])
        assert ran.returncode == 2 and words in ran.stderr
    assert not (machine.folder / "begun").exists()


def test_a_field_that_is_unknown_for_the_account_is_exit_3(driven, here):
    """The command is not run with half of what it wants."""
    driven("--token-file", "token")
    ran = here.run("run", "--token-file", "token", "--env", "WHO=username", *python("open('begun', 'w')")[1:])
    assert ran.returncode == 3
    assert "username is not known" in ran.stderr
    assert not (here.folder / "begun").exists()


def test_without_an_account_nothing_is_run(machine):
    """Exit 3, before the command begins."""
    ran = machine.run(*python("open('begun', 'w')"))
    assert ran.returncode == 3
    assert not (machine.folder / "begun").exists()


@pytest.mark.parametrize(("provider", "name"), [("flickr", "SIGUSR1"), ("sandbox", "SIGTERM")])
def test_signals_reach_the_program(machine, provider, name):
    """A service manager's signal reaches the program, whose exit code is the answer."""
    machine.log_in(provider=provider)
    process = machine.start(*python(WAIT, *map(int, SIGNALS)))
    assert process.stdout.readline() == "ready\n"
    process.send_signal(getattr(signal, name))
    stdout, _ = process.communicate(timeout=30)
    assert stdout == f"got {name}\n"
    assert process.returncode == 9


@pytest.mark.parametrize("provider", ["flickr", "sandbox"])
def test_a_program_that_a_signal_ends_is_128_and_the_number(machine, provider):
    """As a shell tells it: 137, also where the program has become ours, and the signal ended our process."""
    machine.log_in(provider=provider)
    ran = machine.run(*python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert ran.returncode == (-signal.SIGKILL if provider == "flickr" else 128 + signal.SIGKILL)


@needs_a_terminal
def test_ctrl_c_at_a_terminal_reaches_the_program_once(machine):
    """The program decides what Ctrl-C means, and gets it once, also beside the stand-in."""
    machine.log_in()
    counting = WAIT.replace("    sys.exit(9)\n", "    n.append(1)\n").replace("import os", "n = []\nimport os")
    counting = counting.partition("for _ in")[0] + "sys.stdin.readline()\nprint(f'{len(n)} in all')"
    terminal = machine.terminal(*python(counting, *map(int, SIGNALS)))
    terminal.expect("ready")
    terminal.sendintr()
    terminal.expect("got SIGINT")
    terminal.sendline("")
    terminal.expect("1 in all")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_ctrl_c_is_the_programs_from_its_first_moment_on(machine, monkeypatch):
    """Beside the stand-in a program that is faster than we are keeps its Ctrl-C, and is not left behind."""

    class Fast(subprocess.Popen):
        def __init__(self, *arguments, **how):
            super().__init__(*arguments, **how)
            signal.raise_signal(signal.SIGINT)  # as the terminal does, which sends it to both

    machine.log_in()
    monkeypatch.setattr(subprocess, "Popen", Fast)
    with in_process.surroundings(machine.environ, machine.folder) as environ:
        ran = in_process.run(environ, "run", "--", sys.executable, "-c", "raise SystemExit(3)")
    assert ran.code == 3, ran


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these signals")
@pytest.mark.parametrize("provider", ["flickr", "sandbox"])
def test_signals_that_are_ignored_here_are_not_ignored_in_the_program(machine, provider):
    """`yes | head` ends as in any shell, and an exit code is told even if a parent ignored the end of children."""
    machine.log_in(provider=provider)
    ran = machine.run("run", "sh", "-c", "yes | head -1")
    assert (ran.stdout, "Broken pipe" in ran.stderr) == ("y\n", False)
    ran = subprocess.run(
        [sys.executable, "-m", "flickr_auth", "run", "sh", "-c", "exit 7"],
        cwd=machine.folder,
        env=machine.environ,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),  # it starts no thread
    )
    assert ran.returncode == 7


@pytest.mark.skipif(sys.platform != "linux", reason="no other system ends a child with its parent")
@pytest.mark.parametrize("provider", ["flickr", "sandbox"])
def test_a_kill_of_ours_ends_the_program(machine, provider):
    """A harness that kills what takes too long leaves no program behind with the token, nor one that holds its pipe."""
    machine.log_in(provider=provider)
    process = machine.start(*python(WAIT))
    assert process.stdout.readline() == "ready\n"
    process.kill()
    assert process.communicate(timeout=30)[0] == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows hands on no descriptors so")
@pytest.mark.parametrize("provider", ["flickr", "sandbox"])
def test_open_descriptors_are_handed_on_and_none_of_ours(machine, provider):
    """`<(...)`, `3>file` and make's jobserver work; the program finds what its shell gave it, and nothing more."""
    need("bash")
    machine.log_in(provider=provider)
    seen = subprocess.run(
        ["bash", "-c", f"{FLICKR_AUTH} run -- {PYTHON} -c {word(OPEN)} 9>&1; {PYTHON} -c {word(OPEN)} 9>&1"],
        cwd=machine.folder,
        env=machine.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout.splitlines()
    assert seen[0] == seen[1] and "9" in seen[0].split()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("provider", ["flickr", "sandbox"])
def test_signals_that_a_parent_keeps_away_stay_away(machine, provider):
    """What nohup, `&` or a service manager ignores or blocks is ignored and blocked in the program, too."""
    machine.log_in(provider=provider)
    show = "import signal as s; print(s.getsignal(s.SIGINT).name, [each.name for each in s.pthread_sigmask(0, [])])"
    keep_away = "; ".join(
        (
            "import os, signal as s, sys",
            "s.signal(s.SIGINT, s.SIG_IGN)",
            "s.pthread_sigmask(s.SIG_BLOCK, [s.SIGTERM])",
            "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])",
        )
    )
    ran = subprocess.run(
        [sys.executable, "-c", keep_away, "-m", "flickr_auth", *python(show)],
        cwd=machine.folder,
        env=machine.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ran.stdout == "SIG_IGN ['SIGTERM']\n"


def test_what_cannot_be_executed_is_126(stored, here, bin_folder):
    """As a shell says it: a text, and a script without its interpreter, which is not called missing."""
    here.folder = bin_folder
    (bin_folder / "text").write_text("hello")
    make(bin_folder / "script", "", start="#!/no/such/interpreter")
    for name, why, fix in (
        ("./text", f"cannot be executed: {os.strerror(errno.EACCES)}", "Fix: make it executable"),
        ("./", "cannot be executed: it is a folder", "Fix: name the program in it"),
        ("./script", "cannot be executed: its interpreter was not found", "Fix: check its first line"),
    ):
        ran = here.run("run", name)
        assert ran.returncode == 126 and f"{name} {why}" in ran.stderr and fix in ran.stderr
    if sys.platform == "linux":  # which starts nothing that is being written
        shutil.copy(shutil.which("true"), bin_folder / "busy")
        with (bin_folder / "busy").open("ab"):
            ran = here.run("run", "./busy")
        assert ran.returncode == 126 and ran.stderr.endswith("\nFix: check that it starts without flickr-auth\n")
