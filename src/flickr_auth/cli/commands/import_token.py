"""`flickr-auth import`: a token that another Flickr tool has becomes an account, after its provider has checked it."""

from __future__ import annotations

from pathlib import Path

import click

from ... import provider
from ...account import Account, ConsumerKeys
from ...advice import add_command
from ...errors import (
    AccountError,
    Error,
    KeyringError,
    KeysError,
    NoKeys,
    NotDone,
    Refused,
    Unreachable,
    UsageError,
)
from ...interop.tool import STDIN, FoundToken, Tool, decoded
from ...protocol import login
from ...storage import apikeys as keys_file
from ...storage.files import Missing
from .. import options, text
from ..context import Context
from ..default_account import print_default
from ..list_tools import ToolCommand, ToolType, print_list, used_path
from ..login.destination import InAccounts, confirm_replacing
from ..login.report import print_next

_TOOL = ToolType(lambda tool: tool.importable)
_DASH = Path("-")


@options.command(
    "import",
    cls=ToolCommand,
    groups={
        "Which token": ("--path", "--account", "--apikeys", "--list"),
        "Where it goes": ("--store", "--unchecked"),
    },
    examples=(
        "flickr-auth import gallery-dl",
        "flickr-auth show --format json | ssh nas flickr-auth import token --path -",
    ),
)
@click.argument("tool", type=_TOOL, required=False, metavar="TOOL")
@options.file_option(
    "--path", metavar="FILE", help='The tool\'s file, if it is not in its usual place ("-" reads stdin).'
)
@options.option(
    "--account",
    metavar="ACCOUNT",
    help="Import only the tokens of this username, NSID or API key, if the tool keeps several.",
)
@options.apikeys
@options.store
@options.option("--unchecked", is_flag=True, help="Import the token even if Flickr cannot be reached to check it.")
@options.option("--list", "as_list", is_flag=True, help="List the tools, their files, and what is in them now.")
@options.verbose
@click.pass_obj
def command(
    context: Context,
    *,
    tool: Tool | None,
    path: Path | None,
    account: str | None,
    apikeys: Path | None,
    store: str,
    unchecked: bool,
    as_list: bool,
) -> None:
    """Import a token from another Flickr tool.

    The token is checked with Flickr and stored as an account; the tool's file is not changed. If the tool does not keep
    the API key and its secret, they come from `apikeys`, as for login.

    `import token` also reads what `show --format json` prints: one line carries a login to another machine.
    """
    if as_list:
        if tool or path or account:
            raise UsageError("--list cannot be combined with other arguments.", "Run: flickr-auth import --list")
        print_list(context, _TOOL.tools())
        return
    if tool is None:
        raise UsageError("Name the tool to import from.", "Run: flickr-auth import --list")
    if account is not None and not tool.keeps_several:
        raise UsageError(
            f"--account requires a tool that keeps several tokens; {tool.name} keeps one.", "Try: leave out --account"
        )
    if path == apikeys == _DASH:
        raise UsageError("--path and --apikeys cannot both read stdin.", "Try: name a file in one of them")
    tokens, source = _tokens(context, tool, path)
    again = _in_file(tool, path, account, apikeys, unchecked=unchecked)
    TokenImport(context, tool.name, store, _keys(context, apikeys), in_file=again, unchecked=unchecked).run(
        tokens, source, account
    )


def _in_file(tool: Tool, path: Path | None, account: str | None, apikeys: Path | None, *, unchecked: bool) -> str:
    """The command line that imports the same with the token in a file, quoted for a shell."""
    given = {"--path": path, "--account": account, "--apikeys": apikeys}
    words = [word for name, value in given.items() if value is not None for word in (name, text.quoted(value))]
    return " ".join(["flickr-auth", "import", tool.name, *words, *["--unchecked"] * unchecked, "--store file"])


def _tokens(context: Context, tool: Tool, path: Path | None) -> tuple[list[FoundToken], str]:
    """The tokens of the tool, and the words for where they are from."""
    warn = context.console.warn
    if path == _DASH:
        if tool.longest == 0:
            raise UsageError(f"{tool.name} keeps its tokens in a database, which stdin cannot be.", "Try: --path FILE")
        content = context.stdin("the content of the token file", tool.longest)
        return tool.parse(decoded(content, STDIN), STDIN, context.environ, warn), STDIN
    place = used_path(context, tool, path)
    try:
        return tool.read(place, context.environ, warn, named=path is not None), text.path(place)
    except Missing as failure:
        hint = "Fix: check the path in --path." if path else f"Try: --path FILE if {tool.name} has its token elsewhere"
        raise Missing(failure.message, hint) from failure


def _keys(context: Context, path: Path | None) -> Path | ConsumerKeys | None:
    """Where the consumer keys are, or themselves if they come from stdin."""
    if path != _DASH:
        return path
    return keys_file.parse(context.stdin("the API key and its secret, each on a line"), "stdin")


