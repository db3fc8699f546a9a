"""What a killed run left behind goes, and nothing else does."""

import os
import sys
import time

import pytest

from flickr_auth.storage import replacement

RANDOM = "0123456789ab"
LEFT = f".token.{RANDOM}.flickr-auth"


def leave(folder, name, minutes=61):
    """Leave a file of that name and age there, as a run does that is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"half")
    when = time.time() - minutes * 60
    os.utime(path, (when, when))
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a right there")
def test_it_is_tidied_where_a_link_leads(tmp_path):
    """For a token file that is a link, the leftovers are looked for beside its target."""
    left = leave(tmp_path / "kept", LEFT)
    (tmp_path / "link").symlink_to(tmp_path / "kept" / "token")
    replacement.write(tmp_path / "link", b"new")
    assert not left.exists() and (tmp_path / "link").is_symlink()
    left = leave(tmp_path / "kept", LEFT, 0)
    replacement.remove(tmp_path / "link", with_target=True)
    assert not left.exists()


@pytest.mark.parametrize("kind", ["account", "token-file"])
def test_a_logout_takes_at_once_what_a_killed_login_of_it_left(person, kind):
    """A leftover has a secret in it: with the account, or its token file, it goes however young it is."""
    if kind == "account":
        person.log_in("--store", "file")
        (account,) = (person.machine.app / "accounts").iterdir()
        folder, name, arguments = account.parent, account.name, ("logout",)
    else:
        person.log_in("--token-file", person.token_file)
        folder, name, arguments = person.machine.folder, "token", ("logout", "--token-file", person.token_file)
    left = leave(folder, f".{name[:40]}.{RANDOM}.flickr-auth", 0)
    other = leave(folder, f".other.{RANDOM}.flickr-auth", 0)
    assert person.run(*arguments).code == 0
    assert not left.exists() and other.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts characters, not bytes")
def test_a_name_that_is_as_long_as_a_name_can_be_is_written(tmp_path):
    """The temporary file's name fits where the file's own does, in any alphabet."""
    path = tmp_path / ("場" * 85)  # 255 bytes
    replacement.prove(path, pytest.fail)
    replacement.write(path, b"new")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_is_older_than_an_hour_goes_from_the_folder_that_is_written_to_and_nothing_else(tmp_path):
    """The next write removes the temporary files of killed runs that it can; a run beside this one keeps its own."""
    leave(tmp_path / f".a.{RANDOM}.flickr-auth", "a folder, which stays")
    os.utime(tmp_path / f".a.{RANDOM}.flickr-auth", (0, 0))
    gone = [leave(tmp_path, LEFT, 60.5), leave(tmp_path, f".other.json.{RANDOM}.flickr-auth")]
    others = [f".token.{'f' * 12}.flickr-auth", LEFT[1:], f".token.{RANDOM.upper()}.flickr-auth", f"{LEFT}~"]
    stay = [leave(tmp_path, name, 59 if name == others[0] else 61) for name in others]
    replacement.write(tmp_path / "token", b"new")
    assert [each.exists() for each in gone] == [False, False]
    assert [each.exists() for each in stay] == [True] * 4
    assert (tmp_path / "token").read_bytes() == b"new"
