"""`flickr-auth call`: a method's response as JSON, all pages of it, and what is said where there is none."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys

import pyte
import pytest

from flickr_auth.loopback.handler import Reply
from flickr_auth.sandbox.methods import Methods
from flickr_auth.sandbox.server import KEYS

from paged_server import PagedServer, fail, items, photos
from programs import FLICKR_AUTH
from samples import OAUTH_TOKEN, OAUTH_TOKEN_SECRET
from terminals import needs_a_terminal, pexpect

PHOTOS = "flickr.people.getPhotos"
TYPED = ["a+b & c=d %41", "=", "ü ☃ 🌅", "one,two", "", " spaces ", "line\nbreak", "'\"\\", "@@", "--post", "[a]*"]


@pytest.fixture
def paged(machine):
    """A server with pages, and a machine whose environment has an account there."""

    @contextlib.contextmanager
    def serve(answer):
        with PagedServer(answer) as server:
            machine.environ |= {
                "FLICKR_AUTH_BASE_URL": server.base_url,
                "FLICKR_API_KEY": KEYS[0].api_key,
                "FLICKR_API_SECRET": KEYS[0].api_secret,
                "FLICKR_OAUTH_TOKEN": OAUTH_TOKEN,
                "FLICKR_OAUTH_TOKEN_SECRET": OAUTH_TOKEN_SECRET,
            }
            yield server

    return serve


@pytest.fixture
def logged_in(here, sandbox):
    """A machine with an account of the sandbox's, which may change things."""
    here.log_in(perms="write", provider=sandbox.base_url)
    return here


def lines(*numbers):
    """What is printed for these pages."""
    return "".join(
        json.dumps(item, ensure_ascii=False, separators=(",", ":")) + "\n" for page in numbers for item in items(page)
    )


def as_json(body):
    return lambda *_: Reply(200, body.encode(), "application/json")


# ---- one call


def test_a_script_gets_the_response_as_it_came(machine, paged):
    """In a pipe no digit is added or lost, no name changes its place, and nothing is on stderr."""
    body = '{"z":[1.0,1e5,-0,0.10,3.141592653589793238462643383279,12345678901234567890123],"a":"ü","stat":"ok"}'
    with paged(as_json(f"\n{body} \n")):
        ran = machine.run("call", PHOTOS)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{body}\n", "")


@needs_a_terminal
def test_a_person_gets_the_response_indented(logged_in):
    """At a terminal the JSON is laid out so that it can be read."""
    terminal = logged_in.terminal("call", "flickr.test.echo", "text=Grüße")
    terminal.expect(pexpect.EOF)
    assert '  "text": {\r\n    "_content": "Grüße"\r\n  },\r\n' in terminal.before
    assert json.loads(terminal.before)["stat"] == "ok"


def test_a_number_that_is_not_finite_is_no_answer(machine, paged):
    """Exit 5 and nothing on stdout, rather than what the next program cannot read, or reads as another number."""
    for value, flags in (("NaN", ()), ("-Infinity", ("--paginate",)), ("1e999", ())):
        with paged(as_json(f'{{"photos":{{"page":1,"pages":1,"photo":[{value}]}},"stat":"ok"}}')):
            ran = machine.run("call", PHOTOS, *flags, FLICKR_AUTH_HTTP_TIMEOUT="0.3")
        assert (ran.returncode, ran.stdout) == (5, "")
        assert "it is not JSON" in ran.stderr


def test_arguments_arrive_as_typed(logged_in):
    """Whatever a person types after the first = is what Flickr gets."""
    given = [f"k{number}={text}" for number, text in enumerate(TYPED)]
    typed = [text.replace("@@", "@", 1) for text in TYPED]
    for flags in ((), ("--post",)):
        ran = logged_in.run("call", "flickr.test.echo", *flags, *given)
        assert ran.returncode == 0, ran.stderr
        found = json.loads(ran.stdout)
        assert [found[f"k{number}"]["_content"] for number in range(len(TYPED))] == typed


@pytest.mark.process
def test_characters_are_escaped_where_stdout_cannot_take_them(machine, paged):
    """It is the same JSON, also with half a character, in a response and in items alike."""
    body = '{"photos":{"page":1,"pages":1,"photo":["Grüße 🌅","\\ud83c"]},"stat":"ok"}'
    with paged(as_json(body)):
        for flags, shown in (((), body), (("--paginate",), '"Grüße 🌅"\n"\\ud83c"')):
            ran = machine.run("call", PHOTOS, *flags)
            assert (ran.returncode, ran.stdout) == (0, f"{shown}\n")
            ran = machine.run("call", PHOTOS, *flags, PYTHONIOENCODING="ascii")
            assert ran.stdout == shown.replace("Grüße 🌅", r"Gr\u00fc\u00dfe \ud83c\udf05") + "\n"


