"""Rules that hold for every server: published ports, images, volumes, health checks, who it runs as."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from wizard.observed.remark import Edit, Grade, Remark
from wizard.observed.seen import Observed, ObservedListener, Reading
from wizard.observed.start import Health, Mounted, PublishedPort, Start

_FLOATING = re.compile(r"^(latest|nightly|main|master|edge|stable|dev|devel)([.-].*)?$")
_FETCHERS = frozenset({"curl", "wget"})


def find(observed: Observed, reading: Reading, said: Container[int | None] = ()) -> Iterator[Remark]:
    """What every server's start can get wrong. `said`: places that the server's own rules speak of."""
    start = observed.start
    if start is None:
        return
    yield from _image(observed, start, reading)
    if start.holder == "compose":
        yield from _keys(start)
    if start.holder == "dockerfile":
        yield from _instructions(start)
    if start.holder == "docker-run":
        yield from _options(start)
    cut = start.option("cut")
    if cut is not None:
        yield Remark("RUN-LINE-CUT", start.source, cut[1], edits=_closed(start, cut[1]))
    if start.contained:
        yield from _ports(observed, start)
        yield from _volumes(observed, start)
        yield from _host(observed, start)
        yield from _rights(start, observed)
    if start.health is not None and start.health.start not in said:
        yield from _health(observed, start)
    yield from _user(observed, start)


def one_word(start: Start, readings: Sequence[Reading]) -> tuple[str, Remark] | None:
    """(server, remark) about a whole command line that stands where a program's name is wanted."""
    words = start.entrypoint or start.command
    if not start.contained or start.shell_form or not words or " " not in words[0].text.strip():
        return None
    program = words[0].text.split()[0].rpartition("/")[2]
    server = next((each.server for each in readings if program in each.names.programs), "")
    shown = words[0].text if len(words[0].text) <= _SHOWN else words[0].text[: _SHOWN - 1] + "…"
    return (server, Remark("RUN-ONE-WORD", start.source, words[0].start, {"words": shown})) if server else None


_SHOWN = 60


def _keys(start: Start) -> Iterator[Remark]:
    for name, key, at in start.options:
        if name == "unknown key":
            import difflib

            from wizard.check.holders.compose_keys import service_keys

            near = difflib.get_close_matches(key, service_keys(), 1, 0.75)
            instead = f"Write {near[0]}." if near else "Remove it, or begin its name with x-."
            yield Remark("RUN-COMPOSE-KEY", start.source, at, {"key": key, "instead": instead})


def _options(start: Start) -> Iterator[Remark]:
    """No option of an engine has an underscore in its name; those of servers may."""
    for name, _, at in start.options:
        if name.startswith("--") and "_" in name:
            yield Remark("RUN-OPTION", start.source, at, {"name": name})
            return


def _closed(start: Start, at: int) -> tuple[Edit, ...]:
    """Without the blanks; a comment there cannot stay, and is not thrown away for the writer."""
    text = start.source.text
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    blanks = text[at + 1 : end].rstrip("\r")
    return () if blanks.strip() else (Edit(at + 1, at + 1 + len(blanks), ""),)


def _instructions(start: Start) -> Iterator[Remark]:
    found = start.option("no instruction")
    if found is not None:
        yield Remark("RUN-INSTRUCTION", start.source, found[1], {"word": found[0]})


def repository(image: str) -> tuple[str, str]:
    """(repository without registry host, tag) of an image's name."""
    bare = image.partition("@")[0]
    name, colon, tag = bare.rpartition(":")
    if not colon or "/" in tag:
        name, tag = bare, ""
    parts = name.split("/")
    if len(parts) > 1 and ("." in parts[0] or ":" in parts[0] or parts[0] == "localhost"):
        parts = parts[1:]
    return "/".join(parts), tag


def _image(observed: Observed, start: Start, reading: Reading) -> Iterator[Remark]:
    word = start.image
    if word is None or word.expands or (start.built and start.holder != "dockerfile"):
        return
    name, tag = repository(word.text)
    if not any(name == each or name.endswith(f"/{each}") for each in reading.names.images):
        return
    if re.search(r"\s", word.text):
        yield Remark("RUN-IMAGE-NAME", start.source, word.start, {"image": word.text})
    elif "@" not in word.text and (not tag or _FLOATING.match(tag) or not re.search(reading.names.release, tag)):
        shown = tag or "none, which means latest"
        yield Remark(
            "RUN-IMAGE-FLOATS", start.source, word.start, {"image": name, "tag": shown, "title": observed.title}
        )


