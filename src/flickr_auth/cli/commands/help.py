"""`flickr-auth help`: the help of a command, or a page about a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .. import help_page, options, topics, usage
from ..context import Context

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete(ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in (*topics.NAMES, *_group(ctx).list_commands(ctx)) if name.startswith(typed)]


def _group(ctx: click.Context) -> click.Group:
    group: click.Group = ctx.find_root().command  # type: ignore[assignment]  # of this program it is one
    return group


def _full_name(typed: str, names: list[str]) -> str:
    """Return the one name that begins so, whatever its dashes; what was typed if there is none, or are several."""
    begun = typed.casefold().replace("-", "")
    found = {name for name in names if begun and name.replace("-", "").startswith(begun)}
    return found.pop() if len(found) == 1 and typed not in names else typed


@options.command(
    "help",
    sections=lambda: [("Topics", [(name, topics.title(name)) for name in topics.NAMES])],
    examples=("flickr-auth help login", "flickr-auth help environment"),
)
@click.argument("subject", metavar="[TOPIC|COMMAND]", required=False, shell_complete=_complete)
@click.pass_context
def command(ctx: click.Context, subject: str | None) -> None:
    """Show help for a command or a topic."""
    answer = ctx.ensure_object(Context).console.answer
    root, group = ctx.find_root(), _group(ctx)
    subject = subject and _full_name(subject, [*topics.NAMES, *group.list_commands(ctx)])
    if subject is None:
        answer(help_page.help_page(root))
    elif subject in topics.NAMES:
        answer(topics.page(subject, help_page.columns(ctx)))
    elif named := group.get_command(root, subject):
        answer(help_page.help_page(click.Context(named, root, subject)))
    else:
        raise usage.no_topic(subject, (*topics.NAMES, *group.list_commands(ctx)), root.command_path)
