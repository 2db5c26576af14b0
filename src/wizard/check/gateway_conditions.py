"""The variables and conditions of an nginx configuration, evaluated for an origin that it names nowhere (a
stranger)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.nginx import Directive

ASKED = "$http_origin"
_STRANGER = "https://stranger.invalid"
_VARIABLE = regex(r"\$\{?(\w+)\}?")
_ANYTHING = regex(r"\^?(https?\??://)?\(?(\.[*+]?)?\)?\$?")
_FARTHEST = 20
"""How many variables are followed, one after another."""


class Condition(NamedTuple):
    """What an `if` tests; with operator and operand "", whether the variable is neither empty nor 0."""

    variable: str
    operator: str
    operand: str


def condition(directive: Directive) -> Condition | None:
    """What an `if` tests about a variable; None if it tests something else."""
    words = list(directive.values)
    if directive.name != "if" or not words or not words[0].startswith("(") or not words[-1].endswith(")"):
        return None
    words[-1] = words[-1][:-1]
    words[0] = words[0][1:]
    words = words[not words[0] :]
    if directive.values[-1] == ")":
        words = words[:-1]
    if len(words) not in (1, 3) or not _VARIABLE.fullmatch(words[0]):
        return None
    return Condition(words[0], *(words[1:] or ("", "")))


class Conditions:
    """The variables of a configuration, and their values for a stranger: an origin that it names nowhere."""

    def __init__(self, directives: Sequence[Directive]) -> None:
        self.maps: dict[str, Directive] = {}
        self.sets: dict[str, list[tuple[Directive, Directive | None]]] = {}
        self._known: dict[str, str | None] = {}
        self._collect(directives, None)
        self._made_of = {name: set(self._parts(name)) for name in (*self.maps, *self.sets)}
        makes: dict[str, set[str]] = {}
        for name, parts in self._made_of.items():
            for part in parts:
                makes.setdefault(part, set()).add(name)
        self._of_origin = _closure({ASKED}, makes)

    def behind(self, names: Iterable[str]) -> set[str]:
        """These variables, and all that determine their values."""
        return _closure(names, self._made_of)

    def passed_on(self, names: Iterable[str]) -> set[str]:
        """These variables, and those whose value they take if nothing in a map matches."""
        whole = {name: set(variables(*self._unlisted(name))) for name in (*self.maps, *self.sets)}
        return _closure(names, whole)

    def keeps_out(self, guard: Directive, refuses: bool) -> bool:
        """Whether an `if` depends on the origin and keeps strangers out: it refuses them, or does not let them into
        its block."""
        asked = condition(guard)
        if asked is None or asked.variable not in self._of_origin:
            return False
        return self._holds(asked, 0) is not (not refuses)

    def _collect(self, directives: Sequence[Directive], around: Directive | None) -> None:
        for each in directives:
            if each.name == "map" and len(each.values) == 2:
                self.maps[each.values[1]] = each
            elif each.name == "set" and len(each.values) == 2:
                self.sets.setdefault(each.values[0], []).append((each, around))
            elif each.block is not None:
                self._collect(each.block, each if each.name == "if" else None)

    def _parts(self, name: str) -> Iterator[str]:
        if name in self.maps:
            made = self.maps[name]
            yield from variables(made.values[0], *(entry.values[0] for entry in made.block or () if entry.values))
        for made, around in self.sets.get(name, ()):
            asked = condition(around) if around is not None else None
            yield from variables(made.values[1], asked.variable if asked is not None else "")

    def _unlisted(self, name: str) -> Iterator[str]:
        if name in self.maps:
            yield _chosen(self.maps[name], _STRANGER) or ""
        yield from (made.values[1] for made, around in self.sets.get(name, ()) if around is None)

    def _holds(self, asked: Condition, steps: int) -> bool | None:
        """Whether the condition holds for a stranger; None if unknown."""
        value = self._value(asked.variable, steps + 1)
        if value is None:
            return None
        if asked.operator == "":
            return value not in ("", "0")
        if "~" not in asked.operator:
            return (value == asked.operand) is (asked.operator == "=")
        if value != _STRANGER:
            return None
        return anything(asked.operand) is not asked.operator.startswith("!")

    def _value(self, text: str, steps: int) -> str | None:
        if "$" not in text:
            return text
        if text == ASKED:
            return _STRANGER
        if text not in self._known and steps <= _FARTHEST:
            self._known[text] = None
            self._known[text] = self._mapped(text, steps) if text in self.maps else self._set(text, steps)
        return self._known.get(text)

    def _mapped(self, name: str, steps: int) -> str | None:
        source = self._value(self.maps[name].values[0], steps + 1)
        chosen = _chosen(self.maps[name], source) if source is not None else None
        return self._value(chosen, steps + 1) if chosen is not None else None

    def _set(self, name: str, steps: int) -> str | None:
        value = "" if name in self.sets else None
        for made, around in self.sets.get(name, ()):
            asked = condition(around) if around is not None else None
            holds = True if around is None else None if asked is None else self._holds(asked, steps + 1)
            if holds is None:
                value = None
            elif holds:
                value = self._value(made.values[1], steps + 1)
        return value


def variables(*texts: str) -> Iterator[str]:
    """The variables in texts, as `$name`."""
    for text in texts:
        yield from (f"${name}" for name in _VARIABLE.findall(text))


def anything(pattern: str) -> bool:
    """Whether a regular expression matches every origin."""
    return _ANYTHING.fullmatch(pattern) is not None


def _chosen(made: Directive, value: str) -> str | None:
    """The value that a map gives; None if only a regular expression could tell."""
    entries = [(entry.name, entry.values[0]) for entry in made.block or () if entry.values]
    patterns = [(key.lstrip("~").removeprefix("*"), chosen) for key, chosen in entries if key.startswith("~")]
    for key, chosen in entries:
        if key.lower() == value.lower():
            return chosen
    if patterns and value != _STRANGER:
        return None
    matching = [chosen for pattern, chosen in patterns if anything(pattern)]
    return next(iter([*matching, *(chosen for key, chosen in entries if key == "default")]), "")


def _closure(names: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    found, left = set[str](), list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(edges.get(name, ()))
    return found
