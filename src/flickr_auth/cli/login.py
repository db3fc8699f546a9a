"""`flickr-auth login`: the login at a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..account import PERMS, Account
from ..errors import Refused, Unreachable, UsageError, VerifierRefused
from . import options
from .console import plain
from .context import Context
from .signals import Held

if TYPE_CHECKING:
    from ..account import ConsumerKeys
    from ..login import PendingLogin
    from ..provider import Provider
    from ..sandbox.server import Sandbox
    from ..transport import Transport
    from .keeping import Keeping

_TRIES = 3
_MEANS = {"read": "reading", "write": "reading and writing", "delete": "reading, writing and deleting"}


@dataclass(frozen=True)
class Options:
    """What the command line and the environment ask for."""

    apikeys: Path | None
    perms: str
    store: str
    token_file: Path | None
    browser: bool | None
    sandbox: bool


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
@click.option(
    "--browser/--no-browser",
    envvar="FLICKR_AUTH_BROWSER",
    default=None,
    help="Open the address in a browser, or do not; by default where one is likely to be.",
)
@click.option("--sandbox", is_flag=True, help="Log in to the built-in stand-in for Flickr: no key, no network.")
@options.verbose
@click.pass_context
def command(ctx: click.Context, /, pin: bool, **given: object) -> None:  # noqa: ARG001  # --pin says the default
    """Log in to Flickr and store the token.

    The address to open is printed; at Flickr you say yes and get a code; you type the code here.
    """
    asked = Options(**_settled(ctx, given))  # type: ignore[arg-type]  # click has checked the types
    _Login(ctx.find_object(Context) or Context(), asked).run()


def _settled(ctx: click.Context, given: dict[str, object]) -> dict[str, object]:
    """The options, with contradictions refused and a flag stronger than a variable."""
    flags = {name for name in given if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE}
    for one, other in (("store", "token_file"), ("sandbox", "apikeys")):
        if {one, other} <= flags:
            raise UsageError(f"--{one} and --{other.replace('_', '-')} cannot go together.", "Leave out one of them.")
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


class _Login:
    """One run of the command."""

    def __init__(self, context: Context, asked: Options) -> None:
        self._context = context
        self._console = context.console
        self._asked = asked
        self._sandbox: Sandbox | None = None

    def run(self) -> None:
        from .. import login
        from .keeping import Keeping

        with self._provider() as (provider, keys):
            keeping = Keeping(
                self._context.accounts,
                self._console,
                self._asked.store,
                self._asked.token_file,
                is_sandbox=provider.name == "sandbox",
            )
            keeping.try_out()
            transport = self._context.transport(provider, keys)
            try:
                pending = login.begin(transport, self._asked.perms)
                self._show_address(pending)
                account = self._complete(transport, pending, keeping)
                self._report(self._prove(transport, account, keeping), keeping)
            finally:
                transport.close()

    @contextlib.contextmanager
    def _provider(self) -> Iterator[tuple[Provider, ConsumerKeys]]:
        """Whom to log in to, and with which keys; the stand-in runs inside this block."""
        from .. import apikeys, provider

        named = provider.name_of(self._context.environ.get("FLICKR_AUTH_BASE_URL") or "flickr")
        if self._asked.sandbox or named == "sandbox":
            from ..sandbox.server import KEYS, Sandbox

            with Sandbox() as self._sandbox:
                self._console.say("This is the sandbox, a stand-in for Flickr on this machine: no key is needed.")
                yield provider.sandbox(self._sandbox.base_url), KEYS[0]
            return
        whose = provider.FLICKR if named == "flickr" else provider.at(named)
        keys = apikeys.find(self._context.environ, self._console.warn, self._asked.apikeys)
        self._console.say(f"Using the API key {keys.api_key[:8]}... from {keys.source}.")
        yield whose, keys

    def _show_address(self, pending: PendingLogin) -> None:
        """The address first, always; a browser is an extra."""
        from . import browser

        console, environ = self._console, self._context.environ
        wanted = self._asked.browser
        console.say(f"Open this address and say yes to {_MEANS[pending.perms]}:\n")
        console.say(f"  {console.strong(pending.authorize_url)}\n")
        if wanted or (wanted is None and browser.is_there(environ)):
            opened = browser.open_page(pending.authorize_url, environ)
            console.say("It should open in your browser now." if opened else "No browser could be started.")

    def _complete(self, transport: Transport, pending: PendingLogin, keeping: Keeping) -> Account:
        """Ask for the code until Flickr takes it, three times at the most."""
        from .pin import PinPrompt

        prompt = PinPrompt(self._console, pending, transport.provider, self._sandbox)
        for tries_left in reversed(range(_TRIES)):
            verifier = prompt.ask()
            try:
                return self._trade(transport, pending, verifier, keeping)
            except VerifierRefused as failure:
                if not tries_left or not self._console.is_terminal:
                    raise
                self._console.say(f"{failure.message} {failure.hint}")
        raise AssertionError("the last try returns or raises")

    def _trade(self, transport: Transport, pending: PendingLogin, verifier: str, keeping: Keeping) -> Account:
        """Trade the code for the token and store it; nothing interrupts that. Sent again only if the person says so."""
        from .. import login

        while True:
            try:
                with Held(lambda: self._console.say("\nOne moment: the token must not be lost...")) as held:
                    return login.complete(
                        transport,
                        pending,
                        verifier,
                        keeping.keep,
                        lambda failure: keeping.keep if keeping.instead(failure, held.lifted) else None,
                    )
            except Unreachable as failure:
                if not self._console.is_terminal:
                    raise
                self._console.say(plain(failure.message))
                if not self._console.confirm("Try the same code again?"):
                    raise

    def _prove(self, transport: Transport, account: Account, keeping: Keeping) -> Account:
        """Let Flickr say what the token is good for. It is stored already, and stays whatever the answer is."""
        from .. import login

        try:
            proven = login.prove(transport, account)
        except Refused as failure:
            raise type(failure)(
                f"The token is stored, but {failure.message[0].lower()}{failure.message[1:]}", failure.hint
            ) from failure
        except Unreachable as failure:
            self._console.warn(f"The new token could not be checked. {failure.message}")
            return account
        if proven != account:
            keeping.update(proven)
        return proven

    def _report(self, account: Account, keeping: Keeping) -> None:
        names = [name for name in (account.username, account.user_nsid) if name]
        who = f"{account.fullname} ({', '.join(names)})" if account.fullname else ", ".join(names) or "somebody unnamed"
        at = "" if account.provider == "flickr" else f" at {account.provider}"
        self._console.say(f"Logged in{at} as {plain(who)} with {account.perms} permission.")
        self._console.say(f"The token is in {keeping.where(account)}.")
        if account.perms == "read":
            at_sandbox = "--sandbox " if account.provider == "sandbox" else ""
            self._console.say(f"To ask for more than reading: flickr-auth login {at_sandbox}--perms write")
