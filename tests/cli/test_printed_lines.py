"""Every command line that README.md and the help print does what it should, at the sandbox.

A shell runs it, or the program in this process where a shell would only part the words.
"""

import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys

import pytest

import flickr_auth
from flickr_auth.cli import app

from programs import PYTHON, make, need

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are lines for bash")
README = pathlib.Path(__file__).parents[2].joinpath("README.md")
TOPICS = sorted(pathlib.Path(flickr_auth.__file__).parent.joinpath("cli", "topics").iterdir())
# Where a shell does no more than to part the words, of commands that become no other program and no server.
PLAIN = re.compile(r"flickr-auth (?!run |sandbox)[\w =.:/@,-]+")
NO_COMMAND = re.compile(r"  (?:flickr\.\S+$|/services/)")  # the sandbox's methods and endpoints
# Programs that are not ours: each does as much of its work as a line needs.
NOT_OURS = {
    "ssh": 'test "$1" = -L && exit\nshift\ncd\nPATH=$(getconf PATH)\nexec sh -c "$*"\n',  # where ours is not
    "scp": 'test "$3" = nas: && exec cp -p "$2" "$HOME"\n',
    "op": "cat ~/keys\n",
    "docker": 'grep -q "^FLICKR_OAUTH_TOKEN=" "$3"\n',
    "npx": 'test -n "$FLICKR_KEY"\n',
    "curl": 'if [ "$2" = @- ]; then cat; else echo "$2"; fi | grep -q "^Authorization: OAuth "\n',
    "jq": f"""exec {PYTHON} -c "import json, sys; json.load(sys.stdin)['photos']['total'] or exit(1)"\n""",
    "git": 'mkdir "$3"\n',
    **dict.fromkeys(("python3", "pipx", "uv"), ""),
}


