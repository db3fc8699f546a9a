"""A home folder of one's own, an account to hand over, and the tools by name."""

import json
import os
import re
import stat
import subprocess

import pytest

from flickr_auth.interop import registry

from samples import JAMAL, WEZM


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The home folder; the working folder is another."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home" / "AppData"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


@pytest.fixture
def jamal():
    """An account with all that Flickr tells, with changes."""
    return JAMAL._replace


@pytest.fixture
def other():
    """The account of somebody else, with the same API key."""
    return WEZM


@pytest.fixture
def warnings():
    """What a person was warned of."""
    return []


@pytest.fixture
def tool(home, warnings):
    """A tool by its name, with everything that does not matter to the test filled in."""
    return lambda name: Handy(registry.tools()[name], warnings)


class Handy:
    """A tool whose file is in its usual place."""

    def __init__(self, which, warnings):
        self.which = which
        self.printed, self.lines, self.lead = which.printed, which.lines, which.lead
        self._warn = warnings.append

    @property
    def path(self):
        return self.which.place()

    def read(self, path=None):
        return self.which.read(path or self.path, self._warn)

    def existing(self, account, path=None):
        return self.which.existing(path or self.path, account, self._warn)

    def write(self, account, path=None):
        self.which.write(path or self.path, account, self._warn)


@pytest.fixture
def put():
    """Write a file, private, in folders that are made."""

    def put(path, content, mode=0o600):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return put


@pytest.fixture
def mode():
    return lambda path: stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def loaded_yaml():
    """YAML as another program reads it: PyYAML in the tools' own python; else a reader of quoted block mappings."""
    peers = os.environ.get("FLICKR_AUTH_PEERS")
    if not peers:
        return quoted_mappings
    script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.buffer.read())))"
    return lambda text: json.loads(
        subprocess.run([peers, "-c", script], input=text.encode(), stdout=-1, check=True).stdout
    )


def quoted_mappings(text):
    """What YAML 1.2 says of block mappings whose values are in double quotes, whose strings are JSON's."""
    text = re.sub(r"\\U([0-9A-F]{8})", lambda found: json.dumps(chr(int(found[1], 16)))[1:-1], text)  # YAML's own
    top = {}
    levels = [(-1, top)]
    for line in text.split("\n"):
        found = re.fullmatch(r'( *)("(?:[^"\\]|\\.)*"|[a-z_]+):(?: ("(?:[^"\\]|\\.)*"))?', line)
        assert found, line
        indent, name, value = len(found[1]), found[2], found[3]
        while levels[-1][0] >= indent:
            levels.pop()
        name = json.loads(name) if name.startswith('"') else name
        levels[-1][1][name] = json.loads(value) if value else {}
        if not value:
            levels.append((indent, levels[-1][1][name]))
    return top
