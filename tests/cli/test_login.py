"""The login without a terminal, as scripts and programs use it."""

import json
import os
import re
import stat
from urllib.parse import quote

import pytest

from flickr_auth.sandbox.server import KEYS

import rude_server
from bound import modes_bind
from rude_server import RudeServer, check_token_answer, request_token_answer, verified

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
KEY, SECRET = KEYS[0].api_key, KEYS[0].api_secret


def show(machine, *arguments):
    return json.loads(machine.run("show", "--format", "json", *arguments).stdout)


def check_refusal(ran, code, *words):
    """One error before Flickr was asked for anything, with these words; `-v` would show a request."""
    assert (ran.returncode, ran.stdout) == (code, ""), ran.stderr
    assert ran.stderr.count("Error: ") == 1 and "request_token" not in ran.stderr
    for each in words:
        assert each in ran.stderr


def test_a_login_says_who_where_and_what_comes_next_and_the_next_commands_find_it(machine):
    """Where stdin is no terminal the sandbox needs nobody; stdout stays empty, and what is stored, logout deletes."""
    ran = machine.run("login", "--sandbox")
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    assert ran.stderr.partition("OK ")[2].splitlines() == [
        "Logged in to the sandbox as Sam Sandbox (sandbox-sam, 12345678@N00) with read permission.",
        "Token saved in the keyring (fake_keyrings).",
        "Default account: sandbox-sam",
        "For more permission: flickr-auth login --sandbox --perms write",
        "Next: flickr-auth call flickr.test.login",
    ]
    account = show(machine)
    assert (account["username"], account["provider"], account["perms"]) == ("sandbox-sam", "sandbox", "read")
    assert machine.run("logout").returncode == 0
    assert machine.run("show").returncode == 3


def test_a_login_says_no_more_than_the_person_needs(driven, here):
    """Another account comes with the line that switches to it; a renewal advertises nothing."""
    driven("--store", "file")
    other = driven("--store", "file", user=2).stderr.partition("OK ")[2].splitlines()
    assert other[2:] == [
        "sandbox-sam is still the default account. To switch: flickr-auth use 'sandbox-さくら'",
        "For more permission: flickr-auth login --perms write",
        "Next: flickr-auth call --account 'sandbox-さくら' flickr.test.login",
    ]
    renewed = driven("--account", "sandbox-sam").stderr.partition("OK ")[2].splitlines()
    assert renewed[2:] == ["Default account: sandbox-sam", "Next: flickr-auth call flickr.test.login"]
    assert here.run("logout", "--all").returncode == 0
    assert len(driven("--perms", "write").stderr.partition("OK ")[2].splitlines()) == 4


def test_a_variable_makes_callback_the_way_unless_a_flag_says_otherwise(here, sandbox, press_ok):
    """FLICKR_AUTH_CALLBACK=1 is --callback, also for --port; --pin, --start and --finish outrank it; 0 is off."""
    for value, arguments, listens in (
        ("1", (), True),
        ("1", ("--pin",), False),
        ("0", (), False),
        ("", (), False),
        ("0", ("--callback",), True),
    ):
        ran = here.answer("login", *arguments, "--timeout", "0.1", FLICKR_AUTH_CALLBACK=value)
        assert ("Waiting for your browser" in ran.stderr) is listens, (value, arguments, ran.stderr)
        assert "If you click" in ran.stderr or not listens
    taken = sandbox.base_url.rpartition(":")[2]
    check_refusal(here.run("login", "-v", "--port", taken, FLICKR_AUTH_CALLBACK="1"), 1, f"port {taken}")
    check_refusal(here.run("login", "-v", "--pin", "--port", taken, FLICKR_AUTH_CALLBACK="1"), 2, "--port requires")
    started = here.run("login", "--start", FLICKR_AUTH_CALLBACK="1")
    code = press_ok()(started.stdout)  # 16 hex characters go to a callback, and nobody would see them
    assert started.returncode == 0 and re.fullmatch("([0-9]{3}-){2}[0-9]{3}", code)
    assert here.run("login", "--finish", code, FLICKR_AUTH_CALLBACK="1").returncode == 0


