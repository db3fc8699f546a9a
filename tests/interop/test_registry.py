"""Which tools there are: each file of the package is one, and nothing else has a list of them."""

import pathlib
import shutil
import subprocess
import sys

import pytest

import flickr_auth
from flickr_auth.interop import registry

from programs import python_path

HEAVY = ("sqlite3", "requests", "keyring", "http.client", "pickletools")
PACKAGE = pathlib.Path(flickr_auth.__file__).parent
THROW_AWAY = """
from .tool import Snippet, Tool

class ThrowAway(Tool):
    summary = "a tool of a test"
    written = False
    importable = False
    no_place = "the sleeve of the test"

    def snippet(self, account, environ):
        return Snippet(f"thrown={account.oauth_token}", self.no_place)

TOOL = ThrowAway()
"""


@pytest.fixture
def tools(tmp_path):
    """A copy of the package: the folder of its tools."""
    shutil.copytree(PACKAGE, tmp_path / "site" / "flickr_auth", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "site" / "flickr_auth" / "interop"


@pytest.fixture(params=["folder", "zip"])
def copy(request, tmp_path, tools):
    """Run that copy as it is now, as a folder or in a zip file."""

    def run(*arguments, **variables):
        folder = tmp_path / "site"
        if request.param == "zip":
            folder = shutil.make_archive(str(folder), "zip", folder)
        code = "import sys; sys.argv[0] = 'flickr-auth'; from flickr_auth.cli.app import main; main()"
        four = {"FLICKR_API_KEY": "k", "FLICKR_API_SECRET": "s", "FLICKR_OAUTH_TOKEN": "T"}
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={"PYTHONPATH": str(folder), "HOME": str(tmp_path), "PATH": "", "FLICKR_OAUTH_TOKEN_SECRET": "S"}
            | four
            | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_tool_is_known_by_its_file_alone(copy, tools):
    """Who adds a tool adds a file; the command, its list, its help and Tab know it."""
    (tools / "throw_away.py").write_text(THROW_AWAY)
    ran = copy("export", "throw-away")
    assert (ran.returncode, ran.stdout) == (0, "thrown=T\n") and "the sleeve of the test" in ran.stderr
    assert "throw-away" in copy("export", "--help").stdout and "a tool of a test" in copy("export", "--help").stdout
    assert "the sleeve of the test" in copy("export", "--list").stdout
    assert "throw-away" in copy("help", "tools").stdout
    assert "throw-away" not in copy("import", "--help").stdout
    assert copy("import", "throw-away").returncode == 2
    completed = copy(
        "-",
        _FLICKR_AUTH_COMPLETE="bash_complete",
        COMP_LINE="flickr-auth export thr",
        COMP_WORD="thr",
    ).stdout
    assert "throw-away" in completed


@pytest.mark.parametrize("copy", ["folder"], indirect=True)
@pytest.mark.parametrize("arguments", ["export --list", "export gallery-dl", "import --help", "help tools"])
def test_an_installation_without_tools_is_a_sentence(copy, tools, arguments):
    """Where no tool is found, because a copy went wrong or the folder is closed, that is said, and no traceback."""
    for each in registry.names():
        (tools / f"{each.replace('-', '_')}.py").unlink()
    ran = copy(*arguments.split())
    assert ran.returncode == 1 and ran.stdout == ""
    first, second = ran.stderr.splitlines()
    assert "found none of its tools in" in first
    assert second == "Fix: make that folder readable, or install flickr-auth again"


def test_every_tool_has_its_words():
    """The lists in help say of each what it is."""
    assert [tool.name for tool in registry.tools()] == registry.names()
    for tool in registry.tools():
        assert tool.summary and (tool.written or not tool.importable or tool.name)
        assert tool.place({}) is not None or tool.no_place


@pytest.mark.parametrize("command", ["export", "import"])
def test_help_loads_nothing_that_reads_or_sends(command):
    """The list of tools in --help costs a few small files, and no database, HTTP or keyring."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"sys.argv = ['flickr-auth', {command!r}, '--help']\nfrom flickr_auth.cli.app import main\nmain()"
    )
    env = {"PATH": "", "PYTHONPATH": python_path()}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    loaded = set(ran.stderr.split())
    assert {name for name in HEAVY if name in loaded} == set()


def test_asking_for_one_tool_imports_no_other():
    """An export starts as fast with a hundred tools as with one."""
    code = (
        "import sys\nfrom flickr_auth.interop import registry\nregistry.names()\nregistry.get('token')\n"
        "print(*(each for each in sys.modules if each.startswith('flickr_auth.interop.')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = {name.removeprefix("flickr_auth.interop.") for name in ran.stdout.split()}
    assert modules == {"registry", "tool", "token", "printed_tools"} | {
        name for name in modules if name.startswith("formats")
    }
