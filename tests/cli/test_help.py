"""`help` and its topics, what was probably meant, and that each topic says what the program does."""

import inspect
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import flickr_auth
from flickr_auth import errors
from flickr_auth.cli import app, signals, topics
from flickr_auth.interop import registry
from flickr_auth.storage import files

from bound import modes_bind

SOURCE = pathlib.Path(flickr_auth.__file__).parent


def test_a_topic_is_readable_in_any_terminal(machine):
    """Each topic fits the terminal, or 80 columns if its width is none, and no command in it is broken."""
    for name in topics.NAMES:
        source = SOURCE.joinpath("cli", "topics", f"{name}.txt").read_text(encoding="utf-8")
        commands = [line for line in source.splitlines() if line.startswith("  ")]
        for given, columns in ((60, 60), (120, 120), ("wide", 80)):
            ran = machine.run("help", name, COLUMNS=given)
            assert (ran.returncode, ran.stderr) == (0, "")
            lines = ran.stdout.splitlines()
            assert lines[0] == topics.title(name)
            assert [line for line in commands if line not in lines or len(line) > 80] == []
            assert [line for line in lines if len(line) > columns and line not in commands] == []


def test_help_names_its_topics(machine):
    """The program's help and that of `help` list every topic there is, and no other."""
    assert f"topic: {', '.join(topics.NAMES)}." in " ".join(machine.run("--help").stdout.split())
    shown = machine.run("help", "--help").stdout
    assert all(re.search(rf"^  {name} ", shown, re.MULTILINE) for name in topics.NAMES)
    assert {path.stem for path in SOURCE.joinpath("cli", "topics").iterdir()} == set(topics.NAMES)


def test_help_of_a_command_is_its_help(machine):
    """`help login` and `login --help` are the same page, and so are `help` and `--help`."""
    for words in (("login",), ()):
        assert machine.run("help", *words).stdout == machine.run(*words, "--help").stdout != ""


def test_without_docstrings_the_help_is_the_same(machine):
    """PYTHONOPTIMIZE=2, as images of containers set it, takes nothing from any command's help; nor does it stop one."""
    expected = {name: inspect.cleandoc(app.cli.get_command(None, name).help) for name in app.COMMANDS}
    code = f"""
from flickr_auth.cli import app
helps = {{name: app.cli.get_command(None, name).help for name in app.COMMANDS}}
print(helps == {expected!r}, app.cli.help == {app.cli.help!r}, app.main.__doc__)
"""
    command = [sys.executable, "-OO", "-c", code]
    ran = subprocess.run(command, env=machine.environ, stdout=subprocess.PIPE, text=True, check=True)
    assert ran.stdout == "True True None\n"
    ran = machine.run_process("login", "--sandbox", "--store", "file", PYTHONOPTIMIZE=2)
    assert (ran.returncode, "Logged in to the sandbox" in ran.stderr) == (0, True)


def test_an_unknown_topic_says_what_was_meant(machine):
    """A slip is exit 2 with the nearest topic, and the beginning of one name is that name."""
    ran = machine.run("help", "exit-kodes")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Did you mean: flickr-auth help exit-codes" in ran.stderr
    begun = {"env": "environment", "exit": "exit-codes", "exitcodes": "exit-codes", "log-in": "login"}
    for typed, name in begun.items():
        assert machine.run("help", typed).stdout == machine.run("help", name).stdout != ""
    assert machine.run("help", "log").returncode == machine.run("help", "-").returncode == 2


def rows(page):
    return set(re.findall(r"^  ([A-Za-z0-9_]+)  ", page, re.MULTILINE))


def test_the_exit_codes_are_those_of_the_program(machine):
    """Every exit code is in the topic, and no other."""
    of_errors = {each.exit_code for each in vars(errors).values() if isinstance(each, type)}
    of_others = {0, 126, 127, signals.INTERRUPTED, signals.BROKEN_PIPE, signals.TERMINATED}
    assert {int(code) for code in rows(machine.run("help", "exit-codes").stdout)} == of_errors | of_others


