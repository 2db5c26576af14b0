"""What of a unit systemd does not take as it was meant: lines it leaves out, and what a shell would have read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.fast_start import regex
from wizard.formats.shell_words import SHELLS, Word, split
from wizard.observed.alike import nearest

if TYPE_CHECKING:
    from wizard.check.holders.units import UnitAssignment
    from wizard.observed.start import StartOption

SECTION, KEY, ASSIGNMENT = "unit: wrong section", "unit: unknown key", "unit: assigns nothing"
QUOTES, BLANKS, IN_ENVIRONMENT = "unit: other quotes", "unit: blank at =", "unit: variable in Environment"
PROGRAM, BUILTIN, ACCOUNT, FOLDER = "unit: no program", "unit: word of a shell", "unit: no account", "unit: no folder"
OUTPUT, CHAIN, BACKGROUND = "unit: output", "unit: several commands", "unit: background"
HOME, PATTERN, COMMAND, HIDDEN = "unit: home", "unit: pattern", "unit: command in words", "unit: hidden home"

_OF_SERVICE = frozenset({"Environment", "EnvironmentFile", "User", "Group", "DynamicUser", "WorkingDirectory"})
"""Keys that only [Service] has, without which the server runs otherwise."""
_KEYS = (
    *sorted(_OF_SERVICE), "ExecCondition", "ExecPaths", "ExecReload", "ExecSearchPath", "ExecStart", "ExecStartPost",
    "ExecStartPre", "ExecStop", "ExecStopPost", "NoExecPaths", "PassEnvironment", "PrivateUsers", "UnsetEnvironment",
)  # fmt: skip
_ALIKE = 0.85
_ELSEWHERE = ("", "Unit", "Install")
BUILTINS = frozenset({"cd", "source", ".", "export", "set", "alias", "eval", "exec", "ulimit", "umask"})
_PATH = regex(r"/|%[hdSCtLET]/?|[^/~$=]+$")
_OUTPUT = regex(r"(?:\d|&)?>>?(?:&\d|\S*)|<\S*")
_PATTERN = regex(r"[\w./~-]*\*\.[a-z]+")
_AT_HOME = regex(r"(?:--?[\w-]+=)?~/")
_COMMAND = regex(r"(?:--?[\w-]+=)?(?:\$\(|`)")
_HIDDEN = regex(r"(?:--?[\w-]+=)?(?:/home/|/root/|%h/)")
_ON = frozenset({"yes", "true", "on", "1", "tmpfs", "y", "t"})
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE = regex(r"\$\{?[A-Za-z_]\w*\}?")


def found(lines: Sequence[UnitAssignment], words: Sequence[Word], filled_before: bool) -> Iterator[StartOption]:
    """All of it. `words`: those of ExecStart. `filled_before`: a shell writes the unit and fills in variables."""
    for line in lines:
        yield from _placed(line)
        if line.section == "Service":
            if line.key == "Environment":
                yield from _assigned(line, filled_before)
            yield from _refused(line, filled_before)
    if words:
        yield from _started(words[0], filled_before)
        yield from _hidden(lines, words)
        if words[0].file_name not in SHELLS:
            yield from typed(words, filled_before)


def _placed(line: UnitAssignment) -> Iterator[StartOption]:
    if line.section in _ELSEWHERE and line.key in _OF_SERVICE:
        yield SECTION, line.value.text if line.key == "Environment" else line.key, line.start
    elif line.section == "Service" and line.key not in _KEYS and nearest(_cased(line.key), _KEYS, _ALIKE):
        yield KEY, line.key, line.start


def meant(key: str) -> str:
    """The key that a misspelt one probably stands for."""
    return nearest(_cased(key), _KEYS, _ALIKE)


def _cased(key: str) -> str:
    """Spelled as systemd does, where only capitals are wrong."""
    return next((each for each in _KEYS if each.lower() == key.lower()), key)


def _assigned(line: UnitAssignment, filled_before: bool) -> Iterator[StartOption]:
    """Words that assign nothing; a comment behind an assignment is left out too, and does no harm."""
    words = split(line.value)
    for number, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if equals and _NAME.fullmatch(name):
            whole = not name.endswith("PATH") and not filled_before
            if whole and (used := _REFERENCE.search(value)):
                yield IN_ENVIRONMENT, used.group(), word.start
            continue
        if word.text.startswith("#"):
            return
        blanks = (
            word.text[:1] == "=" or name.endswith(" ") or [w.text[:1] for w in words[number + 1 : number + 2]] == ["="]
        )
        yield QUOTES if set(word.text) & set("“”„«»") else BLANKS if blanks else ASSIGNMENT, word.text, word.start
        return


def _refused(line: UnitAssignment, filled_before: bool) -> Iterator[StartOption]:
    text = line.value.text.strip()
    open_ = filled_before and "$" in text
    if line.key in ("User", "Group") and not open_ and re.search(r"[\s$#]", text):
        yield ACCOUNT, text, line.start
    elif line.key == "WorkingDirectory" and text and not open_ and not re.match(r"-?(?:/|%|~$)", text):
        yield FOLDER, text, line.start


def _started(word: Word, filled_before: bool) -> Iterator[StartOption]:
    """A program is an absolute path, or a bare name; variables are not filled in there."""
    text = word.text
    if text in BUILTINS:
        yield BUILTIN, text, word.start
    elif not _PATH.match(text) and not (filled_before and "$" in text):
        yield PROGRAM, text, word.start


def _hidden(lines: Sequence[UnitAssignment], words: Sequence[Word]) -> Iterator[StartOption]:
    own = [line for line in lines if line.section == "Service"]
    last = next((line.value.text.strip().lower() for line in reversed(own) if line.key == "ProtectHome"), "")
    if last in _ON and not any(line.key.startswith("Bind") for line in own):
        yield from ((HIDDEN, word.text, word.start) for word in words if _HIDDEN.match(word.text))


def typed(words: Sequence[Word], filled_before: bool) -> Iterator[StartOption]:
    """Of what only a shell does with output and with several commands, the first place."""
    told = words[0].text in BUILTINS
    for word in words[1:]:
        kind = _operator(word)
        if kind and not told:
            yield kind, word.text, word.start
        told = told or bool(kind)
        if _AT_HOME.match(word.text):
            yield HOME, word.text, word.start
        elif _PATTERN.fullmatch(word.text):
            yield PATTERN, word.text, word.start
        elif not filled_before and _COMMAND.match(word.text):
            yield COMMAND, word.text, word.start


def _operator(word: Word) -> str:
    text = word.text
    if text in ("|", "||", "&&"):
        return CHAIN
    if text == "&":
        return BACKGROUND
    return OUTPUT if not word.quoted and _OUTPUT.fullmatch(text) else ""
