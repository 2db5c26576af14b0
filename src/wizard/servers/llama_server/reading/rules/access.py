"""Who gets in: keys, addresses, web pages, and what callers can do."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.remark import Remark, shortened
from wizard.observed.seen import ObservedListener
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import Start
from wizard.servers.llama_server.reading.launch import Launch
from wizard.servers.llama_server.reading.observe import KEY_WORDS, REFUSED_HOST, exposure, listeners
from wizard.servers.llama_server.reading.rules.flags import launch_at
from wizard.servers.llama_server.reading.rules.variables import lost_key
from wizard.servers.llama_server.reading.seen import Seen, Value
from wizard.severity import LESS, Severity

_POWERS: tuple[tuple[str, Severity, str], ...] = (
    ("--ui-mcp-proxy", "high", "fetch any address that this machine reaches, and read the answer"),
    ("--slot-save-path", "high", "write files into that folder, over those of others"),
    ("--media-path", "medium", "have files of that folder read"),
    ("--props", "medium", "change settings for everybody"),
)
"""What a flag lets every caller do: (flag, severity without a key, the end of a sentence)."""
_REMOVED = regex(r"\brm +-[A-Za-z]*f|\bunlink\b")


def alone(seen: Seen) -> Iterator[Remark]:
    """Remarks about a file of variables itself."""
    if seen.files:
        yield from _host(seen)
        yield from _open(seen, None)
        yield from _weak(seen, None)


def reach(seen: Seen, start: Start) -> Iterator[Remark]:
    """Who could connect, for a start that fails for another reason."""
    if not start.contained:
        yield from _open(seen, start)


def find(seen: Seen, start: Start, launch: Launch) -> Iterator[Remark]:
    """Remarks about one start."""
    yield from _host(seen)
    yield from _tls(seen)
    if not start.contained:
        yield from _open(seen, start)
    yield from _weak(seen, launch)
    named = seen.values.get("--api-key-file")
    if named is not None and named.made:
        for file in seen.key_files:
            yield from _lines(named, file)
    if seen.keys == "some" and seen.tools is not None:
        yield _at("LS-TOOLS-KEYED", seen.tools)
    argument = launch.flag("--api-key")
    if argument is not None and seen.keys == "some":
        yield Remark("LS-KEY-ARGUMENT", start.source, argument.word.start)
    if seen.keys not in ("none", "empty") or seen.incomplete:
        return
    powers = list(_powers(seen, start))
    yield from powers
    said = powers or seen.keys == "empty" or any(lost_key(seen, p) for p in seen.placed)
    if not said and _pages_reach(seen, start):
        rule = "LS-ROUTER-OPEN" if seen.router else "LS-NO-KEY"
        yield Remark(rule, start.source, launch_at(start))


def _at(rule: str, value: Value, severity: Severity | None = None, **fills: object) -> Remark:
    """A remark at the place where a setting was made."""
    name = value.flag.name if value.layer == "flag" else value.flag.variable
    return Remark(rule, value.source, value.at, {"flag": name, "value": shortened(value.text), **fills}, severity)


def _removes(seen: Seen) -> bool:
    """Whether something is removed in the file that starts the server; what it is, is not examined."""
    return seen.start is not None and _REMOVED.search(seen.start.source.text) is not None


def _host(seen: Seen) -> Iterator[Remark]:
    host = seen.values.get("--host")
    if host is None or not host.made or host.open:
        return
    text = host.text
    if text in ("", "*"):
        yield _at("LS-HOST-STAR", host, shown=text or "an empty value")
    elif text.endswith(".sock") and not _removes(seen):
        yield _at("LS-SOCKET-LEFT", host)
    elif "," in text and seen.lacks("several_hosts"):
        yield _at("LS-HOST-SEVERAL", host, build=seen.build)
    elif any(REFUSED_HOST.search(each) for each in text.split(",")):
        yield _at("LS-HOST-REFUSED", host)


def _tls(seen: Seen) -> Iterator[Remark]:
    key, certificate = seen.values.get("--ssl-key-file"), seen.values.get("--ssl-cert-file")
    one = key if certificate is None else certificate if key is None else None
    if one is not None and one.made and not seen.incomplete:
        missing = "--ssl-cert-file" if one is key else "--ssl-key-file"
        yield _at("LS-TLS-HALF", one, missing=missing)


def _open(seen: Seen, start: Start | None) -> Iterator[Remark]:
    """An address that others can reach, set without a container in front."""
    host = seen.values.get("--host")
    if start is not None and any(start.option(name) for name in ("IPAddressDeny", "PrivateNetwork", "IPAddressAllow")):
        return
    reach = exposure(seen) if start is not None or seen.keys != "some" else None
    if host is None or not host.made or reach is None or reach.interfaces is None:
        return
    far = [each for each in listeners(seen, 0) if not each.loopback]  # whatever its port is
    if far:
        grade = reach.interfaces if any(each.everywhere for each in far) else LESS.get(reach.interfaces)
        yield _at("LS-OPEN", host, grade, who=_who(far), what=reach.what)


def _who(far: list[ObservedListener]) -> str:
    if any(each.everywhere for each in far):
        return "anyone who can reach this machine"
    return f"anyone who can reach {', '.join(each.address for each in far)}"


def _weak(seen: Seen, launch: Launch | None) -> Iterator[Remark]:
    """Keys that are not keys, where they are set."""
    if seen.keys not in ("word", "empty"):
        return
    for variable, source in seen.placed:
        if variable.name == "LLAMA_API_KEY" and variable.value is not None:
            yield from _key(seen, variable.value, source, variable.start)
    for given in launch.given if launch is not None and seen.start is not None else ():
        if given.flag.name == "--api-key" and seen.start is not None:
            at = given.value.start if given.value is not None else given.word.start
            yield from _key(seen, given.text, seen.start.source, at)
    file = seen.values.get("--api-key-file")
    if file is not None and file.made and seen.key_files and seen.keys == "empty":
        yield _at("LS-KEY-FILE-EMPTY", file)


def _lines(named: Value, file: SourcePart) -> Iterator[Remark]:
    """The keys in a file, one per line; reported where the file is named, so that no key is shown."""
    for number, row in enumerate(file.text.split("\n"), 1):
        if not row or row.startswith("#"):
            continue
        if row != row.rstrip():
            yield _at("LS-KEY-BLANK", named, file=file.name, line=number)
        elif row.lower() in KEY_WORDS:
            yield _at("LS-KEY-WORD", named, key=row[:40])


def _key(seen: Seen, text: str, source: Source, at: int) -> Iterator[Remark]:
    keys = [key for key in text.split(",") if key]
    if not keys:
        yield Remark("LS-KEY-EMPTY", source, at, severity="high" if seen.router else None)
        return
    word = next((key for key in keys if key.strip().lower() in KEY_WORDS), None)
    if word is not None:
        yield Remark("LS-KEY-WORD", source, at, {"key": word[:40]})


def _powers(seen: Seen, start: Start) -> Iterator[Remark]:
    if seen.tools is not None and seen.tools.made:
        yield _at("LS-TOOLS", seen.tools)
        return
    for name, grade, what in _POWERS:
        value = seen.values.get(name)
        given = value is not None and value.made and value.text not in ("", "off")
        if value is not None and given and _pages_reach(seen, start, True):
            yield _at("LS-POWER", value, grade, what=what)


def _pages_reach(seen: Seen, start: Start, others: bool = False) -> bool:
    """Whether a page in a browser on this machine can reach it, and no remark says so yet; `others`: whether one
    does."""
    alone = start.holder == "dockerfile" and not start.publishes
    if alone or start.holder in ("kubernetes", "flags") or not seen.listeners:
        return False
    if not start.contained:
        return others or all(each.loopback for each in seen.listeners)
    if start.network == "host":
        return others or all(each.loopback for each in seen.listeners)
    ports = {each.port for each in seen.listeners if not each.loopback}
    published = [each for each in start.publishes if each.port in ports]
    return bool(published) and (others or all(each.loopback for each in published))
