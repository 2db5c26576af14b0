"""`docker run` and `podman run` lines."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.check.holders.options import mount, publishes, volume
from wizard.formats.shell_source import Word, split
from wizard.observed.source import Source
from wizard.observed.start import Health, Mounted, Publish, Start, Variable

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


def read(source: Source, words: Sequence[Word], at: int) -> Start | None:
    """The container a command starts; None if it is no `docker run`."""
    behind = _behind(words)
    if behind is None:
        return None
    options: list[tuple[str, Word, int]] = []
    """(long name, value, offset of the option)"""
    number = behind
    while number < len(words):
        word = words[number]
        if not word.text.startswith("-") or word.text == "-":
            break
        taken, found = _option(words, number)
        options += found
        number += taken
    if number >= len(words):
        return None
    return _start(source, words[number], tuple(words[number + 1 :]), options, at)


def _behind(words: Sequence[Word]) -> int | None:
    """Where the options of `run` begin."""
    for number, word in enumerate(words[:6]):
        if word.text.rpartition("/")[2] in _PROGRAMS:
            rest = [each.text for each in words[number + 1 : number + 4]]
            if rest[:1] and rest[0] in ("run", "create"):
                return number + 2
            if rest[:2] in (["container", "run"], ["container", "create"]):
                return number + 3
            return None
    return None


def _option(words: Sequence[Word], number: int) -> tuple[int, list[tuple[str, Word, int]]]:
    """(how many words it takes, what they say)."""
    word = words[number]
    text = word.text
    following = words[number + 1] if number + 1 < len(words) else Word(word.region.part(0, 0), word.end, word.end)
    if text.startswith("--"):
        name, equals, _ = text.partition("=")
        name = _ALIASES.get(name, name)
        if equals:
            return 1, [(name, _rest(word, text.index("=") + 1), word.start)]
        if name in _SWITCHES:
            return 1, [(name, _rest(word, len(text)), word.start)]
        return 2, [(name, following, word.start)]
    found = []
    for place, letter in enumerate(text[1:], 1):
        name = _SHORT.get(letter, f"-{letter}")
        if letter in _SHORT_SWITCHES:
            found.append((name, _rest(word, len(text)), word.start))
            continue
        if place + 1 < len(text):
            skip = place + 2 if text[place + 1] == "=" else place + 1
            return 1, [*found, (name, _rest(word, skip), word.start)]
        return 2, [*found, (name, following, word.start)]
    return 1, found


def _rest(word: Word, offset: int) -> Word:
    region = word.region.part(offset, len(word.text))
    return Word(region, word.region.origin(offset), word.end, word.expands, word.quoted)


def _start(
    source: Source, image: Word, command: tuple[Word, ...], options: list[tuple[str, Word, int]], at: int
) -> Start:
    published: list[Publish] = []
    mounts: list[Mounted] = []
    environment: list[Variable] = []
    more: list[tuple[str, str, int]] = []
    network, network_at, user, entrypoint, workdir, health = "", 0, None, None, "", None
    opened = False
    for name, value, where in options:
        if name == "--publish":
            published += publishes(value.region, where, value.end)
        elif name == "--volume":
            if found := volume(value.region, where, value.end):
                mounts.append(found)
        elif name == "--mount":
            if found := mount(value.text, where, value.end):
                mounts.append(found)
        elif name == "--env":
            environment.append(variable(value))
        elif name == "--env-file":
            opened = True
        elif name == "--network":
            network, network_at = value.text, where
        elif name == "--user":
            user = value
        elif name == "--workdir":
            workdir = value.text
        elif name == "--entrypoint":
            entrypoint = tuple(split(value.region)) if value.text else ()
        elif name == "--health-cmd":
            health = Health(tuple(split(value.region)), where)
        else:
            more.append((name, value.text, where))
    return Start(
        "docker-run",
        source,
        next((value for name, value, _ in more if name == "--name"), ""),
        at,
        image,
        entrypoint=entrypoint,
        command=command or None,
        command_at=command[0].start if command else image.start,
        environment=tuple(environment),
        environment_open=opened,
        publishes=tuple(published),
        mounts=tuple(mounts),
        network=network,
        network_at=network_at,
        health=health,
        user=user,
        init=any(name == "--init" for name, _, _ in more),
        options=tuple(more),
        working_dir=workdir,
    )


def variable(word: Word) -> Variable:
    """`NAME=VALUE`, or `NAME` passed on from outside."""
    name, equals, value = word.text.partition("=")
    offset = len(name) + len(equals)
    return Variable(
        name.strip(), value if equals else None, word.start, word.region.origin(offset), word.end, word.expands
    )