def test_a_login_for_the_same_person_replaces_the_token_in_whichever_store(driven, here):
    """A person has one account for a key and a provider; the permission that is stored is the one that was granted."""
    first = None
    for perms, store in (("read", "file"), ("write", "keyring"), ("delete", "file")):
        ran = driven("--perms", perms, "--store", store)
        assert ran.returncode == 0 and f"with {perms} permission" in ran.stderr
        account = show(here)
        assert (account["perms"], account["store"]) == (perms, store)
        assert len(list((here.app / "accounts").iterdir())) == 1
        if first is not None:
            assert account["account"] == first["account"] and account["oauth_token"] != first["oauth_token"]
        first = account
    assert json.loads((here.home.parent / "keyring.json").read_text()) == {}


def test_a_login_for_less_says_so_and_goes_on_without_a_terminal(driven, here):
    """A script's login is not held up, and its log says what it has replaced; another API key replaces nothing."""
    driven("--perms", "delete")
    ran = driven("--perms", "read")
    assert ran.returncode == 0
    assert "sandbox-sam already has a token with delete permission" in ran.stderr
    assert show(here)["perms"] == "read"
    here.write_apikeys(keys=KEYS[1])
    assert "already has" not in driven("--perms", "read").stderr


@pytest.mark.usefixtures("no_umask")
def test_the_store_is_the_only_place_of_a_secret(driven, here):
    """With the keyring none is on disk; with `--store file` it is in a file of 0600, in folders of 0700."""
    assert driven("--store", "keyring").returncode == 0
    account = show(here)
    kept = b"".join(path.read_bytes() for path in here.app.rglob("*") if path.is_file())
    for name in ("api_secret", "oauth_token", "oauth_token_secret"):
        assert account[name].encode() not in kept
    assert driven("--store", "file", user=1, PYTHON_KEYRING_BACKEND="fake_keyrings.Hanging").returncode == 0
    assert {stat.S_IMODE(path.stat().st_mode) for path in (here.home / ".config", here.app, here.app / "accounts")} == {
        0o700
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in here.app.rglob("*") if path.is_file()} == {0o600}


@pytest.mark.usefixtures("no_umask")
def test_a_token_file_holds_two_lines_and_no_account_is_stored(driven, here):
    """`--token-file` writes token and secret, no line end behind them, 0600; the same flag replaces them."""
    path, tokens = here.folder / "token", set()
    for _ in range(2):
        ran = driven("--token-file", "token")
        assert ran.returncode == 0 and "Token saved in token." in ran.stderr
        shown = show(here, "--token-file", "token")
        assert path.read_text() == f"{shown['oauth_token']}\n{shown['oauth_token_secret']}"
        assert (shown["api_key"], shown["username"]) == (KEY, None)
        tokens.add(path.read_text())
    assert len(tokens) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert here.run("show").returncode == 3


def test_a_token_file_of_the_sandbox_works_as_the_next_step_says(machine):
    """A token file does not say that it is the sandbox's: the line to run does, and needs no API key."""
    ran = machine.run("login", "--sandbox", "--token-file", "token", stdin="\n")
    assert ran.stderr.splitlines()[-1] == (
        "Next: FLICKR_AUTH_BASE_URL=sandbox flickr-auth call --token-file token flickr.test.login"
    )
    ran = machine.run("call", "--token-file", "token", "flickr.test.login", FLICKR_AUTH_BASE_URL="sandbox")
    assert ran.returncode == 0 and "sandbox-sam" in ran.stdout


def test_a_variable_does_not_choose_what_is_overwritten(driven, here):
    """FLICKR_TOKEN_FILE names the file of a first login, but replaces no token that is there already."""
    assert driven(FLICKR_TOKEN_FILE="token").returncode == 0
    before = (here.folder / "token").read_text()
    again = here.run("login", "-v", "--perms", "write", FLICKR_TOKEN_FILE="token")
    check_refusal(again, 2, "Run: flickr-auth login --perms write --token-file token")
    assert (here.folder / "token").read_text() == before
    assert driven("--store", "file", FLICKR_TOKEN_FILE="token", FLICKR_AUTH_STORE="keyring").returncode == 0  # a flag
    assert (show(here)["store"], (here.folder / "token").read_text()) == ("file", before)


