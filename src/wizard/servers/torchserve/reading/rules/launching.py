"""How it is started: flags of the launcher, what the image does by itself, variables, supervisors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.observed.remark import Edit, Remark, shortened
from wizard.observed.start import CONTAINER_OF, FETCHES, LOST, Start, Variable
from wizard.servers.torchserve.keys import key_of, keys
from wizard.servers.torchserve.reading import launch as launching
from wizard.servers.torchserve.reading.launch import Launch, TypedFlag
from wizard.servers.torchserve.reading.overriding import ALWAYS_READ, missing_switch
from wizard.servers.torchserve.reading.rules.remarks import say
from wizard.servers.torchserve.reading.seen import APIS, IMAGE_CONFIG, TOKEN_SINCE, Seen
from wizard.severity import Severity

_SAFE_SINCE = (0, 8, 2)
_LAUNCHER_FIRST = {"--disable-token-auth": TOKEN_SINCE, "--enable-model-api": TOKEN_SINCE}


def find(seen: Seen, start: Start) -> Iterator[Remark]:
    """Remarks about one start of TorchServe."""
    if seen.launch is None:
        return
    yield from _image(seen, start)
    if seen.launch.lost is not None:
        word = seen.launch.lost
        yield Remark("TS-CMD-SHELL", start.source, word.start, {"word": shortened(word.text)})
        return
    yield from _flags(seen, start, seen.launch)
    yield from _ending(start, seen.launch)
    yield from _lost(start)
    yield from _inside(seen, start, seen.launch)
    yield from _snapshots(start, seen.launch)
    yield from _variables(seen, start)
    yield from _health(seen, start)


def _image(seen: Seen, start: Start) -> Iterator[Remark]:
    if start.image is not None and launching.official(start) and seen.release < _SAFE_SINCE:
        yield Remark("TS-OLD", start.source, start.image.start, {"release": seen.version})
    mounted = next((m for m in start.mounts if m.target == IMAGE_CONFIG and m.kind != "copy"), None)
    if seen.token_off_by == "image" and mounted is not None and start.image is not None:
        told = seen.config is not None and seen.config.true("disable_token_authorization")
        if not told:
            yield Remark("TS-SERVE-TOKEN", start.source, start.image.start)
    if seen.launch is not None and seen.launch.extra:
        word = seen.launch.extra[0]
        yield Remark("TS-SERVE-EXTRA", start.source, word.start, {"word": word.text})


def _flags(seen: Seen, start: Start, found: Launch) -> Iterator[Remark]:
    if found.unknown:
        first = found.unknown[0]
        yield Remark("TS-FLAG-UNKNOWN", start.source, first.start, {"word": shortened(first.text)})
        return
    for flag in found.flags:
        since = _LAUNCHER_FIRST.get(flag.name)
        if since is not None and seen.release < since:
            yield Remark("TS-FLAG-UNKNOWN", start.source, flag.word.start, {"word": flag.word.text})
    yield from _twice(start, found)
    off = seen.flag("--disable-token-auth") if seen.release >= TOKEN_SINCE else None
    api = seen.flag("--enable-model-api") if seen.release >= TOKEN_SINCE else None
    if off is not None:
        yield Remark(
            "TS-FLAG-TOKEN", start.source, off.word.start, {"word": off.word.text}, _token_severity(seen, start, api)
        )
    if api is not None:
        severity: Severity = "high" if seen.token is False else "medium"
        yield Remark("TS-FLAG-MODEL-API", start.source, api.word.start, {}, severity, api="management")
    models = seen.flag("--models")
    if models is not None and [value.text.lower() for value in models.values] == ["all"]:
        yield Remark("TS-FLAG-ALL", start.source, models.word.start)
    elif models is not None and not start.contained:
        yield from _one_word(start, models)
    yield from _store(start, found)


def _one_word(start: Start, models: TypedFlag) -> Iterator[Remark]:
    """Archives in one pair of quotes; a container's entrypoint may split them."""
    for value in models.values:
        if re.search(r"\.mar\s+\S", value.text):
            yield Remark("TS-FLAG-MODELS", start.source, value.start, {"value": shortened(value.text)})


def _twice(start: Start, found: Launch) -> Iterator[Remark]:
    """argparse takes the last of several values."""
    for flag in found.flags:
        last = found.flag(flag.name)
        if flag.values and last is not flag:
            yield Remark("TS-FLAG-TWICE", start.source, flag.word.start, {"flag": flag.word.text.partition("=")[0]})


def _token_severity(seen: Seen, start: Start, api: TypedFlag | None) -> Severity:
    opened = {publish.port for publish in start.publishes if not publish.loopback and not publish.guarded}
    host = start.network == "host" or not start.contained
    for name, grade in (("management", "critical"), ("grpc_management", "critical"), ("inference", "high")):
        address = seen.addresses.get(name)
        if address is None or (seen.config_hidden and not start.contained):
            continue
        if address[1] in opened or (host and address[0] == "0.0.0.0"):
            return grade  # type: ignore[return-value]
    return "high" if api is not None else "medium"


def _store(start: Start, found: Launch) -> Iterator[Remark]:
    if found.serve or found.flag("--model-store") or found.flag("--ts-config") or start.variable("TS_CONFIG_FILE"):
        return
    if start.environment_open or any(word.expands for word in found.words) or start.opaque:
        return
    yield Remark("TS-NO-STORE", start.source, found.words[0].start if found.words else start.at)


