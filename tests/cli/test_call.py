"""`flickr-auth call`: a method's answer as JSON, all pages of it, and what is said where there is none."""

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


def lines(*numbers):
    """What is printed for these pages."""
    return "".join(
        json.dumps(item, ensure_ascii=False, separators=(",", ":")) + "\n" for page in numbers for item in items(page)
    )


def shell(machine, script, **variables):
    """A script for bash in which `flickr-auth` is the program."""
    program = f'flickr-auth() {{ {FLICKR_AUTH} "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", program + script],
        cwd=machine.folder,
        env=machine.environ | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


# ---- one call


def test_the_answer_is_one_line_of_json_in_a_pipe(driven, here):
    """A script gets the answer as Flickr gave it, on one line, and nothing on stderr."""
    driven()
    ran = here.run("call", "flickr.test.login")
    account = json.loads(here.run("show", "--format", "json").stdout)
    user = f'{{"id":"{account["user_nsid"]}","username":{{"_content":"{account["username"]}"}}}}'
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f'{{"user":{user},"stat":"ok"}}\n', "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals that pexpect knows")
def test_the_answer_is_indented_on_a_terminal(driven, here):
    """A person gets the answer so that it can be read."""
    driven()
    terminal = here.terminal("call", "flickr.test.echo", "text=Grüße")
    terminal.expect(pexpect.EOF)
    assert '  "text": {\r\n    "_content": "Grüße"\r\n  },\r\n' in terminal.before
    assert json.loads(terminal.before)["stat"] == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals that pexpect knows")
def test_an_answer_that_cannot_be_printed_is_none(machine, paged):
    """What no Flickr sends is said to be no answer, without a traceback."""
    deep = f'{{"stat":"ok","a":{"[" * 5000}{"]" * 5000}}}'.encode()
    with paged(lambda *_: Reply(200, deep, "application/json")):
        terminal = machine.terminal("call", "flickr.test.echo")
        terminal.expect(pexpect.EOF)
        terminal.close()
    assert terminal.exitstatus == 5
    assert "nested too deeply" in " ".join(terminal.before.split())
    assert "Traceback" not in terminal.before


@pytest.mark.parametrize("flags", [(), ("--post",)], ids=["get", "post"])
def test_arguments_arrive_as_typed(driven, here, flags):
    """Whatever a person types after the first = is what Flickr gets."""
    driven()
    given = [f"k{number}={text}" for number, text in enumerate(TYPED)]
    ran = here.run("call", "flickr.test.echo", *flags, *given)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    typed = [text.replace("@@", "@", 1) for text in TYPED]
    assert [found[f"k{number}"]["_content"] for number in range(len(TYPED))] == typed


def test_names_come_in_flickrs_order(driven, here):
    """Names come in the order in which Flickr sent them."""
    driven()
    answer = json.loads(here.run("call", "flickr.test.echo", "z=1", "a=2", "m=3").stdout)
    assert [name for name in answer if len(name) == 1] == ["z", "a", "m"]


@pytest.mark.process
@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "Grüße 🌅"), ("ascii", r"Gr\u00fc\u00dfe \ud83c\udf05")])
def test_characters_are_escaped_where_stdout_cannot_take_them(driven, here, encoding, shown):
    """Characters are printed as they are, or escaped where stdout cannot take them; it is the same JSON."""
    driven()
    ran = here.run("call", "flickr.test.echo", "text=Grüße 🌅", PYTHONIOENCODING=encoding)
    assert shown in ran.stdout
    assert json.loads(ran.stdout)["text"]["_content"] == "Grüße 🌅"


def test_no_character_of_a_title_reaches_the_terminal_as_a_command(driven, here):
    """What strangers write is shown, and neither colours the terminal nor breaks a line."""
    driven()
    hostile = "\x1b[31m\x9b31m\x7f\x85\u2028\u2029\u202e\u2066\u200b\u200e\u061c\ufeff\xad\u3164\ufe0f\U000e0041"
    (here.folder / "title").write_text(hostile, encoding="utf-8")
    ran = here.run("call", "flickr.test.echo", "text=@title")
    assert ran.stdout.rstrip("\n").isprintable() and len(ran.stdout.splitlines()) == 1
    assert json.loads(ran.stdout)["text"]["_content"] == hostile