def test_a_token_file_that_changed_during_the_login_is_left_alone(here, press_ok):
    """What was proven before the login is replaced, or nothing: not a file, a token or a link that came meanwhile."""
    path, mine = here.folder / "token", here.folder / "mine"
    other = "72157626737672178-022bbd2f4c2f3432\nfccb68c4e6103197"
    for before, meanwhile in (
        (None, lambda: path.write_text(other)),
        (None, lambda: path.symlink_to(mine)),
        (other, lambda: path.write_text(other.replace("8", "9"))),
        ("", lambda: path.write_text(other)),
        (other, lambda: path.write_text("my diary")),
    ):
        for each in (path, mine):
            each.unlink(missing_ok=True)
        if before is not None:
            path.write_text(before)

        def type_code(shown, meanwhile=meanwhile):
            meanwhile()
            return press_ok()(shown) + "\n"

        ran = here.run("login", "--token-file", "token", stdin=type_code)
        assert ran.returncode == 6 and "issued but not kept: token was changed during the login" in ran.stderr
        assert path.is_symlink() or path.read_text() != before
        assert not mine.exists() and "Try: another path for --token-file" in ran.stderr
    path.write_text(other)
    gone = here.run("login", "--token-file", "token", stdin=lambda shown: (path.unlink(), press_ok()(shown))[1])
    assert gone.returncode == 0 and len(path.read_text().split()) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o400, 0o200, 0o777])
def test_a_umask_costs_no_token(driven, here, umask):
    """Whatever the umask takes away, files and folders are what their owner needs: 0600 and 0700."""
    usual = os.umask(umask)
    try:
        with modes_bind():
            assert [driven("--store", "file").returncode, driven("--token-file", "token").returncode] == [0, 0]
            assert here.run("show", "--field", "username").stdout == "sandbox-sam\n"
            assert here.run("call", "--token-file", "token", "flickr.test.login").returncode == 0
            for tool in ("flickrapi", "token"):
                assert here.run("export", tool, "--path", tool, "--not-flickr", "--force").returncode == 0
    finally:
        os.umask(usual)
    ours = [here.folder / "token", here.folder / "flickrapi", here.app, *here.app.rglob("*")]
    assert {oct(each.stat().st_mode & 0o777) for each in ours} == {"0o600", "0o700"}


@pytest.mark.parametrize("at_terminal", [False, True], ids=["program", "person"])
def test_a_file_that_is_no_token_file_is_left_alone(here, at_terminal):
    """A slip in --token-file costs no other file, the file with the keys among them; another path is advised."""
    keys = here.write_apikeys(here.folder / "vault").rename(here.folder / "vault" / "mine")
    texts = {"letter": "Dear reader,\nthis is no token.\n", "list": "milk\neggs\n"}
    for name, text in texts.items():
        (here.folder / name).write_text(text)
    run = here.answer if at_terminal else here.run
    for named, apikeys in (("letter", "apikeys"), ("list", "apikeys"), ("apikeys", "apikeys"), (keys, keys)):
        check_refusal(run("login", "-v", "--apikeys", apikeys, "--token-file", named), 3, "was not changed", "Try: ")
    assert {name: (here.folder / name).read_text() for name in texts} == texts
    assert (here.folder / "apikeys").read_text() == keys.read_text() == f"{KEY}\n{SECRET}\n"


@pytest.mark.parametrize(
    "backend", ["keyring.backends.fail.Keyring", "fake_keyrings.Hanging", "fake_keyrings.Null", "no_such.Keyring"]
)
def test_without_a_keyring_and_a_terminal_the_way_out_is_named(here, backend):
    """Never plaintext without a yes: exit 6 before Flickr is asked, with the same login's line for a file."""
    variables = {"PYTHON_KEYRING_BACKEND": backend, "FLICKR_AUTH_KEYRING_TIMEOUT": "0.1"}
    ran = here.run("login", "-v", "--perms", "delete", "--store", "keyring", **variables)
    check_refusal(ran, 6, "flickr-auth login --perms delete --store file")
    ran = here.run("login", "-v", "--sandbox", "--store", "keyring", **variables)
    check_refusal(ran, 6, "flickr-auth login --sandbox --store file")
    check_refusal(here.run("login", "-v", **variables), 6, "flickr-auth login --store file")
    assert not list(here.app.rglob("accounts/*"))


def test_end_of_input_is_an_error_that_names_start(here):
    """A cron job that cannot type a code is told so, exit 1, and no question hangs it."""
    ran = here.run("login", stdin="")
    assert ran.returncode == 1
    assert "No code was entered." in ran.stderr and "Run: flickr-auth login --start" in ran.stderr


