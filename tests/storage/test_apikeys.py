"""The consumer keys: where they are found, how forgivingly they are read, and what is said of a bad file."""

import os
import stat
import sys
from pathlib import Path

import pytest

from flickr_auth.account import ConsumerKeys
from flickr_auth.errors import KeysError, NoKeys, NotConfigured
from flickr_auth.storage import apikeys

from programs import needs_dev_fd
from samples import API_KEY as KEY
from samples import API_SECRET as SECRET

EXAMPLE = Path(__file__).parent.parent.parent / "apikeys.example"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and pipes")


def keys_of(content):
    keys = apikeys.parse(content, "FILE")
    return keys.api_key, keys.api_secret


def write_keys(path, number):
    """A private file with a pair that is told from others by its number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{number:032x}\n{number:016x}\n")
    path.chmod(0o600)
    return path


def pair(number):
    return f"{number:032x}", f"{number:016x}"


# Places


def test_the_first_place_that_has_keys_wins_and_is_named(home):
    """The keys come from the first of the named file, the two variables, ./apikeys and the app folder, and say so."""
    named, here, kept = home.parent / "my keys", Path("apikeys"), home / "apikeys"
    for number, path in enumerate((named, here, kept)):
        write_keys(path, number)
    environ = {"FLICKR_AUTH_HOME": str(home)}
    variables = environ | dict(zip(("FLICKR_API_KEY", "FLICKR_API_SECRET"), pair(9), strict=True))
    assert apikeys.find(variables, pytest.fail, named) == ConsumerKeys(*pair(0), source=str(named))
    assert apikeys.find(variables, pytest.fail) == ConsumerKeys(*pair(9), source="FLICKR_API_KEY")
    assert apikeys.find(environ, pytest.fail) == ConsumerKeys(*pair(1), source=os.path.join(".", "apikeys"))
    here.unlink()
    assert apikeys.find(environ, pytest.fail) == ConsumerKeys(*pair(2), source=str(kept))


def test_without_keys_the_error_says_where_was_looked_and_where_keys_come_from(home):
    """Somebody without keys learns where they were looked for, where Flickr gives them, and what works without."""
    with pytest.raises(NoKeys) as caught:
        apikeys.find({"FLICKR_AUTH_HOME": str(home)}, pytest.fail)
    assert os.path.join(".", "apikeys") in caught.value.message
    assert str(home / "apikeys") in caught.value.message
    assert "FLICKR_API_KEY" in caught.value.message
    assert "https://www.flickr.com/services/apps/create/apply/" in caught.value.hint
    assert "https://www.flickr.com/services/apps/by/me" in caught.value.hint


@pytest.mark.parametrize(
    ("there", "missing"), [("FLICKR_API_KEY", "FLICKR_API_SECRET"), ("FLICKR_API_SECRET", "FLICKR_API_KEY")]
)
def test_half_a_pair_is_an_error_that_names_the_missing_half(home, there, missing):
    """One of the two variables without the other is an error, also where a file has keys: it would be a mix-up."""
    write_keys(Path("apikeys"), 1)
    for environ in ({there: KEY}, {there: KEY, missing: ""}):
        with pytest.raises(KeysError, match=f"{missing} is not") as caught:
            apikeys.find({"FLICKR_AUTH_HOME": str(home)} | environ, pytest.fail)
        assert not isinstance(caught.value, NoKeys)
        assert KEY not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("bad", ["FLICKR_API_KEY", "FLICKR_API_SECRET"])
def test_a_variable_that_can_be_no_key_is_named_and_not_quoted(home, bad):
    """A variable with a space or a newline in it is named as the fault, and its value is not repeated."""
    environ = {"FLICKR_AUTH_HOME": str(home), "FLICKR_API_KEY": KEY, "FLICKR_API_SECRET": SECRET, bad: "a9567d98 6a\n"}
    with pytest.raises(KeysError, match=bad) as caught:
        apikeys.find(environ, pytest.fail)
    assert "a9567d98" not in f"{caught.value} {caught.value.hint} {caught.value!r}"


def test_a_bad_file_in_a_place_before_hides_no_mistake(home):
    """A malformed ./apikeys is an error, and not passed over for keys that are elsewhere and may be others'."""
    write_keys(home / "apikeys", 1)
    Path("apikeys").write_text("only one line")
    with pytest.raises(KeysError):
        apikeys.find({"FLICKR_AUTH_HOME": str(home)}, lambda _: None)


@needs_dev_fd
def test_a_named_file_may_be_a_pipe():
    """Keys that a shell hands over as `<(command)` are read."""
    reading, writing = os.pipe()
    os.write(writing, f"{KEY}\n{SECRET}\n".encode())
    os.close(writing)
    try:
        assert apikeys.find({}, pytest.fail, Path(f"/dev/fd/{reading}")).api_secret == SECRET
    finally:
        os.close(reading)


def test_kept_keys_are_found(home):
    """Keys that were kept in the app folder are the ones that the next login finds, in a file for nobody else."""
    environ = {"FLICKR_AUTH_HOME": str(home)}
    path = apikeys.keep(ConsumerKeys(KEY, SECRET), environ)
    assert apikeys.find(environ, pytest.fail) == ConsumerKeys(KEY, SECRET, source=str(path))
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


# Forgiving reading


def test_a_keys_file_may_be_written_in_many_ways():
    """Blank lines, comments, a byte-order mark, any line ending and spaces around do no harm to a keys file."""
    for content in (
        f"\ufeff{KEY}\r\n\u00a0{SECRET} \r\n",
        f"{KEY}\r{SECRET}\r",  # an old Mac's
        f"\n# mine\n  {KEY}\n\t\n  # the secret, with ü\n{SECRET}\n#end",
    ):
        assert keys_of(content.encode()) == (KEY, SECRET)


