"""What another user put where a token, an account or the default is looked for: it is not used, and not written to."""

import contextlib
import json
import os
import shutil

import pytest

from flickr_auth.errors import StoreError
from flickr_auth.program import quoted
from flickr_auth.storage import apikeys, replacement, token_file
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.files import own_app_folder
from flickr_auth.storage.pending import Pending, PendingFolder
from flickr_auth.storage.store import Store

from bound import NOBODY, as_nobody, folder_for_all
from samples import JAMAL

SOMEBODY = NOBODY - 1
WAITING = Pending(*JAMAL.token, JAMAL.api_key, "flickr", "read", "file", None, 1_800_000_000.0)
TOKEN = "72157626737672178-022bbd2f4c2f3432\nfccb68c4e6103197"

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make what belongs to another user"
)


@pytest.fixture
def shared():
    """A folder like /tmp, where everybody may make files; a file of the user whom the tests act as is in it."""
    folder = folder_for_all()
    folder.chmod(0o1777)
    give(folder / "precious", NOBODY, "mine")
    yield folder
    shutil.rmtree(folder)


def give(path, owner, content=None):
    """Make a file, a folder or (to a path) a link that belongs to that user."""
    if content is None:
        path.mkdir(0o777)
        path.chmod(0o777)
    elif isinstance(content, str):
        path.write_text(content)
        path.chmod(0o644)
    else:
        path.symlink_to(content)
    os.lchown(path, owner, owner)
    return path


def planted(home, owner):
    """An app folder of that user's, open to all, with an account that names a keyring of theirs."""
    give(home, owner)
    give(home / "accounts", owner)
    record = {"id": "x", "store": "keyring", "backend": "antigravity.Keyring", "api_key": "k"}
    give(home / "accounts" / "x.json", SOMEBODY, json.dumps(record))
    return home


def acting_as(user):
    return as_nobody() if user == NOBODY else contextlib.nullcontext()


def test_an_app_folder_of_somebody_else_is_refused_with_the_command_that_mends_it(shared):
    """Neither its accounts nor its keys nor its logins are used, also if a link leads to it, and nothing is written."""
    home = planted(shared / "app", SOMEBODY)
    give(home / "apikeys", SOMEBODY, "653e7a6ecc1d528c516cc8f92cf98611\na9567d986a7539fe\n")
    give(shared / "link", SOMEBODY, shared)
    environ = {"FLICKR_AUTH_HOME": str(home)}
    before = sorted(shared.rglob("*"))
    with as_nobody():
        for use in (
            lambda: own_app_folder(environ, pytest.fail),
            lambda: apikeys.find(environ, pytest.fail),
            lambda: apikeys.keep(JAMAL.keys, environ),
            lambda: PendingFolder(home, pytest.fail).save(WAITING),
            lambda: Store(AccountFolder(home, pytest.fail), lambda: None).keep(JAMAL, "file"),
        ):
            with pytest.raises(StoreError, match="belongs to") as caught:
                use()
            assert caught.value.hint.startswith(
                "Fix: set FLICKR_AUTH_HOME to a folder of your own, or if you know all that is"
            )
            assert caught.value.hint.endswith(f"run: sudo chown -R nobody {quoted(home)}")
        with pytest.raises(StoreError, match="link is a link that belongs to"):
            own_app_folder({"FLICKR_AUTH_HOME": str(shared / "link")}, pytest.fail)
    assert sorted(shared.rglob("*")) == before


def test_root_uses_an_app_folder_of_somebody_else_with_a_warning(shared, warnings):
    """In a container with a mounted folder root is told who can change what is read there, and is logged in."""
    home = give(shared / "app", SOMEBODY)
    folder = AccountFolder(own_app_folder({"FLICKR_AUTH_HOME": str(home)}, warnings.append), pytest.fail)
    kept = Store(folder, lambda: None).keep(JAMAL, "file")
    assert folder.read(kept.account).token == JAMAL.token and folder.default() == kept.account
    (warning,) = warnings
    assert warning.endswith("who can change what root reads from it.")