def test_a_wrong_code_from_a_pipe_can_be_corrected_later(here, sandbox, press_ok):
    """A program has one try, exit 4; the login goes on waiting for --finish, with the tries that are left."""
    codes = []

    def type_a_wrong_code(shown):
        codes.append(press_ok()(shown))
        return "123-456-789\n"

    ran = here.run("login", "--store", "file", stdin=type_a_wrong_code)
    assert ran.returncode == 4 and "2 tries left" in ran.stderr and "login --finish CODE --pending" in ran.stderr
    assert not list(here.app.rglob("accounts/*"))
    assert here.run("login", "--finish", codes[0]).returncode == 0


def test_text_that_is_no_code_is_neither_sent_nor_shown(machine):
    """A program that writes something else, a password perhaps, gets exit 1."""
    ran = machine.run("login", "-v", "--sandbox", stdin="hello there\n")
    assert ran.returncode == 1
    assert "does not look like a code" in ran.stderr and "access_token" not in ran.stderr
    assert "hello there" not in ran.stderr


def test_the_first_key_file_found_wins_and_is_named(driven, here):
    """login says where the key came from; what is nearer to the person wins."""
    here.write_apikeys(here.app, KEYS[1])
    assert f"Using the API key {KEY[:8]}... from ./apikeys." in driven().stderr
    pair = {"FLICKR_API_KEY": KEYS[1].api_key, "FLICKR_API_SECRET": KEYS[1].api_secret}
    assert f"{KEYS[1].api_key[:8]}... from FLICKR_API_KEY." in driven(**pair).stderr
    named = here.write_apikeys(here.folder / "other")
    assert f"from {named}." in driven("--apikeys", named, **pair).stderr
    assert f"from {named}." in driven(FLICKR_APIKEYS=named, **pair).stderr
    (here.folder / "apikeys").unlink()
    assert f"{KEYS[1].api_key[:8]}... from ~/.config/flickr-auth/apikeys." in driven().stderr


def test_a_key_file_that_others_can_read_gets_a_warning_and_is_used(driven, here):
    """The chmod that mends it is on the screen, and the login goes on."""
    (here.folder / "apikeys").chmod(0o644)
    ran = driven()
    assert ran.returncode == 0
    assert "apikeys is readable by other users. Fix: chmod 600 apikeys" in ran.stderr


def test_a_bad_key_file_is_named_and_never_quoted(here):
    """The file, the line, and what it should look like: exit 3, and no word of its content."""
    for content, said in (
        (f"{KEY}\n{SECRET}\nmore\n", "line 3 is too many"),
        (f"{SECRET}\n{KEY}\n", "swap the two lines"),
        ("your-api-key\nyour-api-secret\n", "apikeys.example"),
    ):
        (here.folder / "apikeys").write_text(content)
        ran = here.run("login", "-v")
        check_refusal(ran, 3, "apikeys", said)
        assert KEY not in ran.stderr and SECRET not in ran.stderr
    (here.folder / "folder").mkdir()
    check_refusal(here.run("login", "-v", "--apikeys", "folder"), 3, "folder is a folder")
    check_refusal(here.run("login", "-v", "--apikeys", "missing"), 3, "File not found: missing")
    check_refusal(here.run("login", "-v", FLICKR_APIKEYS="missing"), 3, "FLICKR_APIKEYS", "missing")


def test_without_keys_the_way_to_get_one_is_said(machine):
    """No keys anywhere: exit 3, where Flickr gives them, and how to try without."""
    check_refusal(machine.run("login"), 3, "https://www.flickr.com/services/apps/create/apply/", "Pro accounts")


def test_contradictions_are_wrong_usage(driven, here):
    """Options that cannot go together are exit 2, before anything is done."""
    driven("--store", "file")
    for arguments in (
        "--store file --token-file t",
        "--sandbox --apikeys k",
        "--account sandbox-sam --token-file t",
        "--account sandbox-sam --apikeys k",
        "--account sandbox-sam --finish 123-456-789",
        "--pin --callback",
        "--port 8000",
        "--perms all",
        "--token-file -",
        "--token-file=",
        "--start --finish 123-456-789",
        "--start --callback",
        "--start --sandbox",  # which would be gone before the code comes
        "--finish 123-456-789 --perms write",
        "--finish 123-456-789 --store file",
        "--finish 123-456-789 --sandbox",
        "--json",
        "--pending x",
        "--timeout 0",
        "--timeout nan",
        "--timeout 1e9",
        "extra",
    ):
        ran = here.run("login", "-v", *arguments.split())
        assert (arguments, ran.returncode) == (arguments, 2)
        check_refusal(ran, 2)
    assert not (here.app / "pending").exists() or not list((here.app / "pending").iterdir())