def test_no_character_of_a_title_reaches_the_terminal_as_a_command(logged_in):
    """What strangers write is shown, and neither colours the terminal nor breaks a line."""
    hostile = "\x1b[31m\x9b31m\x7f\x85\u2028\u2029\u202e\u2066\u200b\u200e\u061c\ufeff\xad\u3164\ufe0f\U000e0041"
    (logged_in.folder / "title").write_text(hostile, encoding="utf-8")
    ran = logged_in.run("call", "flickr.test.echo", "text=@title")
    assert ran.stdout.rstrip("\n").isprintable() and len(ran.stdout.splitlines()) == 1
    assert json.loads(ran.stdout)["text"]["_content"] == hostile


def test_a_write_needs_its_permission_and_then_is_done(here, sandbox):
    """With reading alone a change is refused and says how to log in for more; with writing it is made."""
    here.log_in(provider=sandbox.base_url)
    photo_id = json.loads(here.run("call", PHOTOS, "user_id=me", "per_page=1").stdout)["photos"]["photo"][0]["id"]
    change = ("call", "flickr.photos.setMeta", "--post", f"photo_id={photo_id}", "title=Dämmerung", "description=x")
    ran = here.run(*change)
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "(code 99)" in ran.stderr and "flickr-auth login --account sandbox-sam --perms write" in ran.stderr
    here.log_in(perms="write", provider=sandbox.base_url)
    ran = here.run(*change)
    assert (ran.returncode, ran.stdout) == (0, '{"stat":"ok"}\n')
    answer = json.loads(here.run("call", PHOTOS, "user_id=me", "per_page=1").stdout)
    assert answer["photos"]["photo"][0]["title"] == "Dämmerung"


def test_a_refusal_is_said_and_nothing_else_is_printed(logged_in):
    """Flickr's code and message and what to do are on stderr, nothing is on stdout, and the exit code is 4."""
    account = json.loads(logged_in.run("show", "--format", "json").stdout)
    four = {f"FLICKR_{name.upper()}": account[name] for name in list(account)[:4]}
    for method, variables, said in (
        ("flickr.test.nope", {}, ('Method "flickr.test.nope" not found', "code 112")),
        ("flickr.test.login", {"FLICKR_OAUTH_TOKEN": "72157626318069415-0"}, ("code 98", "flickr-auth login")),
        ("flickr.test.login", {"FLICKR_API_KEY": "0" * 32}, ("does not know this API key", "check the API key")),
    ):
        ran = logged_in.run("call", method, **four | variables)
        assert (ran.returncode, ran.stdout) == (4, "")
        assert all(each in ran.stderr for each in said)
        assert len(ran.stderr.splitlines()) <= 2


def test_an_account_of_the_sandbox_calls_the_sandbox(machine):
    """An account of the built-in stand-in needs no server and no key: it is started for the call."""
    machine.log_in()
    assert json.loads(machine.run("call", "flickr.test.login").stdout)["stat"] == "ok"
    ran = machine.run("call", "flickr.photos.setMeta", "--post", "photo_id=1")
    assert "flickr-auth login --sandbox --account sandbox-sam --perms write" in ran.stderr


def test_an_account_or_a_token_file_can_be_named(driven, here):
    """A call is made as the account that is named, or as the token in a file; without any it says to log in."""
    login = ("call", "flickr.test.login")
    ran = here.run(*login)
    assert (ran.returncode, ran.stdout) == (3, "") and "flickr-auth login" in ran.stderr
    driven("--store", "file")
    driven("--token-file", "token", user=1)
    account = json.loads(here.run("show", "--format", "json").stdout)
    named = json.loads(here.run(*login, "--account", account["username"]).stdout)
    in_file = json.loads(here.run(*login, "--token-file", "token").stdout)
    assert named["user"]["id"] == account["user_nsid"] != in_file["user"]["id"]


# ---- the API key alone