@pytest.mark.parametrize("user", [NOBODY, 0], ids=["in my own folder, open to all", "as root in somebody's folder"])
def test_what_was_planted_in_the_app_folder_is_neither_followed_nor_believed(shared, user):
    """A planted default, link or account: what it leads to stays, no module of its choice is loaded, the rest works."""
    home = planted(shared / "app", NOBODY)
    give(home / "default", SOMEBODY, shared / "precious")
    with acting_as(user):
        folder = AccountFolder(home, lambda _: None)
        (found,) = folder.each()
        assert found[0] == "x" and "belongs to" in found[1].message
        assert found[1].hint == f"Fix: rm {quoted(folder.path('x'))}"
        for use in (folder.default, lambda: folder.set_default("x"), lambda: folder.remove("x")):
            with pytest.raises(StoreError, match="is a link that belongs to"):
                use()
        kept = Store(folder, lambda: None).keep(JAMAL, "file")
        assert folder.read(kept.account).token == JAMAL.token
        shutil.rmtree(folder.folder)
    give(home / "accounts", SOMEBODY, shared)
    with acting_as(user), pytest.raises(StoreError, match="is a link that belongs to"):
        folder.try_out()
    assert (shared / "precious").read_text() == "mine" and sorted(os.listdir(shared)) == ["app", "precious"]


def test_what_is_in_a_folder_of_somebody_elses_inside_the_app_folder_is_not_used(shared):
    """In a folder like /tmp others may make `accounts` and `pending` before we do: nothing in them is ours."""
    record = {"id": "x", "store": "keyring", "backend": "antigravity.Keyring", "api_key": "k"}
    for owner, name in ((NOBODY, "accounts"), (0, "pending")):
        home = give(shared / f"of {name}", owner)
        give(home / name, SOMEBODY)
        give(home / name / "x.json", SOMEBODY, json.dumps(record))
        with as_nobody(), pytest.raises(StoreError, match=f"{name} belongs to"):
            own_app_folder({"FLICKR_AUTH_HOME": str(home)}, pytest.fail)


def test_a_folder_that_another_user_makes_during_a_login_gets_no_token(shared):
    """Between the try and the token there are minutes: who makes the folder or a link in its place gets nothing."""
    home = shared / "app"
    with as_nobody():
        store = Store(AccountFolder(own_app_folder({"FLICKR_AUTH_HOME": str(home)}, pytest.fail), pytest.fail), None)
        store.folder.try_out()
    for plant in (lambda: give(home, SOMEBODY), lambda: give(home, SOMEBODY, shared)):
        plant()
        before = sorted(os.listdir(shared))
        with as_nobody(), pytest.raises(StoreError, match="belongs to"):
            store.keep(JAMAL, "file")
        assert sorted(os.listdir(shared)) == before and (home.is_symlink() or not os.listdir(home))
        home.unlink() if home.is_symlink() else home.rmdir()


def test_a_link_that_another_user_planted_is_not_followed_to_a_file_of_ones_own(shared):
    """Neither a login nor a logout goes through it, or through a folder that is one; one's own link is followed."""
    mine = give(shared / "mine", NOBODY, TOKEN)
    give(shared / "token", SOMEBODY, mine)
    give(shared / "folder", SOMEBODY, shared)
    give(shared / "chain", NOBODY, shared / "token")
    give(shared / "own", NOBODY, mine)
    give(shared / "sub", NOBODY)
    give(shared / "up", SOMEBODY, shared / "sub")
    give(shared / "through", NOBODY, shared / "folder")
    with as_nobody():
        for name in ("token", "folder/new", "folder/mine", "chain", "up/../mine", "through/mine"):
            for use in (
                lambda path: token_file.try_out(path, environ={"FLICKR_AUTH_HOME": "/none"}),
                lambda path: token_file.write(path, JAMAL.token),
                token_file.remove,
                lambda path: replacement.write(path, b"x"),
            ):
                with pytest.raises(StoreError, match="is a link that belongs to"):
                    use(shared / name)
        assert mine.read_text() == TOKEN and not (shared / "new").exists()
        token_file.write(shared / "own", JAMAL.token)
        assert mine.read_text() == "\n".join(JAMAL.token)
