"""Disks that are full, read-only, over quota or broken, at every write: the old stays whole, a sentence says so."""

import itertools
import platform
import shutil
import subprocess
import sys

import pytest

from faults import traced
from faults.checks import assert_nothing_lost, assert_private, assert_whole, files, leftovers
from faults.commands import COMMANDS
from flickr_auth.sandbox.server import Sandbox

from programs import word

if sys.platform != "linux":
    pytest.skip("strace is Linux's", allow_module_level=True)

pytestmark = pytest.mark.thorough
traced.require()

DONE, STORE = 0, 6
ERRORS = {
    "openat": ("ENOSPC", "EROFS", "EACCES", "EDQUOT"),
    "write": ("ENOSPC", "EDQUOT", "EIO", "EFBIG"),
    "pwrite64": ("ENOSPC", "EIO"),
    "fsync": ("EIO", "EDQUOT"),
    "fdatasync": ("EIO",),
    "rename": ("EIO", "ENOSPC", "EACCES"),
    "unlink": ("EROFS", "EIO"),
    "mkdir": ("ENOSPC", "EROFS", "EACCES"),
}


@pytest.fixture
def requests():
    """What the sandbox was asked for."""
    return []


@pytest.fixture
def sandbox(requests):
    with Sandbox(log=requests.append) as running:
        yield running


def tries(points):
    """Those of a login's calls that only try whether there is a place for the token: up to the first removal."""
    ends = [number for number, point in enumerate(points) if point.call.startswith("unlink")]
    return points[: ends[0] + 1]


# The others write nothing in another way.
ONCE_EACH = (
    "login-file",
    "login-file-again",
    "login-keyring-again",
    "login-keyring-after-file",
    "login-token-file-again",
    "start",
    "finish",
    "finish-with-other-perms",
    "logout-keyring",
    "use",
    "export-gallery-dl",
    "export-flickrapi",
    "import-token",
)
WITH_TRY = ("login-file", "login-token-file-again")


@pytest.mark.parametrize("name", ONCE_EACH)
def test_a_write_that_fails_loses_nothing_and_is_explained(person, requests, name):
    """Whichever write fails, the old files stay whole, nothing lies about, and the exit code and a sentence tell it."""
    tracer = traced.Tracer(person)
    was = {}

    def ready():
        was["arguments"] = COMMANDS[name].ready(person)
        was["files"], was["kept"] = files(person), kept(person)
        requests.clear()
        return was["arguments"]

    points = [each for each in tracer.points(ready) if each.call in ERRORS]
    tried = tries(points) if name.startswith(("login", "finish", "import", "start")) else []
    if name not in WITH_TRY:
        points = [each for each in points if each not in tried]
    errors = {call: itertools.cycle(each) for call, each in ERRORS.items()}
    for point in points:
        ran = tracer.failing_at(point, next(errors[point.call]), ready)
        told = (point, ran.returncode, ran.stderr)
        assert_told(ran, told)
        if harmless(point):
            assert ran.returncode == DONE, told
        elif point in tried:
            assert (ran.returncode, requests) == (STORE, []), told
        elif any("access_token" in each for each in requests):
            assert_issued(ran, told, changed=kept(person) != was["kept"])
        assert leftovers(person) == [] or point.call == "unlink", told
        assert_private(person)
        assert_whole(person, half="keyring" in name)
        assert_nothing_lost(person, was["files"], was["arguments"])


def harmless(point):
    """Whether nothing is lost by it: a folder that cannot be synced."""
    return point.call == "fsync" and not point.paths[0].endswith((".", "sqlite", "-journal"))


def unneeded(point):
    """Whether the command can do without: a look at a file that is replaced anyway."""
    return point.call == "openat"


def assert_told(ran, told):
    """The run ends with an error in words, or with a warning where what matters was done."""
    assert "Traceback" not in ran.stderr, told
    if ran.returncode == DONE:
        assert "Warning:" in ran.stderr or harmless(told[0]) or unneeded(told[0]), told
    else:
        assert ran.returncode == STORE, told
        assert ran.stderr.count("Error:") == 1, told


def kept(person):
    """All places in which a token may be, with what is in them."""
    keyring = person.machine.home.parent / "keyring.json"
    places = [*person.machine.app.glob("accounts/*"), person.token_file, keyring]
    return {each: each.read_text() for each in places if each.exists() and each.read_text() != "{}"}


def assert_issued(ran, told, *, changed):
    """A token that was issued is kept, or the person is told that it is not and where to revoke it."""
    if ran.returncode != DONE:
        assert "issued but not kept" in ran.stderr and "/services/auth/list.gne" in ran.stderr, told
    assert changed == (ran.returncode == DONE), told


def test_a_full_disk_stops_a_login_before_flickr_is_asked(person, requests):
    """On a disk that is really full a login ends before Flickr issues a token, and what was there stays."""
    person.log_in("--store", "file")
    app, old, after = (word(person.machine.home / each) for each in (person.machine.app, "old", "after"))
    shutil.copytree(person.machine.app, person.machine.home / "old")
    script = f"""mount -t tmpfs -o size=64k,mode=700 none {app} && cp -a {old}/. {app} || exit 99
        dd if=/dev/zero of={app}/ballast 2>/dev/null; "$@"; code=$?
        rm {app}/ballast; cp -a {app} {after}; exit $code"""
    requests.clear()
    ran = mounted(person, script, "login", "--store", "file")
    assert (ran.returncode, requests) == (STORE, []), ran.stderr
    assert "No space left on device" in ran.stderr and "free some disk space" in ran.stderr
    assert contents(person.machine.home / "after") == contents(person.machine.home / "old")


