"""`flickr-auth sign`: the header that signs another program's request, and where it signs nothing."""

import json
import shlex
import subprocess
import sys

import pytest

import flickr_auth
from flickr_auth.sandbox.server import KEYS
from flickr_auth.testing import Sandbox
from sandbox.dance import is_right

from programs import FLICKR_AUTH, need
from rude_server import ACCESS

REST, UPLOAD = "https://api.flickr.com/services/rest/", "https://up.flickr.com/services/upload/"
TEXT = "a+b & c=d %41 'ü' ☃"


@pytest.fixture
def at_flickr(machine):
    """A machine whose environment has an account at Flickr."""
    machine.environ |= {
        "FLICKR_API_KEY": KEYS[0].api_key,
        "FLICKR_API_SECRET": KEYS[0].api_secret,
        "FLICKR_OAUTH_TOKEN": ACCESS.oauth_token,
        "FLICKR_OAUTH_TOKEN_SECRET": ACCESS.oauth_token_secret,
    }
    return machine


def header(ran):
    """The value of the one header that was printed, and nothing else was."""
    assert (ran.returncode, ran.stderr, ran.stdout.count("\n")) == (0, "", 1), ran
    name, _, value = ran.stdout.rstrip("\n").partition(": ")
    assert name == "Authorization"
    return value


# ---- what is signed


def test_a_header_signs_the_verb_the_url_and_the_fields(at_flickr):
    """The signature is the one that the RFC asks for, wherever a field stands and however its value is written."""
    (at_flickr.folder / "file").write_text("@ü & x\n", encoding="utf-8")
    query = "text=a+b%20c%2Bd&empty=&none&text=twice&raw=ü x"
    for words, verb, url, fields in (
        ((f"{REST}?method=flickr.test.login",), "GET", f"{REST}?method=flickr.test.login", {}),
        (("get", f"{REST}?{query}", f"more={TEXT}"), "GET", f"{REST}?{query}", {"more": TEXT}),
        (("POST", REST, "method=m", "format=json"), "POST", REST, {"method": "m", "format": "json"}),
        (("Post", f"{UPLOAD}#x", "a=@file", "b=@@x"), "POST", UPLOAD, {"a": "@ü & x\n", "b": "@x"}),
        (("HTTPS://WWW.Flickr.com:443?a=1", "photo=1"), "GET", "https://www.flickr.com/?a=1", {"photo": "1"}),
    ):
        value = header(at_flickr.run("sign", *words))
        assert is_right(value, verb, url, fields.items(), token_secret=ACCESS.oauth_token_secret), words
        assert not is_right(value, verb, url, [*fields.items(), ("x", "")], token_secret=ACCESS.oauth_token_secret)


@pytest.mark.skipif(sys.platform == "win32", reason="these are lines for bash")
def test_curl_sends_what_was_signed(machine, sandbox):
    """The real curl takes the header from a pipe or an argument, for a query, a form and an upload."""
    need("curl")
    machine.log_in(perms="write")  # an account of the built-in sandbox, whose server may have any port
    rest, upload = (f"{sandbox.base_url}/services/{name}/" for name in ("rest", "upload"))
    (machine.folder / "sunset.jpg").write_bytes(bytes(range(256)) * 8192)  # so long that curl asks first
    query = "method=flickr.test.echo&format=json&nojsoncallback=1"
    text, echo = shlex.quote(f"text={TEXT}"), json.dumps(TEXT)
    for line, shown in (
        (f"curl -sS -H \"$({{}} '{rest}?{query}&a=%20+')\" '{rest}?{query}&a=%20+'", '"  "'),
        (f"{{}} '{rest}?{query}' {text} | curl -sS -H @- -G --data-urlencode {text} '{rest}?{query}'", echo),
        (f"{{}} POST '{rest}?{query}' {text} | curl -sS -H @- --data-urlencode {text} '{rest}?{query}'", echo),
        (f"{{}} POST {upload} {text} | curl -sS -H @- -F photo=@sunset.jpg -F {text} {upload}", "<photoid>"),
        (f'curl -sS -H "$({{}} POST {upload} {text})" -F {text} -F photo=@sunset.jpg {upload}', "<photoid>"),
        (f'curl -sS -H "$({{}} POST {upload})" -F {text} -F photo=@sunset.jpg {upload}', "signature_invalid"),
    ):
        bash = ["bash", "-c", "set -euo pipefail\n" + line.format(f"{FLICKR_AUTH} sign")]
        ran = subprocess.run(
            bash, cwd=machine.folder, env=machine.environ, capture_output=True, encoding="utf-8", check=False
        )
        assert shown in ran.stdout and ran.stderr == "", (line, ran)


def test_the_account_is_chosen_as_everywhere(here, driven, nobody_there):
    """An account, a token file or the variables sign, without a connection; a token without keys is exit 3."""
    driven("--store", "file")
    driven("--token-file", "token", user=1)
    url = f"{here.environ['FLICKR_AUTH_BASE_URL']}/services/rest/"
    named, in_file = here.run("sign", url), here.run("sign", url, "--token-file", "token")
    token = here.run("show", "--field", "oauth_token").stdout.strip()
    assert token in header(named) and token not in header(in_file)
    (here.folder / "apikeys").unlink()
    here.run("logout")
    ran = here.run("sign", url, "--token-file", "token")
    assert (ran.returncode, ran.stdout) == (3, "") and "holds no API key" in ran.stderr
    ran = here.run("sign", url, FLICKR_TOKEN_FILE="", FLICKR_AUTH_ACCOUNT="nobody")
    assert (ran.returncode, ran.stdout) == (3, "") and "nobody" in ran.stderr


# ---- where nothing is signed