def test_the_variables_are_those_that_the_program_reads(machine):
    """Every variable of ours that changes what the program does is in the topic, and no other."""
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    read = set(re.findall(r"\"(FLICKR_[A-Z_]+)\"", source))
    assert read
    assert {name for name in rows(machine.run("help", "environment").stdout) if name.startswith("FLICKR")} == read


def test_the_files_are_those_that_a_login_makes(here, driven):
    """What a login leaves in the app folder is in the topic."""
    driven("--store", "file")
    here.run("login", "--start", "--store", "file")
    here.write_apikeys(here.app)
    page = here.run("help", "files").stdout
    made = {path.relative_to(here.app) for path in here.app.rglob("*") if path.is_file() and path.suffix != ".lock"}
    named = {f"{path.parent}/ID.json" if path.suffix else str(path) for path in made}
    assert named >= {"apikeys", "accounts/ID.json", "pending/ID.json", "default"}
    assert {name for name in named if not re.search(rf"^  {re.escape(name)} ", page, re.MULTILINE)} == set()


def test_the_app_folder_is_where_the_topic_says(machine):
    """The place in the topic for this system is the one that the program uses."""
    row = {"win32": "Windows", "darwin": "macOS"}.get(sys.platform, "Linux")
    line = re.search(rf"^  {row} +(.*)$", machine.run("help", "files").stdout, re.MULTILINE)[1]
    place = line.replace("${XDG_CONFIG_HOME:-~/.config}", "~/.config")
    assert files.app_folder({}) == os.path.expandvars(os.path.expanduser(place))


def test_the_tools_are_those_of_the_registry(machine):
    """Every tool that can be exported to or imported from is in the topic, once, below what can be done with it."""
    page = machine.run("help", "tools").stdout
    order = ("export writes, import reads:", "  flickrapi ", "export prints lines for:", "  flickraw ")
    assert sorted(map(page.index, order)) == [page.index(each) for each in order]
    assert sorted(re.findall(r"^  (\S+)  ", page, re.MULTILINE)) == sorted(registry.tools())


def test_a_command_that_people_guess_leads_to_ours(machine):
    """Another program's word for it, or a slip of the finger: exit 2 with the command that was meant, else the help."""
    for typed, advice in (
        ("whoami", " Did you mean: flickr-auth status"),
        ("stauts", " Did you mean: flickr-auth status"),
        ("qqqq", "\nRun: flickr-auth --help"),
    ):
        ran = machine.run(typed)
        assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"Error: No such command '{typed}'.{advice}\n")


def test_an_option_with_a_slip_says_which_was_meant(machine):
    """The nearest option of that command, what other programs call it, or the command that does it; exit 2."""
    for arguments, meant in (
        (("login", "--perm", "read"), "--perms"),
        (("login", "--scopes", "write"), "--perms"),
        (("login", "--write"), "--perms write"),
        (("login", "--user", "sam"), "--account"),
        (("show", "--token"), "--field oauth_token"),
        (("status", "--all"), "flickr-auth status"),
        (("use", "--account", "sam"), "flickr-auth use ACCOUNT"),
        (("--login",), "flickr-auth login"),
    ):
        ran = machine.run(*arguments)
        said = f"Error: No such option '{next(each for each in arguments if each[0] == '-')}'. Did you mean: {meant}\n"
        assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", said)


def test_an_argument_too_many_says_where_it_was_meant_to_go(machine):
    """The command line that was meant, as it can be run: an account, a field, a value or a flag; exit 2."""
    for arguments, said in (
        (("status", "nobody"), "status takes no argument. Did you mean: flickr-auth status --account nobody"),
        (
            ("status", "--json", "a b"),
            "status takes no argument. Did you mean: flickr-auth status --json --account 'a b'",
        ),
        (("logout", "all"), "logout takes no argument. Did you mean: flickr-auth logout --all"),
        (("login", "write"), "login takes no argument. Did you mean: flickr-auth login --perms write"),
        (("show", "username"), "show takes no argument. Did you mean: flickr-auth show --field username"),
        (("export", "token", "sam"), "export takes one argument. Did you mean: flickr-auth export token --account sam"),
        (("status", "--account", "a", "b"), "status takes no argument.\nRun: flickr-auth status --help"),
        (("logout", "a", "b"), "logout takes no argument.\nRun: flickr-auth logout --help"),
        (("doctor", "sam"), "doctor takes no argument.\nRun: flickr-auth doctor --help"),
    ):
        ran = machine.run(*arguments)
        assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"Error: {said}\n")