def test_public_data_needs_no_account(here, sandbox):
    """With --public nothing is signed: the key is that of apikeys, else an account's, whose token stays here."""
    for account in ((), ("--account", "sandbox-sam")):
        ran = here.run("call", "--public", "flickr.test.echo", "text=x", *account)
        assert ran.returncode == 0, ran.stderr
        found = json.loads(ran.stdout)
        assert found["text"]["_content"] == "x" and found["api_key"]["_content"] == KEYS[0].api_key
        assert not any(name.startswith("oauth") for name in found)
        here.log_in(provider=sandbox.base_url)
    (here.folder / "apikeys").unlink()
    ran = here.run("call", "--public", "flickr.test.echo")
    assert json.loads(ran.stdout)["api_key"]["_content"] == KEYS[0].api_key and "oauth" not in ran.stdout


def test_the_key_of_an_account_goes_to_its_own_provider(machine):
    """Where no key is found, --public takes the key of the account in use, and asks whom that account is from."""
    machine.log_in()
    ran = machine.run("call", "--public", "flickr.photos.getRecent", "per_page=1")
    assert (ran.returncode, json.loads(ran.stdout)["photos"]["total"]) == (0, 1000), ran.stderr
    ran = machine.run("call", "--public", "flickr.photos.getRecent", FLICKR_AUTH_BASE_URL="https://flickr.invalid")
    assert (ran.returncode, ran.stdout) == (3, "") and "There are no API keys" in ran.stderr


def test_public_data_is_asked_of_the_provider_whose_account_is_meant(machine, sandbox):
    """Without apikeys FLICKR_AUTH_ACCOUNT, else the default, decides whose key goes where; without one it is exit 3."""
    call = ("call", "-v", "--public", "flickr.test.echo")
    machine.log_in(0)
    machine.log_in(2, provider=sandbox.base_url, keys=KEYS[1])
    for default, variables, keys in (
        ("sandbox-sam", {}, KEYS[0]),
        ("sandbox-sam", {"FLICKR_AUTH_ACCOUNT": "sandbox-さくら"}, KEYS[1]),
        ("sandbox-さくら", {}, KEYS[1]),
    ):
        assert machine.run("use", default).returncode == 0
        ran = machine.run(*call, **variables)
        assert json.loads(ran.stdout)["api_key"]["_content"] == keys.api_key
        assert (f"GET {sandbox.base_url.removeprefix('http://')}/" in ran.stderr) == (keys == KEYS[1])
    ran = machine.run(*call, FLICKR_AUTH_ACCOUNT="nobody")
    assert (ran.returncode, ran.stdout) == (3, "") and "No account named 'nobody'" in ran.stderr
    (machine.app / "default").unlink()
    ran = machine.run(*call)
    assert (ran.returncode, ran.stdout) == (3, "") and "There are no API keys" not in ran.stderr
    assert "No default account is set. Accounts: sandbox-sam, sandbox-さくら" in ran.stderr and "GET" not in ran.stderr


def test_public_data_comes_in_pages_too(machine, paged):
    """--public goes with --paginate, and the account in the environment is left out of it."""
    with paged(lambda page, _: photos(page, 3)) as server:
        ran = machine.run("call", "--public", "--paginate", PHOTOS)
    assert (ran.returncode, ran.stdout) == (0, lines(1, 2, 3))
    assert not any("oauth_token" in sent for sent in server.sent)


def test_what_needs_a_login_says_so_with_public(here, machine, sandbox):
    """Flickr's refusal comes with the next thing to do: to log in, or to leave out --public."""
    call = ("call", "--public", "flickr.test.login")
    ran = here.run(*call)
    assert (ran.returncode, ran.stdout) == (4, "") and "Run: flickr-auth login" in ran.stderr
    here.log_in(provider=sandbox.base_url)
    ran = here.run(*call)
    assert ran.returncode == 4 and "Fix: leave out --public" in ran.stderr
    ran = machine.run(*call, FLICKR_AUTH_BASE_URL="https://flickr.example.org", FLICKR_APIKEYS="nowhere")
    assert (ran.returncode, ran.stdout) == (3, "")


# ---- the names of methods


def test_a_name_that_flickr_does_not_know_is_corrected(logged_in):
    """It goes to Flickr, whose no comes with what was probably meant, but never with what was typed."""
    ran = logged_in.run("call", "-v", "flickr.photos.getinfo", "photo_id=1")
    assert ran.returncode == 4 and "GET 127.0.0.1" in ran.stderr
    assert "Try: flickr.photos.getInfo" in ran.stderr
    ran = logged_in.run("call", "photos.getInfo", "photo_id=1")
    assert ran.returncode == 2 and "Try: flickr.photos.getInfo" in ran.stderr
    assert "Try: flickr." not in logged_in.run("call", "flickr.photos.search", "text=x").stderr


