"""Running servers, judged like files: each process or container becomes the command line that would start it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.check.findings import ReportLine, rule
from wizard.fast_start import regex
from wizard.formats import shell
from wizard.observed.open_to import APART, EVERYWHERE, HERE, NOBODY
from wizard.observed.running import RunningServer, Socket
from wizard.observed.seen import Observed, ObservedListener
from wizard.observed.source import Source

NO_ANSWER = "no answer"
OPEN = regex(r"answers 2\d\d without a token")


class Opening(NamedTuple):
    """A socket that is open now."""

    address: str
    """Where callers connect; "" = the container's own addresses."""
    port: int
    who: str
    """Who can reach it, for people."""
    api: str | None
    """None: the settings do not explain it."""
    title: str


class Head(NamedTuple):
    """The description of something that runs, shown before what is wrong with it."""

    running: RunningServer
    observed: Observed | None
    openings: tuple[Opening, ...]
    silent: tuple[ObservedListener, ...]
    answers: Mapping[tuple[str, int], str]
    """(address, port) -> the answer to a request there."""

    def lines(self) -> Iterator[str]:
        """For people."""
        if self.observed is not None:
            version = f" {self.observed.version}" if self.observed.version else ""
            yield f"{self.observed.title}{version}, {self.running.kind} {self.running.name} ({self.running.number})"
        if self.running.sockets is None and not self.openings:
            yield "what it listens on cannot be seen by this user"
        for each in self.openings:
            place = f"[{each.address}]" if ":" in each.address else each.address
            kind = "inside" if each.who == NOBODY else "open"
            yield f"{kind:<8}{place}:{each.port}  {each.title or 'not explained by its settings'}: {each.who}"
        for listener in self.silent:
            yield f"silent  :{listener.port}  {listener.title}: its settings name it, nothing listens"
        for (address, port), answer in self.answers.items():
            yield f"asked   {f'[{address}]' if ':' in address else address}:{port}  {answer}"

    def json(self) -> dict[str, object]:
        """What its report contains that a file's does not."""
        return {
            "name": self.running.name,
            "number": self.running.number,
            "listens": [
                {"api": each.api, "address": each.address or None, "port": each.port, "who": each.who}
                for each in self.openings
            ],
            "silent": [{"api": each.api, "port": each.port} for each in self.silent],
            "answers": [{"address": a, "port": port, "answer": text} for (a, port), text in self.answers.items()],
        }


def measured(lines: Iterable[ReportLine], head: Head) -> list[ReportLine]:
    """The findings about what runs. One that a measured answer refutes says so, and the measurement counts."""
    return [_refuted(line, head) for line in lines]


def _refuted(line: ReportLine, head: Head) -> ReportLine:
    denies = rule(line.id).denies
    for (address, port), answer in head.answers.items() if denies else ():
        api = next((each.api for each in head.openings if each.port == port), None)
        here = line.api in (None, api) and answer != NO_ANSWER
        if here and (denies == "answer" or OPEN.fullmatch(answer)):
            place = f"[{address}]" if ":" in address else address
            said = f"Measured otherwise, and that counts: {place}:{port} {answer}. By the settings: {line.message}"
            return line._replace(severity="info", message=said, instead="")
    return line


def as_source(running: RunningServer) -> Source:
    """The command line, one option per line."""
    assignments = [[f"{name}={value}"] for name, value in running.variables]
    words = list(running.command)
    first = 2 if words[:2] == ["docker", "run"] else 1
    groups = [words[:first], *_grouped(words[first:])]
    if assignments:
        groups = [["env"], *assignments, *groups]
    return Source(running.place, shell.sh_command(groups) + "\n")


def _grouped(words: Sequence[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for word in words:
        if word.startswith("-") and group:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def openings(running: RunningServer, observed: Observed | None) -> tuple[Opening, ...]:
    """Every open socket of it, with who can reach it; () if nothing can be seen of it."""
    listeners = {each.port: each for each in observed.listeners} if observed is not None else {}
    if running.kind == "process":
        sockets = running.sockets or ()
        return _tidy(
            _opening(each, each.port, _who(each) if running.shares_network else APART, listeners) for each in sockets
        )
    if running.shares_network:
        shared = [each for each in running.sockets or () if each.port in listeners]
        return _tidy(_opening(each, each.port, _who(each), listeners) for each in shared)
    published = {each.inside for each in running.published}
    outer = [
        _opening(Socket(each.address, each.port), each.inside, _who(Socket(each.address, 0)), listeners)
        for each in running.published
        if each.inside in listeners or not running.joins  # another one's are explained there
    ]
    inner = [
        _opening(Socket("", each.port), each.port, _within(each, running), listeners)
        for each in running.sockets or ()
        if each.port not in published and (each.port in listeners or not (each.loopback or running.joins))
    ]
    return _tidy((*outer, *inner))


def silent(running: RunningServer, observed: Observed | None) -> tuple[ObservedListener, ...]:
    """What it should listen on according to its settings, but does not."""
    if running.sockets is None or observed is None:
        return ()
    open_ports = {each.port for each in running.sockets}
    return tuple(each for each in observed.listeners if each.port and each.port not in open_ports)


def _opening(at: Socket, inside: int, who: str, listeners: dict[int, ObservedListener]) -> Opening:
    listener = listeners.get(inside)
    return Opening(at.address, at.port, who, listener.api if listener else None, listener.title if listener else "")


def _who(at: Socket) -> str:
    return HERE if at.loopback else EVERYWHERE if at.everywhere else f"the network of {at.address}"


def _within(at: Socket, running: RunningServer) -> str:
    if at.loopback:
        return NOBODY
    names = [each.name for each in running.networks if each.name != "none"]
    if not names:
        return NOBODY
    here = ", and programs on this machine by the container's address"
    return f"containers on {', '.join(names)}{here if any(each.from_here for each in running.networks) else ''}"


def _tidy(found: Iterable[Opening]) -> tuple[Opening, ...]:
    """The IPv4 and IPv6 sockets of one thing are one line."""
    every = list(dict.fromkeys(found))
    both = {(each.port, each.who) for each in every if each.address == "0.0.0.0"}
    return tuple(each for each in every if not (each.address == "::" and (each.port, each.who) in both))
