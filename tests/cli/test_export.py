"""`flickr-auth export`: the token where another tool looks for it, and nothing else changed."""

import json
import re
import sqlite3
import stat
import sys

import pytest

from flickr_auth.account import FIELDS
from flickr_auth.interop import registry

from bound import modes_bind
from samples import JAMAL

FOUR = {f"FLICKR_{name.upper()}": value for name, value in zip(FIELDS[:4], JAMAL, strict=False)}
IN_PLACE = {
    "flickrapi": ".flickr/oauth-tokens.sqlite",
    "gallery-dl": ".config/gallery-dl/config.json",
    "flickr-download": ".flickr_token",
    "flickr-mcp": ".config/flickr-mcp/credentials.json",
}
PRINTED = {
    "flickcurl": "Add these lines to ~/.flickcurl.conf:",
    "flickr-cli-go": "Add these lines to ~/.config/flickr-cli/config.yaml:",
    "flickr-cli-php": "Add these lines to ./config.yml:",
    "flickr-exporter": "Add these lines to the file that its -c names:",
    "flickraw": "Set these variables in the environment of your Ruby script:",
    "go-flickr-api": "Pass this URI as the -client-uri of its programs:",
}
OTHER = "72157626737672178-022bbd2f4c2f3432\nfccb68c4e6103197"


@pytest.fixture
def jamal(machine):
    """A machine with the account of somebody at Flickr."""
    machine.keep(JAMAL)
    return machine


def secrets_in(text):
    return [value for name, value in FOUR.items() if name.endswith("SECRET") and value in text]


@pytest.mark.parametrize("name", IN_PLACE)
def test_the_token_is_written_where_the_tool_looks(jamal, name):
    """The file is private, stderr says where it is, and no secret is shown; a second time there is nothing to do."""
    ran = jamal.run("export", name)
    path = jamal.home / IN_PLACE[name]
    assert (ran.returncode, secrets_in(ran.stderr)) == (0, [])
    assert f"OK Exported jamalfanaian's token to {name} (~/{IN_PLACE[name]})." in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("Next: ")
    assert FOUR["FLICKR_OAUTH_TOKEN_SECRET"].encode() in path.read_bytes()
    assert bool(ran.stdout) == (name == "flickr-download")  # its key, for another file
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes(), path.stat().st_mtime_ns
    ran = jamal.run("export", name)
    assert ran.returncode == 0 and f"~/{IN_PLACE[name]} already has jamalfanaian's token." in ran.stderr
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_stdout_has_what_would_be_written(jamal):
    """`--stdout` into a file is what an export makes, to the byte; and nothing is written."""
    for name in ("gallery-dl", "token"):
        ran = jamal.run("export", name, "--stdout")
        assert (ran.returncode, ran.stderr) == (0, "")
        jamal.run("export", name, "--path", jamal.folder / name)
        assert ran.stdout == (jamal.folder / name).read_text()
    assert not any((jamal.home / each).exists() for each in IN_PLACE.values())


def test_what_people_edit_by_hand_is_printed(jamal):
    """The lines are the answer, and stderr says where they belong; nothing is written."""
    for name, where in PRINTED.items():
        ran = jamal.run("export", name)
        assert ran.returncode == 0 and all(value in ran.stdout for value in FOUR.values())
        assert where in ran.stderr.splitlines() and secrets_in(ran.stderr) == []
        assert jamal.run("export", name, "--path", "x").returncode == 2
    assert list(jamal.home.iterdir()) == [jamal.home / ".config"] and list(jamal.folder.iterdir()) == []


def test_another_token_is_not_replaced_without_a_word(jamal):
    """Without a terminal that is exit 1 and names --force, with which it is replaced; the variables cannot say so."""
    path = jamal.home / ".flickr_token"
    path.touch(mode=0o600)
    path.write_text(OTHER)
    ran = jamal.run("export", "flickr-download", stdin="y\n", FLICKR_AUTH_FORCE=1, FLICKR_AUTH_EXPORT_FORCE=1)
    assert (ran.returncode, ran.stdout) == (1, "") and "--force" in ran.stderr
    assert path.read_text() == OTHER and OTHER.split()[1] not in ran.stderr
    for run in (jamal.run, jamal.answer):  # at a terminal, too, the flag is the answer
        path.write_text(OTHER)
        ran = run("export", "flickr-download", "--force")
        assert ran.returncode == 0 and "[y/N]" not in ran.stderr and path.read_text() != OTHER


