"""Property lists of macOS's launchd: the program it keeps running, word by word, as no shell reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.formats.region import Builder, Region
from wizard.formats.shell_words import Word
from wizard.observed.source import Source
from wizard.observed.start import KEPT, Start, Variable

_KEY = regex(r"<key>([^<]*)</key>\s*(?:<string>([^<]*)</string>|<(array|dict)>)?")
_READ = frozenset({"Program", "ProgramArguments", "WorkingDirectory", "EnvironmentVariables"})
_STRING = regex(r"<string>([^<]*)</string>")
_PAIR = regex(r"<key>([^<]*)</key>\s*<string>([^<]*)</string>")
_ENTITY = regex(r"&(?:amp|lt|gt|quot|apos);")
_PLAIN = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}


def read(source: Source) -> Iterator[Start]:
    """The program of a property list."""
    text = _without_comments(source.text)
    words: list[Word] = []
    program: Word | None = None
    environment: list[Variable] = []
    folder, at = "", 0
    taken: set[str] = set()
    for key in _KEY.finditer(text):
        name = key[1].strip()
        if name not in _READ or name in taken:
            continue
        taken.add(name)
        block = _block(text, key)
        if name == "ProgramArguments" and block is not None:
            at = key.start()
            words = [_word(each) for each in _STRING.finditer(text, *block)]
        elif name == "Program" and key[2] is not None:
            program, at = _word(key, 2), at or key.start()
        elif name == "WorkingDirectory" and key[2] is not None:
            folder = key[2].strip()
        elif name == "EnvironmentVariables" and block is not None:
            environment = [_variable(each) for each in _PAIR.finditer(text, *block)]
    command = (program, *words[1:]) if program is not None else tuple(words)
    if command:
        yield Start(
            "shell",
            source,
            source.name,
            command[0].start,
            command=command,
            command_at=command[0].start,
            environment=tuple(environment),
            working_dir=folder,
            options=((KEPT, "launchd", at),),
        )


def _without_comments(text: str) -> str:
    """The text with blanks for what launchd does not read."""
    kept, at = [], 0
    while (begin := text.find("<!--", at)) >= 0:
        end = text.find("-->", begin)
        end = len(text) if end < 0 else end + 3
        kept += [text[at:begin], "".join("\n" if char == "\n" else " " for char in text[begin:end])]
        at = end
    return "".join((*kept, text[at:]))


def _block(text: str, key: re.Match[str]) -> tuple[int, int] | None:
    """Where the contents of an array or a dictionary begin and end."""
    if key[3] is None:
        return None
    end = text.find(f"</{key[3]}>", key.end())
    return key.end(), end if end >= 0 else len(text)


def _word(found: re.Match[str], group: int = 1) -> Word:
    return Word(_plain(found, group), found.start(group), found.end(group), quoted=True)


def _variable(found: re.Match[str]) -> Variable:
    return Variable(found[1].strip(), _plain(found, 2).text, found.start(1), found.start(2), found.end(2))


def _plain(found: re.Match[str], group: int) -> Region:
    """A text with its entities replaced, each character at its place."""
    built, at, text = Builder(), found.start(group), found.string
    for entity in _ENTITY.finditer(text, found.start(group), found.end(group)):
        built.add(text[at : entity.start()], at)
        built.add(_PLAIN[entity.group()], entity.start(), moving=False)
        at = entity.end()
    built.add(text[at : found.end(group)], at)
    return built.region(found.start(group))
