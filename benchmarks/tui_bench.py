#!/usr/bin/env python3
"""Time terminal programs the way a person meets them: start, first frame, key echo.

Every program under test (a "case") runs in its own pseudo-terminal of the same
size.  While it runs, the harness does nothing but timestamp the raw output, so
that reading costs the same for every case; afterwards the output is replayed
through a small screen model to find out *when* a text really stood on the
screen.  Escape sequences, partial paints and colour changes therefore cannot
fool the match.

Metrics per run (seconds or MiB, absent when not asked for):

  first_byte   spawn -> the first byte of any output
  first_text   spawn -> the first non-blank cell on the screen
  ready        spawn -> the screen matches --ready
  settled      spawn -> the last output before --quiet seconds of silence
  cpu_settled  user + system CPU of the process tree when it settled
  peak_rss     VmHWM, summed over the process tree, read at the end of the run
  bytes_settled  bytes written to the terminal until it settled
  echo         one key pressed -> the text typed so far stands on the screen
               (median over the keys of this run); echo_p95 likewise
  press        the --press keys -> the text --then stands on the screen
  exit         the quit keys -> the process is gone
  total        spawn -> exit, for a case with --until-exit

Cases run in turn (A B C, C B A, ...), so a machine that slows down meanwhile
slows every case down; ratios to the baseline are taken round by round and the
median of those is reported.  Nothing is judged: there are no thresholds.

Usage -- `--cmd` opens a case, the options after it belong to that case:

  tui_bench.py --runs 7 \\
    --cmd 'python floor.py' --name floor --ready 'Hello' --type 'qxzjv' \\
    --cmd 'posting' --name posting --ready 'Collection' --type 'qxzjv' \\
    --cmd 'wizard --help' --name help --until-exit

Keys in --setup / --quit are separated by blanks: single characters, or names
such as tab, enter, escape, up, ctrl+q, shift+tab, f1, wait:0.3.
Only the standard library is used; POSIX only.  RSS and CPU need /proc (Linux).
"""

from __future__ import annotations

import argparse
import codecs
import contextlib
import fcntl
import json
import os
import pty
import random
import re
import select
import shlex
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

NAMED_KEYS = {
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
}

# What a common terminal answers, so that no program sits out a query timeout.
QUERY = re.compile(
    rb"\x1b\[(?P<da>c|0c|>c|>0c)"
    rb"|\x1b\[(?P<dsr>[56])n"
    rb"|\x1b\[\?(?P<mode>\d+)\$p"
    rb"|\x1b\](?P<osc>1[01]);\?(?:\x07|\x1b\\)"
)


def key_bytes(name: str) -> bytes:
    """Return what a terminal sends for the key *name*."""
    if name in NAMED_KEYS:
        return NAMED_KEYS[name].encode()
    if name.startswith("ctrl+") and len(name) == 6:
        return bytes([ord(name[5].upper()) & 0x1F])
    return name.encode()


# --------------------------------------------------------------------------
# The screen model
# --------------------------------------------------------------------------


