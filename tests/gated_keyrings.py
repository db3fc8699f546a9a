"""Keyrings in which something happens: one that waits for a gate to be opened, and ones in which the process is killed.

Their items are those of `fake_keyrings.Good`, and of `Other`, so that another process sees what became of them.
"""

import os
import signal

from fake_keyrings import Good, Other


def _pass(name):
    """Wait until somebody has opened the gate: a named pipe, which blocks its reader until then."""
    with open(os.environ[name]) as gate:
        gate.read()


class Gated(Good):
    """Stores an item only when the gate is opened, and says so at the other gate."""

    priority = 0.1

    def set_password(self, service, username, password):
        _pass("GATE")
        super().set_password(service, username, password)
        with open(os.environ["DONE"], "w") as done:
            done.write("stored")


class KilledAfterSet(Good):
    """The process is killed after an item was stored, and before it knows."""

    priority = 0.1

    def set_password(self, service, username, password):
        super().set_password(service, username, password)
        os.kill(os.getpid(), signal.SIGKILL)


class KilledAtDelete(Other):
    """The process is killed before an item is deleted."""

    priority = 0.1

    def delete_password(self, service, username):
        os.kill(os.getpid(), signal.SIGKILL)