def test_a_write_needs_its_permission_and_then_is_done(driven, here):
    """With reading alone a change is refused and says how to log in for more; with writing it is made."""
    driven()
    photo_id = json.loads(here.run("call", PHOTOS, "user_id=me", "per_page=1").stdout)["photos"]["photo"][0]["id"]
    change = ("call", "flickr.photos.setMeta", "--post", f"photo_id={photo_id}", "title=Dämmerung", "description=x")
    ran = here.run(*change)
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "(code 99)" in ran.stderr and "flickr-auth login --account sandbox-sam --perms write" in ran.stderr
    driven("--perms", "write")
    ran = here.run(*change)
    assert (ran.returncode, ran.stdout) == (0, '{"stat":"ok"}\n')
    answer = json.loads(here.run("call", PHOTOS, "user_id=me", "per_page=1").stdout)
    assert answer["photos"]["photo"][0]["title"] == "Dämmerung"


@pytest.mark.parametrize(
    ("method", "variables", "said"),
    [
        ("flickr.test.nope", {}, ('Method "flickr.test.nope" not found', "code 112")),
        ("flickr.test.login", {"FLICKR_OAUTH_TOKEN": "72157626318069415-0"}, ("code 98", "flickr-auth login")),
        ("flickr.test.login", {"FLICKR_API_KEY": "0" * 32}, ("code 100", "state of your key")),
    ],
)
def test_a_refusal_is_said_and_nothing_else_is_printed(driven, here, method, variables, said):
    """Flickr's code and message and what to do are on stderr, nothing is on stdout, and the exit code is 4."""
    driven()
    account = json.loads(here.run("show", "--format", "json").stdout)
    four = {f"FLICKR_{name.upper()}": account[name] for name in list(account)[:4]}
    ran = here.run("call", method, **four | variables)
    assert (ran.returncode, ran.stdout) == (4, "")
    assert all(each in ran.stderr for each in said)
    assert len(ran.stderr.splitlines()) <= 2


def test_an_account_of_the_sandbox_calls_the_sandbox(machine):
    """An account of the built-in stand-in needs no server and no key: it is started for the call."""
    machine.run("login", "--sandbox")
    assert json.loads(machine.run("call", "flickr.test.login").stdout)["stat"] == "ok"
    ran = machine.run("call", "flickr.photos.setMeta", "--post", "photo_id=1")
    assert "flickr-auth login --sandbox --account sandbox-sam --perms write" in ran.stderr


def test_an_account_or_a_token_file_can_be_named(driven, here):
    """A call is made as the account that is named, or as the token in a file."""
    driven("--store", "file")
    driven("--token-file", "token", user=1)
    account = json.loads(here.run("show", "--format", "json").stdout)
    login = ("call", "flickr.test.login")
    named = json.loads(here.run(*login, "--account", account["username"]).stdout)
    in_file = json.loads(here.run(*login, "--token-file", "token").stdout)
    assert named["user"]["id"] == account["user_nsid"] != in_file["user"]["id"]


def test_without_an_account_a_call_says_to_log_in(machine):
    """Without an account a call says to log in, with exit code 3."""
    ran = machine.run("call", "flickr.test.login")
    assert (ran.returncode, ran.stdout) == (3, "") and "flickr-auth login" in ran.stderr


def test_verbose_tells_of_each_request_without_secrets(driven, here):
    """`-v` tells of the request, and holds no secret."""
    driven()
    account = json.loads(here.run("show", "--format", "json").stdout)
    ran = here.run("call", "-v", "flickr.test.login")
    assert re.fullmatch(r"GET 127\.0\.0\.1:\d+/services/rest/ 200 \d\.\d{3} s\n", ran.stderr)
    assert account["oauth_token_secret"] not in ran.stdout + ran.stderr


# ---- what is printed is JSON


WRITTEN = (
    *("1.0", "1e5", "-0", "1E+2", "0.10", "12345678901234567890123", "1e999", "-0.0", "72157626318069415"),
    *("3.141592653589793238462643383279", "9" * 5000),
)