def in_blocks():
    """The lines of the README's blocks."""
    blocks = re.findall(r"^```(?:sh|crontab)\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return joined("".join(blocks)).splitlines()


def joined(text):
    """The text with each command on one line."""
    return re.sub(r"(?:(\|)|\\)\n +", r"\1 ", text)


def in_text():
    """The lines in its text, each once but for the two halves of a login."""
    lines = re.findall(r"`!?(flickr-auth [^`]*)`", README.read_text(encoding="utf-8"))
    return [
        line for number, line in enumerate(lines) if line not in lines[:number] or re.search("--(start|finish)", line)
    ]


def in_topic(path):
    """The indented lines, which are commands but for Python, which another test runs, and what is on NO_COMMAND."""
    lines = joined(path.read_text(encoding="utf-8")).splitlines() if path.stem != "python" else []
    return [line.strip() for line in lines if line.startswith("  ") and not NO_COMMAND.match(line)]


def in_examples():
    return [line for name in app.COMMANDS for line in app.cli.get_command(None, name).examples]


def shell_for(line):
    """The shell that the line is for."""
    return next((each for each in ("fish", "zsh") if each in line), "bash")


PAGES = {"README.md": in_blocks(), "its text": in_text(), "--help": in_examples()}
PAGES |= {path.stem: lines for path in TOPICS if (lines := in_topic(path))}


def furnish(here, bin_folder):
    """What the lines take for granted: programs, scripts, files, and the program where pipx, uv and pip put it.

    Only links stand outside the one folder from which programs may be started.
    """
    ours = make(bin_folder / "flickr-auth", f'exec {PYTHON} -m flickr_auth "$@"\n')
    for name, script in NOT_OURS.items():
        make(bin_folder / name, script)
    (bin_folder / "scripts").mkdir()
    does_nothing = make(bin_folder / "scripts" / "any", "")
    needs_token = make(bin_folder / "scripts" / "needs-token", 'test -n "$FLICKR_OAUTH_TOKEN"\n')
    needs_key = make(bin_folder / "scripts" / "needs-key", 'test -n "$FLICKR_KEY" && test -n "$FLICKR_SECRET"\n')
    for link, target in {
        here.home / ".local" / "bin" / "flickr-auth": ours,
        here.home / "bin" / "backup": needs_token,
        here.home / "bin" / "backup-my-photos": needs_token,
        here.folder / ".venv" / "bin" / "flickr-auth": ours,
        here.folder / ".venv" / "bin" / "pip": does_nothing,
        here.folder / ".venv" / "bin" / "python": does_nothing,
        here.folder / "backup.sh": needs_token,
        here.folder / "upload.py": needs_key,
    }.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    (here.home / "backup").mkdir()
    (here.folder / "my_script.py").touch()
    for copy in (here.home / "keys", here.folder / "apikeys.example"):
        copy.write_bytes((here.folder / "apikeys").read_bytes())


@pytest.fixture
def typed(here, sandbox, bin_folder):
    """Type a line as it is printed: with names of this machine, and the code of the login that was started last."""
    furnish(here, bin_folder)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = str(held.getsockname()[1])
    names = {"/home/me": shlex.quote(str(here.home)), "jamalfanaian": "sandbox-sam", "8765": port, "COMMAND": "true"}
    names |= {"package.Backend": "fake_keyrings.Good"}
    started = []

    def named(line):
        line = re.sub(r"^[\d*]+ [\d*]+ \* \* \* ", "", line)  # cron's
        for name, value in names.items():
            line = line.replace(name, value)
        if "--finish" in line:
            line = re.sub("123-456-789|CODE", sandbox.press_ok(started.pop()), line)
        is_export = re.match("flickr-auth export [a-z]", line)
        return f"{line} --not-flickr" if is_export else line  # as README.md and `help sandbox` say

    def run(line):
        shutil.rmtree(here.app / "accounts", ignore_errors=True)
        (here.app / "default").unlink(missing_ok=True)
        here.log_in(perms="write", provider="flickr" if "flickr-auth sign" in line else "sandbox")
        # The built-in sandbox needs nobody to press OK, but cannot wait for the second half of a login.
        base_url = sandbox.base_url if re.search("--start|--finish", line) else "sandbox"
        its = {"FLICKR_AUTH_BASE_URL": base_url, "PATH": f"{bin_folder}:{here.environ['PATH']}"}
        ran = here.run(*named(line).split()[1:], **its) if PLAIN.fullmatch(line) else in_shell(line, its)
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
        assert not re.search("Traceback|Error:", ran.stderr), f"{line}\n{ran.stderr}"
        started.extend(re.findall(r"oauth_token=([^&\s]+)", ran.stdout))

    def in_shell(line, its):
        shell = shell_for(line)
        setting = {"bash": "set -euo pipefail; ", "zsh": "autoload -U compinit; compinit -u; ", "fish": ""}[shell]
        process = subprocess.Popen(
            [shell, "-c", setting + named(line)],
            cwd=here.folder,
            env=here.environ | its,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        if re.match("flickr-auth sandbox", line):  # a server, which is ended when it is ready
            assert all(process.stdout.readline().startswith("export FLICKR_A") for _ in range(3)), line
            assert any(each.startswith("Next: ") for each in process.stderr), line
            process.terminate()
            return subprocess.CompletedProcess(line, 0, *process.communicate(timeout=60))
        stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(line, process.returncode, stdout, stderr)

    return run


@pytest.mark.parametrize("page", PAGES)
def test_a_line_that_is_printed_works(typed, page):
    """Whoever copies a line from README.md, a topic or an example gets what it promises."""
    lines = [line for line in PAGES[page] if not re.search(r"flickr-auth (COMMAND|help TOPIC)", line)]
    assert lines
    for line in lines:
        if shutil.which(shell_for(line)):
            typed(line)
    for shell in sorted(set(map(shell_for, lines))):
        need(shell)


def test_every_command_has_an_example_of_its_own():
    """Each command's help shows how it is typed."""
    for name in app.COMMANDS:
        assert any(f"flickr-auth {name}" in line for line in app.cli.get_command(None, name).examples)
