"""`flickr-auth help`: the help of a command, or a page about a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .. import options, topics, usage
from ..context import Context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from click.shell_completion import CompletionItem

    from ..help_page import Rows


class _HelpCommand(options.Command):
    """A command whose help ends with the topics."""

    def sections(self) -> Iterable[tuple[str, Rows]]:
        """The topics, with their titles."""
        return [("Topics", [(name, topics.title(name)) for name in topics.NAMES])]


def _complete(ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in (*topics.NAMES, *_commands(ctx)) if name.startswith(typed)]


def _commands(ctx: click.Context) -> list[str]:
    group = ctx.find_root().command
    return group.list_commands(ctx) if isinstance(group, click.Group) else []


@options.command("help", cls=_HelpCommand, examples=("flickr-auth help login", "flickr-auth help environment"))
@click.argument("subject", metavar="[TOPIC|COMMAND]", required=False, shell_complete=_complete)
@click.pass_context
def command(ctx: click.Context, subject: str | None) -> None:
    """Show help for a command or a topic."""
    console = ctx.ensure_object(Context).console
    root = ctx.find_root()
    group = root.command
    if subject is None:
        console.answer(options.help_page(root))
    elif subject in topics.NAMES:
        console.answer(topics.page(subject, options.help_columns(ctx)))
    elif isinstance(group, click.Group) and (named := group.get_command(root, subject)):
        console.answer(options.help_page(click.Context(named, root, subject)))
    else:
        raise usage.no_topic(subject, (*topics.NAMES, *_commands(ctx)), root.command_path)