@pytest.mark.parametrize("flags", [(), ("--paginate",)], ids=["one call", "all pages"])
def test_numbers_are_printed_as_flickr_wrote_them(machine, paged, flags):
    """No digit is added or lost on the way, however long or odd a number is."""
    if flags:
        body = f'{{"photos":{{"page":1,"pages":1,"photo":[[{",".join(WRITTEN)}]]}},"stat":"ok"}}'
    else:
        body = f'{{"a":[{",".join(WRITTEN)}],"stat":"ok"}}'
    with paged(lambda *_: Reply(200, body.encode(), "application/json")):
        ran = machine.run("call", PHOTOS, *flags)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == (f"[{','.join(WRITTEN)}]\n" if flags else f"{body}\n")


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "[" * 101 + "]" * 101, '{"a":' * 101 + "1" + "}" * 101]
)
@pytest.mark.parametrize("flags", [(), ("--paginate",)], ids=["one call", "all pages"])
def test_what_only_python_takes_for_json_is_no_answer(machine, paged, value, flags):
    """Exit 5 and nothing on stdout, rather than what the next program cannot read."""
    body = f'{{"photos":{{"page":1,"pages":1,"photo":[{value}]}},"stat":"ok"}}'
    with paged(lambda *_: Reply(200, body.encode(), "application/json")):
        ran = machine.run("call", PHOTOS, *flags)
    assert (ran.returncode, ran.stdout) == (5, "")
    assert "Traceback" not in ran.stderr


def test_half_a_character_is_printed_as_an_escape(machine, paged):
    """A lone surrogate, which Python's JSON accepts, does not break the output's encoding."""
    with paged(lambda *_: Reply(200, b'{"a":"\\ud83c","b":"\\udf05\\ud83c","stat":"ok"}', "application/json")):
        ran = machine.run_process("call", PHOTOS)
    assert (ran.returncode, ran.stdout) == (0, '{"a":"\\ud83c","b":"\\udf05\\ud83c","stat":"ok"}\n')


# ---- the API key alone


def test_public_data_needs_no_account(here):
    """With --public the API key is enough: nobody is logged in, and nothing is signed."""
    ran = here.run("call", "--public", "flickr.test.echo", "text=x")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["text"]["_content"] == "x"
    assert found["api_key"]["_content"] == KEYS[0].api_key
    assert not any(name.startswith("oauth") for name in found)
    assert not here.app.exists()


def test_public_data_comes_in_pages_too(machine, paged):
    """--public goes with --paginate, and the account in the environment is left out of it."""
    with paged(lambda page, _: photos(page, 3)):
        ran = machine.run("call", "--public", "--paginate", PHOTOS)
    assert (ran.returncode, ran.stdout) == (0, lines(1, 2, 3))


def test_the_key_of_an_account_serves_for_public_data(driven, here):
    """Where no apikeys file is found, the key is that of the account; its token is not sent."""
    driven()
    (here.folder / "apikeys").unlink()
    ran = here.run("call", "--public", "flickr.test.echo")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["api_key"]["_content"] == KEYS[0].api_key
    assert "oauth_token" not in ran.stdout


def test_with_public_the_token_of_a_named_account_stays_here(driven, here):
    """The account says whose key it is, and no more."""
    driven()
    ran = here.run("call", "--public", "--account", "sandbox-sam", "flickr.test.echo")
    assert ran.returncode == 0, ran.stderr
    assert not any(name.startswith("oauth") for name in json.loads(ran.stdout))


def test_what_needs_a_login_says_so_with_public(here):
    """Flickr's refusal comes with the next thing to do."""
    ran = here.run("call", "--public", "flickr.test.login")
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "Run: flickr-auth login" in ran.stderr


def test_whoever_is_logged_in_is_told_to_leave_out_public(driven, here):
    """Another login would not help."""
    driven()
    ran = here.run("call", "--public", "flickr.test.login")
    assert ran.returncode == 4 and "Fix: leave out --public" in ran.stderr


def test_public_without_a_key_is_exit_3(machine):
    """It says where keys come from."""
    ran = machine.run("call", "--public", "flickr.test.echo")
    assert (ran.returncode, ran.stdout) == (3, "")


# ---- the names of methods


def test_a_name_that_flickr_does_not_know_is_corrected(driven, here):
    """It goes to Flickr, whose no comes with what was probably meant."""
    driven()
    ran = here.run("call", "-v", "flickr.photos.getinfo", "photo_id=1")
    assert ran.returncode == 4 and "GET 127.0.0.1" in ran.stderr
    assert "Did you mean flickr.photos.getInfo?" in ran.stderr
    ran = here.run("call", "photos.getInfo", "photo_id=1")
    assert ran.returncode == 2
    assert "Did you mean flickr.photos.getInfo?" in ran.stderr


