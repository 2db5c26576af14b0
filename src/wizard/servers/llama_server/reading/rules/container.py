"""The image: its entry point, its health check, and addresses that only exist inside a container."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.formats.shell_words import Word
from wizard.observed.remark import Edit, Remark
from wizard.observed.start import Start
from wizard.servers import word_edits
from wizard.servers.llama_server.reading.launch import Launch, image_kind
from wizard.servers.llama_server.reading.rules.flags import launch_at
from wizard.servers.llama_server.reading.seen import Seen, Value

_CHECKED = 8080
"""The port that the image's health check asks, over plain http, whatever the server was told."""
_URL = regex(r"https?://(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?::(\d+))?(/[^\s\"']*)?")


def doubled(start: Start, word: Word) -> Remark:
    """The program's name, given to an entry point that is the program."""
    words = start.command or ()
    following = words[1] if len(words) > 1 else None
    shell = start.shell_form and start.holder == "dockerfile"
    edits: tuple[Edit, ...] = () if shell or words[:1] != (word,) else word_edits.dropped(start.source, word, following)
    fills = {"word": "/bin/sh" if shell else word.text}
    at = start.command_at if shell else word.start
    return Remark("LS-ENTRYPOINT-TWICE", start.source, at or word.start, fills, edits=edits)


def find(seen: Seen, start: Start, launch: Launch) -> Iterator[Remark]:
    """Remarks about one start in a container."""
    prefix = seen.values.get("--api-prefix")
    own = launch.image and start.holder in ("docker-run", "compose", "dockerfile") and _by_image(start)
    if prefix is not None and prefix.made and prefix.text and not prefix.open:
        fills = {"prefix": prefix.text.rstrip("/")}
        if seen.keys in ("some", "word"):
            yield Remark("LS-PREFIX-KEY", prefix.source, prefix.at, fills)
        elif own:
            yield _unhealthy(prefix, "the server answers below the prefix only")
    elif own:
        yield from _health(seen)
    if start.health is not None and not (own and start.health is None):
        yield from _asked(seen, start)
    yield from _inside(seen, start)


def _by_image(start: Start) -> bool:
    """Whether the image's own health check is in force."""
    known = start.health is None and start.option("--no-healthcheck") is None and not start.opaque
    return known and image_kind(start) == "server"  # the image with all tools has none


def _unhealthy(value: Value, reason: str) -> Remark:
    return Remark("LS-HEALTH", value.source, value.at, {"reason": reason})


def _health(seen: Seen) -> Iterator[Remark]:
    """Unhealthy forever."""
    port, tls = seen.values.get("--port"), seen.values.get("--ssl-cert-file")
    if port is not None and port.made and not port.open and port.text != str(_CHECKED):
        yield _unhealthy(port, f"the server listens on {port.text[:20]}")
    elif tls is not None and tls.made and seen.values.get("--ssl-key-file") is not None:
        yield _unhealthy(tls, "the server speaks https")


def _asked(seen: Seen, start: Start) -> Iterator[Remark]:
    """A custom health check that asks where nothing listens."""
    health = start.health
    ports = {each.port for each in seen.listeners}
    if health is None or not ports or seen.incomplete:
        return
    text = " ".join(word.text for word in health.words)
    url = _URL.search(text)
    asked = health.port if health.port is not None else int(url[1]) if url and url[1] and len(url[1]) < 6 else None
    if asked is not None and asked not in ports:
        fills = {"asked": asked, "port": min(ports)}
        yield Remark("LS-HEALTH-ELSEWHERE", start.place(health), health.start, fills)


def _inside(seen: Seen, start: Start) -> Iterator[Remark]:
    """A custom image whose port never answers anybody outside the container."""
    if start.holder != "dockerfile" or seen.incomplete or not seen.listeners:
        return
    if start.command is None and seen.router:
        return  # whoever runs the image names the model, and may name an address
    published = {each.port for each in start.publishes}
    if any(each.source is not None and each.port in published for each in seen.listeners):
        return  # the rule about published ports says it at this place
    if start.exposed and all(each.loopback for each in seen.listeners):
        port = seen.listeners[0].port
        host = seen.values.get("--host")
        at = host.at if host is not None and host.source is start.source else launch_at(start)
        yield Remark("LS-LOOPBACK-INSIDE", start.source, at, {"port": port})
