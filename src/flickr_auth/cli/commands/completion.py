"""`flickr-auth completion`: the script that lets a shell complete commands, options and accounts."""

from __future__ import annotations

import click

from .. import completion, options
from ..context import Context


@options.command(
    "completion",
    examples=(
        'eval "$(flickr-auth completion bash)"    # in ~/.bashrc',
        'eval "$(flickr-auth completion zsh)"     # in ~/.zshrc',
        "flickr-auth completion fish | source    # in config.fish",
    ),
)
@click.argument("shell", type=click.Choice(completion.SHELLS), metavar="bash|zsh|fish")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the shell script that completes commands, options and accounts.

    Add the line for your shell to its startup file (bash 4.4 or newer; in zsh, after compinit), with the whole path of
    flickr-auth if it is not on your PATH.

    zsh and fish complete your aliases, too. In bash, an alias fa needs a line of its own:

    \b
    complete -o nosort -F _flickr_auth_completion fa
    """
    console = ctx.ensure_object(Context).console
    console.answer(completion.script(ctx.find_root().command, ctx.find_root().info_name or "", shell), end="")
