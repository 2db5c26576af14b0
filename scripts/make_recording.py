"""The recording at the top of the README, docs/screens/recording.svg: a choice, its consequence, and the proof.

A real run: the wizard is opened on TorchServe's bundled sample, an answer is looked at, and the files are written and
tried in Docker with pytorch/torchserve. Its pictures become one SVG that a browser plays; no other tool is needed.
The folder it works in is shown: TMPDIR says in which one it is made.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ.pop("NO_COLOR", None)

from textual.pilot import Pilot  # noqa: E402

from wizard.app import WizardApp  # noqa: E402
from wizard.screens.trial import TrialScreen  # noqa: E402
from wizard.servers.sample import sample_path  # noqa: E402
from wizard.session.opening import open_path  # noqa: E402
from wizard.session.session import Session  # noqa: E402
from wizard.widgets.choices import Choices  # noqa: E402

RECORDING = ROOT / "docs" / "screens" / "recording.svg"
SIZE = (124, 34)
LONGEST_S = 300.0
Frame = tuple[str, float]
"""A picture, and for how many seconds it is shown."""


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way any more."""
    for _ in range(3):
        await pilot.pause(0.1)
        await pilot.app.workers.wait_for_complete()


def picture(app: WizardApp, caption: str) -> str:
    """The screen as it stands."""
    text = app.export_screenshot(title=caption)
    return re.sub(r"@font-face \{.*?\}\s*", "", text, flags=re.DOTALL)


async def record(folder: Path) -> list[Frame]:
    """Run the wizard in a folder that holds the model."""
    os.chdir(folder)
    os.environ |= {f"XDG_{name}_HOME": str(folder / name) for name in ("STATE", "CONFIG", "CACHE", "DATA")}
    app = WizardApp(Session(opened=open_path("echo.mar")))
    frames: list[Frame] = []

    def shoot(caption: str, seconds: float) -> None:
        frames.append((picture(app, caption), seconds))

    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        shoot("serving-wizard echo.mar: every decision on one page", 3.0)
        await pilot.press("right")
        await settle(pilot)
        shoot("A choice", 2.0)
        while (option := app.screen.query_one(Choices).option) and option.id != "all":
            await pilot.press("down")
        await settle(pilot)
        shoot("Its consequence, before it is chosen", 6.0)
        await pilot.press("escape")
        await settle(pilot)
        shoot("t writes the files and tries them in Docker", 1.5)
        await pilot.press("t")
        await _tried(pilot, shoot)
    return frames


async def _tried(pilot: Pilot[None], shoot: Callable[[str, float], None]) -> None:
    seen = ""
    for _ in range(int(LONGEST_S / 0.2)):
        await pilot.pause(0.2)
        screen = pilot.app.screen
        if not isinstance(screen, TrialScreen):
            continue
        if screen.shown.report is not None or screen.shown.problem:
            break
        stage = " ".join(screen.shown.stages) + f" {len(screen.shown.results) // 15}"
        if stage != seen:
            seen = stage
            shoot("The proof", 0.8)
    await settle(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, TrialScreen), screen
    assert screen.shown.report is not None and screen.shown.report.agrees, screen.shown.problem
    shoot("The proof: what was measured is what was predicted", 6.0)


def animated(frames: list[Frame]) -> str:
    """One SVG that shows one picture after the other, for ever; the last one for whoever wants no motion."""
    opening = re.match(r"<svg[^>]*>", frames[0][0])
    assert opening is not None
    whole = sum(seconds for _, seconds in frames)
    style, parts, begun = [], [], 0.0
    for number, (text, seconds) in enumerate(frames):
        first, last = 100 * begun / whole, 100 * (begun + seconds) / whole
        before = f"0%, {first:.3f}% {{ visibility: hidden }} {first + 0.001:.3f}%" if number else "0%"
        shown = f"{last:.3f}% {{ visibility: visible }} {last + 0.001:.3f}%, 100% {{ visibility: hidden }}"
        style.append(f"@keyframes f{number} {{ {before}, {shown} }}")
        style.append(f".f{number} {{ visibility: hidden; animation: f{number} {whole:.1f}s step-end infinite }}")
        parts.append(f'<g class="f{number}">{text}</g>')
        begun += seconds
    last_one = f".f{len(frames) - 1} {{ visibility: visible }}"
    still = f"@media (prefers-reduced-motion: reduce) {{ g {{ animation: none !important }} {last_one} }}"
    return "\n".join([opening[0], "<style>", *style, still, "</style>", *parts, "</svg>"]) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="recording-") as name:
        folder = Path(name)
        shutil.copy(sample_path("torchserve"), folder / "echo.mar")
        frames = asyncio.run(record(folder))
        os.chdir(ROOT)
    RECORDING.write_text(animated(frames), "utf-8")


if __name__ == "__main__":
    main()
