"""What a killed run left behind goes, and nothing else does."""

import os
import subprocess
import sys
import time

import pytest

from flickr_auth.storage import files

RANDOM = "0123456789ab"
OLD = time.time() - 2 * 60 * 60


@pytest.fixture
def gone():
    """The ID of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def alive():
    """The ID of a process that runs."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid


def leave(folder, name, when=None):
    """Leave a file of that name there, as a run does that is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"half")
    if when is not None:
        os.utime(path, (when, when))
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows age alone tells")
def test_what_a_process_left_that_is_gone_goes_at_once(tmp_path, gone):
    """The next write of a file removes the temporary file of a run that was killed."""
    left = leave(tmp_path, f".token.{gone}-{RANDOM}.tmp")
    files.write(tmp_path / "token", b"new")
    assert not left.exists()


def test_what_a_running_process_writes_stays(tmp_path, alive):
    """A run beside this one keeps its temporary file, whose next step would fail without it."""
    left = leave(tmp_path, f".token.{alive}-{RANDOM}.tmp")
    files.write(tmp_path / "token", b"new")
    assert left.exists()


@pytest.mark.parametrize(("minutes", "stays"), [(59, True), (60.5, False)])
def test_what_is_old_goes_whatever_has_its_process_id_now(tmp_path, alive, minutes, stays):
    """After an hour a temporary file is a leftover, although another process has its ID by then."""
    left = leave(tmp_path, f".token.{alive}-{RANDOM}.tmp", time.time() - minutes * 60)
    files.write(tmp_path / "token", b"new")
    assert left.exists() == stays


@pytest.mark.parametrize(
    "name",
    [
        "token.1-0123456789ab.tmp",
        ".token.tmp",
        ".token.1-0123.tmp",
        ".token.0123456789ab.tmp",
        ".token.1-0123456789AB.tmp",
        ".token.1-0123456789ab.tmp~",
        ".token.0-0123456789ab.tmp",
        ".other.1-0123456789ab.tmp",
        ".token.json.1-0123456789ab.tmp",
    ],
)
def test_nothing_else_in_the_folder_of_a_token_file_goes(tmp_path, name):
    """Beside a token file only its own temporary files are removed, never one that looks nearly like it."""
    other = leave(tmp_path, name, OLD)
    files.write(tmp_path / "token", b"new")
    files.try_out(tmp_path / "token")
    assert other.exists()


def test_a_folder_with_a_leftovers_name_is_no_obstacle(tmp_path):
    """What cannot be removed is left alone, and the write succeeds."""
    folder = tmp_path / f".token.1-{RANDOM}.tmp"
    leave(folder, "inside")
    os.utime(folder, (OLD, OLD))
    files.write(tmp_path / "token", b"new")
    assert (folder / "inside").exists() and (tmp_path / "token").read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a right there")
def test_it_is_tidied_where_a_link_leads(tmp_path):
    """For a token file that is a link, the leftovers are looked for beside its target."""
    left = leave(tmp_path / "kept", f".file.1-{RANDOM}.tmp", OLD)
    (tmp_path / "link").symlink_to(tmp_path / "kept" / "file")
    files.write(tmp_path / "link", b"new")
    assert not left.exists() and (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("arguments", [("login", "--store", "file"), ("use", "12345678@N00"), ("logout",)])
def test_a_command_that_writes_tidies_the_whole_app_folder(person, arguments):
    """The next command that changes something tidies up after all others, whichever file they were at."""
    person.log_in("--store", "file")
    names = ("apikeys", "default", "try.json", "12345678@N00-5a0db0c5-sandbox.json", "0123abcd.json")
    folders = [person.machine.app / each for each in ("", "accounts", "pending")]
    left = [leave(folder, f".{name}.1-{RANDOM}.tmp", OLD) for folder in folders for name in names]
    ran = person.log_in(*arguments[1:]) if arguments[0] == "login" else person.run(*arguments)
    assert ran.code == 0
    assert [each for each in left if each.exists()] == []


@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_command_with_a_token_file_tidies_beside_it_alone(person, command):
    """A leftover has a secret in it, so it goes from beside the token file; what is not ours there stays."""
    person.log_in("--token-file", person.token_file)
    left = leave(person.machine.folder, f".token.1-{RANDOM}.tmp", OLD)
    others = leave(person.machine.folder, f".other.1-{RANDOM}.tmp", OLD)
    if command == "login":
        ran = person.log_in("--token-file", person.token_file)
    else:
        ran = person.run("logout", "--token-file", person.token_file)
    assert ran.code == 0
    assert not left.exists() and others.exists()


def test_reading_tidies_nothing(person):
    """To show a token is to read: it looks at nothing else and removes nothing."""
    person.log_in("--store", "file")
    left = leave(person.machine.app / "accounts", f".try.json.1-{RANDOM}.tmp", OLD)
    assert person.run("show").code == 0
    assert person.run("status", "--offline").code == 0
    assert left.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts characters, not bytes")
def test_a_name_that_is_as_long_as_a_name_can_be_is_written(tmp_path):
    """The temporary file's name fits where the file's own does, in any alphabet."""
    path = tmp_path / ("場" * 85)  # 255 bytes
    files.try_out(path)
    files.write(path, b"new")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
