"""`flickr-auth import`: a token that another Flickr tool has becomes an account, with its provider's word for it."""

from __future__ import annotations

from pathlib import Path

import click

from ... import provider
from ...account import PERMS, Account, ConsumerKeys
from ...errors import AccountError, Error, KeysError, NoKeys, NotDone, Refused, Unreachable, UsageError
from ...interop.tool import FoundToken, Tool
from ...protocol import login
from ...storage import apikeys as keys_file
from .. import options
from ..context import Context
from ..list_tools import ToolCommand, ToolType, print_list
from ..login.destination import Destination
from ..text import plain

_TOOL = ToolType(lambda tool: tool.importable)


@click.command("import", cls=ToolCommand)
@click.argument("tool", type=_TOOL, required=False, metavar="TOOL")
@options.file_option("--path", help="The tool's file, where it is not in its usual place.")
@click.option(
    "--account",
    metavar="NAME",
    help="Of flickrapi's tokens, those of this username, NSID or API key; all if not given.",
)
@options.apikeys
@options.store
@click.option("--unchecked", is_flag=True, help="Keep the token although Flickr cannot be reached to check it.")
@click.option("--list", "as_list", is_flag=True, help="List the tools, their usual places, and what is there now.")
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
    """Take over a token that another Flickr tool has: it is read, checked with Flickr, and stored as an account.

    The tool's file is not touched. A token that Flickr rejects is not stored. Where the tool does not keep the API key
    and its secret, they come from `apikeys`, as for login.
    """
    if as_list:
        if tool or path or account:
            raise UsageError("--list goes alone.", "See flickr-auth import --help")
        print_list(context, _TOOL.tools())
        return
    if tool is None:
        raise UsageError("No tool is named.", f"There is: {', '.join(tool.name for tool in _TOOL.tools())}")
    if account is not None and not tool.keeps_several:
        raise UsageError("--account goes with flickrapi alone, which keeps several tokens.", "Leave it out.")
    place = path or tool.place(context.environ)
    if place is None:
        raise UsageError(f"{tool.name} has no usual place for its token.", "Name the file: --path PATH")
    found = tool.read(place, context.environ, context.console.warn, named=path is not None)
    TokenImport(context, tool.name, store, apikeys, unchecked=unchecked).run(found, place, account)


class TokenImport:
    """One run of `import`, from what was found to the accounts."""

    def __init__(self, context: Context, tool: str, store: str, named: Path | None, *, unchecked: bool) -> None:
        self._context = context
        self._console = context.console
        self._tool = tool
        self._named = named
        self._unchecked = unchecked
        self._provider = provider.wanted(context.environ)
        self._destination = Destination(context.accounts, self._console, store, plain_is_fine=self._provider.is_sandbox)

    def run(self, found: list[FoundToken], place: Path, account: str | None) -> None:
        """Take over each token, and say so. What fails for one holds up no other; the first failure is raised last."""
        failures: list[Error] = []
        ready = []
        for each in _chosen(found, place, account):
            try:
                ready.append((each, self._keys(each)))
            except KeysError as failure:
                failures.append(failure)
        if ready:
            self._destination.try_out()
        for each, keys in ready:
            try:
                self._take(each, keys)
            except (Refused, Unreachable, NotDone) as failure:
                failures.append(failure)
        for other in failures[1:]:
            self._console.fail(other)
        if failures:
            raise failures[0]

    def _keys(self, found: FoundToken) -> ConsumerKeys:
        """The consumer keys of a token: the tool's, else those of `apikeys`, if they are the same key."""
        if found.keys is not None:
            return found.keys
        try:
            keys = keys_file.find(self._context.environ, self._console.warn, self._named)
        except NoKeys as failure:
            raise NoKeys(
                f"{self._tool} does not keep the API key with its secret. {failure.message}",
                "Put the two on two lines of a file `apikeys`, or name such a file: --apikeys PATH",
            ) from failure
        if found.api_key is not None and found.api_key != keys.api_key:
            of = f" of {plain(found.username)}" if found.username else ""
            raise KeysError(
                f"{self._tool}'s token{of} belongs to the API key {found.api_key[:8]}...,"
                f" and {keys.source} has {keys.api_key[:8]}...",
                f"{self._tool} keeps no API secret: name a file with that key and its secret with --apikeys PATH",
            )
        return keys

    def _take(self, found: FoundToken, keys: ConsumerKeys) -> None:
        account = self._checked(
            Account.of(
                keys,
                found.token,
                user_nsid=found.user_nsid,
                username=found.username,
                fullname=found.fullname,
                provider=self._provider.name,
            )
        )
        self._mind_stronger(account)
        kept = self._destination.keep(account)
        perms = kept.perms or "unknown"
        self._console.say(f"Took over the token of {plain(kept.who)} from {self._tool}, with {perms} permission.")
        self._console.say(f"The token is in {self._destination.where(kept)}.")

    def _checked(self, account: Account) -> Account:
        """The account with what Flickr says of it. Raises `Refused`, and `Unreachable` unless --unchecked."""
        with self._context.connection(account) as transport:
            try:
                # Whose token it is, Flickr knows better than the tool.
                return login.prove(transport, account._replace(user_nsid=None, username=None, fullname=None))
            except Refused as failure:
                raise type(failure)(f"The token was not stored: {failure.message}", failure.hint) from failure
            except Unreachable as failure:
                if not self._unchecked:
                    raise type(failure)(
                        f"The token was not stored, because it could not be checked: {failure.message}",
                        "Try again later, or store it without the check: --unchecked",
                    ) from failure
                self._console.warn(f"The token could not be checked. {failure.message}")
                return account

    def _mind_stronger(self, account: Account) -> None:
        """It replaces the token that its person has here: where that one may do more, they are asked first."""
        perms = account.perms or PERMS[0]
        stronger = self._context.accounts.stronger(account.api_key or "", account.provider, perms)
        same = [each for each in stronger if each.user_nsid == account.user_nsid]
        if not same:
            return
        self._console.say(
            plain(f"{account.username or same[0].id} has a token with {same[0].perms} permission here,")
            + " which this one replaces."
        )
        if self._console.is_terminal and not self._console.confirm("Go on?"):
            raise NotDone("The token was not stored.", "The one that is here stays.")


def _chosen(found: list[FoundToken], place: Path, account: str | None) -> list[FoundToken]:
    """The tokens that are meant. Raises `AccountError` where there is none."""
    if not found:
        raise AccountError(f"There is no Flickr token in {plain(str(place))}.")
    if account is None:
        return found
    sought = account.casefold()
    chosen = [each for each in found if sought in _names(each)]
    if not chosen:
        known = sorted({each.username or each.user_nsid or each.api_key or "" for each in found})
        raise AccountError("No token there has that name.", f"There is: {', '.join(map(plain, known))}")
    return chosen


def _names(found: FoundToken) -> set[str]:
    names = (found.username, found.user_nsid, found.lookup_key, found.api_key)
    return {name.casefold() for name in names if name}
