"""The program, as `flickr-auth` and as `python -m flickr_auth`."""

from __future__ import annotations

import os
import signal
from types import FrameType


def main() -> None:
    """Run the program. Until it can clean up after itself, Ctrl-C and SIGTERM end it at once and quietly."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(number) == usual:  # not if it is ignored, as nohup and `&` do
            signal.signal(number, _exit)
    from .cli.app import main as run

    run()


def _exit(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
