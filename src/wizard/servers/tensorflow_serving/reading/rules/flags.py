"""Flags: forms that are not read, values that stop the server or mean something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.observed.remark import Edit, Remark
from wizard.observed.source import Source
from wizard.observed.start import KEPT, LOST, Start
from wizard.servers.tensorflow_serving.flags import Flag as Known
from wizard.servers.tensorflow_serving.flags import flags as known_flags
from wizard.servers.tensorflow_serving.reading.launch import TRUE, Launch, TypedFlag
from wizard.servers.tensorflow_serving.reading.rules import unknown_flags
from wizard.servers.tensorflow_serving.reading.seen import GRPC, REST, Seen

_QUOTED = regex(r"([\"']).*\1", re.DOTALL)
_BOOLEAN = regex(r"(?i)true|false|0|1")
_INTEGER = regex(r"[+-]?[0-9]+")


def find(seen: Seen, start: Start, launch: Launch) -> Iterator[Remark]:
    """Remarks about the flags of one start."""
    for flag in launch.flags:
        yield from _one(seen, start, launch, flag)
    yield from _lost(start)
    yield from _stray(start, launch)
    yield from _together(start, launch)
    kept = start.holder in ("systemd", "supervisor") or start.option(KEPT) is not None
    if kept and not start.contained:
        yield from _open(start, launch)


def _one(seen: Seen, start: Start, launch: Launch, flag: TypedFlag) -> Iterator[Remark]:
    known = known_flags().known.get(flag.name)
    if known is None:
        yield unknown_flags.about(start, launch, flag)
    elif seen.release and not known.known_in(seen.version):
        fills = {"flag": flag.name, "since": known.first, "release": seen.version}
        yield Remark("TFS-FLAG-LATER", start.source, flag.word.start, fills)
    elif flag.dashed:
        yield _dashed(start, flag)
    elif flag.spaced or (flag.value is None and (known.type != "bool" or _followed_by_false(launch, flag))):
        yield _spaced(start, flag)
    elif launch.flag(flag.name) is not flag:
        yield Remark("TFS-FLAG-TWICE", start.source, flag.word.start, {"flag": flag.name})
    elif not flag.word.expands:
        yield from _value(seen, start, flag, known)


def _followed_by_false(launch: Launch, flag: TypedFlag) -> bool:
    """Whether a switch, which counts as it stands, was meant to be off."""
    at = next(number for number, word in enumerate(launch.words) if word is flag.word)
    return launch.words[at + 1 : at + 2] != () and launch.words[at + 1].text == "false"


def _dashed(start: Start, flag: TypedFlag) -> Remark:
    typed, name = flag.word.text.partition("=")[0], flag.name
    at = flag.word.start
    length = typed.find(name)
    safe = name != "rest_api_enable_cors_support" and not flag.word.quoted and flag.value is not None
    edits = (Edit(at, at + length, "--"),) if safe and length > 0 else ()
    return Remark("TFS-FLAG-DASH", start.source, at, {"flag": name, "typed": typed}, edits=edits)


def _spaced(start: Start, flag: TypedFlag) -> Remark:
    return Remark("TFS-FLAG-SPACED", start.source, flag.word.start, {"flag": flag.name, "typed": flag.word.text})


def _number(value: str) -> int:
    """A whole number as the C library reads it: a number that is too large becomes the largest."""
    return max(-(2**63), min(2**63 - 1, int(value[:40])))


def _value(seen: Seen, start: Start, flag: TypedFlag, known: Known) -> Iterator[Remark]:
    value = "true" if flag.value is None else flag.value
    fills = {"flag": flag.name, "value": value}
    at, source = flag.word.start, start.source
    if glued := re.search(r"\s(--\w+)", value):
        yield Remark("TFS-FLAG-GLUED", source, at, {**fills, "other": glued[1]})
        return
    if "$" in value:
        return
    if known.type == "string" and _QUOTED.fullmatch(value):
        yield Remark("TFS-FLAG-QUOTED", source, at, fills, edits=_unquoted(start, flag, value))
    elif known.type == "bool" and not _BOOLEAN.fullmatch(value):
        yield Remark("TFS-FLAG-VALUE", source, at, {**fills, "wanted": "true or false"})
    elif known.type in ("int32", "int64") and not _INTEGER.fullmatch(value):
        wanted = "a whole number" if value else "a number; it is empty, as an unset variable leaves it"
        yield Remark("TFS-FLAG-VALUE", source, at, {**fills, "wanted": wanted})
    elif known.type == "float" and not _float(value):
        yield Remark("TFS-FLAG-VALUE", source, at, {**fills, "wanted": "a number"})
    elif flag.name in ("port", "rest_api_port") and not 0 <= _number(value) <= 65_535:
        rule = "TFS-PORT-CUT" if flag.name == "rest_api_port" else "TFS-PORT-RANGE"
        yield Remark(rule, source, at, {**fills, "cut": _number(value) & 0xFFFF or "a port that is free"})
    elif flag.name == "rest_api_num_threads" and _number(value) < 2:
        rule = "TFS-REST-THREAD" if _number(value) == 1 else "TFS-REST-THREADS"
        yield Remark(rule, source, at, fills, api="inference")
    elif flag.name == "rest_api_enable_cors_support" and value.lower() in TRUE and _rest(seen.launch) != "0":
        yield Remark("TFS-CORS-ANY", source, at, api="inference")
    elif flag.name == "grpc_channel_arguments" and any("=" not in item for item in value.split(",") if item):
        yield Remark("TFS-CHANNEL", source, at, fills)
    elif flag.name in ("model_config_file", "model_base_path"):
        yield from _path(seen, start, flag, value)


def _unquoted(start: Start, flag: TypedFlag, value: str) -> tuple[Edit, ...]:
    """Without the quotes, if they are in the file as they are read."""
    at, end = flag.value_start, flag.value_start + len(value)
    plain = start.source.text[at:end] == value
    return (Edit(at, at + 1, ""), Edit(end - 1, end, "")) if plain else ()


def _float(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return value.isascii() and "_" not in value


def _path(seen: Seen, start: Start, flag: TypedFlag, value: str) -> Iterator[Remark]:
    fills = {"flag": flag.name, "value": value}
    if seen.no_longer_reads(value):
        yield Remark("TFS-FLAG-GONE", start.source, flag.word.start, {**fills, "scheme": value.partition("://")[0]})
    elif not value.startswith("/") and "://" not in value:
        if flag.name == "model_base_path":
            if seen.launch is None or seen.launch.flag("model_config_file") is None:
                yield Remark("TFS-BASE-RELATIVE", start.source, flag.word.start, fills)
        elif start.contained and not start.working_dir and not start.opaque:
            yield Remark("TFS-CONFIG-RELATIVE", start.source, flag.word.start, fills)
    elif flag.name == "model_base_path" and re.search(r"/[0-9]+/?$", value):
        shown = {"path": value, "parent": value.rstrip("/").rpartition("/")[0]}
        yield Remark("TFS-PATH-VERSION", start.source, flag.word.start, shown)


def _lost(start: Start) -> Iterator[Remark]:
    for value, at in start.every(LOST):
        flag = value.lstrip("-").partition("=")[0]
        if flag in known_flags().known:
            yield Remark("TFS-FLAG-LOST", start.source, at, {"flag": flag})


def _stray(start: Start, launch: Launch) -> Iterator[Remark]:
    empty = {flag.word.end for flag in launch.flags if flag.value == ""}
    for word in launch.stray[:1]:
        if word.start - 1 in empty or word.start - 2 in empty:
            return  # `--flag= VALUE`: the flag is spoken of
        if word.text == "--":
            yield Remark("TFS-DASHES", start.source, word.start)
            return
        at = start.command_at if start.contained else word.start
        yield Remark(
            "TFS-STRAY", start.source, at, {"word": word.text if 0 < len(word.text.strip()) < 60 else "a word"}
        )


def _together(start: Start, launch: Launch) -> Iterator[Remark]:
    source = start.source
    config, base = launch.flag("model_config_file"), launch.flag("model_base_path")
    if config is not None and base is not None:
        yield Remark("TFS-BASE-UNREAD", source, base.word.start)
    port, rest = launch.text("port") or "8500", _rest(launch)
    if port == rest and rest != "0":
        flag = launch.flag("rest_api_port") or launch.flag("port")
        yield Remark("TFS-PORTS-SAME", source, flag.word.start if flag else start.at, {"port": port})
    if port == "0" and launch.flag("grpc_socket_path") is None:
        flag = launch.flag("port")
        yield Remark("TFS-GRPC-OFF", source, flag.word.start if flag else start.at)
    batching = launch.flag("batching_parameters_file")
    enabled = launch.flag("enable_batching")
    if batching is not None and (enabled is None or (enabled.value or "true").lower() == "false"):
        yield Remark("TFS-BATCH-OFF", source, batching.word.start)
    if rest == "0":
        for name in ("monitoring_config_file", "rest_api_enable_cors_support", "rest_api_num_threads"):
            flag = launch.flag(name)
            if flag is not None and flag.value != "false":
                yield Remark("TFS-REST-OFF", source, flag.word.start, {"flag": name})
    counts = [launch.text(f"tensorflow_{kind}_parallelism") for kind in ("session", "intra_op", "inter_op")]
    if all((decimal(count or "", 20) or 0) > 0 for count in counts):
        flag = launch.flag("tensorflow_session_parallelism")
        yield Remark("TFS-PARALLELISM", source, flag.word.start if flag else start.at)
    yield from _channels(source, launch, rest)
    if config is None and base is None and not launch.image and _complete(start, launch):
        yield Remark("TFS-NO-MODEL", source, launch.words[0].start if launch.words else start.at)


def _rest(launch: Launch | None) -> str:
    """The port of REST as given, "0" if it is off."""
    if launch is None:
        return "0"
    return launch.text("rest_api_port") or ("8501" if launch.image else "0")


def _channels(source: Source, launch: Launch, rest: str) -> Iterator[Remark]:
    """How callers are encrypted."""
    tls, alts = launch.flag("ssl_config_file"), launch.flag("use_alts_credentials")
    if tls is not None and alts is not None and (alts.value or "true").lower() in TRUE:
        yield Remark("TFS-ALTS-TLS", source, alts.word.start)
    elif tls is not None and rest != "0":
        yield Remark("TFS-TLS-REST", source, tls.word.start)


def _complete(start: Start, launch: Launch) -> bool:
    """No earlier remark explains why no model is named."""
    loose = any(flag.spaced or flag.name not in known_flags().known for flag in launch.flags)
    asks = any(flag.name in ("version", "help") for flag in launch.flags)
    unknown = any(word.expands for word in launch.words) or start.option(LOST) is not None
    return not (loose or asks or unknown) and start.holder != "dockerfile"


def _open(start: Start, launch: Launch) -> Iterator[Remark]:
    """A unit that keeps the server running, without anything that limits who may connect."""
    if any(start.option(name) for name in ("IPAddressDeny", "PrivateNetwork", "IPAddressAllow")):
        return
    for name, exposure, default in (("port", GRPC, "8500"), ("rest_api_port", REST, "0")):
        flag = launch.flag(name)
        if (flag.value if flag else default) == "0":
            continue
        at = flag.word.start if flag is not None else start.command_at
        title = "gRPC API" if name == "port" else "REST API"
        fills = {"title": title, "what": exposure.what}
        yield Remark(
            "TFS-OPEN", start.source, at, fills, exposure.interfaces, api="grpc" if name == "port" else "inference"
        )