class TokenImport:
    """One run of `import`, from the tokens of a tool to the accounts."""

    def __init__(
        self,
        context: Context,
        tool: str,
        store: str,
        apikeys: Path | ConsumerKeys | None,
        *,
        in_file: str,
        unchecked: bool,
    ) -> None:
        self._context = context
        self._console = context.console
        self._tool = tool
        self._apikeys = apikeys
        self._in_file = in_file
        self._unchecked = unchecked
        self._store = store

    def run(self, tokens: list[FoundToken], source: str, account: str | None) -> None:
        """Import each token. One that fails does not stop the others; the first failure is raised last."""
        failures: list[Error] = []
        accounts = []
        kept = None
        for each in _chosen(tokens, source, account):
            try:
                accounts.append(self._account(each))
            except KeysError as failure:
                failures.append(failure)
        if accounts:
            plain_is_fine = all(ready.is_sandbox for ready in accounts)
            destination = InAccounts(self._context, self._store, plain_is_fine=plain_is_fine)
            try:
                destination.try_out()
            except KeyringError as failure:
                add_command(failure, self._in_file)
                raise
            for ready in accounts:
                try:
                    kept = self._import(ready, destination)
                except (Refused, Unreachable, NotDone) as failure:
                    failures.append(failure)
            if kept is not None:
                print_default(self._context)
                print_next(self._context, kept)
        for other in failures[1:]:
            self._console.fail(other)
        if failures:
            raise failures[0]

    def _account(self, found: FoundToken) -> Account:
        """The account that a token makes with its keys, at the provider that it names, else the one in use."""
        return Account.of(
            self._keys(found),
            found.token,
            user_nsid=found.user_nsid,
            username=found.username,
            fullname=found.fullname,
            perms=found.perms,
            provider=found.provider or provider.wanted(self._context.environ).name,
        )

    def _keys(self, found: FoundToken) -> ConsumerKeys:
        """The consumer keys of a token: the tool's, else those of `apikeys`, if they are the same key."""
        if found.keys is not None:
            return found.keys
        if isinstance(self._apikeys, ConsumerKeys):
            keys = self._apikeys
        else:
            try:
                keys = keys_file.find(self._context.environ, self._console.warn, self._apikeys)
            except NoKeys as failure:
                missing = "the API secret" if found.api_key else "the API key and its secret"
                raise NoKeys(
                    f"{self._tool} does not keep {missing}. {failure.message}",
                    "Try: --apikeys FILE, with the API key on the first line and its secret on the second",
                ) from failure
        if found.api_key is not None and found.api_key != keys.api_key:
            whose = f"{found.username}'s" if found.username else "The"
            raise KeysError(
                f"{whose} token in {self._tool} belongs to the API key {found.api_key[:8]}...,"
                f" but {keys.source} has {keys.api_key[:8]}...",
                "Try: --apikeys FILE with that API key and its secret",
            )
        return keys

    def _import(self, found: Account, destination: InAccounts) -> Account:
        account = self._checked(found)
        confirm_replacing(self._context, account, self._console.confirm if self._console.is_terminal else None)
        kept = destination.keep(account)
        permission = f"{kept.perms} permission" if kept.perms else "permission unknown"
        whose = f"{name}'s token" if (name := kept.username or kept.user_nsid) else "the token"
        self._console.done(f"Imported {whose} from {self._tool} ({permission}).")
        self._console.say(f"Token saved in {text.path(destination.where(kept))}.")
        return kept

    def _checked(self, account: Account) -> Account:
        """The account with what Flickr says of it. Raises `Refused`, and `Unreachable` unless --unchecked."""
        with self._context.connection(account) as transport:
            try:
                # Flickr knows better than the tool whose token it is.
                return login.prove(
                    transport, account._replace(user_nsid=None, username=None, fullname=None, perms=None)
                )
            except Refused as failure:
                failure.reword(f"Nothing was imported: {failure.message}")
                raise
            except Unreachable as failure:
                if not self._unchecked:
                    failure.reword(
                        f"Nothing was imported, because the token could not be checked: {failure.message}",
                        "Try again later, or use --unchecked to import it without the check",
                    )
                    raise
                self._console.warn(f"The token could not be checked. {failure.message}")
                return account


def _chosen(tokens: list[FoundToken], source: str, account: str | None) -> list[FoundToken]:
    """The tokens that are meant. Raises `AccountError` if there is none."""
    if not tokens:
        raise AccountError(f"{source} has no Flickr token.", "Run: flickr-auth import --list")
    if account is None:
        return tokens
    sought = account.casefold()
    chosen = [each for each in tokens if sought in _names(each)]
    if not chosen:
        known = sorted({each.username or each.user_nsid or each.api_key or "" for each in tokens})
        raise AccountError(
            f"No token of '{account}' in {source}.", f"Try: --account {' or --account '.join(map(text.quoted, known))}"
        )
    return chosen


def _names(token: FoundToken) -> set[str]:
    names = (token.username, token.user_nsid, token.lookup_key, token.api_key)
    return {name.casefold() for name in names if name}