def _ports(observed: Observed, start: Start) -> Iterator[Remark]:
    if start.network == "none":
        return  # nothing is published, and the engine does not say so
    if start.network != "host":
        yield from _published(observed, start)
    elif start.publishes and start.holder != "kubernetes":
        first = start.publishes[0]
        yield Remark("RUN-HOST-PORTS", start.place(first), first.start, {"port": first.text})


def _published(observed: Observed, start: Start) -> Iterator[Remark]:
    outside = start.holder == "kubernetes"
    known = observed.ports_known and start.option("sidecars") is None  # else another container may listen there
    everything = start.option("--publish-all")
    if everything is not None:
        for each in observed.listeners:
            publish = PublishedPort("", None, each.port, everything[1], everything[1], "-P")
            yield from _reachable(start, publish, each, outside)
    yield from _exposed(observed, start)
    for publish in start.served:
        judged = known and bool(observed.listeners) and publish.port is not None and publish.protocol == "tcp"
        if judged and all(each.port != publish.port for each in observed.listeners):
            yield _dead(observed, start, publish)
    for publish in start.publishes:
        if publish.address == "localhost" and not outside:
            yield Remark("RUN-PUBLISH-NAME", start.place(publish), publish.start, edits=_numbered(start, publish))
            continue
        if publish.port is None or publish.protocol != "tcp":
            continue
        listener = next((each for each in observed.listeners if each.port == publish.port), None)
        if listener is None:
            if known:
                yield _dead(observed, start, publish)
            continue
        if listener.loopback:
            yield from _unreachable(start, publish, listener)
        elif not publish.loopback:
            yield from _reachable(start, publish, listener, outside)


def _numbered(start: Start, publish: PublishedPort) -> tuple[Edit, ...]:
    at = start.place(publish).text.find("localhost", publish.start, publish.end)
    return (Edit(at, at + len("localhost"), "127.0.0.1"),) if at >= 0 else ()


def _exposed(observed: Observed, start: Start) -> Iterator[Remark]:
    """Ports that a Dockerfile says are served, and where nothing listens."""
    if start.holder != "dockerfile" or not observed.ports_known or not observed.listeners:
        return
    for port, at in start.exposed:
        if all(each.port != port for each in observed.listeners):
            served = ", ".join(f"{each.port} ({each.title})" for each in observed.listeners)
            fills = {"port": port, "title": observed.title, "served": served}
            yield Remark("RUN-EXPOSE-DEAD", start.source, at, fills)


def _dead(observed: Observed, start: Start, publish: PublishedPort) -> Remark:
    served = ", ".join(f"{each.port} ({each.title})" for each in observed.listeners) or "no port"
    fills = {"port": publish.port, "title": observed.title, "served": served}
    return Remark("RUN-PORT-DEAD", start.place(publish), publish.start, fills)


def _unreachable(start: Start, publish: PublishedPort, listener: ObservedListener) -> Iterator[Remark]:
    fills = {"port": publish.port, "title": listener.title, "address": listener.address}
    source = start.place(publish)
    if listener.source is not source:
        yield Remark("RUN-PORT-LOOPBACK", source, publish.start, fills, api=listener.api)
    if listener.source is not None:
        file = source.name if listener.source is not source else "This file"
        yield Remark("RUN-BIND-LOOPBACK", listener.source, listener.at, {**fills, "file": file}, api=listener.api)


def _reachable(start: Start, publish: PublishedPort, listener: ObservedListener, outside: bool) -> Iterator[Remark]:
    exposure = listener.exposure
    grade = exposure.outside if outside else exposure.interfaces
    if grade is None:
        return
    if not publish.everywhere and not outside:
        grade = _LESS.get(grade, grade)
    rule = "RUN-PUBLISHED" if publish.everywhere else "RUN-PUBLISHED-ON"
    if outside:
        rule = "RUN-NODE-PORT" if publish.node else "RUN-INGRESS" if publish.ingress else "RUN-SERVICE-OUTSIDE"
        grade = exposure.interfaces if publish.ingress and exposure.interfaces else grade
    fills = {
        "port": publish.port,
        "host_port": publish.host_port or publish.port,
        "title": listener.title,
        "what": exposure.what,
        "address": publish.address,
    }
    yield Remark(rule, start.place(publish), publish.start, fills, grade, api=listener.api)


