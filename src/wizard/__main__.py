"""`python -m wizard` and the console script."""

from __future__ import annotations

import signal
import sys

from wizard import fast_start


def run() -> None:
    """Entry point of the console script."""
    fast_start.collect_seldom()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C while the program is being loaded, or once it is over, ends it without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Only now, when Ctrl-C no longer ends loading with a traceback.
    from wizard.cli.main import main

    code = main(sys.argv[1:])
    # An interrupt inside generated code (a dataclass that is being made) is kept on record by CPython, which then ends
    # `python -m` by a signal instead of the exit code. The next evaluation takes it off the record.
    eval("None")  # noqa: S307
    sys.exit(code)


if __name__ == "__main__":
    run()
