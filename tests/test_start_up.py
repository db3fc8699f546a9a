"""What a start loads: what people feel on every line of a script. No clock: the list of modules is the cost."""

import json
import subprocess
import sys

import pytest

from programs import python_path
from samples import API_KEY, API_SECRET, OAUTH_TOKEN, OAUTH_TOKEN_SECRET

# What every command loads of ours: the group, its options, and the one place where a person is spoken to.
EVERY = {
    *("flickr_auth", "flickr_auth.version", "flickr_auth.errors"),
    *("flickr_auth.cli", "flickr_auth.cli.app", "flickr_auth.cli.console", "flickr_auth.cli.context"),
    *("flickr_auth.cli.options", "flickr_auth.cli.signals", "flickr_auth.cli.text"),
}
SHOW = {
    *("flickr_auth.cli.commands", "flickr_auth.cli.commands.show", "flickr_auth.account", "flickr_auth.storage"),
    *("flickr_auth.storage.choose", "flickr_auth.storage.account_files", "flickr_auth.storage.record"),
    *("flickr_auth.storage.files", "flickr_auth.storage.ownership"),
}
# What Python has of its own, beyond what click loads: signals, the encoding of stdout, and the account's JSON.
OF_PYTHON = {
    *("__future__", "signal", "locale", "_locale", "gc", "atexit"),
    *("json", "json.decoder", "json.encoder", "json.scanner", "_json"),
}
SLOW = {"requests", "requests_oauthlib", "oauthlib", "keyring", "http.server", "subprocess", "pathlib", "dataclasses"}
REPORT = "import atexit, json, sys; atexit.register(lambda: json.dump(sorted(sys.modules), open(sys.argv[-1], 'w')))\n"


def loaded(tmp_path, code, *arguments):
    """The modules that are loaded at the end of a run, and its stdout."""
    report = tmp_path / "loaded.json"
    ran = subprocess.run(
        [sys.executable, "-c", code.replace("sys.argv[-1], 'w'", f"{str(report)!r}, 'w'"), *arguments],
        env={"FLICKR_AUTH_HOME": str(tmp_path / "home"), "PATH": "", "PYTHONPATH": python_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    return set(json.loads(report.read_text())), ran.stdout


@pytest.fixture
def beyond_click(tmp_path):
    """What a command of ours loads beyond `import click`, and what it prints."""
    base, _ = loaded(tmp_path, REPORT + "import click")

    def beyond(*arguments):
        code = REPORT + "sys.argv[0] = 'flickr-auth'\nfrom flickr_auth.cli.app import main\nmain()"
        modules, stdout = loaded(tmp_path, code, *arguments)
        return modules - base, stdout

    return beyond


@pytest.fixture
def account(tmp_path):
    """An account in a file."""
    accounts = tmp_path / "home" / "accounts"
    accounts.mkdir(parents=True, mode=0o700)
    told = {"store": "file", "api_key": API_KEY, "api_secret": API_SECRET}
    told |= {"oauth_token": OAUTH_TOKEN, "oauth_token_secret": OAUTH_TOKEN_SECRET}
    path = accounts / "21207597@N07-653e7a6e.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(told | {"user_nsid": "21207597@N07"}))


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("show", "--field", "user_nsid"), "21207597@N07\n"),
        (("show", "--field", "user_nsid", "--account", "21207597@N07-653e7a6e"), "21207597@N07\n"),
        (("show", "--format", "lines"), "72157626318069415-087bfc7b5816092c\na202d1f853ec69de"),
    ],
)
def test_show_from_a_file_loads_what_it_uses_and_nothing_else(beyond_click, account, arguments, shown):
    """`show` starts about as fast as click does."""
    modules, stdout = beyond_click(*arguments)
    assert stdout == shown
    assert {each for each in modules if each.startswith("flickr_auth")} == EVERY | SHOW
    assert {each for each in modules if not each.startswith("flickr_auth")} <= OF_PYTHON


def test_help_loads_no_command(beyond_click):
    """`--help` starts about as fast as click does: it knows the commands without loading them."""
    modules, stdout = beyond_click("--help")
    assert "Usage: flickr-auth" in stdout
    assert {each for each in modules if each.startswith("flickr_auth")} == EVERY | {
        "flickr_auth.cli.help_page",
        "flickr_auth.program",
    }
    assert modules.isdisjoint(SLOW)  # click's own formatting has the rest


def test_importing_the_package_loads_its_errors_alone(tmp_path):
    """A script that imports flickr_auth pays for what it then uses."""
    base, _ = loaded(tmp_path, REPORT + "import __future__, typing")
    modules, _ = loaded(tmp_path, REPORT + "import __future__, typing, flickr_auth")
    assert modules - base == {"flickr_auth", "flickr_auth.errors", "flickr_auth.version"}