def test_the_sandbox_says_which_methods_it_has(machine):
    """A method of Flickr's that the stand-in lacks is not corrected to another one: a page lists those it has."""
    machine.log_in()
    ran = machine.run("call", "flickr.photos.getSizes", "photo_id=1")
    assert ran.returncode == 4 and ran.stderr.splitlines()[-1] == "Run: flickr-auth help sandbox"
    listed = re.findall(r"^  (flickr\.\S+)$", machine.run("help", "sandbox").stdout, re.MULTILINE)
    assert listed == sorted(Methods(())._methods)


def test_names_of_methods_are_completed(machine):
    """Tab gives the methods that begin so, in any case."""
    for typed, expected in (
        ("flickr.test.", ["flickr.test.echo", "flickr.test.login", "flickr.test.null"]),
        ("FLICKR.photos.getIn", ["flickr.photos.getInfo"]),
    ):
        ran = machine.run(_FLICKR_AUTH_COMPLETE="fish_complete", COMP_LINE=f"flickr-auth call {typed}")
        assert [line.split("\t")[1] for line in ran.stdout.splitlines() if line] == expected


def test_a_method_and_post_that_do_not_fit_are_warned_of_and_sent(logged_in):
    """Without a terminal the call is made as it was typed: the list is help, and no gate."""
    for arguments, words, verb in (
        (("flickr.photos.setMeta", "photo_id=1"), "flickr.photos.setMeta changes something; it needs --post.", "GET"),
        (("flickr.test.login", "--post"), "flickr.test.login only reads; it needs no --post.", "POST"),
    ):
        ran = logged_in.run("call", "-v", *arguments)
        assert f"Warning: {words}" in ran.stderr and f"{verb} 127.0.0.1" in ran.stderr


def test_at_a_terminal_one_is_asked_about_post(logged_in):
    """Enter does what the method needs, but deletes nothing; a no leaves the call as it was typed."""
    for arguments, question, typed, sent in (
        (("flickr.photos.setMeta", "photo_id=1"), "Add --post? [Y/n]", [""], "POST"),
        (("flickr.photos.setMeta", "photo_id=1"), "Add --post? [Y/n]", [], "GET"),
        (("flickr.photos.delete", "photo_id=1"), "Add --post? [y/N]", [""], "GET"),
        (("flickr.test.login", "--post"), "Leave out --post? [Y/n]", ["n"], "POST"),
    ):
        ran = logged_in.answer("call", "-v", *arguments, typed=typed)
        assert question in ran.stderr
        assert f"{sent} 127.0.0.1" in ran.stderr


# ---- values from elsewhere


def test_a_value_may_come_from_a_file(logged_in):
    """A value may come from a file, as it is there, without the newline that editors put at its end."""
    for content, value in (
        (b"two\n\n", "two\n"),
        (b"windows\r\n", "windows"),
        ("@ü & 桜=%".encode(), "@ü & 桜=%"),
    ):
        (logged_in.folder / "a file").write_bytes(content)
        ran = logged_in.run("call", "flickr.test.echo", "a=@a file")
        assert json.loads(ran.stdout)["a"]["_content"] == value


def test_a_value_may_come_from_stdin(logged_in):
    """Stdin is read as a file is, to its end."""
    ran = logged_in.run_process("call", "flickr.test.echo", "a=@-", stdin="@ü & 桜=%\n\n")
    assert json.loads(ran.stdout)["a"]["_content"] == "@ü & 桜=%\n"


def test_a_file_that_cannot_be_read_is_named(logged_in):
    """A file that cannot be read is named, the exit code is 3, and nothing is called."""
    (logged_in.folder / "latin").write_bytes("Grüße".encode("latin-1"))
    (logged_in.folder / "long").write_bytes(b"x" * 2_000_000)
    for name, said in (
        ("missing", "Cannot read 'text' from missing"),
        ("latin", "latin is not UTF-8 text"),
        ("long", "long is too long"),
    ):
        ran = logged_in.run("call", "-v", "flickr.test.echo", f"text=@{name}")
        assert (ran.returncode, ran.stdout) == (3, "")
        assert said in ran.stderr and "GET" not in ran.stderr and "Traceback" not in ran.stderr