def _lost(start: Start) -> Iterator[Remark]:
    for value, at in start.every(LOST):
        flag = value.partition("=")[0]
        if launching.known(flag):
            yield Remark("TS-FLAG-LOST", start.source, at, {"flag": flag})


def _ending(start: Start, found: Launch) -> Iterator[Remark]:
    """The launcher returns at once without --foreground."""
    if found.serve or found.flag("--foreground") or not found.words or found.open:
        return
    word = found.words[0]
    if start.holder == "systemd":
        kind = start.option("Type")
        if not (kind and kind[0] in ("forking", "oneshot")):
            edits = (Edit(word.end, word.end, " --foreground"),)
            yield Remark("TS-BACKGROUND", start.source, start.command_at or word.start, {"who": "systemd"}, edits=edits)
    elif start.holder == "supervisor":
        edits = (Edit(word.end, word.end, " --foreground"),)
        yield Remark("TS-BACKGROUND", start.source, start.command_at, {"who": "supervisor"}, edits=edits)
    elif start.option(CONTAINER_OF):
        yield Remark("TS-CONTAINER-ENDS", start.source, word.start)
    elif start.contained and (start.bare or start.entrypoint is not None):  # others may go on when it returns
        following = " ".join(each.text for each in (start.command or ())[-4:])
        if not re.search(r"tail -f|sleep|wait", following):
            yield Remark("TS-CONTAINER-ENDS", start.source, word.start)


def _inside(seen: Seen, start: Start, found: Launch) -> Iterator[Remark]:
    """A custom image whose port never answers anybody outside the container."""
    if start.holder != "dockerfile" or start.publishes or seen.config_hidden:
        return
    if found.flag("--foreground") is None and not launching.official(start):
        return  # it ends at once; upstream's entrypoint goes on
    if not (launching.official(start) or start.bare) or start.option(FETCHES):
        return  # another base, or a download, may bring a configuration file
    exposed = {port for port, _ in start.exposed}
    address, port = seen.addresses.get("inference", ("", 0))
    if port not in exposed or not address.startswith("127."):
        return
    key, title = APIS["inference"].key, APIS["inference"].title
    entry = seen.config.values.get(key) if seen.config is not None else None
    if entry is not None and seen.config is not None:
        yield say("TS-LOOPBACK-INSIDE", seen.config, entry, api="inference", title=title, port=port)
    else:
        yield Remark(
            "TS-LOOPBACK-INSIDE", start.source, start.command_at, {"title": title, "port": port}, api="inference"
        )


def _snapshots(start: Start, found: Launch) -> Iterator[Remark]:
    if found.serve or found.open or found.unknown:
        return
    if found.flag("--no-config-snapshots") or found.flag("--ts-config"):
        return
    if start.variable("TS_CONFIG_FILE"):
        return
    kept = next((m for m in start.mounts if m.target.rstrip("/").endswith("/logs") and m.kind != "copy"), None)
    if start.contained and kept is None:
        return
    at = start.command_at if start.contained else found.words[0].start
    word = found.words[0]
    yield Remark("TS-SNAPSHOT-TRAP", start.source, at, edits=(Edit(word.end, word.end, " --ncs"),))


def _variables(seen: Seen, start: Start) -> Iterator[Remark]:
    for variable in start.environment:
        if variable.name in ALWAYS_READ or _used(start, variable.name):
            continue
        if key := key_of(variable.name):
            if not seen.config_hidden and (switch := missing_switch(seen.config, key)):
                yield _unread(start, variable, "TS-ENV-SWITCH", key, "functional", switch)
        elif (meant := variable.name.lower()) in keys().known and meant not in ("debug", "python", "models"):
            yield _unread(start, variable, "TS-ENV-UNREAD", keys().known[meant].env or meant, "medium")


def _used(start: Start, name: str) -> bool:
    """Whether the starting script, or the words given to a shell, read a variable."""
    texts = [start.source.text] if start.holder == "shell" else [word.text for word in start.words]
    return any(re.search(rf"\$[({{]?{re.escape(name)}\b", text) for text in texts)


def _unread(start: Start, variable: Variable, rule: str, meant: str, severity: Severity, switch: str = "") -> Remark:
    fills = {"name": variable.name, "meant": meant, "switch": switch}
    return Remark(rule, start.place(variable), variable.start, fills, severity)


def _health(seen: Seen, start: Start) -> Iterator[Remark]:
    """/ping needs the token too."""
    health = start.health
    if health is None or seen.token is not True or seen.release < TOKEN_SINCE:
        return
    text = " ".join(word.text for word in health.words) or health.path
    management = seen.addresses.get("management", ("", 8081))[1]
    metrics = seen.addresses.get("metrics", ("", 8082))[1]
    if re.search(rf":({metrics})\b", text) or health.port == metrics or "Authorization" in text:
        return
    if (re.search(r"/ping|/models|/predictions", text) and "http" in text) or health.path:
        port = str(management if str(management) in text else seen.addresses.get("inference", ("", 8080))[1])
        yield Remark("TS-HEALTH-TOKEN", start.place(health), health.start, {"port": port})
