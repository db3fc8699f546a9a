"""`flickr-auth login`: the login at a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..account import PERMS, Account
from ..errors import Error, NoKeys, StoreError, Unreachable, UsageError, VerifierRefused
from . import options
from .context import Context

if TYPE_CHECKING:
    from ..account import ConsumerKeys
    from ..callback import Listener
    from ..login import PendingLogin
    from ..provider import Provider
    from ..sandbox.server import Sandbox
    from .exchange import Exchange
    from .keeping import Keeping
    from .prompt import VerifierPrompt

_TRIES = 3
_MEANS = {"read": "reading", "write": "reading and writing", "delete": "reading, writing and deleting"}
# What goes together with --finish: all else was fixed at --start, or is for a login that waits here.
_WITH_FINISH = frozenset({"finish", "pending", "apikeys"})
_NOT_TOGETHER = (
    ("store", "token_file"),
    ("sandbox", "apikeys"),
    ("pin", "callback"),
    ("start", "callback"),
    ("start", "sandbox"),
    ("start", "timeout"),
)
_ONLY_WITH = (("port", "callback"), ("as_json", "start"), ("pending", "finish"))
_FLAGS = {"as_json": "--json", "token_file": "--token-file"}


@dataclass(frozen=True)
class Options:
    """What the command line and the environment ask for."""

    apikeys: Path | None
    perms: str
    store: str
    token_file: Path | None
    pin: bool
    callback: bool
    port: int | None
    browser: bool | None
    qr: bool
    timeout: float | None
    sandbox: bool
    start: bool
    as_json: bool
    finish: str | None
    pending: str | None


@click.command("login", short_help="Log in to Flickr and store the token.")
@options.file_option("--apikeys", envvar="FLICKR_APIKEYS", help="The file with your API key and its secret.")
@click.option(
    "--perms",
    type=click.Choice(PERMS),
    envvar="FLICKR_AUTH_PERMS",
    default="read",
    show_default=True,
    help="What to ask permission for.",
)
@click.option(
    "--store",
    type=click.Choice(("auto", "keyring", "file")),
    envvar="FLICKR_AUTH_STORE",
    default="auto",
    show_default=True,
    help="Where to keep the token; auto is the keyring where there is one.",
)
@options.file_option("--token-file", envvar="FLICKR_TOKEN_FILE", help="Keep the token alone, in this file.")
@click.option("--pin", is_flag=True, help="Type the code that Flickr shows. This is the default.")
@click.option("--callback", is_flag=True, help="Let the browser bring the code to this machine, or paste it.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port for --callback, as for ssh -L.")
@click.option(
    "--browser/--no-browser",
    envvar="FLICKR_AUTH_BROWSER",
    default=None,
    help="Open the address in a browser, or do not; by default where one is likely to be.",
)
@click.option("--qr", is_flag=True, help="Draw the address as a QR code, too, for a phone.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long to wait for you; 300 with --callback and without a terminal, else without end.",
)
@click.option("--sandbox", is_flag=True, help="Log in to the built-in stand-in for Flickr: no key, no network.")
@click.option("--start", is_flag=True, help="Print the address and end; --finish ends the login later.")
@click.option("--json", "as_json", is_flag=True, help="With --start: print the address and the login's ID as JSON.")
@click.option("--finish", metavar="CODE", help="End a login that was started; - reads the code from stdin.")
@click.option("--pending", metavar="ID", help="With --finish: which login; the newest if not given.")
@options.verbose
@click.pass_context
def command(ctx: click.Context, /, **given: object) -> None:
    """Log in to Flickr and store the token.

    The address to open is printed; at Flickr you say yes and get a code; you type the code here. With --callback the
    browser brings it. With --start and --finish the two halves are two commands.
    """
    context = ctx.find_object(Context) or Context()
    asked = Options(**_settled(ctx, given))  # type: ignore[arg-type]  # click has checked the types
    if asked.finish is None:
        _Login(context, asked).run()
        return
    from .two_steps import finish

    finish(context, asked.finish, asked.pending, asked.apikeys)


def _settled(ctx: click.Context, given: dict[str, object]) -> dict[str, object]:
    """The options, with contradictions refused and a flag stronger than a variable."""
    flags = {name for name in given if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE}
    for one, other in _NOT_TOGETHER:
        if {one, other} <= flags:
            raise UsageError(f"{_flag(one)} and {_flag(other)} cannot go together.", "Leave out one of them.")
    for one, other in _ONLY_WITH:
        if one in flags and other not in flags:
            raise UsageError(f"{_flag(one)} goes with {_flag(other)} alone.", "See flickr-auth login --help")
    if "finish" in flags:
        for each in sorted(flags - _WITH_FINISH):
            raise UsageError(f"{_flag(each)} cannot go with --finish.", "Give it to --start, where all is fixed.")
        return given
    if "store" in flags:
        given["token_file"] = None
    token_file = given["token_file"]
    if isinstance(token_file, Path) and "token_file" not in flags and token_file.exists() and token_file.stat().st_size:
        # A variable may not choose what is overwritten.
        raise UsageError(
            f"FLICKR_TOKEN_FILE names {token_file}, which is there already.",
            f"To replace its token: --token-file {token_file}",
        )
    return given


def _flag(name: str) -> str:
    return _FLAGS.get(name, f"--{name}")


class _Login:
    """One run of the command, from the keys to the token, or to the login that waits."""

    def __init__(self, context: Context, asked: Options) -> None:
        self._context = context
        self._console = context.console
        self._asked = asked
        self._sandbox: Sandbox | None = None

    def run(self) -> None:
        from .. import login
        from ..oauth import OUT_OF_BAND
        from .exchange import Exchange
        from .keeping import Keeping

        asked = self._asked
        if asked.qr:
            from . import qr

            qr.require()
        with contextlib.ExitStack() as stack:
            provider, keys = stack.enter_context(self._provider())
            keeping = Keeping(
                self._context.accounts,
                self._console,
                asked.store,
                asked.token_file,
                plain_is_fine=asked.start or provider.name == "sandbox",
            )
            keeping.try_out()
            listener = stack.enter_context(self._listener()) if asked.callback else None
            transport = self._context.transport(provider, keys)
            stack.callback(transport.close)
            pending = login.begin(transport, asked.perms, listener.url if listener else OUT_OF_BAND)
            if asked.start:
                self._start(pending, provider, keys, keeping)
                return
            self._show_address(pending, listener)
            prompt = self._prompt(pending, provider, listener)
            exchange = Exchange(self._console, transport, keeping)
            try:
                account = self._complete(pending, prompt, exchange)
            except Unreachable as failure:
                raise self._still_waiting(pending, provider, keys, keeping, failure) from failure
            exchange.finish(account)

    @contextlib.contextmanager
    def _provider(self) -> Iterator[tuple[Provider, ConsumerKeys]]:
        """Whom to log in to, and with which keys; the stand-in runs inside this block."""
        from .. import apikeys, provider

        named = provider.name_of(self._context.environ.get("FLICKR_AUTH_BASE_URL") or "flickr")
        if self._asked.sandbox or named == "sandbox":
            from ..sandbox.server import KEYS, Sandbox

            if self._asked.start:
                raise UsageError(
                    "The sandbox of this login would be gone before it is finished.",
                    "Run flickr-auth sandbox, and set the variables that it prints.",
                )
            with Sandbox() as self._sandbox:
                self._console.say("This is the sandbox, a stand-in for Flickr on this machine: no key is needed.")
                yield provider.sandbox(self._sandbox.base_url), KEYS[0]
            return
        whose = provider.FLICKR if named == "flickr" else provider.at(named)
        try:
            keys = apikeys.find(self._context.environ, self._console.warn, self._asked.apikeys)
        except NoKeys:
            if not self._console.is_terminal:
                raise
            from .wizard import ask_keys

            keys = ask_keys(self._context)
        self._console.say(f"Using the API key {keys.api_key[:8]}... from {keys.source}.")
        yield whose, keys

    def _listener(self) -> Listener:
        from ..callback import Listener

        return Listener(self._console.events.put, self._asked.port or 0)

    def _prompt(self, pending: PendingLogin, provider: Provider, listener: Listener | None) -> VerifierPrompt:
        from .prompt import VerifierPrompt

        return VerifierPrompt(
            self._console,
            pending,
            provider,
            sandbox=self._sandbox,
            listener=listener,
            timeout=self._asked.timeout,
        )

    def _show_address(self, pending: PendingLogin, listener: Listener | None = None) -> None:
        """The address first, always; a browser is an extra. A QR code is drawn tightly above it, to fit on 24 lines."""
        from . import browser

        console, environ, wanted = self._console, self._context.environ, self._asked.browser
        if listener is not None:
            console.say(f"Flickr will send your browser to {listener.url} on this machine. If you say no")
            console.say("there, nothing comes here: Ctrl-C cancels.")
        console.say(f"Open this address and say yes to {_MEANS[pending.perms]}:")
        if self._asked.qr and self._draw(pending.authorize_url):
            console.say(console.strong(pending.authorize_url))
        else:
            console.say(f"\n  {console.strong(pending.authorize_url)}\n")
        if wanted or (wanted is None and browser.is_there(environ)):
            opened = browser.open_page(pending.authorize_url, environ)
            if not self._asked.qr:
                console.say("It should open in your browser now." if opened else "No browser could be started.")

    def _draw(self, address: str) -> bool:
        """Draw the address as a QR code, where there is a terminal that is wide enough; else say why not."""
        from . import qr

        try:
            self._console.say(qr.drawn(address, columns=self._console.columns()))
        except Error as failure:
            self._console.say(f"{failure.message} {failure.hint}")
            return False
        return True

    def _complete(self, pending: PendingLogin, prompt: VerifierPrompt, exchange: Exchange) -> Account:
        """Wait for the code until Flickr takes it, three times at the most."""
        for tries_left in reversed(range(_TRIES)):
            verifier = prompt.ask()
            try:
                return exchange.trade(pending, verifier)
            except VerifierRefused as failure:
                if not tries_left or not self._console.is_terminal:
                    raise
                self._console.say(f"{failure.message} {failure.hint}")
        raise AssertionError("the last try returns or raises")

    def _start(self, pending: PendingLogin, provider: Provider, keys: ConsumerKeys, keeping: Keeping) -> None:
        """Keep the login for `--finish`, and print the address alone."""
        from .two_steps import keep_waiting, told

        waiting = keep_waiting(self._context, pending, provider.name, keys, keeping)
        if self._asked.qr:
            self._draw(pending.authorize_url)
        self._console.say(f"Open this address and say yes to {_MEANS[pending.perms]}. Within 24 hours, end the login:")
        self._console.say(f"flickr-auth login --finish CODE --pending {waiting.id}")
        self._console.answer(told(pending, waiting, as_json=self._asked.as_json))

    def _still_waiting(
        self, pending: PendingLogin, provider: Provider, keys: ConsumerKeys, keeping: Keeping, failure: Unreachable
    ) -> Unreachable:
        """The failure, with the way to go on: nobody knows whether the code was used, so the login is kept."""
        if self._sandbox is not None:
            return failure
        from .two_steps import keep_waiting, still_waiting

        try:
            waiting = keep_waiting(self._context, pending, provider.name, keys, keeping)
        except StoreError as worse:
            self._console.warn(worse.message)
            return failure
        return type(failure)(failure.message, still_waiting(waiting))
