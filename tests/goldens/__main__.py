"""Write the texts again after a wanted change: python -m tests.goldens, then look at the difference."""

from __future__ import annotations

import asyncio

from tests.goldens.pictures import HERE, pictures


async def write() -> None:
    for old in HERE.glob("*.txt"):
        old.unlink()
    async for name, text in pictures():
        (HERE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    asyncio.run(write())