def test_a_name_that_was_typed_correctly_is_not_corrected_to_itself(driven, here):
    """A server that lacks a method of Flickr's: no "Did you mean" what was typed; the sandbox says what it has."""
    driven()
    assert "Did you mean" not in here.run("call", "flickr.photos.search", "text=x").stderr
    other = {"FLICKR_AUTH_HOME": here.folder / "other", "FLICKR_AUTH_BASE_URL": "sandbox"}
    here.run("login", stdin="\n", **other)
    ran = here.run("call", "flickr.photos.search", "text=x", **other)
    assert "flickr.test.login" in ran.stderr and "the sandbox has no others" in ran.stderr


def test_names_of_methods_are_completed(machine):
    """Tab gives the methods that begin so, in any case."""
    for typed, expected in (
        ("flickr.test.", ["flickr.test.echo", "flickr.test.login", "flickr.test.null"]),
        ("FLICKR.photos.getIn", ["flickr.photos.getInfo"]),
    ):
        ran = machine.run(_FLICKR_AUTH_COMPLETE="fish_complete", COMP_LINE=f"flickr-auth call {typed}")
        assert [line.split("\t")[1] for line in ran.stdout.splitlines() if line] == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("flickr.photos.setMeta", "photo_id=1"), "flickr.photos.setMeta changes something; it needs --post."),
        (("flickr.test.login", "--post"), "flickr.test.login only reads; it needs no --post."),
    ],
)
def test_a_method_and_post_that_do_not_fit_are_warned_of_and_sent(driven, here, arguments, words):
    """Without a terminal the call is made as it was typed: the list is help, and no gate."""
    driven("--perms", "write")
    ran = here.run("call", "-v", *arguments)
    assert f"Warning: {words}" in ran.stderr
    assert f"{'POST' if '--post' in arguments else 'GET'} 127.0.0.1" in ran.stderr


def test_a_long_text_may_be_posted_whatever_the_method_does(driven, here):
    """Flickr takes no long address, so nothing is said against --post."""
    driven()
    (here.folder / "long").write_text("x" * 10_000)
    ran = here.run("call", "flickr.test.echo", "--post", "text=@long")
    assert (ran.returncode, ran.stderr) == (0, "")


@needs_a_terminal
@pytest.mark.parametrize(
    ("arguments", "typed", "sent"),
    [
        (("flickr.photos.setMeta", "photo_id=1"), "\r", "POST"),
        (("flickr.photos.setMeta", "photo_id=1"), "n\r", "GET"),
        (("flickr.photos.setMeta", "photo_id=1"), "\x04", "GET"),
        (("flickr.test.login", "--post"), "y\r", "GET"),
        (("flickr.test.login", "--post"), "n\r", "POST"),
    ],
)
def test_at_a_terminal_one_is_asked_about_post(driven, here, arguments, typed, sent):
    """Enter does what the method needs, and a no leaves the call as it was typed."""
    driven("--perms", "write")
    terminal = here.terminal("call", "-v", *arguments, columns=200)
    terminal.expect_exact("Leave out --post? [Y/n]" if "--post" in arguments else "Add --post? [Y/n]")
    terminal.send(typed)
    terminal.expect_exact(f"{sent} 127.0.0.1")


# ---- values from elsewhere


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"one line\n", "one line"),
        (b"two\n\n", "two\n"),
        (b"windows\r\n", "windows"),
        (b"no end", "no end"),
        (b"", ""),
        ("@ü & 桜=%".encode(), "@ü & 桜=%"),
    ],
)
def test_a_value_may_come_from_a_file(driven, here, content, value):
    """A value may come from a file, as it is there, without the newline that editors put at its end."""
    driven()
    (here.folder / "a file").write_bytes(content)
    ran = here.run("call", "flickr.test.echo", "a=@a file")
    assert json.loads(ran.stdout)["a"]["_content"] == value


