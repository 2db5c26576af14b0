"""Messages as people paste them: with prefixes, colours, quotes and broken lines."""

from __future__ import annotations

import json
import random
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.help.test_firstaid import CORPUS, OF_FILE, recorded, server_of
from wizard.help.firstaid import diagnose

SAMPLE = 25
"""Recorded lines of each file that are tried in every form."""


def hard(text: str, width: int) -> str:
    """As a terminal of that width shows it."""
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


FORMS: dict[str, Callable[[str], str]] = {
    "docker logs -t": lambda text: f"2026-11-27T12:31:02.123456789Z {text}",
    "compose": lambda text: f"model-1  | {text}",
    "compose in colour": lambda text: f"\x1b[36mmodel-1  | \x1b[0m{text}\x1b[K",
    "journal": lambda text: f"Nov 27 12:31:02 box model[4711]: {text}",
    "kubernetes": lambda text: f"2026-11-27T12:31:02Z stderr F {text}",
    "windows": lambda text: text.replace("\n", "\r\n") + "\r",
    "capitals": str.upper,
    "bold first word": lambda text: "\x1b[1;31m" + text.replace(" ", "\x1b[0m ", 1),
    "mail": lambda text: "> " + text.replace("\n", "\n> "),
    "question": lambda text: f"why do I get: {text} ?",
    "collected": lambda text: json.dumps({"log": f"{text}\n", "stream": "stderr"}),
    "terminal": lambda text: hard(text, 80),
    "chat": lambda text: "\n".join(textwrap.wrap(text, 70)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", [path for path in CORPUS if server_of(path)], ids=lambda path: path.stem)
def test_a_line_is_understood_in_every_form_in_which_it_is_pasted(path: Path, form: str) -> None:
    cases = [c for c in recorded(path) if "\n" not in c["text"] or form not in ("terminal", "chat", "collected")]
    plan = OF_FILE[server_of(path)]
    wrong = []
    for case in random.Random(7).sample(cases, min(SAMPLE, len(cases))):
        told = {aid.id for aid in diagnose(FORMS[form](case["text"]), plan)}
        if not set(case["answer"]) <= told:
            wrong.append((FORMS[form](case["text"]), case["answer"], sorted(told)))
    assert wrong == []


@pytest.mark.parametrize("form", ["compose", "journal", "kubernetes", "question", "collected", "terminal", "mail"])
@pytest.mark.parametrize("path", [path for path in CORPUS if not server_of(path)], ids=lambda path: path.stem)
def test_what_browsers_and_programs_say_is_understood_in_every_form(path: Path, form: str) -> None:
    bare = ("CORS error", "Killed")  # a word or two that mean something only by themselves
    cases = [c for c in recorded(path) if "\n" not in c["text"] and c["text"] not in bare]
    wrong = []
    for case in random.Random(form).sample(cases, min(2 * SAMPLE, len(cases))):
        told = {aid.id for aid in diagnose(FORMS[form](case["text"]))}
        if not set(case["answer"]) & told:
            wrong.append((FORMS[form](case["text"]), case["answer"], sorted(told)))
    assert wrong == []


def test_lines_of_a_log_are_not_put_together() -> None:
    log = "I srv init: trying to allocate\nI srv start: buffer type 7\nE tensor\n2026-01-01 'x' not found"
    assert diagnose(log, OF_FILE["llama-server"]) == ()


def test_the_number_of_a_line_is_that_of_the_paste() -> None:
    broken = hard("2026-01-01T00:00:00 error while handling argument: " + "x" * 40 + " invalid repeat-last-n = -5", 60)
    text = f"{broken}\n\n\nerror: invalid argument: --zzz"
    assert [aid.line for aid in diagnose(text, OF_FILE["llama-server"])][-1] == text.count("\n") + 1
