"""A robot at a real terminal: it presses keys, waits for what it wants to read, and shows the screen when it gives up.

The terminal is tmux on a socket of its own. Nothing here sleeps for a fixed time: every wait is for a state of the
screen, and ends with the screen in the failure's text when that state does not come.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from textual.color import Color

from tests.support import requires
from tests.support.waiting import PATIENCE, until
from wizard.widgets import themes

WIDE = (120, 40)
NARROW = (80, 24)
_POLL = 0.1
_CALM = 5
"""Looks, one after the other, at a program that has nothing to do; the screen is read at the first and the last."""
_NUMBERS = itertools.count()
_RAIL = 21
"""Columns of the step list in the wide layout."""
_PANE = 72
"""The column where the live pane begins at 120 columns."""


class Robot:
    """One program in one terminal."""

    def __init__(self, folder: Path, home: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.home = home
        self.env = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(requires.ROOT / "src"),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "TEXTUAL_ANIMATIONS": "none",
            **{k: v for k, v in os.environ.items() if k in ("DOCKER_HOST", "WIZARD_TORCHSERVE")},
            **(env or {}),
        }
        self._socket = f"serving-wizard-e2e-{os.getpid()}-{next(_NUMBERS)}"
        self._pid = 0

    # --- the terminal ---

    def start(self, *arguments: str, size: tuple[int, int] = WIDE) -> Robot:
        """Run `serving-wizard ARGUMENTS` in a terminal of this size."""
        setting = [f"{key}={value}" for key, value in self.env.items()]
        command = ["env", "-i", *setting, sys.executable, "-m", "wizard", *arguments]
        # `exec` makes the pane's process the wizard itself, so that signals and exit codes are its own.
        columns, lines = size
        words = f"cd {shlex.quote(str(self.folder))} && exec {shlex.join(command)}"
        options = ["set-option", "-g", "exit-empty", "off", ";", "set-option", "-g", "remain-on-exit", "on"]
        session = ["new-session", "-d", "-x", str(columns), "-y", str(lines), "-s", "main", words]
        self._tmux("-f", "/dev/null", "start-server", ";", *options, ";", *session)
        self._pid = int(self._ask("#{pane_pid}"))
        return self

    def _tmux(self, *arguments: str, check: bool = True, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments], capture_output=True, input=stdin, timeout=30, check=False
        )
        if check and done.returncode:
            raise RuntimeError(f"tmux {arguments[0]}: {done.stderr.decode()}")
        return done.stdout.decode()

    def _ask(self, what: str) -> str:
        return self._tmux("display-message", "-p", "-t", "main", what).strip()

    def close(self) -> None:
        """End the terminal and what still runs in it."""
        self._tmux("kill-server", check=False)

    def hang_up(self) -> None:
        """Close the terminal window: the program gets SIGHUP, and nobody reads what it writes."""
        self._tmux("kill-session", "-t", "main", check=False)

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self._pid, number)

    def resize(self, columns: int, lines: int) -> None:
        self._tmux("resize-window", "-t", "main", "-x", str(columns), "-y", str(lines))

    # --- hands ---

    def press(self, *keys: str) -> Robot:
        """Press keys by their tmux names: Enter, Down, C-q, F1, x."""
        self._tmux("send-keys", "-t", "main", *keys)
        return self

    def type(self, text: str) -> Robot:
        """Type text as it stands."""
        self._tmux("send-keys", "-t", "main", "-l", "--", text)
        return self

    def paste(self, text: str) -> Robot:
        """Paste text as a terminal does, bracketed where the program asked for that."""
        self._tmux("load-buffer", "-b", "given", "-", stdin=text.encode())
        self._tmux("paste-buffer", "-p", "-b", "given", "-t", "main")
        return self

    def clear(self) -> Robot:
        """Empty the field the cursor is in, and wait: Textual runs a field's key bindings behind its letters."""
        self.press("End", "C-u").settled()
        return self

    # --- eyes ---

    def screen(self) -> str:
        """What stands in the terminal."""
        return self._tmux("capture-pane", "-p", "-t", "main", check=False)

    def until(self, state: Callable[[str], bool], wanted: str, patience: float = PATIENCE) -> str:
        """Wait until the screen is as described; returns it."""

        def reached() -> str:
            shown = self.screen()
            return (shown or " ") if state(shown) else ""

        def missed() -> str:
            return f"{wanted}; the screen is\n{framed(self.screen())}"

        return until(reached, missed, patience, lambda: not self.ended, pause=_POLL)

    def sees(self, *texts: str, patience: float = PATIENCE) -> str:
        """Wait until each of these texts can be read; blanks and line ends count as one blank."""

        def all_there(shown: str) -> bool:
            return all(flat(text) in readable(shown) for text in texts)

        return self.until(all_there, " and ".join(map(repr, texts)), patience)

    def sees_no_more(self, text: str) -> str:
        return self.until(lambda shown: flat(text) not in readable(shown), f"{text!r} to be gone")

    def at(self, place: str) -> Robot:
        """Wait until the wizard asks this step, such as "Bind ▸ inference"."""
        self.until(lambda shown: is_at(place_on(shown), place), f"the step {place!r}")
        return self

    def tour(self) -> Robot:
        """Leave the overview, which opens where there are answers, for the steps one by one."""
        self.sees("Can call it")
        return self.press("s").at("Start ▸ Server")

    @property
    def place(self) -> str:
        return place_on(self.screen())

    def settled(self) -> str:
        """Wait until the program has nothing to do, and the screen stayed the same meanwhile, for a moment."""
        first, calm = "", 0

        def same() -> bool:
            nonlocal first, calm
            calm = calm + 1 if self._asleep else 0
            if calm == 1:
                first = self.screen()
            if calm < _CALM:
                return False
            now = self.screen()
            kept, first, calm = now == first, now, 1
            return kept

        until(same, lambda: f"a screen that stays\n{framed(first)}", PATIENCE, lambda: not self.ended, pause=_POLL)
        return first

    @property
    def _asleep(self) -> bool:
        """Whether every thread waits for something. One that a busy machine keeps waiting for a processor does not."""
        try:
            lines = [path.read_text() for path in Path(f"/proc/{self._pid}/task").glob("*/stat")]
        except OSError:  # a thread has just ended
            return False
        return all(line.rpartition(")")[2].split()[0] == "S" for line in lines)

    # --- the wizard's manners ---

    def next(self) -> Robot:
        """Enter: accept what stands there and go on to another step."""
        before = self.place
        self.press("Enter")
        self.until(lambda shown: place_on(shown) not in ("", before), f"the step after {before!r}")
        return self

    def walk_to(self, place: str) -> Robot:
        """Enter, step by step, until a step is reached; where nobody calls the model yet, "me" does."""
        for _ in range(30):
            here = self.place
            if is_at(here, place):
                return self
            if here == "Who calls it" and "[x]" not in self.screen():
                self.press("Space").sees("[x]")
            self.next()
        raise AssertionError(f"{place!r} never came\n{framed(self.screen())}")

    def choose(self, label: str) -> Robot:
        """Arrow down or up to an option and choose it; the step stays."""
        self.look_at(label)
        self.press("Space")
        pattern = re.compile(rf"[(\[][•x][)\]] {re.escape(label)}")
        self.until(lambda shown: bool(pattern.search(shown)), f"{label!r} to be chosen")
        return self

    def look_at(self, label: str) -> Robot:
        """Move the cursor to an option."""
        pattern = re.compile(rf"▌[(\[].[)\]] {re.escape(label)}")
        self.press("Home")
        self.until(lambda shown: bool(re.search(r"▌[(\[]", shown)), "a cursor on an option")
        for _ in range(20):
            shown = self.settled()
            if pattern.search(shown):
                return self
            self.press("Down")
        raise AssertionError(f"no option {label!r}\n{framed(self.screen())}")

    def fill(self, label: str, text: str) -> Robot:
        """Tab to the field of that name and put text in place of what stands there."""
        for _ in range(20):
            if self._in_field(label):
                break
            self.press("Tab")
        else:
            raise AssertionError(f"no field {label!r}\n{framed(self.screen())}")
        self.clear()
        return self.type(text)

    def turn(self, label: str, value: str) -> Robot:
        """Tab to a value between arrows and turn it until it is this one."""
        there = re.compile(rf"{re.escape(label)} +‹ (.*?) ›")
        for _ in range(20):
            if there.search(self.settled()):
                break
            self.press("Tab")
        else:
            raise AssertionError(f"no field {label!r}\n{framed(self.screen())}")
        for _ in range(10):
            found = there.search(self.settled())
            if found and found[1].strip() == value:
                return self
            self.press("Right")
        raise AssertionError(f"{label} never became {value!r}\n{framed(self.screen())}")

    def accept_everything(self) -> list[str]:
        """From Review to Write: type the word of every implication that asks for it; returns the words."""
        typed: list[str] = []
        self.press("C-n")
        while True:
            shown = self.until(
                lambda now: place_on(now) == "Write" or bool(self._word_asked()), "Write, or what to confirm"
            )
            if place_on(shown) == "Write":
                break
            word = self._word_asked()
            assert word not in typed, framed(shown)
            self.type(word).press("Enter")
            typed.append(word)
            self._goes_on_after(word)
        self.at("Write")
        return typed

    def _goes_on_after(self, word: str) -> None:
        """Enter goes on: to the next word, or to the next step once all are accepted."""
        self.until(
            lambda now: place_on(now) == "Write" or self._word_asked() not in ("", word), f"{word!r} to be accepted"
        )

    def _word_asked(self) -> str:
        """The word under the line that has the focus."""
        lines = self._tmux("capture-pane", "-e", "-p", "-t", "main").splitlines()
        for number, line in enumerate(lines):
            if _ACTIVE in line:
                below = re.sub(r"\x1b\[[0-9;]*m", "", " ".join(lines[number + 1 : number + 3]))
                found = re.search(r"type (\S+) to accept", below)
                return found[1] if found else ""
        return ""

    def _in_field(self, label: str) -> bool:
        """Whether the field of that name has the focus: its line stands on the colour of what is active."""
        self.settled()
        shown = self._tmux("capture-pane", "-e", "-p", "-t", "main")
        for line in shown.splitlines():
            before, mark, _ = line.partition(_ACTIVE)
            before = before.rpartition("\x1b")[0]
            words = re.sub(r"\x1b\[[0-9;]*m", "", before)
            if mark and re.search(rf"(^|\s){re.escape(label)}\s+$", words):
                return True
        return False

    def walk_to_done(self) -> Robot:
        """From Try to Done: "Not now", or the way on after a trial."""
        if self.place == "Try":
            self.press("End").settled()
            self.press("Enter")
        return self.at("Done")

    # --- the end ---

    @property
    def ended(self) -> bool:
        return _exit_code_of_zombie(self._pid) is not None or not Path(f"/proc/{self._pid}").exists()

    def leaves(self) -> int:
        """Wait until the program ends; returns its exit code."""

        def code() -> str:
            # tmux knows it a moment after the end; never for a program that a signal ended.
            ended = _exit_code_of_zombie(self._pid)
            return self._ask("#{pane_dead_status}") if ended is None else str(ended)

        return int(until(code, lambda: f"its end\n{framed(self.screen())}", pause=_POLL))

    @property
    def pid(self) -> int:
        return self._pid