def test_a_value_may_come_from_stdin(here):
    """Stdin is read as a file is, to its end."""
    here.log_in()
    ran = here.run_process("call", "flickr.test.echo", "a=@-", stdin="@ü & 桜=%\n\n")
    assert json.loads(ran.stdout)["a"]["_content"] == "@ü & 桜=%\n"


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("text=@missing", "Cannot read 'text' from missing"),
        ("text=@.", "Cannot read 'text' from ."),
        ("text=@latin", "latin is not UTF-8 text"),
        ("text=@long", "long is too long"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(driven, here, argument, said):
    """A file that cannot be read is named, the exit code is 3, and nothing is called."""
    driven()
    (here.folder / "latin").write_bytes("Grüße".encode("latin-1"))
    (here.folder / "long").write_bytes(b"x" * 2_000_000)
    ran = here.run("call", "-v", "flickr.test.echo", argument)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert said in ran.stderr and "GET" not in ran.stderr and "Traceback" not in ran.stderr


def test_a_text_that_is_too_long_for_a_get_is_posted(driven, here):
    """A long text from a file is refused in an address, with the word that helps, and taken from a form."""
    driven()
    (here.folder / "long").write_text("x" * 100_000)
    ran = here.run("call", "flickr.test.echo", "text=@long")
    assert (ran.returncode, ran.stdout) == (4, "") and "--post" in ran.stderr
    ran = here.run("call", "flickr.test.echo", "text=@long", "--post")
    assert len(json.loads(ran.stdout)["text"]["_content"]) == 100_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("flickr.test.echo", "text"), "'text' is not an argument"),
        (("flickr.test.echo", "=text"), "'=text' is not an argument"),
        (("flickr.test.echo", "a=1", "b=2", "a=3"), "'a' is given twice"),
        (("flickr.test.echo", "a=@-", "b=@-"), "stdin"),
        (("flickr.test.echo", "a=@"), "names no file"),
        (("flickr.test.echo", "method=x"), "flickr-auth sets 'method' itself"),
        (("flickr.test.echo", "format=rest"), "flickr-auth sets 'format' itself"),
        (("flickr.test.echo", "nojsoncallback=0"), "flickr-auth sets 'nojsoncallback' itself"),
        (("flickr.test.echo", "jsoncallback=f"), "flickr-auth sets 'jsoncallback' itself"),
        (("flickr.test.echo", "api_key=0"), "flickr-auth sets 'api_key' itself"),
        (("flickr.test.echo", "oauth_token=0"), "flickr-auth sets 'oauth_token' itself"),
        (("flickr.test.echo", os.fsdecode(b"text=Gr\xfc\xdfe")), "not UTF-8"),
        (("test.echo",), "'test.echo' is not a method name"),
        (("flickr.test",), "'flickr.test' is not a method name"),
        (("https://api.flickr.com/",), "is not a method name"),
        (("text=x", "flickr.test.echo"), "'text=x' is not a method name"),
        (("flickr.test.echo\n",), "is not a method name"),
        ((PHOTOS, "--post", "--paginate"), "cannot be used together"),
        ((PHOTOS, "--account", "me", "--token-file", "token"), "cannot be used together"),
        ((), "METHOD"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_read(machine, arguments, said):
    """A slip in the arguments is exit code 2 and a sentence, also where nobody is logged in."""
    ran = machine.run("call", *arguments)
    assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
    assert said in ran.stderr


# ---- all pages


def test_all_pages_are_printed_one_item_a_line(driven, here):
    """Every photo comes once, in order, each as a line of JSON, and nothing else is said."""
    driven()
    ran = here.run("call", PHOTOS, "user_id=me", "--paginate")
    assert (ran.returncode, ran.stderr) == (0, "")
    found = [json.loads(line) for line in ran.stdout.split("\n")[:-1]]
    first = json.loads(here.run("call", PHOTOS, "user_id=me", "per_page=2").stdout)["photos"]
    assert found[:2] == first["photo"]
    ids = [each["id"] for each in found]
    assert ids == sorted(set(ids)) and len(ids) == first["total"]
    assert ran.stdout.split("\n")[0] == json.dumps(found[0], ensure_ascii=False, separators=(",", ":"))


def test_pages_may_begin_anywhere_and_have_any_length(driven, here):
    """`page=` says where to begin, and `per_page=` how many come with each request."""
    driven()
    every = here.run("call", PHOTOS, "user_id=me", "--paginate").stdout.splitlines()
    ran = here.run("call", "-v", PHOTOS, "user_id=me", "per_page=400", "page=4", "--paginate")
    assert ran.stdout.splitlines() == every[1200:]
    assert len(re.findall("^GET .* 200 ", ran.stderr, re.MULTILINE)) == 3


def test_a_method_without_pages_is_wrong_usage(driven, here):
    """`--paginate` with a method that has no pages is exit code 2, and prints nothing."""
    driven()
    ran = here.run("call", "flickr.test.login", "--paginate")
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


def test_what_came_before_a_refusal_is_printed(machine, paged):
    """A walk that is refused in its middle has printed what came before, and exits with 4."""
    with paged(lambda page, _: fail(98, "Invalid auth token") if page == 3 else photos(page, 9)):
        ran = machine.run("call", PHOTOS, "--paginate")
    assert (ran.returncode, ran.stdout) == (4, lines(1, 2))
    assert "Invalid auth token (code 98)" in ran.stderr


def test_a_search_of_which_flickr_gives_a_part_is_not_taken_for_all(machine, paged):
    """Where Flickr counts more than it gives, all that it gives is printed once, and the exit code is no success."""
    with paged(lambda page, _: photos(page, 20, photo=items(min(page, 8)))):
        ran = machine.run("call", "flickr.photos.search", "--paginate")
    assert (ran.returncode, ran.stdout) == (1, lines(*range(1, 9)))
    assert "from page 9 on" in ran.stderr and "min_upload_date" in ran.stderr


needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="a test of pipes between programs of a shell")