def test_wrong_usage_is_a_sentence_and_where_to_read_on(machine):
    """Exit 2, what is wrong in the words that were typed, and the help of that command."""
    for arguments, error in (
        (("login", "--store"), "Option '--store' requires an argument."),
        (("login", "--store", "disk"), "Invalid value for --store: 'disk' is not auto, keyring or file."),
        (("login", "--port", "0"), "Invalid value for --port: '0' is not a whole number from 1 to 65535."),
        (("login", "--timeout", "nan"), "Invalid value for --timeout: 'nan' is not a number from"),
        (("login", "--qr=1"), "Option '--qr' does not take a value."),
        (("call",), "Missing argument: METHOD."),
        (("show", "--account", ""), "Invalid value for --account: the value is empty."),
        (("use", "a", "b"), "use takes one argument."),
    ):
        ran = machine.run(*arguments)
        assert (ran.returncode, ran.stdout) == (2, "")
        first, second = ran.stderr.splitlines()
        assert first.startswith(f"Error: {error}")
        assert second == f"Run: flickr-auth {arguments[0]} --help"


def test_a_named_file_that_may_not_be_read_is_exit_3(machine, monkeypatch):
    """As one that is missing or malformed, and with what helps: it was named rightly."""
    machine.write_apikeys()
    machine.log_in()
    token = machine.folder / "token"
    token.write_text("72157626318069415-087bfc7b5816092c\na202d1f853ec69de")
    for each in (token, machine.folder / "apikeys"):
        each.chmod(0)
    with modes_bind():
        monkeypatch.setattr(
            os, "access", lambda path, *_, **__: str(path) not in ("token", "apikeys")
        )  # root has others
        for arguments in (
            ("show", "--token-file", "token"),
            ("status", "--token-file", "token"),
            ("call", "flickr.test.login", "--token-file", "token"),
            ("login", "--apikeys", "apikeys"),
            ("import", "token", "--path", "token", "--apikeys", "apikeys"),
        ):
            ran = machine.run(*arguments)
            said = ran.stdout + ran.stderr
            assert (
                ran.returncode == 3
                and "cannot be read: you have no permission to use it" in said
                and "Fix: chmod" in said
            ), ran


def test_the_python_in_its_topic_runs(machine):
    """What the topic shows of Python works as it stands, against the sandbox."""
    machine.environ["FLICKR_AUTH_BASE_URL"] = "sandbox"
    machine.run("login", "--sandbox", "--store", "file", "--perms", "write", stdin="\n")
    (machine.folder / "sunset.jpg").write_bytes(b"\xff\xd8")
    blocks = SOURCE.joinpath("cli", "topics", "python.txt").read_text(encoding="utf-8").split("\n\n")
    code = [textwrap.dedent(each) for each in blocks if each.startswith("  ")]
    tests = [each for each in code if "pytest_plugins" in each or "flickr_sandbox" in each]

    def run(name, lines, *command):
        (machine.folder / name).write_text("\n\n".join(lines), encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, *command, name],
            cwd=machine.folder,
            env=machine.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran
        return ran

    ran = run("script.py", [each for each in code if each not in tests])
    assert ran.stderr == "" and ran.stdout.endswith("uploaded\n")
    assert "\nsandbox-sam " in ran.stdout and r'"sandbox-zo\u00eb"' in ran.stdout
    machine.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading other people's takes longer than these tests
    assert "2 passed" in run("test_it.py", tests, "-m", "pytest", "-q", "-p", "no:cacheprovider").stdout
