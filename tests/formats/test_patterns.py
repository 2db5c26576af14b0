"""No pattern of this program needs much longer than a text is long, whatever the text.

Each repetition without a limit is led to, pumped up, and followed by what does not fit. Twice the length may take twice
the time; a pattern that goes back over the same letters takes four times as long, and stops the program on a long line.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
import re
import time
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

import wizard
from wizard.fast_start import LazyPattern

LETTERS = " \t\na-_.:/=\"',;{}[]()<>$\\#@?&%*+!|~^`0Aé"
LENGTH = 4_000
NEGLIGIBLE = 0.05
"""Seconds; a pattern that goes over a text once takes a hundredth of that."""
QUICK = 0.0005
"""Seconds for a quarter of the length, which no pattern needs that goes over a text once."""
FEW = (16, 24, 32, 40)
"""Repetitions after which a pattern that tries every way to divide them is known."""
MANY = 64
"""A repetition that may go on for longer than this is tried."""
BOUNDED = {
    ("wizard.artifacts.identity", "_MADE"): "one short name of a project",
    ("wizard.check.holders.units", "_HINT"): "the first 2,000 letters of a file",
    ("wizard.check.masking", "_NO_SECRET"): "the last 200 letters of a name",
    ("wizard.machine.browser_wizard", "_LOADED"): "a page that textual-serve brings along",
}
"""Patterns that never see a long text, and what they see."""
SEARCHES = r"\b{}\.(?:search|sub|subn|finditer|findall|split)\("


def patterns() -> Iterator[tuple[str, str, re.Pattern[str], bool]]:
    """(module, name, pattern, whether it is looked for anywhere in a text) of every pattern that a module holds."""
    for found in pkgutil.walk_packages(wizard.__path__, "wizard."):
        module = importlib.import_module(found.name)
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if re.search(rf"^{name}\b.*=", source, re.MULTILINE):
                yield from ((module.__name__, name, each, _searched(name, value, module)) for each in _within(value))


def _within(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, LazyPattern):
        value = value.compiled()
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _within(each)


def _searched(name: str, value: Any, module: ModuleType) -> bool:
    return not isinstance(value, re.Pattern | LazyPattern) or bool(
        re.search(SEARCHES.format(name), inspect.getsource(module))
    )


def fits(node: Any) -> list[str]:
    """The letters that one node of a pattern fits; [] for a node that is no letter."""
    op, given = node
    if op is _constants.LITERAL:
        return [chr(given)]
    if op is _constants.NOT_LITERAL:
        return [letter for letter in LETTERS if ord(letter) != given]
    if op is _constants.ANY:
        return [letter for letter in LETTERS if letter != "\n"]
    if op is not _constants.IN:
        return []
    negated = given[0][0] is _constants.NEGATE
    members = [each for each in given if each[0] is not _constants.NEGATE]
    named = [chr(a[0] if isinstance(a, tuple) else a) for o, a in members if o is not _constants.CATEGORY]
    return [letter for letter in [*LETTERS, *named] if any(_member(letter, *each) for each in members) is not negated]


def _member(letter: str, op: Any, given: Any) -> bool:
    if op is _constants.LITERAL:
        return bool(ord(letter) == given)
    if op is _constants.RANGE:
        return bool(given[0] <= ord(letter) <= given[1])
    kind = str(given)
    plain = letter.isdigit() if "DIGIT" in kind else letter.isspace() if "SPACE" in kind else letter.isalnum()
    return (plain or ("WORD" in kind and letter == "_")) is not ("NOT" in kind)


REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)


def example(nodes: Any, choose: random.Random, groups: dict[int, str]) -> str:
    """A short text that such nodes fit."""
    made = ""
    for op, given in nodes:
        if letters := fits((op, given)):
            made += choose.choice(letters)
        elif op in REPEATS:
            least, most, body = given
            for _ in range(least or choose.choice((0, 0, min(most, 1)))):
                made += example(body, choose, groups)
        elif op is _constants.SUBPATTERN:
            groups[given[0]] = example(given[3], choose, groups)
            made += groups[given[0]]
        elif op is _constants.BRANCH:
            made += example(choose.choice(given[1]), choose, groups)
        elif op is _constants.GROUPREF:
            made += groups.get(given, "")
    return made


def repetitions(nodes: Any, before: list[Any]) -> Iterator[tuple[list[Any], Any]]:
    """(what leads to it, what is repeated) of every repetition without a limit."""
    for at, (op, given) in enumerate(nodes):
        lead = [*before, *list(nodes)[:at]]
        inner: list[Any] = []
        if op in REPEATS:
            inner = [given[2]]
            if given[1] >= MANY:
                yield lead, given[2]
        elif op is _constants.SUBPATTERN:
            inner = [given[3]]
        elif op is _constants.BRANCH:
            inner = given[1]
        for each in inner:
            yield from repetitions(each, lead)


def texts(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """(how a text begins, what is then repeated)."""
    choose = random.Random(ascii(pattern.pattern))
    for lead, body in repetitions(_parser.parse(pattern.pattern, pattern.flags), []):
        for _ in range(6):
            groups: dict[int, str] = {}
            begin, pumped = example(lead, choose, groups), example(body, choose, groups)
            yield begin, pumped or " "
            yield "", f"{begin}{pumped}" or " "


def seconds(pattern: re.Pattern[str], anywhere: bool, text: str) -> float:
    began = time.process_time()
    if anywhere:
        for _ in pattern.finditer(text):
            pass
    else:
        pattern.match(text)
    return time.process_time() - began


def slow(pattern: re.Pattern[str], anywhere: bool) -> Iterator[str]:
    """The texts on which a pattern takes more than it should, shortest first: on a long one some would not end."""
    for begin, pumped in sorted(set(texts(pattern))):
        took = 0.0
        for times in (*FEW, *(length // len(pumped) for length in (LENGTH // 16, LENGTH // 4, LENGTH, LENGTH * 2))):
            length = times * len(pumped)
            before, took = took, seconds(pattern, anywhere, f"{begin}{pumped * times}\x01")
            if took > NEGLIGIBLE and (length < LENGTH * 0.9 or took > 3 * before):
                yield f"{begin!r} and {times} times {pumped!r}: {before:.3f}, then {took:.3f} s"
                break
            if times not in FEW and length > LENGTH // 8 and took < QUICK:
                break


def test_none_goes_over_the_same_letters_again_and_again() -> None:
    found = {
        f"{module}.{name} {pattern.pattern}": next(slow(pattern, anywhere), "")
        for module, name, pattern, anywhere in patterns()
        if (module, name) not in BOUNDED
    }
    assert len(found) > 200
    assert not {each: why for each, why in found.items() if why}


@pytest.mark.parametrize("bad", [r"a[ \t]*,?\s+b", r"([ \t]*)([^=]*?)[ \t]*=", r"(a|aa)+b"])
def test_such_a_pattern_is_found(bad: str) -> None:
    assert next(slow(re.compile(bad), anywhere=False), "")
