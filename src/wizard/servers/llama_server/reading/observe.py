"""One llama-server process as its files describe it: flags, variables, image and files combined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.observed.seen import Exposure, Files, Observed, ObservedListener
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import Start
from wizard.servers.llama_server import flags
from wizard.servers.llama_server.knowledge import knowledge
from wizard.servers.llama_server.reading import in_force, launch, presets, values, variables
from wizard.servers.llama_server.reading.launch import Launch
from wizard.servers.llama_server.reading.reader import PRESETS, VARIABLES
from wizard.servers.llama_server.reading.seen import Keys, Seen, Value
from wizard.servers.llama_server.reading.variables import Placed

REFUSED_HOST = regex(r"://|^[\[\"']|[\]\"']$|^\d+(?:\.\d+){3}:\d+$|^[A-Za-z][\w.-]*:\d+$|/")
"""Characters that no address contains."""
PORTS = (8080, 9931)
"""The default port before and after it changed."""
KEY_WORDS = frozenset(
    {
        "", "empty", "dummy", "none", "null", "no-key", "nokey", "sk-no-key-required", "not-needed", "changeme",
        "change-me", "change_me", "secret", "password", "token", "key", "test", "api-key", "apikey", "api_key",
        "your-api-key", "your_api_key", "your-key", "my-secret-key", "mysecretkey", "token-abc123", "sk-xxx",
        "sk-1234", "1234", "12345", "123456", "llama", "abc", "abc123", "xxx", "my-key", "my-api-key",
        "your-secret-key", "your-api-key-here", "<your-api-key>", "sk-dummy", "local", "admin",
    }
)  # fmt: skip
"""Words that examples use for a key, in lower case."""


def observe(start: Start | None, parts: Sequence[tuple[str, SourcePart]], files: Files) -> Observed:
    """Combine what files say about one process."""
    found = launch.launch(start) if start is not None else None
    seen = _started(start, found, files) if start is not None and found is not None else _alone(start, parts)
    named = f"b{seen.build}" if seen.build and seen.judged else ""
    image = found.image if found is not None else ""
    return Observed(
        "llama-server",
        "llama-server",
        named,
        start,
        (*(p.part for p in seen.presets), *seen.key_files, *(f.part for f in seen.files)),
        seen.listeners,
        ports_known=bool(seen.listeners) and not seen.incomplete,
        settings=tuple(in_force.rows(seen, image)),
        tools=frozenset({"curl"}) if image and start is not None and not start.opaque else None,
        folders=("/models",),
        detail=seen,
    )


def _alone(start: Start | None, parts: Sequence[tuple[str, SourcePart]]) -> Seen:
    """Files with which no start here runs the server."""
    lists = tuple(presets.read(part) for kind, part in parts if kind == PRESETS)
    sets = tuple(variables.read(part) for kind, part in parts if kind == VARIABLES)
    placed = tuple(Placed(variable, each.part.source) for each in sets for variable in each.variables)
    inside = _in_force(placed, Launch(), placed[0].source) if placed else {}
    keys = "some" if _key_files(placed, Launch()) else _keys(inside, placed, Launch(), ())
    seen = Seen(start, None, 0, placed, inside, keys, presets=lists, files=sets)
    return seen._replace(listeners=tuple(_listeners(seen))) if inside else seen


def _started(start: Start, found: Launch, files: Files) -> Seen:
    placed = tuple(Placed(variable, start.place(variable)) for variable in start.environment)
    inside = _in_force(placed, found, start.source)
    wanted = _key_files(placed, found)
    key_files = tuple(part for name in wanted if (part := files.inside(start, name)) is not None)
    lists = tuple(presets.read(part) for part in _named(start, inside, "--models-preset", files))
    keys = "some" if len(key_files) < len(wanted) else _keys(inside, placed, found, key_files)
    seen = Seen(start, found, launch.build(start), placed, inside, keys, (), lists, key_files)
    return seen._replace(listeners=tuple(_listeners(seen)))


def _named(start: Start, inside: dict[str, Value], name: str, files: Files) -> Iterator[SourcePart]:
    value = inside.get(name)
    part = files.inside(start, value.text) if value is not None and value.text and not value.open else None
    if part is not None:
        yield part


def _in_force(placed: Iterable[Placed], found: Launch, source: Source) -> dict[str, Value]:
    """Flags win over variables, those over the image's; the last of each wins."""
    values_: dict[str, Value] = {}
    if found.image == "server":
        host = flags.flags()["--host"]
        values_[host.name] = Value(host, "0.0.0.0", source, 0, "image")
    for variable, file in placed:
        flag, sets = flags.variables().get(variable.name, (None, True))
        if flag is None:
            continue
        opened = variable.value is None or (variable.expands and "$" in variable.value)
        text = variable.value or ""
        if flag.value == "switch":
            text = "on" if sets and text in values.TRUE else "off"
        values_[flag.name] = Value(flag, text, file, variable.start, "environment", opened)
    for given in found.given:
        if given.missing:
            continue
        text = given.text if given.flag.words else "on" if given.on else "off"
        values_[given.flag.name] = Value(given.flag, text, source, given.word.start, "flag", given.open)
    return values_


