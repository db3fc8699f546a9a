"""Logins that wait for their code in another process: kept whole, found again, and never a traceback."""

import dataclasses
import json
import sys
import time

import pytest

from flickr_auth.errors import NotConfigured
from flickr_auth.storage.pending import Pending, PendingFolder

from bound import modes_bind


@pytest.fixture
def open_folder(tmp_path, warnings):
    """A new view of the pending logins."""
    return lambda: PendingFolder(tmp_path / "app", warnings.append)


def saved(**changes):
    fields = {
        "oauth_token": "72157626737672178-022bbd2f4c2f3432",
        "oauth_token_secret": "fccb68c4e6103197",
        "api_key": "653e7a6ecc1d528c516cc8f92cf98611",
        "provider": "flickr",
        "perms": "read",
        "store": "file",
        "token_file": None,
        "made_at": time.time(),
        "id": "0123abcd",
    }
    return Pending(**fields | changes)


def test_a_login_that_waits_is_found(open_folder):
    """What was fixed when a login was started completes it in another process; no traceback shows its secret."""
    waiting = saved(token_file="/home/me/token", refused=2)
    open_folder().save(waiting)
    assert waiting.oauth_token in repr(waiting) and waiting.oauth_token_secret not in repr(waiting)
    for found in (open_folder().find(), open_folder().find("0123abcd"), open_folder().find(None, waiting.oauth_token)):
        assert found == waiting
    open_folder().remove(waiting)
    with pytest.raises(NotConfigured, match="No pending login here"):
        open_folder().find()


def test_a_login_that_is_named_is_completed_though_another_is_newer(open_folder):
    """An ID, or the request token in a pasted URL, means its own login and no other."""
    older = saved(id="00000001", oauth_token="1-older", made_at=time.time() - 60)
    for waiting in (older, saved(id="00000002", oauth_token="2-newer")):
        open_folder().save(waiting)
    assert open_folder().find("00000001") == open_folder().find(None, "1-older") == older
    for named, said in ((("0000000a",), "with ID 0000000a"), ((None, "3-unknown"), "for that URL")):
        with pytest.raises(NotConfigured) as caught:
            open_folder().find(*named)
        assert caught.value.message == f"No pending login {said}; it may have expired."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_login_that_has_ended_although_its_file_stays_is_no_failure(bound_folder, warnings):
    """Where the file of a login that has ended cannot be deleted, the person reads that it can go."""
    folder = PendingFolder(bound_folder, warnings.append)
    with modes_bind():
        folder.save(saved())
        (bound_folder / "pending").chmod(0o500)
        folder.remove(saved())
        (bound_folder / "pending").chmod(0o700)
    (warning,) = warnings
    assert str(bound_folder / "pending") in warning and warning.endswith("no longer needed; you can delete it.")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_login_that_cannot_be_read_is_told_of_and_the_others_are_found(bound_folder, warnings):
    """Where the file of a login is root's, after a sudo, the person reads which, and what to do."""
    folder = PendingFolder(bound_folder, warnings.append)
    with modes_bind():
        for waiting in (saved(), saved(id="00000001")):
            folder.save(waiting)
        (bound_folder / "pending" / "0123abcd.json").chmod(0)
        assert folder.find().id == "00000001"
    (warning,) = warnings
    assert "0123abcd.json" in warning and "Fix: " in warning


def test_the_newest_is_completed_if_none_is_named(open_folder):
    """Of several pending logins the one that was started last is meant."""
    for number, age in enumerate((30, 10, 20)):
        open_folder().save(saved(id=f"0000000{number}", made_at=time.time() - age))
    assert open_folder().find().id == "00000001"


def test_a_login_has_expired_after_a_day_and_goes_when_another_is_kept(open_folder, tmp_path):
    """A clock that is wrong for a while deletes nothing: only beside a login that was just begun is an old one gone."""
    open_folder().save(saved())
    for age, is_over in ((86_401, True), (-86_401, False), (86_300, False)):
        kept = dataclasses.replace(saved(), made_at=time.time() - age)
        open_folder().save(kept)
        if is_over:
            with pytest.raises(NotConfigured, match="has expired: by this computer's clock"):
                open_folder().find("0123abcd")
        else:
            assert open_folder().find("0123abcd") == kept
        assert [path.name for path in (tmp_path / "app" / "pending").iterdir()] == ["0123abcd.json"]
    open_folder().save(saved(made_at=time.time() - 86_401))
    open_folder().save(saved(id="ffffffff"))
    open_folder().tidy()
    assert [path.name for path in (tmp_path / "app" / "pending").iterdir()] == ["ffffffff.json"]


CRAFTED = {
    "oauth_token": [[], "a b"],
    "oauth_token_secret": ["a\r"],
    "refused": ["2", -1, 10**400],
    "made_at": ["now", None, float("nan")],
    "token_file": [1, "token", "/a\0b"],
    "account": ["\0"],
    "asks_for_less": [None],
    "provider": ["ftp://x", "http://photos.example", "https://me:pw@photos.example"],
    "perms": ["all", []],
    "store": ["token-file"],
    "id": [None, "0123abce", "../../../x"],
}


def test_a_crafted_file_is_passed_over(open_folder, tmp_path, warnings):
    """Whatever stands in a pending login's file, it is named and passed over, and another can be completed."""
    good = dataclasses.asdict(saved())
    contents = [json.dumps(good | {name: value}).encode() for name in CRAFTED for value in CRAFTED[name]]
    contents += [b"", b"[]", b"[" * 30_000, b"\xff", json.dumps({"oauth_token": "a"}).encode()]
    open_folder().save(saved(id="ffffffff", made_at=time.time() - 60))
    path = tmp_path / "app" / "pending" / "0123abcd.json"
    for content in contents:
        path.touch(mode=0o600)
        path.write_bytes(content)
        assert open_folder().find().id == "ffffffff", content
        assert not path.exists() or [str(path) in each for each in warnings] == [True], content
        warnings.clear()
