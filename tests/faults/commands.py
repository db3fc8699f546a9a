"""The commands that write, each with what stands there before it, for all faults to be tried on."""

import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from in_process import run

KEYRING, FILE = ("--store", "keyring"), ("--store", "file")


class Person:
    """Somebody at a machine of their own, who does in this process what is no fault's business: before and after."""

    def __init__(self, machine, sandbox):
        self.machine = machine
        self._sandbox = sandbox
        self.token_file = machine.folder / "token"
        self.gallery_dl = machine.folder / "gallery-dl.json"
        self.flickrapi = machine.folder / "flickrapi.sqlite"

    def run(self, *arguments, stdin=b""):
        """Run a command without a fault, to its end."""
        return run(self.machine.environ, *arguments, stdin=stdin)

    def start(self, *options, user=0, granted=None):
        """Start a login in two steps and press OK, perhaps to other perms: the command that is left to do."""
        ran = self.run("login", "--start", "--json", *options)
        assert ran.code == 0, ran.stderr
        return self.finish(json.loads(ran.stdout), user, granted)

    def finish(self, told, user=0, granted=None):
        """Press OK where a login that was started says; the command that is left to do."""
        return "login", "--finish", self.press_ok(told["url"], user, granted), "--pending", told["id"]

    def log_in(self, *options, user=0):
        """Log in without a fault; how that ended."""
        return self.run(*self.start(*options, user=user))

    def press_ok(self, shown, user=0, granted=None):
        """Say yes at the address in what was shown; the code that the sandbox shows then."""
        token, _, perms = shown.partition("oauth_token=")[2].strip().partition("&perms=")
        return self._sandbox.press_ok(token, granted or perms, user)

    def wipe(self):
        """Take everything away but the keys."""
        shutil.rmtree(self.machine.app, ignore_errors=True)
        self.machine.home.joinpath(".config").mkdir(exist_ok=True)
        for each in (*self.machine.folder.iterdir(), self.machine.home.parent / "keyring.json"):
            if each.name != "apikeys":
                with contextlib.suppress(FileNotFoundError):
                    each.unlink()


def _nothing(_person):
    """Nothing has to be there before."""


@dataclass(frozen=True)
class Command:
    """A command: its arguments, and what makes the machine ready for it, which may add arguments."""

    arguments: Callable[[Person], tuple]
    before: Callable[[Person], object] = _nothing

    def ready(self, person):
        """Make the machine ready; the arguments."""
        person.wipe()
        self.before(person)
        return self.arguments(person)


def _always(*arguments):
    return lambda _: arguments


def _logged_in(*options):
    return lambda person: person.log_in(*options)


def _two_accounts(person):
    person.log_in(*FILE)
    person.log_in(*FILE, user=1)


def _tokens(person):
    return "--token-file", person.token_file


def _export(tool):
    return lambda person: ("export", tool, "--path", getattr(person, tool.replace("-", "_")), "--force", "--not-flickr")


def _exported(tool):
    def before(person):
        person.log_in(*FILE)
        person.run(*_export(tool)(person))
        person.log_in(*FILE, "--perms", "write")

    return before


COMMANDS = {
    "login-file": Command(_always("login", *FILE)),
    "login-file-again": Command(_always("login", *FILE, "--perms", "write"), _logged_in(*FILE)),
    "login-keyring": Command(_always("login", *KEYRING)),
    "login-keyring-again": Command(_always("login", *KEYRING, "--perms", "write"), _logged_in(*KEYRING)),
    "login-keyring-after-file": Command(_always("login", *KEYRING, "--perms", "write"), _logged_in(*FILE)),
    "login-file-after-keyring": Command(_always("login", *FILE, "--perms", "write"), _logged_in(*KEYRING)),
    "login-token-file": Command(lambda person: ("login", *_tokens(person))),
    "login-token-file-again": Command(
        lambda person: ("login", *_tokens(person)), lambda person: person.log_in(*_tokens(person))
    ),
    "start": Command(_always("login", "--start", *FILE)),
    "start-token-file": Command(lambda person: ("login", "--start", *_tokens(person))),
    "finish": Command(lambda person: person.start(*FILE)),
    "finish-with-other-perms": Command(lambda person: person.start(*FILE, granted="write")),
    "logout-file": Command(_always("logout"), _logged_in(*FILE)),
    "logout-keyring": Command(_always("logout"), _logged_in(*KEYRING)),
    "logout-all": Command(_always("logout", "--all"), _two_accounts),
    "logout-token-file": Command(
        lambda person: ("logout", *_tokens(person)), lambda person: person.log_in(*_tokens(person))
    ),
    "use": Command(_always("use", "12345679@N00"), _two_accounts),
    "export-gallery-dl": Command(_export("gallery-dl"), _exported("gallery-dl")),
    "export-flickrapi": Command(_export("flickrapi"), _exported("flickrapi")),
    "import-token": Command(
        lambda person: ("import", "token", "--path", person.token_file, *FILE),
        lambda person: person.log_in(*_tokens(person)),
    ),
}