@pytest.mark.parametrize(
    "arguments", [("login", "--store", "file"), ("logout",), ("use", "12345678@N00")], ids=lambda each: each[0]
)
@pytest.mark.parametrize("store", ["file", "keyring"])
def test_a_read_only_disk_changes_nothing(person, requests, store, arguments):
    """On a read-only disk nothing is changed or half forgotten, Flickr is asked for nothing, and `show` goes on."""
    person.log_in("--store", store)
    before = contents(person.machine.home), person.run("show", "--format", "json").stdout
    requests.clear()
    ran = mounted(person, READ_ONLY.format(word(person.machine.app)), *arguments)
    assert (ran.returncode, requests) == (STORE, []), ran.stderr
    assert "Read-only file system" in ran.stderr and "Traceback" not in ran.stderr
    assert (contents(person.machine.home), person.run("show", "--format", "json").stdout) == before
    shown = mounted(person, READ_ONLY.format(word(person.machine.app)), "show", "--format", "json")
    assert (shown.returncode, shown.stdout) == (DONE, before[1])


def test_a_file_size_limit_stops_a_login_before_flickr_is_asked(person, requests):
    """Where files may not grow, the login says so before Flickr issues a token, and the old one stays."""
    person.log_in("--store", "file")
    before = contents(person.machine.home)
    requests.clear()
    ran = within(person, ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"], "login", "--store", "file")
    assert (ran.returncode, requests) == (STORE, []), ran.stderr
    assert "ulimit -f" in ran.stderr
    assert contents(person.machine.home) == before


def test_a_folder_that_is_removed_meanwhile_is_made_again(person, sandbox):
    """Whoever cleans up the app folder while a login waits for the code loses no token that is issued then."""
    process = person.machine.start("login", "--store", "file")
    for line in process.stderr:
        if "oauth_token=" in line:
            break
    shutil.rmtree(person.machine.app, ignore_errors=True)  # a login that only waits has made none yet
    _, told = process.communicate(person.press_ok(line) + "\n", timeout=60)
    assert process.returncode == DONE, told
    assert_whole(person)
    assert_private(person)
    assert person.run("show", "--field", "username").stdout == "sandbox-sam\n"


def test_a_token_file_that_is_mounted_on_its_own_is_never_torn(person):
    """A token file that a container mounts is written in place: it has one token, whatever fails and whoever kills."""
    mounted_file = person.machine.home / "mounted"
    tracer = traced.Tracer(person, mounting(person, f"mount --bind {word(mounted_file)} {word(person.token_file)}"))

    def ready():
        person.token_file.touch(mode=0o600)
        mounted_file.touch(mode=0o600)
        mounted_file.write_bytes(OLD)
        return "login", "--token-file", person.token_file

    def whole():
        works = person.run("status", "--token-file", mounted_file).code == DONE
        return works or mounted_file.read_bytes() == OLD

    points = [each for each in tracer.points(ready) if each.paths[-1] == str(person.token_file)]
    assert {"write", "ftruncate", "fsync"} <= {each.call for each in points} and mounted_file.read_bytes() != OLD
    for point in points:
        tracer.killed_at(point, ready)
        assert whole(), point
    for point in points:
        if point.call not in ("rename", "fchmod"):
            ran = tracer.failing_at(point, "ENOSPC", ready)
            is_noticed_before = point.call == "openat"
            assert is_noticed_before or "issued but not kept" in ran.stderr, point
            assert "Traceback" not in ran.stderr, point
            assert (ran.returncode, mounted_file.read_bytes()) == (STORE, OLD), point


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the layout of what stat tells is another one")
@pytest.mark.parametrize("options", [("--store", "file"), ("--token-file", "token")], ids=lambda each: each[0])
def test_whoever_keeps_a_token_where_modes_do_not_hold_is_told_once(person, options):
    """On a disk that knows no modes, a USB stick or a share, a login says once that others may read its files."""
    tracer = traced.Tracer(person, calls="newfstatat,rename,unlink")

    def ready():
        person.wipe()
        return "login", *options

    *_, point, _ = tries(tracer.points(ready))  # the last look at the file that is tried, before it goes
    assert point.call == "newfstatat"
    ran = tracer.answered_at(point, f"poke_exit=@arg3={STATUS}", ready)
    assert ran.returncode == DONE
    assert ran.stderr.count("does not keep files private") == 1


STATUS = "00" * 16 + "0100000000000000" + "ed810000"  # device and inode, one link, a regular file that is 0755
# Longer than the sandbox's, and not from there.
OLD = b"72157000000000000-0123456789abcdef\n0123456789abcdef0123456789abcdef"
READ_ONLY = 'mount --bind {0} {0} && mount -o remount,bind,ro {0} || exit 99; exec "$@"'


def contents(folder):
    return {each.relative_to(folder): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def mounting(person, script):
    """What starts a command with mounts of its own."""
    start = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if subprocess.run([*start, "mount -t tmpfs none /mnt"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    return [*start, script if '"$@"' in script else f'{script} && exec "$@"', "sh"]


def mounted(person, script, *arguments):
    return within(person, mounting(person, script), *arguments)


def within(person, start, *arguments):
    """Run the program inside another command."""
    return subprocess.run(
        [*start, sys.executable, "-m", "flickr_auth", *arguments],
        cwd=person.machine.folder,
        env=person.machine.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
