"""Write the texts again after a wanted change: python -m tests.goldens, then look at the difference."""

from __future__ import annotations

import asyncio

from tests.goldens.pictures import HERE, pictures


async def write() -> None:
    """All of them at once, after the last is made: one that is ended half-way leaves the old ones as they were."""
    made = {name: text async for name, text in pictures()}
    for name, text in made.items():
        (HERE / name).write_text(text, "utf-8")
    for old in HERE.glob("*.txt"):
        if old.name not in made:
            old.unlink()


if __name__ == "__main__":
    asyncio.run(write())
