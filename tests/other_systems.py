"""The program where Python says that it runs on Windows or macOS: `other_systems.py PLATFORM`, command lines on stdin.

Each line is a command line as JSON; its exit code is printed after its output. That platform's own Python is not here,
so the libraries are imported before, as on Linux. What Windows lacks is taken away, and what is different there is made
different.
"""

import contextlib
import fcntl
import glob
import json
import os
import shutil
import signal
import sys
import types
import webbrowser
from http import server  # noqa: F401

import click  # noqa: F401
import keyring.backends.fail  # noqa: F401
import requests_oauthlib  # noqa: F401

LACKING = {
    os: "geteuid getuid fchmod chown getpgrp tcgetpgrp get_blocking set_blocking fork supports_effective_ids "
    "O_NOFOLLOW O_CLOEXEC O_NOCTTY O_NONBLOCK",
    signal: "SIGHUP SIGTSTP SIGCONT SIGPIPE SIGKILL pthread_sigmask",
}


def unless_open(call):
    """What moves or deletes a file, but none that is open."""

    def refuse(*paths, **options):
        for each in glob.glob("/proc/self/fd/*"):
            for path in paths:
                if os.path.exists(path) and os.path.exists(each) and os.path.samefile(each, path):
                    raise PermissionError(13, "The process cannot access the file because it is being used", path)
        return call(*paths, **options)

    return refuse


def like_windows():
    """Take away what Windows lacks, and lock bytes as it does."""
    os.rename, os.replace, os.unlink, os.remove = map(unless_open, (os.rename, os.replace, os.unlink, os.remove))
    # From Python 3.12 on `which` asks Windows whether programs are looked for in the current folder, too.
    shutil._winapi = types.SimpleNamespace(NeedCurrentDirectoryForExePath=lambda _: True)
    for module, names in LACKING.items():
        for name in names.split():
            delattr(module, name)
    msvcrt = types.ModuleType("msvcrt")
    msvcrt.LK_NBLCK = 2
    msvcrt.locking = lambda descriptor, _, count: fcntl.lockf(
        descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, count, os.lseek(descriptor, 0, os.SEEK_CUR)
    )
    sys.modules["msvcrt"] = msvcrt
    for name in ("fcntl", "termios", "tty", "pwd", "grp", "resource"):
        sys.modules[name] = None


def run():
    """Run the command lines, one after the other."""
    with contextlib.suppress(webbrowser.Error):
        webbrowser.get()  # which looks for browsers once
    lines = [json.loads(line) for line in sys.stdin]  # so that nothing is left for the program: its stdin has ended
    sys.platform = sys.argv[1]
    if sys.platform == "win32":
        like_windows()
    from flickr_auth.cli.app import main

    for line in lines:
        sys.argv = ["flickr-auth", *line]
        try:
            main()
        except SystemExit as ended:
            sys.stdout.write(f"{ended.code or 0}\n")


if __name__ == "__main__":
    run()