def test_a_text_that_is_too_long_for_a_get_is_posted(logged_in):
    """It is refused in a URL, with the word that helps, and taken from a form without a word against --post."""
    (logged_in.folder / "long").write_text("x" * 100_000)
    ran = logged_in.run("call", "flickr.test.echo", "text=@long")
    assert (ran.returncode, ran.stdout) == (4, "") and "--post" in ran.stderr
    ran = logged_in.run("call", "flickr.test.echo", "text=@long", "--post")
    assert (len(json.loads(ran.stdout)["text"]["_content"]), ran.stderr) == (100_000, "")


def test_wrong_usage_is_said_before_anything_is_read(machine):
    """A slip in the arguments is exit code 2 and a sentence, also where nobody is logged in."""
    for arguments, said in (
        (("flickr.test.echo", "text"), "'text' has no value.\nTry: text=VALUE\n"),
        (("flickr.test.echo", "text=a", "b"), "Try: b=VALUE, or quotes around a value with spaces"),
        (("flickr.test.echo", "=x"), "'=x' is not an argument"),
        (("flickr.test.echo", "a=1", "b=2", "a=3"), "'a' is given twice"),
        (("flickr.test.echo", "a=@-", "b=@-"), "stdin"),
        (("flickr.test.echo", "a=@"), "names no file"),
        (("flickr.test.echo", "oauth_token=0"), "flickr-auth sets 'oauth_token' itself"),
        (("flickr.test.echo", os.fsdecode(b"text=Gr\xfc\xdfe")), "not UTF-8"),
        (("flickr.test",), "'flickr.test' is not a method name"),
        ((PHOTOS, "--post", "--paginate"), "cannot be used together"),
        ((PHOTOS, "--account", "me", "--token-file", "token"), "cannot be used together"),
    ):
        ran = machine.run("call", *arguments)
        assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
        assert said in ran.stderr


# ---- all pages


def test_all_pages_are_printed_one_item_a_line(logged_in):
    """Every photo comes once, in order, each as a line of JSON; `page=` and `per_page=` choose; -v names the page."""
    ran = logged_in.run("call", PHOTOS, "user_id=me", "--paginate")
    assert (ran.returncode, ran.stderr) == (0, "")
    found = [json.loads(line) for line in ran.stdout.split("\n")[:-1]]
    first = json.loads(logged_in.run("call", PHOTOS, "user_id=me", "per_page=2").stdout)["photos"]
    assert found[:2] == first["photo"]
    ids = [each["id"] for each in found]
    assert ids == sorted(set(ids)) and len(ids) == first["total"]
    last = logged_in.run("call", "-v", PHOTOS, "user_id=me", "per_page=400", "page=4", "--paginate")
    assert last.stdout.splitlines() == ran.stdout.splitlines()[1200:]
    assert sorted(re.findall(r"^GET .* page=(\d+) 200 ", last.stderr, re.MULTILINE)) == ["4", "5", "6"]


def test_a_method_without_pages_is_wrong_usage(logged_in):
    """`--paginate` with a method that has no pages is exit code 2, and prints nothing."""
    ran = logged_in.run("call", "flickr.test.login", "--paginate")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "flickr.test.login has no pages" in ran.stderr and "--paginate" in ran.stderr


def test_items_are_printed_as_they_arrive(machine, paged):
    """The first pages can be read while Flickr is still asked for the next one."""
    with paged(lambda page, _: photos(page, 5)) as server:
        server.hold(3)
        process = machine.start("call", PHOTOS, "--paginate")
        assert "".join(process.stdout.readline() for _ in range(6)) == lines(1, 2)
        server.wait(lambda: 3 in server.asked)
        server.release()
        rest, said = process.communicate(timeout=60)
    assert (rest, said, process.returncode) == (lines(3, 4, 5), "", 0)


@pytest.mark.parametrize(
    ("answer", "pages", "end"),
    [
        (lambda page, _: fail(98, "No.") if page == 3 else photos(page, 9), (1, 2), (4, "No (code 98)")),
        (lambda page, _: photos(page, 20, photo=items(min(page, 8))), range(1, 9), (1, "from page 9 on")),
    ],
    ids=["refused", "cut short"],
)
def test_a_part_is_printed_and_not_taken_for_all(machine, paged, answer, pages, end):
    """Where Flickr refuses a page, or counts more than it gives, all that came is printed, and it is no success."""
    with paged(answer):
        ran = machine.run("call", PHOTOS, "--paginate")
    assert ran.stdout == lines(*pages)
    assert (ran.returncode, end[1] in ran.stderr) == (end[0], True)


