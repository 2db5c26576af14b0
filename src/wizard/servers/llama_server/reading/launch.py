"""The command line of llama-server, alone and behind the entry point of its image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from wizard.fast_start import regex
from wizard.formats.shell_source import read
from wizard.formats.shell_words import Word
from wizard.observed.start import Start
from wizard.servers.command_words import one_command
from wizard.servers.llama_server import flags
from wizard.servers.llama_server.flags import Flag

PROGRAM = "llama-server"
SHARED = "llama"
"""The program of many commands: `llama serve` is the same server."""
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""What word processors put in place of a hyphen."""
_ASKS = frozenset({"--help", "--version", "--cache-list", "--list-devices", "--completion-bash"})
_BUILD = regex(r"(?:^|[^A-Za-z0-9])b(\d{3,6})(?![A-Za-z0-9])")
_OPEN = regex(r"[$`%]")
_TELLING = regex(r"\.gguf$|^(?:-ngl|--n-gpu-layers|--ctx-size|--models-preset|--models-dir|--hf-repo|-hf)$")

Kind = Literal["", "server", "full"]


class Given(NamedTuple):
    """A flag on the command line. `value` None: a switch, or the value is missing."""

    flag: Flag
    word: Word
    value: Word | None
    on: bool = True

    @property
    def text(self) -> str:
        """Its value as the server gets it."""
        return self.value.text if self.value is not None else ""

    @property
    def missing(self) -> bool:
        """The command line ends before its value: the server stops."""
        return self.flag.words > 0 and self.value is None

    @property
    def open(self) -> bool:
        """Its value is determined elsewhere."""
        return self.value is not None and is_open(self.value)


class Unknown(NamedTuple):
    """A word where a flag should be, with the following words that were meant as its value."""

    word: Word
    values: tuple[Word, ...] = ()


class Launch(NamedTuple):
    """The server's arguments."""

    items: tuple[Given | Unknown, ...] = ()
    """In the order in which the server reads them."""
    image: Kind = ""
    """Which official image's entry point runs before it."""
    open: bool = False
    """More flags may come from outside."""
    program: Word | None = None
    """The word that names the program."""
    twice: Word | None = None
    """The program's name, given once more to an entry point that is the program."""

    @property
    def given(self) -> tuple[Given, ...]:
        """The flags that exist."""
        return tuple(item for item in self.items if isinstance(item, Given))

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """Words where a flag should be."""
        return tuple(item for item in self.items if isinstance(item, Unknown))

    def flag(self, name: str) -> Given | None:
        """The one that applies: the last."""
        return next((each for each in reversed(self.given) if each.flag.name == name), None)


def is_open(word: Word) -> bool:
    """Whether something outside fills in part of a word. ~ and * do not count here."""
    return word.expands and _OPEN.search(word.text) is not None


def image_kind(start: Start) -> Kind:
    """Which of the official images a container uses; the one with only the chat program counts as none."""
    path, tag = start.named
    if path.rpartition("/")[2] != "llama.cpp" or tag.startswith("light"):
        return ""
    return "full" if tag.startswith("full") else "server"


def build(start: Start | None) -> int:
    """The build that an image's tag or a comment names; 0 = neither does."""
    if start is None:
        return 0
    found = _BUILD.search(start.named.tag if image_kind(start) else "") or _BUILD.search(start.version_hint)
    return int(found[1]) if found else 0


def starts(start: Start) -> bool:
    """Whether the server is started, as opposed to being asked for its help."""
    found = launch(start)
    if found is None:
        return False
    return not any(each.flag.name in _ASKS for each in found.given)


def launch(start: Start) -> Launch | None:
    """The server's command line in a start; None if it is not started."""
    words = tuple(start.command or ())
    if (
        start.holder == "systemd"
        and not words
        and (
            any(v.name.startswith("LLAMA_ARG_") for v in start.environment)
            or any("LLAMA_ARG_" in value for kind, value, _ in start.options if kind != "ExecStart")
        )
    ):
        return Launch(open=True)  # a drop-in: the unit that it adds to has the command
    if start.holder == "flags":
        return _parsed(words) if any(_TELLING.search(word.text) for word in words) else None
    kind = image_kind(start)
    if kind and start.entrypoint is None:
        return _behind_image(start, words, kind)
    found = _found(start.words)
    return found._replace(image=kind) if found is not None else None


def _behind_image(start: Start, words: tuple[Word, ...], kind: Kind) -> Launch | None:
    if kind == "full":
        if not words or words[0].text not in ("--server", "-s"):
            return None
        return _parsed(words[1:])._replace(image=kind, program=words[0])
    if words and (_is_program(words[0].text) or start.shell_form):
        return (_found(words) or Launch())._replace(image=kind, twice=words[0])
    return _parsed(words)._replace(image=kind)


def _is_program(text: str) -> bool:
    return text.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe") == PROGRAM


def _found(words: Sequence[Word]) -> Launch | None:
    for number, word in enumerate(words):
        following = [each.text for each in words[number + 1 : number + 2]]
        shared = word.file_name == SHARED and following == ["serve"]
        if _is_program(word.text) or shared:
            return _parsed(one_command(words[number + 1 + shared :]))._replace(program=word)
        if " " in word.text and PROGRAM in word.text and number and words[number - 1].text.startswith("-"):
            for command in read(word.region):
                if (inner := _found(command.words)) is not None:
                    return inner
    return None


def _parsed(words: tuple[Word, ...]) -> Launch:
    items: list[Given | Unknown] = []
    at, opened = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        found = flags.find(word.text)
        if found is not None:
            flag, on = found
            values = words[at : at + flag.words]
            at += flag.words
            items.append(Given(flag, word, values[0] if values and flag.words else None, on))
        elif is_open(word):
            opened = True
        else:
            meant = _meant(words, at)
            at += len(meant)
            items.append(Unknown(word, meant))
    return Launch(tuple(items), open=opened)


def _meant(words: tuple[Word, ...], at: int) -> tuple[Word, ...]:
    """The words after one that is not a flag, up to the next that looks like one."""
    end = at
    while end < len(words) and not words[end].text.startswith(("-", *DASHES)):
        end += 1
    return words[at:end]