def _key_files(placed: Iterable[Placed], found: Launch) -> list[str]:
    """The names of the key files. They add up: that of the variable, and each of the flags."""
    flag = flags.flags()["--api-key-file"]
    named = {variable.name: variable.value for variable, _ in placed if variable.name == flag.variable}
    return [name for name in (*named.values(), *(g.text for g in found.given if g.flag is flag)) if name]


def _keys(inside: dict[str, Value], placed: Iterable[Placed], found: Launch, key_files: Sequence[SourcePart]) -> Keys:
    """Keys add up, wherever they are given: flags, the variable and the files. Empty ones do not count."""
    texts: list[str] = []
    given = [each for each in found.given if each.flag.name == "--api-key" and not each.missing]
    if any(each.open for each in given):
        return "some"
    texts += [each.text for each in given]
    for variable, _ in placed:
        if variable.name == "LLAMA_API_KEY":
            if variable.value is None or (variable.expands and "$" in variable.value):
                return "some"
            texts.append(variable.value)
    keys = [key for text in texts for key in text.split(",") if key]
    for part in key_files:
        keys += values.keys_in(part.text)
    if not keys:
        return "empty" if texts or "--api-key-file" in inside else "none"
    # Each of them opens everything, so the weakest one counts.
    return "word" if any(key.strip().lower() in KEY_WORDS for key in keys) else "some"


def exposure(seen: Seen) -> Exposure:
    """How serious it is that somebody can connect."""
    if seen.keys == "some":
        return Exposure(None, None, "")
    if seen.keys == "word":
        return Exposure("medium", "high", "its key is a word that everybody tries")
    if seen.incomplete and seen.start is not None and not seen.adds:
        return Exposure(None, None, "")
    if seen.tools is not None:
        return Exposure(
            "critical", "critical", "anyone who connects can run commands with its permissions, without a key"
        )
    if seen.router:
        return Exposure("high", "critical", "anyone who connects can load, download and delete models, without a key")
    return Exposure(
        "high", "high", "no key is asked for, so anyone who connects can use the model and read its settings"
    )


def _listeners(seen: Seen) -> Iterator[ObservedListener]:
    port = _port(seen)
    return listeners(seen, port) if port is not None else iter(())


def listeners(seen: Seen, port: int) -> Iterator[ObservedListener]:
    """Where it listens according to its settings; nowhere if a variable determines the address."""
    host = seen.values.get("--host")
    if host is not None and host.open:
        return
    text = host.text if host is not None else "127.0.0.1"
    made = host if host is not None and host.made else None
    source, at, name = (made.source, made.at, made.flag.name) if made is not None else (None, 0, "")
    reach = exposure(seen)
    if any(REFUSED_HOST.search(each) for each in text.split(",") if not each.endswith(".sock")):
        return  # the server does not start
    listed = [text] if "," not in text or seen.lacks("several_hosts") else filter(None, map(str.strip, text.split(",")))
    for address in listed:
        if not address.endswith(".sock"):
            plain = address.strip("[]")
            plain = "::1" if plain in ("", "*") else plain
            yield ObservedListener("inference", "API", plain, port, reach, source, at, name)


def _port(seen: Seen) -> int | None:
    """None = determined by a variable, or random."""
    value = seen.values.get("--port")
    if value is not None:
        number = None if value.open else decimal(value.text)
        return number if number is not None and 0 < number < 65_536 else None
    if seen.build:
        return PORTS[knowledge().has(seen.build, "port_9931")]
    asked = [publish.port for publish in seen.start.publishes] if seen.start is not None else []
    return PORTS[1] if PORTS[1] in asked and PORTS[0] not in asked else PORTS[0]
