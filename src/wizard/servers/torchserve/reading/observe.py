"""One TorchServe process as its files describe it: configuration file, flags, image and variables combined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wizard.observed.seen import Exposure, Files, Observed, ObservedListener
from wizard.observed.source import SourcePart
from wizard.observed.start import EDITS
from wizard.servers.torchserve import reading
from wizard.servers.torchserve.reading import in_force
from wizard.servers.torchserve.reading.config import Config, read
from wizard.servers.torchserve.reading.numbers import whole
from wizard.servers.torchserve.reading.overriding import SWITCH, TOKEN_OFF, overridden
from wizard.servers.torchserve.reading.seen import (
    ADDRESS,
    APIS,
    GRPC_ADDRESS_SINCE,
    IMAGE_CONFIG,
    IMAGE_HOME,
    NEWEST,
    TOKEN_SINCE,
    TOO_HIGH,
    OffBy,
    Seen,
    Where,
)
from wizard.severity import Severity

if TYPE_CHECKING:
    from wizard.observed.start import Start
    from wizard.servers.torchserve.reading.launch import Launch


class ProcessStart(NamedTuple):
    """How it is started, as far as a start says."""

    version: str = ""
    launch: Launch | None = None
    official: bool = False
    """The image is upstream's."""


def observe(start: Start | None, parts: Sequence[SourcePart], files: Files) -> Observed:
    """Combine what files say about one process."""
    process = _process(start) if start is not None else ProcessStart()
    found = process.launch
    release = tuple(int(part) for part in process.version.split(".")) if process.version else NEWEST
    config, hidden, from_image = _config(start, process, parts, files)
    config = overridden(config, start, release) if config and start else config
    off_by = _token_off(start, found, config, release, hidden)
    addresses = _addresses(config, from_image, release)
    source = start.source if start is not None else config.part.source if config is not None else None
    port = addresses.get("inference", ("", 0))[1]
    seen = Seen(
        start,
        config,
        hidden,
        found,
        release,
        _where(start, config),
        _token(off_by, config, hidden),
        off_by,
        addresses,
        bool(found and (found.serve or found.flag("--model-store"))),
        bool(found and found.flag("--models")),
        source is not None and files.fronted(source, port),
    )
    loose = hidden or _loose(start, config)
    return Observed(
        "torchserve",
        "TorchServe",
        process.version,
        start,
        (config.part,) if config else (),
        tuple(_meant(seen) if hidden else (each for each in _listeners(seen) if not (loose and each.loopback))),
        ports_known=not loose and not (start and start.opaque),
        settings=tuple(in_force.rows(seen, from_image)),
        image_user="model-server" if process.official else "",
        tools=frozenset({"python3", "python"}) if process.official else None,
        folders=(f"{IMAGE_HOME}/model-store",),
        detail=seen,
    )


def _process(start: Start) -> ProcessStart:
    return ProcessStart(reading.launch.version(start), reading.launch.launch(start), reading.launch.official(start))


def _config(
    start: Start | None, process: ProcessStart, parts: Sequence[SourcePart], files: Files
) -> tuple[Config | None, bool, bool]:
    """(the file, whether another file decides that was not read, whether it is the image's own)."""
    if start is None:
        return (read(parts[0]) if parts else None), False, False
    path = _snapshot_path(start, process, files) or _config_path(start, process)
    part = files.inside(start, path) if path else None
    if path and any(value == path for value, _ in start.every(EDITS)):
        return None, True, False
    if part is not None:
        return read(part), False, part.more and process.official
    covered = any(path == m.target or path.startswith(m.target.rstrip("/") + "/") for m in start.mounts)
    if process.official and path == IMAGE_CONFIG and not covered and not start.opaque:
        return None, False, True
    named = start.variable("TS_CONFIG_FILE") or (process.launch and process.launch.flag("--ts-config"))
    # An image of somebody's own may bring a file, and TS_CONFIG_FILE to name it.
    unknown = start.contained and bool(start.image_name) and not start.bare
    return None, bool(named or unknown or covered), False


def _snapshot_path(start: Start, process: ProcessStart, files: Files) -> str:
    """The server's own record of an earlier run, which it goes on with if no file is named; "" if none is used."""
    found = process.launch
    named = start.variable("TS_CONFIG_FILE") or (found and (found.serve or found.flag("--ts-config")))
    if start.contained or found is None or named or found.flag("--no-config-snapshots"):
        return ""
    logs = start.variable("LOG_LOCATION")
    folder = f"{(logs.value if logs else '') or 'logs'}/config"
    place = files.outside(start, folder)
    written = [name for name in files.listed(place) or () if name.endswith(".cfg")] if place else []
    return f"{folder}/{max(written)}" if written else ""  # their names begin with the time


