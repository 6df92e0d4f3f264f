"""The command `wardkey`."""

from __future__ import annotations

import signal
import sys

from ._wardkey import command


def main() -> int:
    """Runs the command with the arguments of this process and gives its exit code."""
    # as any other program: an interrupt ends it at once, and so does a reader that has gone
    for name in ("SIGINT", "SIGPIPE"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    return command(["wardkey", *sys.argv[1:]])
