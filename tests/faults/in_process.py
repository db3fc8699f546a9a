"""The program in this process: fast enough for hundreds of runs, with its own streams and environment."""

import io
from dataclasses import dataclass

from flickr_auth.cli.app import cli
from flickr_auth.cli.console import Console
from flickr_auth.cli.context import Context


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what it printed."""

    code: int
    stdout: str
    stderr: str


def run(environ, *arguments, stdin=b""):
    """Run a command to its end, without a terminal."""
    typed, out, err = io.BytesIO(stdin), io.StringIO(), io.StringIO()
    console = Console(environ, read=typed.read, is_terminal=False, stdout=out, stderr=err)
    try:
        cli.main([str(each) for each in arguments], prog_name="flickr-auth", obj=Context(environ, console))
    except SystemExit as ended:
        return Ran(ended.code or 0, out.getvalue(), err.getvalue())
    raise AssertionError("a command ends with an exit code")
