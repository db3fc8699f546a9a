"""Which tools there are: a row or a file is one, and nothing else has a list of them."""

import pathlib
import shutil
import subprocess
import sys

import pytest

import flickr_auth
from flickr_auth.interop import registry

from programs import python_path

HEAVY = ("sqlite3", "requests", "keyring", "http.client", "pickletools")
THROW_AWAY = """
from .tool import Tool

class ThrowAway(Tool):
    name = "throw-away"
    summary = "a tool of a test"
    written = False
    importable = False
    no_place = "the sleeve of the test"

    def lines(self, account):
        return f"thrown={account.oauth_token}"

TOOL = ThrowAway()
"""


@pytest.fixture
def copy(tmp_path):
    """Run a copy of the package that has one more tool."""
    folder = tmp_path / "site"
    package = pathlib.Path(flickr_auth.__file__).parent
    shutil.copytree(package, folder / "flickr_auth", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "flickr_auth" / "interop" / "throw_away.py").write_text(THROW_AWAY)
    names = ("FLICKR_API_KEY", "FLICKR_API_SECRET", "FLICKR_OAUTH_TOKEN_SECRET")
    environ = {"PYTHONPATH": str(folder), "HOME": str(tmp_path), "PATH": "", "FLICKR_OAUTH_TOKEN": "T"}

    def run(*arguments, **variables):
        code = "import sys; sys.argv[0] = 'flickr-auth'; from flickr_auth.cli.app import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environ | dict.fromkeys(names, "S") | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    run.tools = folder / "flickr_auth" / "interop"
    return run


def test_an_installation_without_tools_is_a_sentence(copy):
    """If no tool is found, because a copy went wrong or the folder is closed, that is said, and no traceback."""
    for each in copy.tools.glob("*.py"):
        if each.stem not in ("__init__", "registry", "tool", "printed_tools"):
            each.unlink()
    for arguments in ("export gallery-dl", "help tools"):
        ran = copy(*arguments.split())
        assert ran.returncode == 1 and ran.stdout == "", arguments
        assert "found none of its tools in" in ran.stderr.splitlines()[0]


def test_a_tool_is_known_by_its_file_alone(copy):
    """Who adds a tool adds a file; the command, its list, its help and Tab know it."""
    ran = copy("export", "throw-away")
    assert (ran.returncode, ran.stdout) == (0, "thrown=T\n") and "the sleeve of the test" in ran.stderr
    assert "a tool of a test" in copy("export", "--help").stdout
    assert "the sleeve of the test" in copy("export", "--list").stdout
    assert "throw-away" in copy("help", "tools").stdout
    assert copy("import", "throw-away").returncode == 2
    completed = copy(_FLICKR_AUTH_COMPLETE="fish_complete", COMP_LINE="flickr-auth export thr").stdout
    assert "throw-away" in completed


def test_every_tool_has_its_words():
    """The lists in help say of each what it is, and where its token belongs."""
    for name, tool in registry.tools().items():
        assert tool.name == name and tool.summary
        assert tool.place() is not None or tool.no_place


def test_the_list_of_tools_loads_nothing_that_reads_or_sends(tmp_path):
    """It costs a few small files, and no database, HTTP or keyring."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "sys.argv = ['flickr-auth', 'export', '--list']\nfrom flickr_auth.cli.app import main\nmain()"
    )
    env = {"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": python_path()}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    loaded = set(ran.stderr.split())
    assert {name for name in HEAVY if name in loaded} == set()
