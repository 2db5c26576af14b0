"""`python -m wizard` and the console script."""

from __future__ import annotations

import sys


def run() -> None:
    """Entry point of the console script."""
    from wizard.cli import main

    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
