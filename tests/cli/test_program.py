"""The program as a whole: version, help, usage, the sandbox command."""

import io
import pathlib
import signal
import sys
import urllib.request

import pytest

from flickr_auth.cli import app
from flickr_auth.cli.console import Console
from flickr_auth.cli.context import Context
from flickr_auth.version import __version__

from programs import python_path

HELP = pathlib.Path(__file__).with_name("help")
COMMANDS = list(app.COMMANDS)
# What each command is given to do something and end, for somebody who is logged in at the sandbox.
ALONE = {
    "login": ("--sandbox", "--store", "file"),
    "show": (),
    "logout": (),
    "status": (),
    "use": ("12345678@N00",),
    "call": ("flickr.test.login",),
    "sign": ("http://127.0.0.1/",),
    "run": ("--", sys.executable, "-c", ""),
    "export": ("--list",),
    "import": ("--list",),
    "doctor": ("--offline",),
}


def test_the_version_is_printed(machine):
    """`--version` is one line on stdout."""
    assert machine.run_process("--version").stdout == f"flickr-auth, version {__version__}\n"


def test_without_a_command_the_help_is_shown(machine):
    """Nothing to do is wrong usage, as a slip in a command's name is, and the help says what could be done."""
    assert machine.run("logni").returncode == 2
    ran = machine.run()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Log in:" in ran.stderr


def test_every_command_starts_as_a_program(machine):
    """Each command works in a process of its own, where nothing is loaded that it does not load itself."""
    machine.write_apikeys()
    for command in COMMANDS:
        machine.log_in()
        ran = machine.run_process(command, *ALONE.get(command, ("--help",)))
        assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr


def page(command, columns=80):
    """The help of a command in a terminal of that width."""
    err, out = io.StringIO(), io.StringIO()
    context = Context({"COLUMNS": str(columns)}, Console({}, stdout=out, stderr=err, is_terminal=False))
    with pytest.raises(SystemExit) as end:
        app.cli.main([*command.split(), "--help"], prog_name="flickr-auth", obj=context)
    assert (end.value.code, err.getvalue()) == (0, "")
    return out.getvalue()


def test_help_fits_the_terminal(machine):
    """No line but a command to copy is wider than the terminal, and no range is written as mathematicians do."""
    for command in ("", *COMMANDS):
        for columns in (60, 120):
            shown = page(command, columns)
            prose, _, examples = shown.partition("\nExamples:\n")
            assert [line for line in prose.splitlines() if len(line) > columns] == []
            assert [line for line in examples.splitlines() if len(line) > 80] == []
            assert "<=" not in shown and "RANGE" not in shown
    if sys.platform != "win32":
        assert machine.terminal("show", "--help", columns=60).read().replace("\r", "") == page("show", 60)


def test_help_is_what_was_reviewed(request):
    """Nobody is surprised by a change of a page of help: it is in `help/`, where a review sees it."""
    for command in ("", *COMMANDS):
        path = HELP / f"{command or 'flickr-auth'}.txt"
        shown = page(command)
        if request.config.getoption("--write-help"):
            path.write_text(shown, encoding="utf-8")
        assert shown == path.read_text(encoding="utf-8"), "reviewed? then: pytest --write-help"
    assert {path.stem for path in HELP.iterdir()} == {"flickr-auth", *COMMANDS}  # and none of a command that is gone


INTERRUPTED = """
import sys

class Interrupted:
    def find_spec(name, *_):
        if name == "flickr_auth.cli.%s":
            exec("%s")

sys.meta_path.insert(0, Interrupted)
"""


def test_a_signal_while_a_module_is_imported_is_an_exit_code(machine):
    """Python would end by the signal itself if it came while a named tuple is made; the exit code is a number."""
    for module, what, code, said in (
        ("app", "import signal; signal.raise_signal(signal.SIGINT)", 130, ""),
        ("app", "import signal; signal.raise_signal(signal.SIGTERM)", 143, ""),
        ("commands.login", "raise KeyboardInterrupt", 130, "Cancelled.\n"),
    ):
        (machine.folder / "sitecustomize.py").write_text(INTERRUPTED % (module, what))
        ended = machine.run_process("login", PYTHONPATH=python_path(machine.folder))
        assert (ended.returncode, ended.stderr) == (code, said)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_the_sandbox_serves_until_it_is_told_to_stop(machine, number, code):
    """`sandbox` prints three variables for a shell, answers under them, and ends on Ctrl-C, as it says."""
    process = machine.start("sandbox")
    printed = dict(process.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(3))
    assert set(printed) == {"FLICKR_AUTH_BASE_URL", "FLICKR_API_KEY", "FLICKR_API_SECRET"}
    with urllib.request.urlopen(printed["FLICKR_AUTH_BASE_URL"] + "/", timeout=10) as page:  # noqa: S310  # the sandbox's
        assert "sandbox" in page.read().decode().lower()
    ran = machine.run("login", stdin="123-456-789\n", **printed)
    assert ran.returncode == 4 and "Enter the code" in ran.stderr  # the key is known, and the code is wrong
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert f"running at {printed['FLICKR_AUTH_BASE_URL']} (Ctrl-C stops it)" in said


def test_a_port_that_is_taken_is_said_so(machine, sandbox):
    """Another server on the port is exit 1, with the port."""
    port = sandbox.base_url.rpartition(":")[2]
    ran = machine.run("sandbox", "--port", port)
    assert ran.returncode == 1
    assert f"port {port}" in ran.stderr and "Traceback" not in ran.stderr
