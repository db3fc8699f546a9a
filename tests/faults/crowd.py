"""Many runs of the program at the same moment: real processes, forked from one that has loaded everything.

`python crowd.py FILE` reads a JSON list of argument lists, starts a process for each, lets all go at once, and prints a
JSON list of their exit codes and what they wrote to stdout and stderr.
"""

import json
import os
import pathlib
import sys
import tempfile

import flickr_auth.cli.commands.export
import flickr_auth.cli.commands.login
import flickr_auth.cli.commands.logout
import flickr_auth.cli.commands.use
import flickr_auth.cli.login.complete
import flickr_auth.interop.flickrapi
import flickr_auth.sandbox.server
import flickr_auth.storage.choose
import flickr_auth.storage.store
import flickr_auth.transport.signed_session  # noqa: F401  # so that no process has to load it
from flickr_auth.cli.app import main


def start(arguments, gate, other_end, folder):
    """Fork a process that waits at the gate, runs the program and ends; its ID."""
    pid = os.fork()
    if pid:
        return pid
    os.close(other_end)
    os.read(gate, 1)  # nothing is ever written: it returns when nobody has the other end open any more
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(folder / f"{name}.{os.getpid()}", os.O_WRONLY | os.O_CREAT, 0o600), descriptor)
    sys.argv = ["flickr-auth", *arguments]
    code = 99
    try:
        main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:  # and never on into what only the first process has to do
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return None


def run(commands, folder):
    """Run all at once; how each ended."""
    gate, other_end = os.pipe()
    pids = [start(arguments, gate, other_end, folder) for arguments in commands]
    os.close(other_end)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    texts = [[(folder / f"{name}.{pid}").read_text() for name in ("stdout", "stderr")] for pid in pids]
    return [[code, *text] for code, text in zip(codes, texts, strict=True)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        ended = run(json.loads(pathlib.Path(sys.argv[1]).read_text()), pathlib.Path(scratch))
    json.dump(ended, sys.stdout)
