"""Programs that tests start: ours in a shell's line, those of the machine, and those that a test makes itself.

pip installs ours for the tests, except in a folder whose name has a line end, which its `-e` cannot write down. There
this module, and `python_path`, lead to it.
"""

import contextlib
import importlib.util
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

import pytest

TESTS = pathlib.Path(__file__).parent
_PATH = [] if importlib.util.find_spec("flickr_auth") else [str(TESTS.parent / "src")]
sys.path += _PATH


needs_dev_fd = pytest.mark.skipif(
    not os.path.isdir("/dev/fd"), reason="this system has no /dev/fd, to which `<(...)` of a shell leads"
)


def word(path):
    """A path as one word of a shell's line."""
    return shlex.quote(str(path))


PYTHON = word(sys.executable)
FLICKR_AUTH = f"{PYTHON} -m flickr_auth"


def install():
    """Put the program beside Python where pip could not, in a clone whose name has a line end: hints name it."""
    beside = pathlib.Path(sys.executable).with_name("flickr-auth")
    if _PATH and os.name != "nt" and not beside.exists():
        with contextlib.suppress(OSError), tempfile.TemporaryDirectory(dir=beside.parent) as folder:
            script = f'PYTHONPATH={word(_PATH[0])} exec {FLICKR_AUTH} "$@"\n'
            make(pathlib.Path(folder, "flickr-auth"), script).replace(beside)  # whole: several workers do so


def python_path(*folders):
    """The PYTHONPATH of a process that is to find the modules of these folders, and the program."""
    return os.pathsep.join([*map(str, folders), *_PATH])


def need_python(environ):
    """End a test in an environment in which not even Python starts: umlauts in its path and LC_ALL=C are enough."""
    if subprocess.run([sys.executable, "-c", ""], env=environ, capture_output=True, check=False).returncode:
        pytest.skip("Python does not start from this folder in this locale")


def lacks(reason, *, whole_file=False):
    """End a test, or a file of them, that lacks a component: CI has to have each, a user's machine need not."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}: CI has to install or allow it", pytrace=False)
    pytest.skip(reason, allow_module_level=whole_file)


def need(program):
    """End a test whose program this machine does not have."""
    if shutil.which(program) is None:
        lacks(f"{program} is not installed")


def make(path, script, *, start="#!/bin/sh"):
    """Write a script that can be started. No path with blanks can stand in its first line, so /bin/sh does."""
    path.write_text(f"{start}\n{script}")
    path.chmod(0o755)
    return path


def folder_for_programs(tmp_path):
    """A new folder whose programs may be started: in tmp_path, or beside Python where that is mounted noexec.

    Whoever takes it removes it. The test is skipped where neither is one.
    """
    for place in (tmp_path, pathlib.Path(sys.prefix)):
        try:
            folder = pathlib.Path(tempfile.mkdtemp(dir=place))
        except OSError:
            continue
        try:
            subprocess.run([make(folder / "program", ":\n")], check=True)
        except PermissionError:
            shutil.rmtree(folder)
            continue
        (folder / "program").unlink()
        return folder
    pytest.skip("this machine starts no program from a folder that a test may write to")