def test_a_variable_that_makes_no_sense_is_named_with_its_value(here):
    """Whoever has set a variable long ago reads which one it is, before Flickr is asked: exit 2."""
    for name, value in (
        ("FLICKR_AUTH_BASE_URL", "http://flickr.example.org"),
        ("FLICKR_AUTH_BASE_URL", "nonsense"),
        ("FLICKR_AUTH_HTTP_TIMEOUT", "nan"),
        ("FLICKR_AUTH_KEYRING_TIMEOUT", "-1"),
        ("FLICKR_AUTH_PERMS", "everything"),
        ("FLICKR_AUTH_STORE", "everything"),
        ("FLICKR_AUTH_BROWSER", "everything"),
        ("FLICKR_AUTH_CALLBACK", "everything"),
    ):
        ran = here.run("login", "-v", **{name: value})
        check_refusal(ran, 2, name, value)
        assert "--" not in ran.stderr  # no option was typed
    # A login into a file may have to delete a keyring's item, once the token is issued.
    ran = here.run("login", "-v", "--store", "file", FLICKR_AUTH_KEYRING_TIMEOUT="-1")
    check_refusal(ran, 2, "FLICKR_AUTH_KEYRING_TIMEOUT")


def test_verbose_tells_of_each_request_and_of_no_secret(driven):
    """-v shows verb, host, path, API method, status and time of three requests, and no token, verifier or signature."""
    ran = driven("-v")
    lines = [line for line in ran.stderr.splitlines() if "/services/" in line and line.startswith(("GET", "POST"))]
    assert [re.sub(r".*/services/| [0-9.]+ s$", "", line) for line in lines] == [
        "oauth/request_token 200",
        "oauth/access_token 200",
        "rest/ flickr.auth.oauth.checkToken 200",
    ]
    assert "oauth_" not in "".join(lines)


def test_the_first_login_is_the_default_and_the_sandbox_gives_way_to_a_real_one(driven, here):
    """Another person's login changes nothing, nor does the sandbox's; a real one takes the sandbox's place."""
    assert here.run("login", "--sandbox").returncode == 0
    driven(user=0)
    driven(user=1)
    assert here.run("login", "--sandbox").returncode == 0
    account = show(here)
    assert account["username"] == "sandbox-sam" and account["provider"].startswith("http://127.0.0.1:")


def test_keys_and_code_cannot_both_come_from_stdin(here):
    """Where stdin has the keys, the code cannot follow: said before anything is asked, with the ways that work."""
    ran = here.run("login", "-v", "--apikeys", "-", stdin=f"{KEY}\n{SECRET}\n123-456-789\n")
    check_refusal(ran, 2, "--start", "--callback")


def test_whatever_a_login_stores_can_be_read_afterwards(machine):
    """The longest and oddest token that is stored serves every format, the variables and a token file."""
    token, secret = "k" * 2048, "a+b/c=="
    form = f"oauth_token={token}&oauth_token_secret={quote(secret, safe='')}&user_nsid=1%40N00&username=jo"
    replies = [request_token_answer(), rude_server.answer(form), *[check_token_answer()] * 4]
    with RudeServer(replies) as server:
        machine.environ["FLICKR_AUTH_BASE_URL"] = server.provider.name
        keys = {"FLICKR_API_KEY": rude_server.KEYS.api_key, "FLICKR_API_SECRET": rude_server.KEYS.api_secret}
        assert machine.run("login", "--store", "file", stdin="123-456-789\n", **keys).returncode == 0
        shown = {form: machine.run("show", "--format", form) for form in ("env", "dotenv", "json", "lines")}
        assert {each.returncode for each in shown.values()} == {0}
        (machine.folder / "token").write_text(shown["lines"].stdout)
        (machine.folder / "token").chmod(0o600)
        variables = dict(line.split("=", 1) for line in shown["dotenv"].stdout.splitlines())
        called = [
            machine.run("call", "flickr.test.login"),
            machine.run("call", "--token-file", "token", "flickr.test.login", **keys),
            machine.run("call", "flickr.test.login", **variables),
        ]
    assert [each.returncode for each in called] == [0, 0, 0]
    assert {verified(each, server.provider.site, secret) for each in server.requests[2:]} == {True}