def _config_path(start: Start, process: ProcessStart) -> str:
    named = start.variable("TS_CONFIG_FILE")
    if named is not None and named.value:
        return named.value
    flag = process.launch.flag("--ts-config") if process.launch else None
    found_from = start.working_dir if start.contained or start.working_dir.startswith("/") else ""
    home = found_from or (IMAGE_HOME if process.official else "")
    if flag and flag.values:
        path = flag.values[0].text
        return path if path.startswith("/") or not home else f"{home}/{path.removeprefix('./')}"
    return f"{home}/config.properties" if home else "config.properties"


def _token_off(
    start: Start | None, found: Launch | None, config: Config | None, release: tuple[int, ...], hidden: bool
) -> OffBy:
    if release < TOKEN_SINCE:
        return "release"
    if config and TOKEN_OFF in (*config.overriding, *config.unknown):
        return "variable" if config.true(TOKEN_OFF) else ""
    if found and found.serve and not (hidden and _kept_on(start)):
        return "image"
    if found and found.flag("--disable-token-auth"):
        return "flag"
    return "file" if config and config.true(TOKEN_OFF) else ""


def _token(off_by: OffBy, config: Config | None, hidden: bool) -> bool | None:
    if off_by:
        return False
    return None if hidden or (config and TOKEN_OFF in config.unknown) else True


def _loose(start: Start | None, config: Config | None) -> bool:
    """Variables that were not read may override the file."""
    if config is None:
        return False
    return bool(config.unknown or (start and start.environment_open and config.true(SWITCH)))


def _kept_on(start: Start | None) -> bool:
    """The one way to keep the token with the image's own command: a variable, and a file that enables it."""
    variable = start.variable("TS_DISABLE_TOKEN_AUTHORIZATION") if start else None
    return variable is not None and (variable.value or "").lower() != "true"


def _where(start: Start | None, config: Config | None) -> Where:
    if start is None:
        return "pod" if config and config.part.where.startswith("ConfigMap") else "alone"
    if start.holder == "kubernetes":
        return "pod"
    return "container" if start.contained else "machine"


def _addresses(config: Config | None, from_image: bool, release: tuple[int, ...]) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for api, usually in APIS.items():
        default = "0.0.0.0" if from_image else "127.0.0.1"
        value = config.text(usually.key) if config else None
        if api.startswith("grpc"):
            given = config.text(usually.port_key) if config else None
            number = whole(given or "")
            number = number if number is not None and 0 <= number < 65_536 else usually.port
            old = release < GRPC_ADDRESS_SINCE
            found[api] = ("0.0.0.0" if old else value or default, number)
        elif value is None:
            found[api] = (default, usually.port)
        elif (match := ADDRESS.fullmatch(value)) and match[2] and (not match[3] or int(match[3][:6]) < TOO_HIGH):
            https = match[1].lower() == "https"
            usual = {"inference": 443 if https else 80, "management": 8444 if https else 8081}
            usual["metrics"] = 8445 if https else 8082
            found[api] = (match[2], int(match[3]) if match[3] and len(match[3]) < 6 else usual[api])
        if config and usually.key in config.unknown:
            found.pop(api, None)
    if config and not config.true("enable_metrics_api", default=True):
        found.pop("metrics", None)
    return found


def _listeners(seen: Seen) -> Iterator[ObservedListener]:
    for api, (address, port) in seen.addresses.items():
        usually = APIS[api]
        entry = seen.config.values.get(usually.key) if seen.config else None
        source, at = seen.config.place(entry) if seen.config and entry else (None, 0)
        explicit_off = seen.token_off_by in ("flag", "file", "variable")
        graver: dict[str, Severity] = {"inference": "high" if explicit_off else "medium"}
        if seen.token is False and api == "management":
            graver["management"] = "critical"
        outside: dict[str, Severity] = {"inference": "high", "management": "critical"}
        yield ObservedListener(
            api,
            usually.title,
            address,
            port,
            Exposure(
                graver.get(api, usually.severity),
                outside.get(api, usually.severity),
                _what(seen, api, usually.what),
            ),
            source,
            at,
            usually.key if entry else "",
        )


def _meant(seen: Seen) -> Iterator[ObservedListener]:
    """Where published ports lead, if the file that determines addresses was not read."""
    start = seen.start
    ports = {each.port for each in (*start.publishes, *start.served)} if start is not None else set()
    for each in _listeners(seen):
        if each.port in ports:
            what = f"{each.exposure.what} (as far as its configuration file, which is not here, opens that port)"
            yield each._replace(address="0.0.0.0", exposure=each.exposure._replace(what=what))


def _what(seen: Seen, api: str, what: str) -> str:
    if seen.token and seen.start is not None:
        return what.replace("anyone who connects", "anyone who connects with its token")
    if api in ("metrics",) or seen.token is not False:
        return what
    why = {
        "image": "the image's own command switches the token off",
        "flag": "--disable-token-auth switches the token off",
        "file": "the file switches the token off",
        "variable": "TS_DISABLE_TOKEN_AUTHORIZATION switches the token off",
        "release": "this release knows no token",
    }
    return f"{what}; {why[seen.token_off_by]}" if seen.token_off_by else what
