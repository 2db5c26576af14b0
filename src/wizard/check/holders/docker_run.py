"""`docker run` and `podman run` lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from wizard.check.holders import misplaced
from wizard.check.holders.options import mount, publishes, volume
from wizard.fast_start import regex
from wizard.formats.shell_words import Word, split, tail
from wizard.observed.source import Source
from wizard.observed.start import Health, Start, Variable

_PROGRAMS = frozenset({"docker", "podman", "nvidia-docker", "nerdctl", "docker.exe"})
_SWITCHES = frozenset(
    {
        "--detach", "--interactive", "--tty", "--rm", "--init", "--privileged", "--read-only", "--publish-all",
        "--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--disable-content-trust", "--quiet", "--replace",
    }
)  # fmt: skip
_SHORT_SWITCHES = frozenset("ditPq")
_SHORT = {
    "p": "--publish", "v": "--volume", "e": "--env", "u": "--user", "w": "--workdir", "h": "--hostname", "l": "--label",
    "m": "--memory", "c": "--cpu-shares", "a": "--attach", "P": "--publish-all", "d": "--detach", "i": "--interactive",
    "t": "--tty", "q": "--quiet",
}  # fmt: skip
_ALIASES = {"--net": "--network"}
_VARIABLE = regex(r"\$(?:\w+|\{\w+\}|[@*])")


def read(source: Source, words: Sequence[Word], at: int) -> Start | None:
    """The container a command starts; None if it is not `docker run`."""
    behind = _behind(words)
    if behind is None:
        return None
    number, options = _options(words, behind)
    if number >= len(words):
        return None
    own = misplaced.parted(tuple(words[number + 1 :]))
    made = _start(source, words[number], own.words, options, at)
    late = ((misplaced.LATE, own.first.text, own.first.start),) if own.first is not None else ()
    engine: Literal["", "podman"] = "podman" if _program(words, behind) == "podman" else ""
    return made._replace(engine=engine, options=(*made.options, *late))


def _options(words: Sequence[Word], number: int) -> tuple[int, list[tuple[str, Word, int]]]:
    """(place of the image, options as long name, value, offset)."""
    options: list[tuple[str, Word, int]] = []
    while number < len(words):
        word = words[number]
        if _options_of_a_variable(words, number):
            options.append(("--env-file", word, word.start))  # its value is not known
            number += 1
            continue
        if not word.text.startswith("-") or word.text == "-":
            break
        taken, found = _option(words, number)
        options += found
        number += taken
    return number, options


def unfinished(words: Sequence[Word]) -> bool:
    """Whether a command would start a container, and ends before it names the image."""
    behind = _behind(words)
    return behind is not None and _options(words, behind)[0] >= len(words)


def starts(words: Sequence[Word]) -> bool:
    """Whether a command starts a container."""
    return _behind(words) is not None


def _behind(words: Sequence[Word]) -> int | None:
    """Where the options of `run` begin."""
    for number, word in enumerate(words[:6]):
        if word.file_name in _PROGRAMS:
            rest = [each.text for each in words[number + 1 : number + 4]]
            if rest[:1] and rest[0] in ("run", "create"):
                return number + 2
            if rest[:2] in (["container", "run"], ["container", "create"]):
                return number + 3
            return None
    return None


def _program(words: Sequence[Word], behind: int) -> str:
    """The engine's program, in front of the place where its options begin."""
    names = (word.file_name for word in reversed(words[:behind]))
    return next((name for name in names if name in _PROGRAMS), "")


def _options_of_a_variable(words: Sequence[Word], number: int) -> bool:
    """`$OPTIONS` before other options or the image: a word that a shell may split into several."""
    word = words[number]
    if not word.expands or word.quoted or not _VARIABLE.fullmatch(word.text) or number + 1 >= len(words):
        return False
    following = words[number + 1].text
    return following.startswith("-") or "/" in following or _VARIABLE.fullmatch(following) is not None


def _option(words: Sequence[Word], number: int) -> tuple[int, list[tuple[str, Word, int]]]:
    """(how many words it takes, what they say)."""
    word = words[number]
    text = word.text
    following = words[number + 1] if number + 1 < len(words) else Word(word.region.part(0, 0), word.end, word.end)
    if text.startswith("--"):
        name, equals, _ = text.partition("=")
        name = _ALIASES.get(name, name)
        if equals:
            return 1, [(name, tail(word, text.index("=") + 1), word.start)]
        if name in _SWITCHES:
            return 1, [(name, tail(word, len(text)), word.start)]
        return 2, [(name, following, word.start)]
    found = []
    for place, letter in enumerate(text[1:], 1):
        name = _SHORT.get(letter, f"-{letter}")
        if letter in _SHORT_SWITCHES:
            found.append((name, tail(word, len(text)), word.start))
            continue
        if place + 1 < len(text):
            skip = place + 2 if text[place + 1] == "=" else place + 1
            return 1, [*found, (name, tail(word, skip), word.start)]
        return 2, [*found, (name, following, word.start)]
    return 1, found


def _start(
    source: Source, image: Word, command: tuple[Word, ...], options: list[tuple[str, Word, int]], at: int
) -> Start:
    def given(name: str) -> list[tuple[Word, int]]:
        return [(value, where) for option, value, where in options if option == name]

    def last(name: str) -> tuple[Word, int] | None:
        return next(reversed(given(name)), None)

    network, user, entrypoint, health = last("--network"), last("--user"), last("--entrypoint"), last("--health-cmd")
    workdir, name = last("--workdir"), last("--name")
    volumes = [volume(value.region, where, value.end) for value, where in given("--volume")]
    mounts = [mount(value.text, where, value.end) for value, where in given("--mount")]
    return Start(
        "docker-run",
        source,
        name[0].text if name else "",
        at,
        image,
        entrypoint=tuple(split(entrypoint[0].region)) if entrypoint else None,
        command=command or None,
        command_at=command[0].start if command else image.start,
        environment=(*map(_secret, given("--secret")), *(variable(value) for value, _ in given("--env"))),
        environment_open=bool(given("--env-file")),
        publishes=tuple(p for value, where in given("--publish") for p in publishes(value.region, where, value.end)),
        mounts=tuple(found for found in (*volumes, *mounts) if found is not None),
        network=network[0].text if network else "",
        network_at=network[1] if network else 0,
        health=Health(tuple(split(health[0].region)), health[1]) if health else None,
        user=user[0] if user else None,
        init=bool(given("--init")),
        options=tuple((option, value.text, where) for option, value, where in options),
        working_dir=workdir[0].text if workdir else "",
    )


def _secret(given: tuple[Word, int]) -> Variable:
    """The variable that a secret of Podman becomes; without a name where it becomes a file."""
    word, _ = given
    pairs = dict(part.partition("=")[::2] for part in word.text.split(","))
    name = pairs.get("target", word.text.partition(",")[0]) if pairs.get("type") == "env" else ""
    return Variable(name, None, word.start, word.start, word.end, True)


def variable(word: Word) -> Variable:
    """`NAME=VALUE`, or `NAME` alone, whose value comes from outside."""
    name, equals, value = word.text.partition("=")
    offset = len(name) + len(equals)
    return Variable(
        name.strip(), value if equals else None, word.start, word.region.origin(offset), word.end, word.expands
    )