_LESS: dict[Grade, Grade] = {"critical": "high", "high": "medium", "medium": "low"}


def _host(observed: Observed, start: Start) -> Iterator[Remark]:
    if start.network != "host":
        return
    open_ = [each for each in observed.listeners if not each.loopback and each.exposure.interfaces]
    if not open_:
        return
    worst = min(open_, key=lambda each: _RANK[each.exposure.interfaces or "info"])
    fills = {"ports": ", ".join(f"{each.port} ({each.title})" for each in open_), "what": worst.exposure.what}
    yield Remark(
        "RUN-HOST-NETWORK", start.network_source or start.source, start.network_at, fills, worst.exposure.interfaces
    )


_RANK = {"functional": 0, "critical": 1, "high": 2, "medium": 3, "low": 4, "info": 5}


def _volumes(observed: Observed, start: Start) -> Iterator[Remark]:
    if start.holder not in ("docker-run", "compose"):
        return
    for mount in start.mounts:
        fills = {"source": mount.source, "target": mount.target}
        bare = (
            not mount.open
            and mount.source
            and mount.source[0] not in "./~\\"
            and not re.match(r"[A-Za-z]:", mount.source)
        )
        if mount.kind == "bind" and bare and "/" in mount.source and not mount.declared:
            edits = (Edit(mount.at, mount.at, "./"),)
            yield Remark("RUN-VOLUME-SLASH", start.source, mount.start, fills, edits=edits)
        elif mount.kind == "volume" and not mount.declared and bare and start.option("volumes declared"):
            yield Remark("RUN-VOLUME-UNDECLARED", start.source, mount.start, fills)
        elif mount.kind == "volume" and not mount.declared and bare and _filled(observed, mount):
            yield Remark("RUN-VOLUME-NAMED", start.source, mount.start, fills)
        elif mount.kind == "bind" and _stray_root(mount):
            yield Remark("RUN-VOLUME-ROOT", start.source, mount.start, fills)


def _filled(observed: Observed, mount: Mounted) -> bool:
    return any(f"{mount.target}/".startswith(f"{f}/") or f.startswith(f"{mount.target}/") for f in observed.folders)


def _stray_root(mount: Mounted) -> bool:
    """A file directly below / on this machine, where ./file was probably meant."""
    return re.fullmatch(r"/[\w.-]+\.[A-Za-z]\w*", mount.source) is not None


def _rights(start: Start, observed: Observed) -> Iterator[Remark]:
    for mount in start.mounts:
        if mount.source.rstrip("/").endswith("docker.sock"):
            yield Remark("RUN-DOCKER-SOCKET", start.source, mount.start, {"title": observed.title})
    privileged = start.option("privileged") or start.option("--privileged")
    if privileged is not None and privileged[0].lower() in ("true", ""):
        yield Remark("RUN-PRIVILEGED", start.source, privileged[1], {"title": observed.title})


def _health(observed: Observed, start: Start) -> Iterator[Remark]:
    health = start.health
    if health is None or observed.tools is None or not health.words:
        return
    tool = _tool(health)
    if tool in _FETCHERS and tool not in observed.tools:
        severity: Grade = "functional" if health.awaited else "medium"
        fills = {"tool": tool, "title": observed.title}
        yield Remark("RUN-HEALTH-TOOL", start.source, health.start, fills, severity)


def _tool(health: Health) -> str:
    for word in health.words:
        name = word.text.rpartition("/")[2]
        if name in _FETCHERS:
            return name
        if " " in word.text:
            found = re.search(r"(?:^|[\s;&|(])(?:/\S*/)?(curl|wget)\s", word.text)
            return found[1] if found else ""
    return ""


def _user(observed: Observed, start: Start) -> Iterator[Remark]:
    if start.holder == "systemd" and start.command and start.user is None:
        yield Remark("RUN-UNIT-ROOT", start.source, start.command_at, {"title": observed.title})
    user = start.user.text.partition(":")[0] if start.user is not None else ""
    if user in ("root", "0") and observed.image_user and start.contained:
        at = next(
            (at for name, _, at in reversed(start.options) if name == "USER"), start.user.start if start.user else 0
        )
        fills = {"title": observed.title, "user": observed.image_user}
        yield Remark("RUN-IMAGE-ROOT", start.source, at, fills)
