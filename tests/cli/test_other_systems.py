"""What is different on Windows and macOS, tried on Linux: `other_systems.py` says what stands in for them."""

import errno
import io
import json
import pathlib
import signal
import subprocess
import sys
import types

import pytest

from flickr_auth.cli import signals, stdin
from flickr_auth.cli.console import Console

PROGRAM = pathlib.Path(__file__).parents[1] / "other_systems.py"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-ins are made of what Linux has")
HOMES = {
    # where programs keep their settings, and what gallery-dl reads
    "win32": ("AppData", "AppData/gallery-dl/config.json"),
    "darwin": ("Library/Application Support", ".config/gallery-dl/config.json"),
}


@pytest.fixture
def run(machine):
    """Run command lines where Python says that it is on that platform; what they print on stdout and stderr."""

    def run_(platform, *lines):
        ran = subprocess.run(
            [sys.executable, PROGRAM, platform],
            cwd=machine.folder,
            env=machine.environ | {"APPDATA": str(machine.home / "AppData")},
            input="".join(json.dumps(line.split()) + "\n" for line in lines),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout, ran.stderr

    return run_


@pytest.mark.parametrize(("platform", "store"), [("win32", "file"), ("darwin", "keyring")])
def test_from_the_login_to_the_logout_all_works_on_other_systems(machine, run, platform, store):
    """Each command does its work there, in the folders of that system, and the last one leaves nothing behind."""
    settings, for_gallery_dl = HOMES[platform]
    keyring = pathlib.Path(machine.environ["FAKE_KEYRING"])
    keyring.write_text("{}")
    login = f"login --sandbox --store {store} --no-browser"
    said, errors = run(
        platform,
        login,
        f"{login} --perms write",  # in the place of the first
        "show --field perms",
        "use sandbox-sam",
        "call flickr.test.login",
        "call --paginate flickr.people.getPhotos user_id=me page=5",
        "run -- true",
        "run -- no-such-program",
        "doctor --offline",
        "export gallery-dl --not-flickr",
        "export flickrapi --not-flickr",
        "export flickr-cli-go --not-flickr",
        "logout",
    )
    codes = [line for line in said.splitlines() if line.isdecimal()]
    assert codes == ["0"] * 7 + ["127"] + ["0"] * 5, said + errors
    assert "\nwrite\n" in said
    assert "no display" not in said  # which these systems have without a variable that says so
    assert "Saving" not in errors and "Warning" not in errors
    place = f"~/{settings}/flickr-auth/accounts/" if store == "file" else "the keyring (fake_keyrings)"
    assert errors.count(f"Token saved in {place}") == 2
    assert f"Add these lines to ~/{settings}/flickr-cli/config.yaml" in errors.replace("'", "")
    left = sorted(str(path.relative_to(machine.home)) for path in machine.home.rglob("*") if path.is_file())
    assert keyring.read_text() == "{}"
    assert left == sorted([".flickr/oauth-tokens.sqlite", for_gallery_dl])


@pytest.fixture
def on_windows(monkeypatch):
    """Python says that it is on Windows, for as long as the test takes."""
    monkeypatch.setattr(sys, "platform", "win32")


@pytest.mark.usefixtures("on_windows")
def test_what_was_typed_at_a_console_of_windows_is_discarded(monkeypatch):
    """Half a paste does not become a command of the shell there, either."""
    typed = list("half a paste")
    console = types.SimpleNamespace(kbhit=lambda: bool(typed), getwch=typed.pop)
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    stdin.discard_typed()
    assert typed == []


@pytest.mark.usefixtures("on_windows")
def test_a_pipe_that_nobody_reads_is_one_on_windows():
    """There a closed pipe is an invalid argument: it ends the program quietly, as everywhere."""

    class Closed(io.StringIO):
        def write(self, _text):
            raise OSError(errno.EINVAL, "Invalid argument")

    with pytest.raises(BrokenPipeError):
        Console({}, stdout=Closed()).answer("answer")


@pytest.mark.usefixtures("on_windows")
def test_ctrl_c_at_a_console_of_windows_is_not_passed_on():
    """The console gives it to the command of `run` by itself, and Windows knows no way to send it; SIGTERM is sent."""
    sent = []
    with signals.left_to_child(), signals.passed_on(types.SimpleNamespace(send_signal=sent.append)):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert sent == [signal.SIGTERM]
