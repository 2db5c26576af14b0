"""What people and terminals do to a program: interrupts, closed windows, resizing, pasting, very large answers."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.robot import NARROW, WIDE, Robot, place_on
from tests.support.waiting import until

pytestmark = [pytest.mark.tmux]
Make = Callable[..., Robot]


def drafts_of(robot: Robot) -> Iterator[Path]:
    folder = robot.home / ".local" / "state" / "serving-wizard"
    return (path for path in folder.glob("*.json") if path.name != "recent.json")


def draft_of(robot: Robot) -> dict[str, Any]:
    """The one draft in the robot's home."""
    until(lambda: len(list(drafts_of(robot))) == 1, "the draft")
    (path,) = drafts_of(robot)
    assert path.stat().st_mode & 0o777 == 0o600
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processor_time(pid: int) -> float:
    """Seconds a program has worked; other work on the machine does not count."""
    spent = psutil.Process(pid).cpu_times()
    return spent.user + spent.system


def with_a_model(robot: Robot, size: tuple[int, int] = WIDE) -> Robot:
    """A wizard that began from nothing, at the Who step."""
    robot.start(size=size).at("Start ▸ Server").choose("TorchServe").next()
    robot.next().at("Model")
    robot.type("models/echo.mar").sees("A TorchServe archive")
    return robot.next().at("Who calls it")


def test_interrupt_does_not_end_it_and_quit_keeps_the_draft(robot: Make, models: Path) -> None:
    user = with_a_model(robot())
    user.press("C-c").sees("Leave?")
    user.press("Escape").sees_no_more("Leave?")
    user.press("Space").sees("[x] Programs on this machine")
    user.press("C-q")
    assert user.leaves() == 0
    assert draft_of(user)["plan"]["audiences"] == ["me"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_leaves_the_draft_and_the_next_start_offers_it(
    robot: Make, models: Path, number: signal.Signals
) -> None:
    user = with_a_model(robot())
    user.press("Space").sees("draft saved", "[x]")
    until(lambda: draft_of(user)["plan"].get("audiences") == ["me"], "the draft with the last answer")
    if number == signal.SIGHUP:
        user.hang_up()
    else:
        os.kill(user.pid, number)
    until(lambda: not running(user.pid), "the program's end")
    assert draft_of(user)["plan"]["models"][0]["path"] == "models/echo.mar"
    user.close()

    again = robot().start().at("Start ▸ Server")
    again.sees("Resume the draft of", "TorchServe, echo")
    again.press("r").sees_no_more("Resume the draft of")
    again.tour().walk_to("Who calls it")
    again.sees("[x] Programs on this machine")
    if number == signal.SIGTERM:
        return  # what follows is the same
    again.walk_to("Write")
    again.sees(" bytes")
    again.next().at("Try")
    assert not list(drafts_of(again))


def test_a_storm_of_resizing_leaves_it_whole(robot: Make, models: Path) -> None:
    user = with_a_model(robot())
    for columns, lines in [(80, 24), (60, 16), (200, 60), (20, 5), (120, 40), (1, 1), (61, 17), (119, 23)] * 6:
        user.resize(columns, lines)
    user.resize(*NARROW)
    user.until(lambda shown: place_on(shown) == "Who calls it", "the step at 80x24")
    user.press("Space").sees("[x] Programs on this machine")
    user.resize(*WIDE)
    user.until(lambda shown: place_on(shown) == "Who calls it" and "Files" in shown, "the step at 120x40")
    user.next().at("Bind ▸ inference")


def test_ten_thousand_pasted_characters_are_no_trouble(robot: Make, models: Path) -> None:
    user = with_a_model(robot())
    user.press("Escape").at("Model")
    user.fill("Path", "").paste("x" * 10_000).sees("xxxxxxxxxxxxxxxx")
    user.press("End").settled()
    user.clear().type("models/echo.mar").sees("A TorchServe archive")
    user.next().at("Who calls it")
    assert draft_of(user)["plan"]["models"][0]["path"] == "models/echo.mar"


def test_pasted_line_ends_do_not_press_enter(robot: Make, models: Path) -> None:
    user = with_a_model(robot())
    user.press("Escape").at("Model")
    user.fill("Path", "").paste("models/echo.mar\nmodels/other.mar\n").settled()
    user.at("Model")


LARGE = """schema = 1
server = "torchserve"
audiences = ["me"]
{models}
[bind.inference]
scope = "loopback"

[cors.inference]
origins = [{origins}]
"""


def test_fifty_origins_and_twenty_models_stay_responsive(robot: Make, models: Path) -> None:
    user = robot()
    tables = "".join(f'\n[[models]]\nname = "m{n}"\npath = "./models/echo.mar"\n' for n in range(20))
    origins = ", ".join(f'"https://app{n}.example"' for n in range(50))
    (user.folder / "wizard.toml").write_text(LARGE.format(models=tables, origins=origins))
    user.start(".").tour()
    user.walk_to("CORS")
    user.sees("https://app0.example")
    user.fill("Methods", "")
    began = processor_time(user.pid)
    user.type("GET POST PUT").sees("GET POST PUT")
    typed = processor_time(user.pid)
    user.press("C-n").sees("Must callers show a token?")
    gone_on = processor_time(user.pid)
    assert typed - began < 5
    assert gone_on - typed < 10
    until(lambda: "PUT" in json.dumps(draft_of(user)["plan"].get("cors")), "the draft")