def test_keys_of_another_shape_are_not_refused():
    """Keys that do not look like Flickr's of today are left to Flickr to judge."""
    for key, secret in (("my-new-key", "a.b~c"), ("k" * 255, "s" * 255), (SECRET, SECRET[::-1])):
        assert keys_of(f"{key}\n{secret}\n".encode()) == (key, secret)


def test_what_is_unusual_about_a_key_is_told_in_a_sentence():
    """Who types a key or lets `doctor` look reads what is unlike every other key; of a usual one nothing is said."""
    assert apikeys.doubt("key", KEY) == apikeys.doubt("secret", SECRET) == ""
    assert apikeys.doubt("key", SECRET) == "An API key has 32 characters; this one has 16."
    assert apikeys.doubt("key", f"{KEY[:-1]} ") == "The key has a space in it."
    assert apikeys.doubt("key", f"{KEY[:-1]}g") == "The key has characters other than 0-9 and a-f."


# Bad files

BOTH = f"{KEY}\n{SECRET}\n"
BAD = [
    pytest.param(b"", "empty", id="empty"),
    pytest.param(f"\n{KEY}\n".encode(), "line 2", id="one-line"),
    pytest.param(f"{BOTH}{'0' * 16}\n".encode(), "line 3", id="three-lines"),
    pytest.param(f"{SECRET}\n{KEY}\n".encode(), "secret first", id="swapped"),
    *(
        pytest.param(BOTH.encode(each), f"saved as {each[:6].upper()}.", id=each)
        for each in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    ),
    pytest.param(f"{KEY}\nschlüssel-{SECRET}\n".encode("latin-1"), "line 2", id="latin-1"),
    pytest.param(f"{KEY}\n\x1b[31m{SECRET}\n".encode(), "not a text file", id="escape"),
    pytest.param(f'"{KEY}"\n"{SECRET}"\n'.encode(), "line 1", id="quotes"),
    pytest.param(f"{KEY}\r\r{SECRET[:8]}\t{SECRET[8:]}\r".encode(), "line 3", id="inner-tab-old-mac"),
    pytest.param(f"your-api-key\n{SECRET}\n".encode(), "apikeys.example", id="half-edited"),
]


def quoted(error, content):
    """The lines of the content that the error repeats."""
    said = f"{error.message} {error.hint} {error!r} {error.__cause__!r}"
    texts = [content.decode(encoding, "ignore") for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")]
    words = [word for text in texts for line in text.splitlines() for word in (line.strip(), *line.split())]
    words = [word for word in words if not word.endswith(":")]  # a setting's name is no secret
    return [word for word in words if len(word) > 7 and word in said] + [v for v in (KEY, SECRET) if v in said]


@pytest.mark.parametrize(("content", "names"), BAD)
def test_a_bad_file_is_named_with_its_fault_and_never_quoted(tmp_path, content, names):
    """Whatever is wrong with a keys file, the error names the file and the fault or its line, and quotes none of it."""
    path = tmp_path / "FILE"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeysError) as caught:
        apikeys.find({}, pytest.fail, path)
    assert not isinstance(caught.value, NoKeys)
    assert str(path) in caught.value.message
    assert names in caught.value.message
    assert caught.value.hint
    assert quoted(caught.value, content) == []


def test_the_unedited_example_gets_its_own_sentence():
    """Somebody who copied apikeys.example and forgot to edit it is told exactly that, and where keys come from."""
    with pytest.raises(KeysError, match=r"apikeys\.example") as caught:
        apikeys.parse(EXAMPLE.read_bytes(), "apikeys")
    assert "https://www.flickr.com/services/apps/by/me" in caught.value.hint


def test_the_example_says_what_is_read():
    """The example becomes a good keys file when its last two lines are replaced, as it says."""
    lines = EXAMPLE.read_text().splitlines()
    assert keys_of("\n".join([*lines[:-2], KEY, SECRET]).encode()) == (KEY, SECRET)


def test_a_folder_called_apikeys_does_not_hide_good_keys(home):
    """A folder ./apikeys, as Docker makes one for a missing bind mount, is warned of, and the search goes on."""
    Path("apikeys").mkdir()
    write_keys(home / "apikeys", 1)
    warnings = []
    assert apikeys.find({"FLICKR_AUTH_HOME": str(home)}, warnings.append).api_key == pair(1)[0]
    assert [os.path.join(".", "apikeys") in each and "folder" in each for each in warnings] == [True]
    (home / "apikeys").unlink()
    with pytest.raises(NoKeys):
        apikeys.find({"FLICKR_AUTH_HOME": str(home)}, warnings.append)


@pytest.mark.parametrize("content", [None, "one-line"])
def test_a_bad_file_that_a_variable_names_is_blamed_on_the_variable(home, content):
    """Who set FLICKR_APIKEYS long ago reads that it is to blame, with the path that it holds."""
    if content:
        Path("mykeys").write_text(content)
    environ = {"FLICKR_AUTH_HOME": str(home), "FLICKR_APIKEYS": "mykeys"}
    with pytest.raises(NotConfigured, match="mykeys") as caught:
        apikeys.find(environ, lambda _: None, "mykeys")
    assert caught.value.message.endswith("(from FLICKR_APIKEYS).")
    assert caught.value.hint.startswith("Try: two lines" if content else "Fix: set FLICKR_APIKEYS")
    write_keys(home / "apikeys", 1)  # is not taken instead
    with pytest.raises(NotConfigured, match="other") as caught:
        apikeys.find(environ, lambda _: None, "other")
    assert "FLICKR_APIKEYS" not in caught.value.message and "--apikeys" in caught.value.hint
