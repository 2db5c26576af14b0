"""The first screen stands before anything heavy is loaded."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, sys
from wizard.app import WizardApp
from wizard.session.session import Session

HEAVY = ("pydantic", "docker", "tomlkit", "yaml", "cryptography", "google.protobuf", "ada_url", "markdown_it", "psutil")

async def main():
    app = WizardApp(Session())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "Which server" in "".join(s.text for s in app.screen._compositor.render_strips())
        print(" ".join(name for name in HEAVY if name in sys.modules))

asyncio.run(main())
"""


def test_nothing_heavy_before_the_first_key() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == ""