@needs_bash
def test_head_ends_it_quietly(driven, here):
    """`| head` gets its lines, and the program ends with 141 and not a word."""
    driven()
    ran = shell(
        here, f'flickr-auth call {PHOTOS} user_id=me per_page=50 --paginate | head -n 2; echo "${{PIPESTATUS[0]}}"'
    )
    *photo_lines, code = ran.stdout.splitlines()
    assert [json.loads(line)["owner"] for line in photo_lines] == [json.loads(photo_lines[0])["owner"]] * 2
    assert (code, ran.stderr) == ("141", "")


@needs_bash
@pytest.mark.parametrize("account", ["environment", "sandbox"])
def test_head_ends_it_while_pages_are_under_way(machine, paged, account):
    """When `head` has its line, nobody waits for the answers that are still to come."""
    if account == "sandbox":
        machine.run("login", "--sandbox")
        ran = shell(
            machine,
            f'flickr-auth call {PHOTOS} user_id=me per_page=1 --paginate | head -n 1; echo "${{PIPESTATUS[0]}}"',
        )
        assert (ran.stdout.splitlines()[1:], ran.stderr) == (["141"], "")
        return
    with paged(lambda page, _: photos(page, 100)) as server:
        server.hold(*range(2, 101))
        ran = shell(machine, f'flickr-auth call {PHOTOS} --paginate | head -n 1; echo "${{PIPESTATUS[0]}}"')
        assert ran.stdout.splitlines() == [*lines(1).splitlines()[:1], "141"]
        assert ran.stderr == ""
        assert server.answered == [1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to a single process")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("flags", [(), ("--paginate",)], ids=["one call", "all pages"])
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals that pexpect knows")
@pytest.mark.parametrize("to", ["> printed", ""], ids=["to a file", "to the terminal"])
def test_a_line_on_the_terminal_tells_how_far_it_is(machine, paged, to):
    """Whoever waits sees the page that it is at, in one place; at the end nothing of it is left."""
    with paged(lambda page, _: photos(page, 12)) as server:
        server.hold(5)
        script = f"{FLICKR_AUTH} call {PHOTOS} --paginate {to}"
        terminal = pexpect.spawn(
            "sh", ["-c", script], cwd=str(machine.folder), env=machine.environ, dimensions=(60, 80), timeout=20
        )
        terminal.expect_exact("Page 4 of 12...")
        seen = terminal.before + terminal.after
        server.release()
        terminal.expect(pexpect.EOF)
        seen += terminal.before
        terminal.close()
    screen = pyte.Screen(80, 60)
    pyte.ByteStream(screen).feed(seen)
    left = [line.rstrip() for line in screen.display if line.rstrip()]
    printed = lines(*range(1, 13))
    assert terminal.exitstatus == 0
    assert b"Page 12 of 12..." in seen
    if to:
        assert (left, (machine.folder / "printed").read_text(encoding="utf-8")) == ([], printed)
    else:
        assert [json.loads(line)["id"] for line in left] == [json.loads(line)["id"] for line in printed.splitlines()]


def test_without_a_terminal_nothing_tells_how_far_it_is(machine, paged):
    """A log gets no progress, and a wait that Flickr asks for is said in it."""
    with paged(lambda page, times: fail(105) if (page, times) == (2, 1) else photos(page, 3)):
        ran = machine.run("call", PHOTOS, "--paginate")
    assert (ran.returncode, ran.stdout) == (0, lines(1, 2, 3))
    assert "Trying again in 1 s" in ran.stderr and len(ran.stderr.splitlines()) == 1
