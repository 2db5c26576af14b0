"""What a signal does while a program works, tidies up, or has never said anything about it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.support.processes import popen
from wizard.machine import signals

NAMES = [number.name for number in signals.ENDING]


def program(text: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program of its own, with the signals as a shell would give them."""
    head = "import os, signal\nfrom wizard.machine import signals\n"
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with popen([sys.executable, "-u", "-c", head + text], **pipes, **options) as process:
        try:
            out, err = process.communicate(timeout=90)
        finally:
            process.kill()
    return subprocess.CompletedProcess([], process.returncode, out, err)


def test_every_signal_that_ends_a_program_by_itself_is_known() -> None:
    """Each is tried: one that ends Python is answered, or stands in the list of what tells of a fault."""
    faults = {"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP", "SIGIOT"}
    real_time = {"SIGRTMIN", "SIGRTMAX"}
    for number in signal.Signals:
        if number in (signal.SIGKILL, signal.SIGSTOP) or number.name in faults | real_time:
            continue
        if number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
            continue  # they stop a program, and another one lets it go on
        done = program(f"os.kill(os.getpid(), {int(number)})")
        ends = done.returncode != 0
        assert ends == (number in signals.ENDING), number.name


def test_a_signal_may_come_while_the_program_holds_the_lock_that_its_answer_needs() -> None:
    """As when a second one comes in the middle of switching a `threading.Event` for the first."""
    done = program("""
import threading
lock, answered = threading.Lock(), threading.Event()
def ask():
    with lock:
        answered.set()
with signals.held(ask):
    with lock:
        os.kill(os.getpid(), signal.SIGINT)
    print("went on", answered.wait(60), flush=True)
""")
    assert done.stdout == "went on True\n", done


@pytest.mark.parametrize("name", NAMES)
def test_held_signals_interrupt_nothing_however_often_they_come(name: str) -> None:
    done = program(f"""
import threading
asked = threading.Semaphore(0)
try:
    with signals.raising(), signals.held(asked.release):
        for _ in range(50):
            os.kill(os.getpid(), signal.{name})
        print("went on", sum(asked.acquire(timeout=60) for _ in range(50)), flush=True)
    print("after", flush=True)
except signals.Ended:
    print("ended", flush=True)
""")
    after = "after" if name == "SIGINT" else "ended"
    assert done.stdout.split("\n")[:2] == ["went on 50", after], done


@pytest.mark.parametrize("name", NAMES)
def test_elsewhere_a_signal_is_an_interrupt_that_says_which_kind(name: str) -> None:
    done = program(f"""
try:
    with signals.raising():
        os.kill(os.getpid(), signal.{name})
        print("went on")
except KeyboardInterrupt as stop:
    print(type(stop).__name__)
os.kill(os.getpid(), signal.{name})
""")
    assert done.stdout.strip() == ("KeyboardInterrupt" if name == "SIGINT" else "Ended")
    assert done.returncode == -signal.Signals[name], "afterwards it does what it always did"


def test_what_the_parent_had_ignored_or_somebody_else_answers_stays_so() -> None:
    done = program(
        """
signal.signal(signal.SIGUSR1, lambda *_: print("theirs", flush=True))
with signals.raising():
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGUSR1)
print("went on")
""",
        ignoring=[signal.SIGHUP],
    )
    assert done.stdout.split() == ["theirs", "went", "on"], done


@pytest.mark.parametrize("moment", ["loading", "over"])
def test_ctrl_c_before_and_after_everything_ends_without_a_traceback(moment: str) -> None:
    """It comes while a module is being imported, which no handler of the program's own can be there for yet."""
    done = program(f"""
import sys
from wizard.__main__ import run
class Ask:
    def find_spec(self, name, *_):
        if "loading" == "{moment}" and name == "wizard.cli.main":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Ask())
sys.argv[1:] = ["--version"]
try:
    run()
except SystemExit:
    os.kill(os.getpid(), signal.SIGINT)
""")
    assert done.stderr == "" and done.returncode == -signal.SIGINT
    assert bool(done.stdout) is (moment == "over")


STORM = """
import os, random, sys, time
sys.stdin.read()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    try:
        os.kill(int(sys.argv[1]), random.choice((1, 2, 15)))
    except ProcessLookupError:
        break
    time.sleep(random.random() / 500)
"""
UNDER_IT = f"""
import select, subprocess, sys
inside = interrupted = rounds = 0
kept = []
storm = subprocess.Popen([sys.executable, "-c", {STORM!r}, str(os.getpid())], stdin=-1, stdout=-1, stderr=-3)

def go_on():
    global inside, interrupted, rounds
    if storm.stdin:
        kept.append(storm.stdin)
        storm.stdin = None
        os.close(kept[0].fileno())  # now it begins
    while not select.select([storm.stdout.fileno()], [], [], 0)[0]:
        interrupted += inside
        inside = 0
        with signals.held(lambda: None):
            inside = 1
            for _ in range(500):
                pass
            inside = 0
        rounds += 1

def again(what):
    while True:
        try:
            return what()
        except KeyboardInterrupt:
            continue

with signals.raising():
    again(lambda: again(lambda: again(lambda: again(lambda: again(go_on)))))
print(rounds > 0, interrupted, flush=True)
os._exit(0)
"""


def test_a_storm_of_signals_finds_no_gap_between_two_handlers() -> None:
    """Handlers are changed one signal after the other; what arrives meanwhile is held or raised, never mixed."""
    done = program(UNDER_IT)
    assert done.stdout == "True 0\n", (done.stdout, done.stderr[-2000:])


def test_outside_the_main_thread_nothing_is_changed() -> None:
    before = [signal.getsignal(number) for number in signals.ENDING]

    def look() -> None:
        with signals.raising(), signals.held(lambda: None):
            assert [signal.getsignal(number) for number in signals.ENDING] == before

    worker = threading.Thread(target=look)
    worker.start()
    worker.join()


def test_the_handlers_are_those_that_were_there() -> None:
    before = [signal.getsignal(number) for number in signals.ENDING]
    with signals.raising(), signals.held(lambda: None):
        pass
    assert [signal.getsignal(number) for number in signals.ENDING] == before