def _exit_code_of_zombie(pid: int) -> int | None:
    """The exit code of a program that has ended but that tmux, having missed its signal, does not collect."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[-1]) >> 8 if fields[0] == "Z" else None


def _active() -> str:
    """How a terminal is told the background of the active line of the dark theme."""
    colours = themes.DARK.to_color_system().generate()
    # Textual tints the background of every input that has the focus.
    colour = Color.parse(colours["primary-muted"]).tint(Color.parse(colours["foreground"]).with_alpha(0.05))
    return f"48;2;{colour.r};{colour.g};{colour.b}"


_ACTIVE = _active()


def flat(text: str) -> str:
    """Text with every run of blanks and line ends as one blank."""
    return " ".join(text.split())


def readable(shown: str) -> str:
    """The screen as a person reads it: line by line, and each column of the wide layout for itself."""
    lines = shown.splitlines()
    columns = ["\n".join(line[_RAIL:_PANE] for line in lines), "\n".join(line[_PANE:] for line in lines)]
    return flat("\n".join([shown, *columns]))


def framed(shown: str) -> str:
    return "\n".join(f"  | {line}" for line in shown.splitlines())


def is_at(here: str, place: str) -> bool:
    """Whether a step is the one that is meant; a group's name means any of its parts."""
    return here == place or here.startswith(f"{place} ▸")


def place_on(shown: str) -> str:
    """The step that is asked, as the step list says it: "Model", or "Bind ▸ inference"; "" = none is shown."""
    narrow = re.search(r"^\s*\d+/10\s+(.+?)\s*$", shown, re.M)
    if narrow:
        return " ".join(narrow[1].split())
    marks = [m for line in shown.splitlines()[1:] if (m := re.match(r"^ {2,6}▸ (\S.*)", line[:_RAIL].rstrip()))]
    return " ▸ ".join(mark[1].strip() for mark in marks[:2])
