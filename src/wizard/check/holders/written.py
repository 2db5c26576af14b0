"""Files that commands write: here-documents, and lines from echo and printf, combined if several add to one file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from wizard.fast_start import regex
from wizard.formats.region import Builder, Region
from wizard.formats.shell_source import ShellCommand, read
from wizard.formats.shell_words import Word
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import EDITS, FETCHES, INSTALLS, WRITES

if TYPE_CHECKING:
    from wizard.observed.start import StartOption

_SAYS = frozenset({"echo", "printf"})
_OPTIONS = regex(r"-[neE]+")
_CHANGES = frozenset({"sed", "perl", "awk", "tee", "mv", "cp", "ln", "install", "curl", "wget", "envsubst"})
_INSTALLERS = frozenset({"apt-get", "apt", "apk", "yum", "dnf", "microdnf", "tdnf", "zypper"})
_FETCHES = frozenset(
    {
        "git", "curl", "wget", "tar", "unzip", "7z", "rsync", "scp", "svn", "aws", "gsutil", "gcloud", "azcopy",
        "huggingface-cli", "hf",
    }
)  # fmt: skip
_INNER = regex(r"\s*cat\s*(>>?)\s*([^\s;&|]+)\s*")
"""`sh -c 'cat > FILE'`, with the here-document behind it."""
_DOCUMENT = regex(r"\$\(\s*cat[ \t]*<<")
"""`NAME=$(cat <<EOF`, with the text of a file behind it."""
_VARIABLE = regex(r"\$\{?(\w+)\}?")
_FETCHED = regex(r"(?:^|[\s;&|(])(?:git|curl|wget|tar|unzip)\s")


def files(source: Source, commands: Sequence[ShellCommand], where: str) -> Iterator[SourcePart]:
    """Every file they write, as it is when they have finished; `where`: how the parts are described."""
    texts: dict[str, Builder] = {}
    more: set[str] = set()
    opened: set[str] = set()
    for command, fed, open_ in _outputs(commands):
        target, adds = _target(command)
        # The shell of a Dockerfile is /bin/sh, whose echo reads escapes.
        text = fed if fed is not None else _said(command.words, where == "Dockerfile")
        if not target or text is None:
            continue
        if target not in texts or not adds:
            texts[target] = Builder()
            more.discard(target)
            if adds:
                more.add(target)
        texts[target].copy(text, 0, len(text.text))
        if open_ or (fed is None and any(word.expands for word in command.words)):
            opened.add(target)
    for _, text, target, open_ in _kept(commands):
        if target:
            texts[target] = Builder()
            texts[target].copy(text, 0, len(text.text))
            (opened.add if open_ else opened.discard)(target)
    for target, built in texts.items():
        yield SourcePart(source, built.region(), target, where, target in more, target in opened)


def documents(commands: Sequence[ShellCommand]) -> Iterator[tuple[ShellCommand, Region, str, bool]]:
    """(command, here-document it reads, file it becomes, "" = none, whether more is filled in than is known)."""
    yield from _fed(commands)
    yield from _kept(commands)


def _fed(commands: Sequence[ShellCommand]) -> Iterator[tuple[ShellCommand, Region, str, bool]]:
    for command, fed, open_ in _outputs(commands):
        if fed is not None:
            yield command, fed, _target(command)[0], open_


def _kept(commands: Sequence[ShellCommand]) -> Iterator[tuple[ShellCommand, Region, str, bool]]:
    """The same of the here-documents that variables hold until they are written."""
    written = _variables_written(commands)
    for command in commands:
        if command.here is not None and command.words and command.words[0].text == "read":
            yield command, command.here, written.get(command.words[-1].text, ""), command.here_open
        for name, word in command.assignments:
            if _DOCUMENT.match(word.text):
                inner = read(word.region.part(2, len(word.text) - 1))
                yield from ((each, text, written.get(name, ""), opened) for each, text, _, opened in _fed(inner))


def _variables_written(commands: Sequence[ShellCommand]) -> dict[str, str]:
    """Variable -> the file to which echo or printf writes it, by way of `tee` too."""
    found: dict[str, str] = {}
    for command, after in zip_longest(commands, commands[1:]):
        names = [match[1] for word in command.words[1:] if (match := _VARIABLE.fullmatch(word.text))]
        teed = after is not None and _tees(after.words) is not None
        target = _target(command)[0] or (_target(after)[0] if after is not None and teed else "")
        if names and target and command.words[0].text in _SAYS:
            found[names[-1]] = target
    return found


def echoed(commands: Sequence[ShellCommand]) -> Iterator[tuple[Word, str]]:
    """(text that echo or printf writes as one word, file it becomes)."""
    for command in commands:
        texts = [word for word in command.words[1:] if not _OPTIONS.fullmatch(word.text)]
        if command.target and len(texts) == 1 and command.words[0].text in _SAYS:
            yield texts[0], command.target


def _outputs(commands: Sequence[ShellCommand]) -> Iterator[tuple[ShellCommand, Region | None, bool]]:
    """Each command, the here-document it reads (its own, or that of the `cat` before its pipe), and whether that is
    open."""
    if commands:
        yield commands[0], commands[0].here, commands[0].here_open
    for before, command in pairwise(commands):
        takes = _tees(command.words) is not None or any(word.text == "-" for word in command.words)
        piped = command.here is None and not before.target and takes
        feeding = before if piped else command
        yield command, feeding.here, feeding.here_open


def _tees(words: Sequence[Word]) -> int | None:
    return next((at + 1 for at, word in enumerate(words[:2]) if word.file_name == "tee"), None)


def _target(command: ShellCommand) -> tuple[str, bool]:
    """(file, whether the text is appended)."""
    behind = _tees(command.words)
    if behind is None and not command.target:
        for before, word in pairwise(command.words):
            if before.text in ("-c", "-lc") and (inner := _INNER.fullmatch(word.text)):
                return inner[2], inner[1] == ">>"
    if behind is None:
        return command.target, command.adds
    words = [word.text for word in command.words[behind:]]
    return next((word for word in words if not word.startswith("-")), ""), any(w in ("-a", "--append") for w in words)


def _said(words: Sequence[Word], escapes: bool) -> Region | None:
    """What echo or printf prints."""
    if not words or words[0].text not in _SAYS:
        return None
    texts = list(words[1:])
    escapes = escapes or words[0].text == "printf"
    while texts and words[0].text == "echo" and _OPTIONS.fullmatch(texts[0].text):
        option = texts.pop(0).text
        escapes = escapes or "e" in option
    built = Builder()
    for number, word in enumerate(texts):
        region = _unescaped(word.region) if escapes else word.region
        if number:
            built.add(" ", word.start, moving=False)
        built.copy(region, 0, len(region.text))
    if texts and words[0].text == "echo":
        built.add("\n", texts[-1].end, moving=False)
    return built.region()


def _unescaped(region: Region) -> Region:
    built, at = Builder(), 0
    for match in re.finditer(r"\\[nt]", region.text):
        built.copy(region, at, match.start())
        built.add("\n" if match.group() == "\\n" else "\t", region.origin(match.start()), moving=False)
        at = match.end()
    built.copy(region, at, len(region.text))
    return built.region(region.origin(0))


def changed(runs: Iterable[tuple[int, ShellCommand]]) -> Iterator[StartOption]:
    """Files that commands change in a way that is not followed, files they write, and commands that bring files from
    elsewhere. `runs`: (where the instruction begins, command)."""
    for at, command in runs:
        if command.target:
            yield WRITES, command.target, at
        names = {word.file_name for word in command.words[:2]}
        if names & _FETCHES or any(" " in word.text and _FETCHED.search(word.text) for word in command.words):
            yield FETCHES, "", at
        if names & _INSTALLERS:
            yield from ((INSTALLS, word.text, at) for word in command.words[2:])
        if names & _CHANGES:
            for word in command.words[1:]:
                if word.text.startswith("/"):
                    yield EDITS, word.text, at