def test_a_search_of_the_sandbox_ends_as_one_of_flickrs_does(machine):
    """The sandbox gives 4,000 results and counts them all: what came is printed, and why it is not everything."""
    machine.log_in()
    ran = machine.run("call", "flickr.photos.search", "--public", "text=harbour", "--paginate")
    assert len({json.loads(line)["id"] for line in ran.stdout.splitlines()}) == len(ran.stdout.splitlines()) == 4000
    assert ran.returncode == 1 and "counts 9 pages but repeats earlier items from page 9 on" in ran.stderr


def test_a_count_that_was_too_high_is_said_to_who_reads_along(machine, paged):
    """Flickr counts what one may not see, too: one line with both numbers at a terminal or with -v, and no failure."""
    said = "counts 98 items but returned 6; the others may be private or deleted.\n"
    with paged(lambda page, _: photos(page, 2, total="98")):
        for run, more, printed, is_said in (
            (machine.answer, (), (1, 2), True),
            (machine.run, ("-v", "page=1"), (1, 2), True),
            (machine.run, (), (1, 2), False),
            (machine.answer, ("page=2",), (2,), False),
        ):
            ran = run("call", PHOTOS, "--paginate", *more)
            assert (ran.returncode, ran.stdout, ran.stderr.endswith(said)) == (0, lines(*printed), is_said)
    with paged(lambda *_: photos(1, 1, total=1, photo=[])):
        ran = machine.run("call", "-v", PHOTOS, "--paginate")
    assert (ran.returncode, ran.stdout) == (0, "") and "counts 1 item but returned 0" in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a test of pipes between programs of a shell")
def test_head_ends_it_quietly(machine, paged):
    """When `head` has its line, nobody waits for the pages that are still to come: 141, and not a word."""
    with paged(lambda page, _: photos(page, 100)) as server:
        server.hold(*range(2, 101))
        command = f"{FLICKR_AUTH} call {PHOTOS} per_page=1 --paginate"
        ran = subprocess.run(
            ["bash", "-c", f'{command} | head -n 1; echo "${{PIPESTATUS[0]}}"'],
            cwd=machine.folder,
            env=machine.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert server.answered == [1]
    assert (ran.stdout, ran.stderr) == (f"{lines(1).splitlines()[0]}\n141\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to a single process")
@pytest.mark.parametrize(
    ("flags", "number", "code"),
    [((), signal.SIGINT, 130), (("--paginate",), signal.SIGTERM, 143)],
    ids=["one call", "all pages"],
)
def test_a_signal_ends_it_while_an_answer_is_waited_for(machine, paged, flags, number, code):
    """Ctrl-C ends a call at once, whatever Flickr is doing."""
    with paged(lambda page, _: photos(page, 100)) as server:
        server.hold(*range(3 if flags else 1, 101))
        process = machine.start("call", PHOTOS, *flags)
        server.wait(lambda: 3 in server.asked if flags else server.asked)
        process.send_signal(number)
        printed, said = process.communicate(timeout=15)
    assert process.returncode == code
    assert printed in ((lines(1), lines(1, 2)) if flags else ("",))
    assert "Traceback" not in said and (number == signal.SIGTERM or "Cancelled." in said)


@needs_a_terminal
def test_a_line_on_the_terminal_tells_how_far_it_is(machine, paged):
    """Whoever waits sees the page that it is at, in one place; at the end nothing of it is left among the items."""
    with paged(lambda page, _: photos(page, 12)) as server:
        server.hold(5)
        terminal = machine.terminal("call", PHOTOS, "--paginate")
        terminal.expect_exact("Page 4 of 12...")
        seen = terminal.before + terminal.after
        server.release()
        seen += terminal.read()
        terminal.close()
    screen = pyte.Screen(80, 60)
    pyte.Stream(screen).feed(seen)
    left = [json.loads(line) for line in screen.display if line.rstrip()]
    assert terminal.exitstatus == 0 and "Page 12 of 12..." in seen
    assert left == [json.loads(line) for line in lines(*range(1, 13)).splitlines()]


def test_without_a_terminal_nothing_tells_how_far_it_is(machine, paged):
    """A log gets no progress, and a wait that Flickr asks for is said in it."""
    with paged(lambda page, times: fail(105) if (page, times) == (2, 1) else photos(page, 3)):
        ran = machine.run("call", PHOTOS, "--paginate")
    assert (ran.returncode, ran.stdout) == (0, lines(1, 2, 3))
    assert "Trying again in 1 s" in ran.stderr and len(ran.stderr.splitlines()) == 1
