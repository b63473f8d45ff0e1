"""The command ``troppoly``.

Whatever the user gets wrong is answered by one sentence on standard error and the exit status 2; Ctrl-C ends with
status 130, and networks that are different end ``equivalent`` with status 1.  Sage, PyTorch and rich are imported by
the commands that need them, not by ``troppoly --help``.
"""

from troppoly.cli.command import main

__all__ = ["main"]
