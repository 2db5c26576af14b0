"""Entry point: `python -m wizard.servers.tensorflow_serving.emulator`."""

from __future__ import annotations

from .server import main

if __name__ == "__main__":
    main()
