"""What has to hold of somebody's files after any fault."""

import json
import sqlite3
import stat

DONE, NOBODY, STORE = 0, 3, 6


def files(person):
    """Every file and folder in the person's homes."""
    return [each for root in (person.machine.home, person.machine.folder) for each in root.rglob("*")]


def leftovers(person):
    return [each for each in files(person) if each.name.endswith(".flickr-auth")]


def assert_private(person):
    for each in files(person):
        bits = stat.S_IMODE(each.stat().st_mode)
        ours = each.is_file() or each.is_relative_to(person.machine.app)
        assert not (ours and bits & 0o077), f"{each} is {bits:o}"


def assert_nothing_lost(person, before, arguments):
    """What was there is still there, but for what a logout forgets and a login that has ended."""
    lasting = {each for each in before if each.is_file() and each.parent.name != "pending"}
    assert arguments[0] == "logout" or lasting <= set(files(person))


def assert_whole(person, *, half=False):
    """What is there is whole: each token works, and each file is read by what reads it.

    `half` lets an account be there whose item is not in the keyring yet, or no more.
    """
    ran = person.run("status", "--json")
    assert ran.code in (DONE, NOBODY, STORE), ran.stderr
    assert "damaged" not in ran.stderr
    for each in json.loads(ran.stdout or "[]"):
        assert each["verdict"] == "valid" or (half and "no longer has" in each["reason"]), each
    if person.token_file.exists():
        ran = person.run("status", "--token-file", person.token_file, "--json")
        assert [each["verdict"] for each in json.loads(ran.stdout)] == ["valid"]
    for each in person.machine.app.glob("pending/*.json"):
        assert json.loads(each.read_text())["oauth_token_secret"]
    assert_others_whole(person)
    default = person.machine.app / "default"
    if default.exists():
        name = default.read_text()
        assert name.endswith("\n") and (person.machine.app / "accounts" / f"{name.strip()}.json").exists()


def assert_others_whole(person):
    """The other tools' files are whole, too."""
    if person.gallery_dl.exists():
        assert set(json.loads(person.gallery_dl.read_text())["extractor"]) == {"flickr"}
    if person.flickrapi.exists():
        database = sqlite3.connect(person.flickrapi)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert len(set(database.execute("SELECT oauth_token, oauth_token_secret FROM oauth_tokens"))) == 1
        database.close()