class Screen:
    """Just enough of a terminal to know which character stands in which cell."""

    _CSI = re.compile(r"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])")
    _STRING = re.compile(r"\x1b[\]PX^_].*?(?:\x07|\x1b\\)", re.S)
    _OTHER = re.compile(r"\x1b[ -/]*[0-~]")

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending = ""
        self._saved = (0, 0)
        self.clear()

    def clear(self) -> None:
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.x = self.y = 0

    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def feed(self, data: bytes) -> None:
        text = self._pending + self._decode(data)
        self._pending = ""
        i, n = 0, len(text)
        while i < n:
            char = text[i]
            if char == "\x1b":
                if i + 1 >= n:
                    self._pending = text[i:]
                    return
                if match := self._CSI.match(text, i):
                    self._csi(*match.groups())
                elif text[i + 1] in "]PX^_":
                    match = self._STRING.match(text, i)
                elif text[i + 1] == "[":
                    match = None
                elif match := self._OTHER.match(text, i):
                    self._escape(text[i + 1])
                if match is None:
                    self._pending = text[i:]
                    if len(self._pending) > 65536:  # a string that never ended
                        self._pending = ""
                    return
                i = match.end()
                continue
            self._put(char)
            i += 1

    def _put(self, char: str) -> None:
        if char == "\r":
            self.x = 0
        elif char in "\n\x0b\x0c":
            self._line_feed()
        elif char == "\b":
            self.x = max(0, self.x - 1)
        elif char == "\t":
            self.x = min(self.columns - 1, (self.x // 8 + 1) * 8)
        elif char >= " " and char != "\x7f":
            if unicodedata.combining(char):
                return
            width = 2 if unicodedata.east_asian_width(char) in "WF" else 1
            if self.x + width > self.columns:
                self.x = 0
                self._line_feed()
            self.cells[self.y][self.x] = char
            if width == 2 and self.x + 1 < self.columns:
                self.cells[self.y][self.x + 1] = ""
            self.x += width

    def _line_feed(self) -> None:
        if self.y + 1 < self.rows:
            self.y += 1
        else:
            self.cells.append([" "] * self.columns)
            del self.cells[0]

    def _escape(self, kind: str) -> None:
        if kind == "7":
            self._saved = (self.x, self.y)
        elif kind == "8":
            self.x, self.y = self._saved
        elif kind == "c":
            self.clear()
        elif kind == "M":
            self.y = max(0, self.y - 1)
        elif kind in "DE":
            self._line_feed()

    def _csi(self, private: str, params: str, _middle: str, final: str) -> None:
        numbers = [int(p) if p.isdigit() else 0 for p in params.split(";")] or [0]
        first = numbers[0]
        step = max(1, first)
        if private:
            if private == "?" and final in "hl" and 1049 in numbers:
                self.clear()
            return
        if final in "Hf":
            row = numbers[0] if numbers else 1
            column = numbers[1] if len(numbers) > 1 else 1
            self.y = min(self.rows, max(1, row)) - 1
            self.x = min(self.columns, max(1, column)) - 1
        elif final == "A":
            self.y = max(0, self.y - step)
        elif final == "B":
            self.y = min(self.rows - 1, self.y + step)
        elif final == "C":
            self.x = min(self.columns - 1, self.x + step)
        elif final == "D":
            self.x = max(0, self.x - step)
        elif final == "E":
            self.x, self.y = 0, min(self.rows - 1, self.y + step)
        elif final == "F":
            self.x, self.y = 0, max(0, self.y - step)
        elif final in "G`":
            self.x = min(self.columns, step) - 1
        elif final == "d":
            self.y = min(self.rows, step) - 1
        elif final == "J":
            self._erase_display(first)
        elif final == "K":
            self._erase_line(first)
        elif final == "X":
            self._blank(self.y, self.x, self.x + step)
        elif final == "s":
            self._saved = (self.x, self.y)
        elif final == "u":
            self.x, self.y = self._saved
        elif final == "b":
            last = self.cells[self.y][max(0, self.x - 1)]
            for _ in range(step):
                self._put(last or " ")

    def _blank(self, row: int, start: int, stop: int) -> None:
        for x in range(start, min(stop, self.columns)):
            self.cells[row][x] = " "

    def _erase_line(self, how: int) -> None:
        start = 0 if how in (1, 2) else self.x
        stop = self.x + 1 if how == 1 else self.columns
        self._blank(self.y, start, stop)

    def _erase_display(self, how: int) -> None:
        self._erase_line(how)
        rows = range(self.y + 1, self.rows) if how == 0 else range(self.y)
        for row in range(self.rows) if how >= 2 else rows:
            self._blank(row, 0, self.columns)


# --------------------------------------------------------------------------
# One run of one program
# --------------------------------------------------------------------------


@dataclass
class Case:
    """One program under test, as given on the command line."""

    cmd: str
    name: str = ""
    ready: str = ""
    setup: str = ""
    type: str = ""
    expect: str = ""
    press: str = ""
    then: str = ""
    quit: str = "ctrl+q ctrl+c"
    cwd: str = ""
    env: list[str] = field(default_factory=list)
    until_exit: bool = False
    shown: bool = False


@dataclass
class Chunk:
    at: float
    data: bytes


class Session:
    """A program in a pseudo-terminal whose output is timestamped as it comes."""

    def __init__(self, case: Case, size: tuple[int, int], home: str) -> None:
        env = {k: v for k, v in os.environ.items() if k not in ("LINES", "COLUMNS")}
        for name in ("NO_COLOR", "CI", "TMUX", "TEXTUAL", "TEXTUAL_DRIVER"):
            env.pop(name, None)
        env.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8")
        env.update(
            HOME=home,
            XDG_CONFIG_HOME=f"{home}/.config",
            XDG_DATA_HOME=f"{home}/.local/share",
            XDG_CACHE_HOME=f"{home}/.cache",
            XDG_STATE_HOME=f"{home}/.local/state",
        )
        env.update(pair.split("=", 1) for pair in case.env)
        argv = shlex.split(case.cmd)
        columns, rows = size
        self.chunks: list[Chunk] = []
        self.exited_at: float | None = None
        self.exit_code: int | None = None
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                winsize = struct.pack("HHHH", rows, columns, 0, 0)
                fcntl.ioctl(0, termios.TIOCSWINSZ, winsize)
                if case.cwd:
                    os.chdir(case.cwd)
                os.execvpe(argv[0], argv, env)
            except OSError as error:
                os.write(2, f"cannot start {argv[0]}: {error}\n".encode())
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, timeout: float) -> bool:
        """Take whatever comes within *timeout* seconds; False when nothing did."""
        readable, _, _ = select.select([self.fd], [], [], max(0.0, timeout))
        if not readable:
            return False
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            data = b""
        now = time.perf_counter()
        if not data:
            self._reap(now)
            return False
        self.chunks.append(Chunk(now - self.started, data))
        self._answer(data)
        return True

    def _answer(self, data: bytes) -> None:
        for match in QUERY.finditer(data):
            if match["da"]:
                reply = b"\x1b[?62;22c" if b">" not in match["da"] else b"\x1b[>1;10;0c"
            elif match["dsr"]:
                reply = b"\x1b[0n" if match["dsr"] == b"5" else b"\x1b[1;1R"
            elif match["mode"]:
                known = match["mode"] == b"2026"
                reply = b"\x1b[?%s;%d$y" % (match["mode"], 2 if known else 0)
            else:
                reply = b"\x1b]%s;rgb:1111/1111/1111\x1b\\" % match["osc"]
            self.write(reply)

    def write(self, data: bytes) -> float:
        with contextlib.suppress(OSError):
            os.write(self.fd, data)
        return time.perf_counter() - self.started

    def _reap(self, now: float) -> None:
        if self.exited_at is not None:
            return
        try:
            _, status, _ = os.wait4(self.pid, 0)
        except ChildProcessError:
            status = 0
        self.exited_at = now - self.started
        self.exit_code = os.waitstatus_to_exitcode(status)

    @property
    def alive(self) -> bool:
        return self.exited_at is None

    def until_quiet(self, quiet: float, deadline: float) -> float:
        """Read until *quiet* seconds of silence; return the time of the last output."""
        while self.alive and time.perf_counter() - self.started < deadline:
            if not self.read(quiet):
                break
        return self.chunks[-1].at if self.chunks else 0.0

    def tree(self) -> list[int]:
        """The process and its descendants."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                after = entry.read_text().rpartition(")")[2].split()
                parents.setdefault(int(after[1]), []).append(int(entry.parent.name))
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            queue.extend(parents.get(pid, ()))
        return found

    def cpu_seconds(self) -> float:
        ticks = 0
        for pid in self.tree():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(stat[11]) + int(stat[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def peak_rss_mib(self) -> float:
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError, ValueError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        total += int(line.split()[1])
        return total / 1024

    def close(self, quit_keys: str, grace: float = 3.0) -> float | None:
        """Ask the program to quit, then make it; return how long asking took."""
        exit_time = None
        if self.alive and quit_keys:
            asked = time.perf_counter()
            for name in quit_keys.split():
                self.write(key_bytes(name))
                limit = time.perf_counter() + grace / max(1, len(quit_keys.split()))
                while self.alive and time.perf_counter() < limit:
                    self.read(0.05)
                if not self.alive:
                    exit_time = time.perf_counter() - asked
                    break
        if self.alive:
            for sig in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, sig)
                limit = time.perf_counter() + 1.0
                while self.alive and time.perf_counter() < limit:
                    self.read(0.05)
        with contextlib.suppress(OSError):
            os.close(self.fd)
        if self.alive:
            self._reap(time.perf_counter())
        return exit_time


class Replay:
    """Answers when something first stood on the screen."""

    def __init__(self, chunks: list[Chunk], size: tuple[int, int]) -> None:
        self._chunks = chunks
        self._screen = Screen(*size)
        self._next = 0

    def first(self, pattern: str, since: float = 0.0, until: float = 1e9) -> float | None:
        """The time of the first chunk in [since, until] after which *pattern* shows."""
        wanted = re.compile(pattern, re.M)
        while self._next < len(self._chunks):
            chunk = self._chunks[self._next]
            if chunk.at > until:
                return None
            self._next += 1
            self._screen.feed(chunk.data)
            if chunk.at >= since and wanted.search(self._screen.text()):
                return chunk.at
        return None

    def first_more(self, pattern: str, since: float, until: float) -> float | None:
        """The time from which *pattern* shows more often than it did at *since*."""
        wanted = re.compile(pattern, re.M)
        before = None
        while self._next < len(self._chunks):
            chunk = self._chunks[self._next]
            if chunk.at > until:
                return None
            if chunk.at >= since and before is None:
                before = len(wanted.findall(self._screen.text()))
            self._next += 1
            self._screen.feed(chunk.data)
            if before is not None and len(wanted.findall(self._screen.text())) > before:
                return chunk.at
        return None

    def screen(self) -> str:
        for chunk in self._chunks[self._next :]:
            self._screen.feed(chunk.data)
        self._next = len(self._chunks)
        return self._screen.text()


PLAIN = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b.", re.S)


def run_case(case: Case, options: argparse.Namespace, home: str) -> dict[str, float]:
    """Run *case* once and return its metrics."""
    size = (options.columns, options.rows)
    session = Session(case, size, home)
    result: dict[str, float] = {}
    try:
        if case.until_exit:
            while session.alive and time.perf_counter() - session.started < options.timeout:
                session.read(0.2)
            if session.exited_at is None:
                raise RuntimeError(f"{case.name}: still running after {options.timeout} s")
            result["total"] = session.exited_at
            if session.chunks:
                result["first_byte"] = session.chunks[0].at
            return result
        _wait_ready(session, case, size, options)
        settled = session.until_quiet(options.quiet, options.timeout)
        result["cpu_settled"] = session.cpu_seconds()
        result["bytes_settled"] = sum(len(c.data) for c in session.chunks)
        for name in case.setup.split():
            if name.startswith("wait:"):
                session.until_quiet(float(name[5:]), options.timeout)
                continue
            session.write(key_bytes(name))
            session.until_quiet(options.quiet, session.chunks[-1].at + options.timeout)
        typed: list[tuple[float, float, str]] = []
        for index, char in enumerate(case.type):
            # Blanks of uneven length, so that no key meets a frame timer in step.
            end = time.perf_counter() + options.gap * (0.7 + 0.6 * random.random())
            while time.perf_counter() < end:
                session.read(end - time.perf_counter())
            sent = session.write(char.encode())
            before = len(session.chunks)
            limit = time.perf_counter() + 2.0
            while session.alive and time.perf_counter() < limit:
                if session.read(0.25):
                    fresh = b"".join(c.data for c in session.chunks[before:])
                    if char.encode() in PLAIN.sub(b"", fresh):
                        break
            wanted = case.type[: index + 1]
            typed.append((sent, sent + 2.0, wanted))
        session.until_quiet(0.15, time.perf_counter() - session.started + 0.5)
        pressed = 0.0
        if case.press:
            pressed = session.write(b"".join(key_bytes(name) for name in case.press.split()))
            session.until_quiet(options.quiet, pressed + options.timeout)
        result["peak_rss"] = session.peak_rss_mib()
        before_quit = len(session.chunks)
        exit_time = session.close(case.quit)
        if exit_time is not None:
            result["exit"] = exit_time
    finally:
        session.close("")
    replay = Replay(session.chunks, size)
    first_text = replay.first(r"\S")
    ready = Replay(session.chunks, size).first(case.ready or r"\S")
    if options.show and not case.shown:
        shown = Replay(session.chunks[:before_quit], size).screen()
        print(f"--- {case.name}\n{shown}", file=sys.stderr)
        case.shown = True
    if first_text is None or ready is None:
        last = Replay(session.chunks, size).screen()
        raise RuntimeError(f"{case.name}: {case.ready!r} never appeared; screen:\n{last}")
    result["first_byte"] = session.chunks[0].at
    result["first_text"] = first_text
    result["ready"] = ready
    result["settled"] = max(settled, ready)
    echoes = []
    echo_replay = Replay(session.chunks, size)
    for sent, until, wanted in typed:
        pattern = case.expect.replace("{}", re.escape(wanted)) if case.expect else re.escape(wanted)
        seen = echo_replay.first_more(pattern, sent, until)
        if seen is not None:
            echoes.append(seen - sent)
    if case.press:
        seen = echo_replay.first_more(case.then, pressed, pressed + options.timeout)
        if seen is not None:
            result["press"] = seen - pressed
    if typed:
        result["echo_seen"] = len(echoes) / len(typed)
    if echoes:
        result["echo"] = statistics.median(echoes)
        result["echo_p95"] = sorted(echoes)[max(0, round(len(echoes) * 0.95) - 1)]
    return result


def _wait_ready(session: Session, case: Case, size: tuple[int, int], options: argparse.Namespace) -> None:
    """Read until the screen matches, looking only while the program is silent."""
    checked = 0
    screen = Screen(*size)
    wanted = re.compile(case.ready or r"\S", re.M)
    while session.alive and time.perf_counter() - session.started < options.timeout:
        if session.read(0.05):
            continue
        for chunk in session.chunks[checked:]:
            screen.feed(chunk.data)
        checked = len(session.chunks)
        if wanted.search(screen.text()):
            return
    raise RuntimeError(
        f"{case.name}: {case.ready!r} not seen (exit code {session.exit_code}); screen:\n"
        + Replay(session.chunks, size).screen()
    )


# --------------------------------------------------------------------------
# Many runs, and what they say together
# --------------------------------------------------------------------------


def spread(values: list[float]) -> dict[str, float]:
    digits = 1 if max(values) > 1000 else 4
    return {
        "median": round(statistics.median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
        "n": len(values),
    }


def summarise(rounds: list[dict[str, dict[str, float]]], baseline: str) -> dict[str, dict]:
    """Medians per case and metric, with the median of the round-by-round ratios."""
    summary: dict[str, dict] = {}
    for name in sorted({name for r in rounds for name in r}):
        runs = [r[name] for r in rounds if name in r]
        metrics: dict[str, dict] = {}
        for metric in sorted({m for run in runs for m in run}):
            metrics[metric] = spread([run[metric] for run in runs if metric in run])
            pairs = [
                r[name][metric] / r[baseline][metric]
                for r in rounds
                if metric in r.get(name, {}) and r.get(baseline, {}).get(metric)
            ]
            if pairs and name != baseline and metric not in ("echo_seen",):
                metrics[metric]["ratio"] = round(statistics.median(pairs), 2)
        summary[name] = metrics
    return summary


def idle_share(seconds: float = 0.4) -> float:
    """The share of processor time nobody used, looked at for *seconds*."""

    def sample() -> tuple[int, int]:
        fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return fields[3] + fields[4], sum(fields)

    try:
        idle, total = sample()
        time.sleep(seconds)
        idle_after, total_after = sample()
    except (OSError, ValueError, IndexError):
        return 1.0
    return (idle_after - idle) / max(1, total_after - total)


def wait_for_calm(limit: float) -> float:
    """Wait at most *limit* seconds for a mostly idle machine; return the idle share."""
    deadline = time.monotonic() + limit
    share = idle_share()
    while share < 0.85 and time.monotonic() < deadline:
        time.sleep(0.3)
        share = idle_share()
    return share


class OpenCase(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        namespace.cases = [*(namespace.cases or []), Case(cmd=values)]


class InCase(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        if not namespace.cases:
            parser.error(f"{option_string} needs a --cmd before it")
        case = namespace.cases[-1]
        if self.dest == "env":
            case.env.append(values)
        else:
            setattr(case, self.dest, True if self.nargs == 0 else values)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="counted rounds (default 5)")
    parser.add_argument("--warmup", type=int, default=1, help="rounds not counted (default 1)")
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--quiet", type=float, default=0.35, help="silence that means settled")
    parser.add_argument("--gap", type=float, default=0.15, help="mean pause between keys")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds a start may take")
    parser.add_argument(
        "--calm",
        type=float,
        default=0.0,
        help="before each run, wait up to this long for an idle machine",
    )
    parser.add_argument("--baseline", default="", help="case for the ratios (default: first)")
    parser.add_argument("--home", default="", help="HOME for the programs (default: a new one)")
    parser.add_argument("--show", action="store_true", help="print each case's screen once")
    parser.add_argument("--out", default="", help="also write the JSON here")
    parser.add_argument("--raw", action="store_true", help="keep every round in the JSON")
    parser.add_argument("--cmd", action=OpenCase, dest="cases", help="open a case")
    for option, text in (
        ("name", "its name in the report"),
        ("ready", "regexp that the finished main screen matches"),
        ("setup", "keys that bring the focus to a text field, sent once settled"),
        ("type", "characters to type for the echo metric"),
        ("expect", "regexp of the echo; {} stands for the text typed so far"),
        ("press", "keys sent after the typing, all at once"),
        ("then", "regexp that shows once --press has had its effect"),
        ("quit", "keys that end it (default: ctrl+q ctrl+c)"),
        ("cwd", "working directory"),
        ("env", "NAME=VALUE, may be repeated"),
    ):
        parser.add_argument(f"--{option}", action=InCase, help=f"of the case: {text}")
    parser.add_argument("--until-exit", action=InCase, nargs=0, help="of the case: it ends by itself")
    options = parser.parse_args(argv)
    if not options.cases:
        parser.error("nothing to run: give at least one --cmd")
    for case in options.cases:
        case.name = case.name or Path(shlex.split(case.cmd)[0]).name
    return options


def main(argv: list[str] | None = None) -> int:
    options = parse(sys.argv[1:] if argv is None else argv)
    random.seed(1)
    rounds: list[dict[str, dict[str, float]]] = []
    failures: list[str] = []
    idle: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tui-bench-") as scratch:
        home = options.home or scratch
        for number in range(-options.warmup, options.runs):
            this_round: dict[str, dict[str, float]] = {}
            order = options.cases if number % 2 == 0 else options.cases[::-1]
            for case in order:
                share = wait_for_calm(options.calm)
                try:
                    this_round[case.name] = run_case(case, options, home)
                    if number >= 0:
                        idle.append(share)
                except RuntimeError as error:
                    failures.append(f"round {number}: {error}")
            if number >= 0:
                rounds.append(this_round)
            print(f"round {number + 1}/{options.runs}", file=sys.stderr)
    baseline = options.baseline or options.cases[0].name
    report = {
        "size": [options.columns, options.rows],
        "runs": options.runs,
        "baseline": baseline,
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": [round(x, 2) for x in os.getloadavg()],
        "idle_before_runs": spread(idle) if idle else {},
        "cases": summarise(rounds, baseline),
        "failures": failures,
    }
    if options.raw:
        report["rounds"] = rounds
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        Path(options.out).write_text(text + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
