"""Names and permissions that files, servers and other tools give: what of them reaches the screen."""

import json
import re
import sqlite3
from urllib.parse import quote

import pytest

from flickr_auth.account import shortened
from flickr_auth.cli.text import cells, fitted, folded

import rude_server
from rude_server import ACCESS, KEYS, RudeServer, check_token_answer, request_token_answer

STEERS = "\x1b]0;mine\x07\x1b[2J\u202e\nRun: rm -rf ~"
LONG = "x" * 100_000
BLANKS = "y" + " " * 100_000 + "y"
FIELDS = [
    "user_nsid",
    "username",
    "fullname",
    "perms",
    "logged_in_at",
    "provider",
    "api_key",
    "id",
    "backend",
    "former",
]
COMMANDS = [
    ("status", "--offline"),
    ("status", "--json", "--offline"),
    ("use",),
    ("show",),
    ("doctor", "--offline"),
    ("export", "flickr-cli-go"),
    ("export", "flickrapi", "--stdout"),
    ("logout",),
]


def check(ran):
    """Nothing steers the terminal, no line is somebody else's, and none is longer than a few names."""
    shown = ran.stdout + ran.stderr
    assert shown.replace("\n", "").isprintable(), ascii(shown)
    assert "\nRun: rm" not in shown
    assert max(map(len, shown.splitlines())) < 2_500
    assert max(map(len, re.findall("[xy ]+", shown)), default=0) <= 330


@pytest.mark.parametrize("field", [*FIELDS, "default", "variable"])
def test_whatever_a_file_or_a_variable_calls_an_account_is_harmless_and_short(machine, field):
    """Escapes are written out, and 100,000 letters are a few hundred, whichever field and whichever command it is."""
    machine.log_in(provider="flickr")
    [path] = (machine.app / "accounts").iterdir()
    record, variables = json.loads(path.read_text()), {}
    if field == "default":
        machine.log_in(user=1, provider="flickr")
    for value in (STEERS, LONG, BLANKS):
        if field == "default":
            (machine.app / "default").write_text(value[:60_000])
        elif field == "variable":
            variables["FLICKR_AUTH_ACCOUNT"] = value
        else:
            path.write_text(json.dumps(record | {field: value} | ({"store": "keyring"} if field == "backend" else {})))
        for command in COMMANDS:
            check(machine.run(*command, **variables))
            if not path.exists():
                path.touch(mode=0o600)
                path.write_text(json.dumps(record))


def test_whatever_a_server_calls_a_person_is_harmless_and_short(machine):
    """A login reports who it was, into an account or a token file, and status shows it, however a server names them."""
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    for name in (STEERS, LONG, BLANKS):
        names = "".join(f"&{each}={quote(name)}" for each in ("user_nsid", "username", "fullname"))
        issued = rude_server.answer(
            f"oauth_token={ACCESS.oauth_token}&oauth_token_secret={ACCESS.oauth_token_secret}{names}"
        )
        failed = rude_server.answer(json.dumps({"stat": "fail", "code": 1, "message": name}))
        for kept in (("--store", "file"), ("--token-file", "token")):
            with RudeServer([request_token_answer(), issued, check_token_answer(), failed]) as server:
                machine.environ["FLICKR_AUTH_BASE_URL"] = server.provider.name
                ran = machine.run("login", *kept, stdin="123-456-789\n")
                assert ran.returncode == 0
                check(ran)
                check(machine.run("status", *(kept if kept[0] == "--token-file" else ())))


def test_whatever_another_tool_calls_a_person_is_harmless_and_short(machine):
    """However many tokens it keeps and however it names their people, a line stays one that can be read."""
    path = machine.home / ".flickr" / "oauth-tokens.sqlite"
    path.parent.mkdir()
    path.touch(mode=0o600)
    names = ("oauth_token", "oauth_token_secret", "access_level", "fullname", "username", "user_nsid", "lookup_key")
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE oauth_tokens (api_key, {', '.join(names)})")
        for number in range(30):
            name = f"{STEERS if number % 2 else ''}{number} {'x' * 8_000}"
            row = ("k", f"t{number}", '"' if number == 29 else "s", "read", name, name, name, name)
            database.execute("INSERT INTO oauth_tokens VALUES (?,?,?,?,?,?,?,?)", row)
    database.close()
    for command in (("import", "--list"), ("import", "flickrapi", "--account", "nobody")):
        ran = machine.run(*command)
        shown = ran.stdout + ran.stderr
        assert "\x1b" not in shown and "\nRun: rm" not in shown
        assert " and 9 more" in shown
        assert max(map(len, shown.splitlines())) < 8_000
        assert max(map(len, re.findall("x+", shown))) <= 300


def test_a_name_in_a_command_that_is_advised_is_quoted(machine):
    """Whoever runs the command that is shown next runs that command, and no other that a name brought along."""
    machine.log_in(provider="flickr")
    [path] = (machine.app / "accounts").iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"user_nsid": "$(touch x)"}))
    assert "-l '$(touch x)'\n" in machine.run("export", "flickr-download").stderr
    assert "/photos/%24%28touch%20x%29/\n" in machine.run("export", "gallery-dl").stderr


def test_a_text_is_fitted_and_folded_at_once_however_long_it_is():
    """A hundred thousand letters, marks or blanks take no longer than they take to read."""
    assert fitted("漢" * 100_000, 20) == "漢" * 8 + "... "
    assert cells(fitted("e\u0301" * 50_000, 20)) == 20
    assert folded(f"yes{' ' * 100_000}no", 20) == ["yes", "  no"]
    assert folded(f"Question?{' ' * 100_000}", 8) == ["Question? "]
    assert folded(f"! {'a ' * 50_000}", 20)[:2] == ["! a a a a a a a a a", "  a a a a a a a a a"]
    assert len(shortened("x" * 301)) == len(shortened("x" * 300)) == 300