def test_no_header_is_made_for_another_place(at_flickr):
    """Whatever a program could send elsewhere, or in the clear, is exit 2, and names what is wrong with it."""
    for url, said in (
        ("https://example.com/", "signs nothing for example.com: this account is at Flickr"),
        ("http://api.flickr.com/services/rest/", "signs nothing for http://api.flickr.com"),
        ("https://api.flickr.com:8443/", "signs nothing for api.flickr.com:8443"),
        ("https://api.flickr.com:/", "signs nothing for api.flickr.com:"),
        ("https://api.flickr.com.evil.org/", "signs nothing for api.flickr.com.evil.org"),
        ("https://api.flickr.com./", "signs nothing for api.flickr.com."),
        ("https://flickr.com/services/rest/", "signs nothing for flickr.com"),
        ("ftp://api.flickr.com/", "signs nothing for ftp://api.flickr.com"),
        ("https://api.flickr.com@evil.org/", "a user name or a password"),
        ("https://me:passw0rd@api.flickr.com/", "a user name or a password"),
        ("me:passw0rd@api.flickr.com/", "a user name or a password"),
        ("https://evil.org\\@api.flickr.com/", "a user name or a password"),
        ("https://evil.org#@api.flickr.com/", "signs nothing for evil.org"),
        ("https://evil.org\\.api.flickr.com/", "is not a host name"),
        ("https://api.flickr.com%2f.evil.org/", "is not a host name"),
        ("https://äpi.flickr.com/", "is not a host name"),
        ("https://api.flickr.com\t.evil.org/", "a control character"),
        ("https://api.flickr.com/\r\nX: y", "a control character"),
        ("https:///api.flickr.com/", "is not a URL"),
        ("https:\\\\api.flickr.com/", "is not a URL"),
        (" https://api.flickr.com/", "is not a URL"),
        ("api.flickr.com/services/rest/", "Try: https://api.flickr.com/services/rest/"),
        ("http://127.0.0.1:8765/", "signs nothing for http://127.0.0.1:8765"),
    ):
        ran = at_flickr.run("sign", url)
        assert (ran.returncode, ran.stdout) == (2, "") and said in ran.stderr, (url, ran)
        assert "passw0rd" not in ran.stderr


def test_each_provider_has_its_own_places(at_flickr, machine):
    """An account under a base URL signs for exactly that; one of the sandbox for any http port of this machine."""
    base = "http://127.0.0.1:8765"
    for variables, good, bad in (
        ({"FLICKR_AUTH_BASE_URL": base}, [f"{base}/x"], ["http://127.0.0.1:8766/", "http://localhost:8765/", REST]),
        (
            {"FLICKR_AUTH_BASE_URL": "sandbox"},
            [f"{base}/x", "http://localhost/", "http://[::1]:1/"],
            [REST, "https://127.0.0.1/", "http://127.0.0.1.evil.org/", "http://127.1/", "http://128.0.0.1/"],
        ),
    ):
        for url in good:
            header(machine.run("sign", url, **variables))
        for url in bad:
            ran = machine.run("sign", url, **variables)
            assert (ran.returncode, ran.stdout) == (2, "") and "signs nothing for" in ran.stderr, url
    ran = machine.run("sign", "http://127.0.0.1:99999999/", FLICKR_AUTH_BASE_URL="sandbox")
    assert (ran.returncode, ran.stdout) == (2, "") and "'http://127.0.0.1:99999999/' is not a URL." in ran.stderr


def test_what_cannot_be_right_is_said_before_anything_is_read(machine):
    """A slip is exit 2 with a sentence and what to do, also where nobody is logged in."""
    for words, said in (
        ((), "The URL is missing."),
        (("POST",), "The URL is missing."),
        (("PUT", REST), "'PUT' is neither GET, POST nor a URL.\nTry: https://"),
        ((REST, "POST"), "Fix: put POST before the URL"),
        (("method=flickr.test.login",), "'method=flickr.test.login' is not a URL."),
        ((REST, "title"), "'title' has no value."),
        ((f"{REST}?a=1", "a=2"), "'a' is given twice, in the URL and after it."),
        ((REST, "api_key=1"), "flickr-auth sets 'api_key' itself."),
        ((f"{REST}?oauth_token=1",), "flickr-auth sets 'oauth_token' itself."),
        ((f"{REST}?a=%ff",), "The URL is not UTF-8 text."),
        (("https://api.flickr.com:99999999/",), ""),
        ((UPLOAD, "title=x"), "An upload is a POST request."),
        (("POST", UPLOAD, "photo=@sunset.jpg"), "The photo of an upload is not signed."),
    ):
        ran = machine.run("sign", *words)
        assert (ran.returncode, ran.stdout) == (2 if said else 3, ""), ran
        assert said in ran.stderr


def test_a_name_with_brackets_is_refused_wherever_it_is_given(machine):
    """Flickr reads such a name as a list, so that no signature of it is right: each way to give it says so."""
    for words in (
        ("sign", REST, "photo_ids[0]=1"),
        ("sign", f"{REST}?photo_ids%5B0%5D=1"),
        ("sign", f"{REST}?photo_ids[0]=1"),
        ("call", "flickr.test.echo", "photo_ids[0]=1"),
    ):
        ran = machine.run(*words)
        assert (ran.returncode, ran.stdout) == (2, "") and "'photo_ids[0]' cannot be signed" in ran.stderr
    with Sandbox() as sandbox, sandbox.session() as flickr:
        with pytest.raises(flickr_auth.UsageError, match="cannot be signed"):
            flickr.call("flickr.test.echo", **{"photo_ids[0]": 1})
        with pytest.raises(flickr_auth.UsageError, match="cannot be signed"):
            next(flickr.pages("flickr.people.getPhotos", **{"photo_ids[0]": 1}))
        assert sandbox.requests == []