def test_a_person_is_asked_before_another_token_is_replaced(jamal):
    """Only a yes is one."""
    path = jamal.home / ".flickr_token"
    path.touch(mode=0o600)
    path.write_text(OTHER)
    for typed, code, said in (("", 1, "Nothing was exported"), ("y", 0, "Exported jamal")):
        ran = jamal.answer("export", "flickr-download", typed=[typed])
        assert "already has another token or API key" in ran.stderr and "Replace it? [y/N] " in ran.stderr
        assert (ran.returncode, said in ran.stderr) == (code, True)
        assert (path.read_text() == OTHER) == (code != 0)


def test_what_is_no_file_of_the_tool_is_left_alone(jamal):
    """A file that cannot be parsed is exit 3, with the line where it has lines, also with --force."""
    for name in ("flickrapi", "gallery-dl", "flickr-download"):
        path = jamal.home / IN_PLACE[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{\n  "my": "notes",\n  oh no\n}')
        before = path.read_bytes()
        ran = jamal.run("export", name, "--force")
        assert ran.returncode == 3 and path.name in ran.stderr and "was not changed" in ran.stderr
        assert "Traceback" not in ran.stderr and "notes" not in ran.stderr
        assert name == "flickrapi" or "line" in ran.stderr
        assert path.read_bytes() == before


def test_an_account_that_is_not_flickrs_is_refused(here, sandbox):
    """The tool would send its token to Flickr; --not-flickr is the person's word for it, and --force is not."""
    here.log_in(provider=sandbox.base_url)
    for name in ("flickrapi", "flickr-mcp", "flickraw"):
        for force in ((), ("--force",)):
            ran = here.run("export", name, *force)
            assert (ran.returncode, ran.stdout) == (1, "")
            assert f"{name} sends its token to Flickr, but this account is from" in ran.stderr
            assert "--not-flickr" in ran.stderr
            assert not (here.home / IN_PLACE.get(name, ".none")).exists()
        assert here.run("export", name, "--not-flickr").returncode == 0
    ran = here.run("export", "token", "--stdout")
    assert ran.returncode == 1 and "Error: A token file is for Flickr, but this account is from http" in ran.stderr


def test_the_account_is_chosen_as_everywhere(jamal, driven, here):
    """--account, --token-file and the four variables, in that order."""
    driven("--perms", "write", user=1)
    assert "sandbox-zoë's token" in here.run("export", "token", "--account", "sandbox-zoë", "--not-flickr").stderr
    assert (here.folder / "token").read_text() != OTHER
    (here.folder / "mine").touch(mode=0o600)
    (here.folder / "mine").write_text("t\ns")
    ran = here.run("export", "token", "--token-file", "mine", "--stdout", FLICKR_AUTH_BASE_URL="")
    assert ran.stdout == "t\ns"
    ran = here.run("export", "token", "--stdout", **FOUR, FLICKR_AUTH_BASE_URL="")
    assert ran.stdout.split() == [FOUR["FLICKR_OAUTH_TOKEN"], FOUR["FLICKR_OAUTH_TOKEN_SECRET"]]
    assert here.run("export", "token", "--token-file", "mine", "--account", "x").returncode == 2


def test_whoever_has_the_four_variables_exports_without_a_network(machine, nobody_there):
    """Nobody is asked for what the tool does not keep: the permission and names of the person."""
    there = {**FOUR, "FLICKR_AUTH_BASE_URL": nobody_there}
    for tool in sorted({*PRINTED, "token"} - {"flickr-cli-go"}):
        ran = machine.run("export", tool, "--stdout", "--not-flickr", **there)
        assert ran.returncode == 0 and FOUR["FLICKR_OAUTH_TOKEN_SECRET"] in ran.stdout, ran.stderr
    ran = machine.run("export", "flickr-cli-go", "--not-flickr", **there)
    assert ran.returncode == 5 and "Nothing was exported: Nothing answers" in ran.stderr


def test_a_token_without_its_key_goes_where_no_key_is_needed(machine):
    """A token file has no API key: exit 3 for the tools that keep one."""
    (machine.folder / "mine").touch(mode=0o600)
    (machine.folder / "mine").write_text("t\ns")
    assert machine.run("export", "flickr-download", "--token-file", "mine").returncode == 0
    for name in ("gallery-dl", "flickcurl", "flickrapi"):
        ran = machine.run("export", name, "--token-file", "mine")
        assert ran.returncode == 3 and "API key" in ran.stderr and "Traceback" not in ran.stderr


def test_what_a_tool_wants_to_know_is_asked_of_flickr(driven, here, nobody_there):
    """The permission and the names of a token that comes from elsewhere are the provider's word; none, no export."""
    driven("--perms", "write", "--token-file", "mine", user=1)
    ran = here.run("export", "flickrapi", "--token-file", "mine", "--not-flickr")
    assert ran.returncode == 0 and "asking Flickr" in ran.stderr
    database = sqlite3.connect(here.home / IN_PLACE["flickrapi"])
    found = database.execute("SELECT lookup_key, access_level, fullname FROM oauth_tokens").fetchall()
    database.close()
    assert found == [("", "write", "Zoë Ångström"), ("sandbox-zoë", "write", "Zoë Ångström")]
    assert here.run("export", "flickr-mcp", "--token-file", "mine", "--not-flickr").returncode == 0
    assert json.loads((here.home / IN_PLACE["flickr-mcp"]).read_text())["username"] == "sandbox-zoë"
    (here.folder / "mine").write_text("0\n0")
    ran = here.run("export", "flickrapi", "--token-file", "mine", "--not-flickr")
    assert ran.returncode == 4 and "Nothing was exported" in ran.stderr
    ran = here.run("export", "flickrapi", "--token-file", "mine", "--not-flickr", FLICKR_AUTH_BASE_URL=nobody_there)
    assert ran.returncode == 5 and "Nothing was exported" in ran.stderr


def test_the_list_tells_what_is_where_and_no_secret(jamal):
    """Each tool has a line: what is there now, and where; a damaged file says what is wrong with it."""
    ran = jamal.run("export", "--list")
    lines = {line.split()[0]: line for line in ran.stdout.splitlines()[1:]}
    assert (ran.returncode, ran.stderr, list(lines)) == (0, "", list(registry.tools()))
    assert all("nothing" in lines[name] and f"~/{place}" in lines[name] for name, place in IN_PLACE.items())
    assert list(jamal.home.iterdir()) == [jamal.home / ".config"]  # looking makes nothing
    for name in IN_PLACE:
        jamal.run("export", name)
    (jamal.folder / "token").write_text("what is this?")
    (jamal.folder / "config.yml").write_text("flickr:")
    ran = jamal.run("export", "--list")
    lines = {line.split()[0]: line for line in ran.stdout.splitlines()[1:]}
    assert all("a token" in lines[name] for name in IN_PLACE)
    assert "jamalfanaian" in lines and "unreadable" in lines["token"] and "a file" in lines["flickr-cli-php"]
    assert "line 1" in ran.stdout and secrets_in(ran.stdout) == []


def test_what_contradicts_itself_is_wrong_usage(jamal):
    """No tool, one that is almost there, two of one name, and options that cannot go together."""
    for arguments, said in (
        ((), "Missing argument: TOOL."),
        (("galery-dl",), "Did you mean: flickr-auth export gallery-dl"),
        (("gallery",), "Did you mean: flickr-auth export gallery-dl"),
        (("flickr-cli",), "Try: flickr-auth export flickr-cli-go or flickr-auth export flickr-cli-php"),
        (("python-flickr-api",), "Try: --path FILE"),
        (("--list", "token"), "--list cannot be combined"),
        (("token", "--stdout", "--path", "x"), "--path names a file"),
        (("token", "--path", "-"), "Try: --stdout"),
    ):
        ran = jamal.run("export", *arguments)
        assert (ran.returncode, ran.stdout) == (2, "") and said in ran.stderr


def test_each_consent_is_for_one_thing_alone(jamal, sandbox):
    """Each refusal names the one consent that it lacks and what would be lost; who gives both is asked nothing more."""
    jamal.run("export", "gallery-dl")
    path = jamal.home / IN_PLACE["gallery-dl"]
    before = path.read_bytes()
    jamal.log_in(provider=sandbox.base_url)
    export = ("export", "gallery-dl", "--account", "sandbox-sam")
    for flags, advice, other in (
        ((), "--not-flickr", "--force"),
        (("--force",), "--not-flickr", "--force"),
        (("--not-flickr",), "Try: --path FILE to write another file, or --force", "--not-flickr"),
    ):
        ran = jamal.run(*export, *flags)
        assert ran.returncode == 1 and advice in ran.stderr and other not in ran.stderr
        assert path.read_bytes() == before
    for answer in ("", "n"):
        ran = jamal.answer(*export, "--not-flickr", typed=[answer])
        assert ran.returncode == 1 and ran.stderr.count("[y/N]") == 1 and "not Flickr's" in ran.stderr
        assert "--force" not in ran.stderr and path.read_bytes() == before
    ran = jamal.answer(*export, "--force", "--not-flickr")
    assert "Exported sandbox-sam's token" in ran.stderr and "[y/N]" not in ran.stderr
    assert path.read_bytes() != before


def test_a_file_that_is_no_token_is_never_overwritten(jamal):
    """Not a shopping list and not API keys, by their name or by what they are; --force is no answer to that."""
    keys = jamal.write_apikeys()
    (jamal.folder / "mine.txt").write_text(keys.read_text())
    (jamal.folder / "list").write_text("a\nb\n")
    for path in (keys, jamal.folder / "mine.txt", jamal.folder / "list"):
        before = path.read_bytes()
        for name in ("token", "python-flickr-api"):
            ran = jamal.run("export", name, "--path", path, "--force")
            assert ran.returncode == 3 and "was not changed" in ran.stderr and path.read_bytes() == before
            assert "--token-file" not in ran.stderr and "--force" not in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_folder_that_may_not_be_entered_is_named(machine):
    """A ~/.config that is closed to us: exit 6 with the folder, and --list shows the other tools."""
    config = machine.home / ".config"
    config.mkdir()
    (machine.folder / "token").write_text(OTHER)
    (machine.folder / "token").chmod(0o600)
    machine.environ |= {"FLICKR_AUTH_HOME": str(machine.folder / "fa"), **FOUR}
    config.chmod(0)
    try:
        with modes_bind():
            for command in (("export", "gallery-dl", "--force"), ("import", "flickr-mcp")):
                ran = machine.run(*command)
                assert ran.returncode == 6 and re.search(r"the folder ~/\.config[ .]", ran.stderr) and ran.stdout == ""
                listed = machine.run(command[0], "--list")
                assert listed.returncode == 0
                rows = {line.split()[0]: line.split()[1] for line in listed.stdout.splitlines() if line[:1].strip()}
                assert rows["gallery-dl"] == rows["flickr-mcp"] == "unreadable" and rows["token"] == "a"
    finally:
        config.chmod(0o700)


def test_whoever_names_a_folder_is_told_which_file_would_be_in_it(jamal):
    """Exit 3, and a line to type again with the file's name."""
    for command in ("export", "import"):
        ran = jamal.run(command, "gallery-dl", "--path", ".")
        assert (ran.returncode, ran.stdout) == (3, "")
        assert ran.stderr == "Error: . is a folder, not a file.\nTry: --path config.json\n"
