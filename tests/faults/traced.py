"""Faults at every write: strace tells which system calls of a command write our files, and lets each fail or kill."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

from programs import lacks

# Those that are missing on some machines have a question mark, which lets strace pass over them.
_WRITING = (
    "openat,write,?pwrite64,fsync,?fdatasync,?rename,?renameat,?renameat2,?unlink,?unlinkat,?mkdir,?mkdirat"
    ",ftruncate,fchmod,?chmod,?fchmodat"
)
_PATHS = re.compile(r'["<](/[^">]*)[">]')
_OCTAL = re.compile(rb"\\([0-7]{3})")  # how strace writes a byte that is no ASCII
# What differs from run to run: the names of temporary files and of pending logins.
_CHANGING = re.compile(r"[0-9a-f]{12}\.flickr-auth|[0-9a-f]{8}\.json")


def require():
    """Skip the tests of a module where strace is missing or may not trace; fail where CI has to have it."""
    strace = shutil.which("strace")
    if strace and subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0:
        return
    lacks("strace is not installed, or may not trace", whole_file=True)


@dataclass(frozen=True)
class Point:
    """One call that writes: the `nth` of its kind with these paths, the `number`th of its kind in the process."""

    call: str
    paths: tuple
    nth: int
    number: int

    def is_same(self, other):
        """Whether it is the same call in another run."""
        return (self.call, self.paths, self.nth) == (other.call, other.paths, other.nth)


class Tracer:
    """Runs the program of a person's machine under strace. The main thread alone is traced: it is the one that writes.

    The code for a login is got from the sandbox as soon as the address is printed.
    """

    def __init__(self, person, within=(), calls=_WRITING):
        """`within` is a command that starts another, for a place with mounts of its own; `calls` are looked at."""
        self._person = person
        self._within = within
        self._calls = calls
        self.is_deaf = False
        self._log = person.machine.home.parent / "strace.log"

    def points(self, ready):
        """Every call of a command that writes a file of the person's, in their order; the command must succeed.

        `ready` makes the machine ready and returns the command's arguments, here and below.
        """
        ran = self.run(*ready())
        assert ran.returncode == 0, ran.stderr
        return list(self._read())

    def killed_at(self, point, ready):
        """Run the command and `kill -9` it just before that call."""
        ran = self.answered_at(point, "signal=SIGKILL", ready)
        assert ran.returncode == -9, (point, ran.stderr)

    def failing_at(self, point, error, ready):
        """Run the command and let that call fail with this error; how the command ended."""
        return self.answered_at(point, f"error={error}", ready)

    def answered_at(self, point, answer, ready):
        """Run the command and let that call have this answer, as strace writes it; how the command ended."""
        for _ in range(3):
            ran = self.run(*ready(), inject=f"{point.call}:{answer}:when={point.number}")
            if point in self._read():
                return ran
            # A module was compiled meanwhile, by whoever used it first, so that other calls were counted.
            point = next(each for each in self.points(ready) if each.is_same(point))
        raise AssertionError(f"{point} is never reached")

    def run(self, *arguments, inject=None):
        """Run the command. If `is_deaf`, nobody reads stderr any more once the address is printed."""
        machine = self._person.machine
        injected = ["-e", f"inject={inject}"] if inject else []
        process = subprocess.Popen(
            [
                *(*self._within, "strace", "-y", "-qqq", "-o", self._log, "-e", f"trace={self._calls}", *injected),
                *(sys.executable, "-m", "flickr_auth", *map(str, arguments)),
            ],
            cwd=machine.folder,
            env=machine.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        shown, typed = "", ""
        if arguments[0] == "login" and not {"--start", "--finish"} & set(arguments):
            for line in process.stderr:
                shown += line
                if "oauth_token=" in line:
                    typed = self._person.press_ok(line) + "\n"
                    break
        if self.is_deaf:
            process.stderr.close()
            process.stderr = None
        stdout, stderr = process.communicate(typed, timeout=60)
        stderr = stderr or ""
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, shown + stderr)

    def _read(self):
        """The points of the last run."""
        ours = f"{self._person.machine.home}/", f"{self._person.machine.folder}/"
        calls, equals = Counter(), Counter()
        log = _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), self._log.read_bytes())
        for line in log.decode(errors="replace").splitlines():
            call, _, rest = line.partition("(")
            calls[call] += 1
            arguments = _CHANGING.sub("", rest.rpartition(" = ")[0])  # what it returns is no part of the call
            paths = tuple(path for path in _PATHS.findall(arguments) if path.startswith(ours))
            if paths and not (call == "openat" and "O_RDONLY" in arguments):
                equals[call, paths] += 1
                yield Point(call, paths, equals[call, paths], calls[call])
