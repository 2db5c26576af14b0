"""`python -m wizard` and the console script."""

from __future__ import annotations

import sys


def run() -> None:
    """Entry point of the console script."""
    from wizard.cli.main import main

    code = main(sys.argv[1:])
    # An interrupt inside generated code (a dataclass that is being made) is kept on record by CPython, which then ends
    # `python -m` by a signal instead of the exit code. The next evaluation takes it off the record.
    eval("None")  # noqa: S307
    sys.exit(code)


if __name__ == "__main__":
    run()
