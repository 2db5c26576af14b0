"""What a TorchServe process will be: its file, its flags, its image and its variables put together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from wizard.observed.remark import Grade
from wizard.observed.seen import Exposure, Files, Observed, ObservedListener, Setting
from wizard.observed.source import SourcePart
from wizard.servers.torchserve.reading.config import Config, read

if TYPE_CHECKING:
    from wizard.observed.start import Start
    from wizard.servers.torchserve.reading.launch import Launch

IMAGE_HOME = "/home/model-server"
IMAGE_CONFIG = f"{IMAGE_HOME}/config.properties"
NEWEST = (0, 12, 0)
TOO_HIGH = 65_535
"""The first port number that is refused."""
TOKEN_SINCE = (0, 11, 1)
GRPC_ADDRESS_SINCE = (0, 11, 0)
WORKFLOW_KEY_SINCE = (0, 10, 0)
"""Before, the launcher knew the folder by its flag alone."""
ADDRESS = re.compile(r"(?i)(https?)://([^:/]+)(?::(\d+))?|(unix):/.*")

Where = Literal["alone", "machine", "container", "pod"]

APIS: dict[str, tuple[str, str, int, str, Grade]] = {
    "inference": ("inference_address", "inference API", 8080, "whoever connects may use the models", "medium"),
    "management": (
        "management_address",
        "management API",
        8081,
        "whoever gets in stops models, plants files, and where models may be added runs code",
        "high",
    ),
    "metrics": ("metrics_address", "metrics page", 8082, "it never asks for a key", "low"),
    "grpc": ("grpc_inference_address", "gRPC inference API", 7070, "whoever connects may use the models", "medium"),
    "grpc_management": (
        "grpc_management_address",
        "gRPC management API",
        7071,
        "it can do what the management API can",
        "high",
    ),
}
"""api -> (key of its address, words for it, usual port, what a caller can do, how grave it is on every interface)."""
IN_POD: dict[str, Grade | None] = {
    "inference": "low",
    "management": "medium",
    "grpc": "low",
    "grpc_management": "medium",
}


class Seen(NamedTuple):
    """TorchServe's own view of what was found."""

    start: Start | None
    config: Config | None
    """The file that will be read, if it is here."""
    config_hidden: bool
    """A file will be read that is not here, so settings are unknown."""
    launch: Launch | None
    release: tuple[int, ...]
    where: Where
    token: bool | None
    """Whether callers must present a key; None = a file that is not here decides."""
    token_off_by: Literal["", "flag", "file", "image", "release"]
    addresses: dict[str, tuple[str, int]]
    """api -> (address, port) as far as known."""
    store_flag: bool
    models_flag: bool
    fronted: bool
    """A gateway stands in front of the inference API."""


class ProcessStart(NamedTuple):
    """How it is started, as far as a start says."""

    version: str = ""
    launch: Launch | None = None
    official: bool = False
    """The image is upstream's."""


def observe(start: Start | None, parts: Sequence[SourcePart], files: Files) -> Observed:
    """Put together what files say about one process."""
    process = _process(start) if start is not None else ProcessStart()
    found = process.launch
    release = tuple(int(part) for part in process.version.split(".")) if process.version else NEWEST
    config, hidden, from_image = _config(start, process, parts, files)
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
        False if off_by else None if hidden else True,
        off_by,
        addresses,
        bool(found and (found.serve or found.flag("--model-store"))),
        bool(found and found.flag("--models")),
        source is not None and files.fronted(source, port),
    )
    known = not hidden and not (start and start.opaque)
    return Observed(
        "torchserve",
        "TorchServe",
        process.version,
        start,
        (config.part,) if config else (),
        tuple(_meant(seen) if hidden else _listeners(seen)),
        ports_known=known,
        settings=tuple(_settings(seen, from_image)),
        image_user="model-server" if process.official else "",
        tools=frozenset({"python3", "python"}) if process.official else None,
        folders=(f"{IMAGE_HOME}/model-store",),
        detail=seen,
    )


def _process(start: Start) -> ProcessStart:
    from wizard.servers.torchserve.reading import launch

    return ProcessStart(launch.version(start), launch.launch(start), launch.official(start))


def _config(
    start: Start | None, process: ProcessStart, parts: Sequence[SourcePart], files: Files
) -> tuple[Config | None, bool, bool]:
    """(the file, whether another one decides that is not here, whether it is the image's own)."""
    if start is None:
        return (read(parts[0]) if parts else None), False, False
    path = _config_path(start, process)
    part = files.inside(start, path) if path else None
    if path and any(name == "edits" and value == path for name, value, _ in start.options):
        return None, True, False
    if part is not None:
        return read(part), False, part.more and process.official
    covered = any(path == m.target or path.startswith(m.target.rstrip("/") + "/") for m in start.mounts)
    if process.official and path == IMAGE_CONFIG and not covered and not start.opaque:
        return None, False, True
    named = start.variable("TS_CONFIG_FILE") or (process.launch and process.launch.flag("--ts-config"))
    return None, bool(named or process.official or covered), False


def _config_path(start: Start, process: ProcessStart) -> str:
    named = start.variable("TS_CONFIG_FILE")
    if named is not None and named.value:
        return named.value
    flag = process.launch.flag("--ts-config") if process.launch else None
    home = start.working_dir or (IMAGE_HOME if process.official else "")
    if flag and flag.values:
        path = flag.values[0].text
        return path if path.startswith("/") or not home else f"{home}/{path.removeprefix('./')}"
    return f"{home}/config.properties" if home else "config.properties"


def _token_off(
    start: Start | None, found: Launch | None, config: Config | None, release: tuple[int, ...], hidden: bool
) -> Literal["", "flag", "file", "image", "release"]:
    if release < TOKEN_SINCE:
        return "release"
    if found and found.serve and not _kept_on(start, config, hidden):
        return "image"
    if found and found.flag("--disable-token-auth"):
        return "flag"
    return "file" if config and config.true("disable_token_authorization") else ""


def _kept_on(start: Start | None, config: Config | None, hidden: bool) -> bool:
    """The one way to keep the token with the image's own command: a variable, and the switch in the file."""
    variable = start.variable("TS_DISABLE_TOKEN_AUTHORIZATION") if start else None
    if variable is None or (variable.value or "").lower() == "true":
        return False
    return config.true("enable_envvars_config") if config else hidden


def _where(start: Start | None, config: Config | None) -> Where:
    if start is None:
        return "pod" if config and config.part.where.startswith("ConfigMap") else "alone"
    if start.holder == "kubernetes":
        return "pod"
    return "container" if start.contained else "machine"


def _addresses(config: Config | None, from_image: bool, release: tuple[int, ...]) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for api, (key, _, port, _, _) in APIS.items():
        default = "0.0.0.0" if from_image else "127.0.0.1"
        value = config.text(key) if config else None
        if api.startswith("grpc"):
            given = config.text(key.replace("_address", "_port")) if config else None
            number = int(given) if given and given.isdecimal() and int(given) < 65536 else port
            old = release < GRPC_ADDRESS_SINCE
            found[api] = ("0.0.0.0" if old else value or default, number)
        elif value is None:
            found[api] = (default, port)
        elif (match := ADDRESS.fullmatch(value)) and match[2] and (not match[3] or int(match[3][:6]) < TOO_HIGH):
            https = match[1].lower() == "https"
            usual = {"inference": 443 if https else 80, "management": 8444 if https else 8081}
            usual["metrics"] = 8445 if https else 8082
            found[api] = (match[2], int(match[3]) if match[3] and len(match[3]) < 6 else usual[api])
    if config and not config.true("enable_metrics_api", default=True):
        found.pop("metrics", None)
    return found


def _listeners(seen: Seen) -> Iterator[ObservedListener]:
    for api, (address, port) in seen.addresses.items():
        key, title, _, what, grade = APIS[api]
        entry = seen.config.values.get(key) if seen.config else None
        explicit_off = seen.token_off_by in ("flag", "file")
        graver: dict[str, Grade] = {"inference": "high" if explicit_off else "medium"}
        if seen.token is False and api == "management":
            graver["management"] = "critical"
        outside: dict[str, Grade] = {"inference": "high", "management": "critical"}
        yield ObservedListener(
            api,
            title,
            address,
            port,
            Exposure(graver.get(api, grade), outside.get(api, grade), _what(seen, api, what)),
            seen.config.part.source if seen.config and entry else None,
            seen.config.part.origin(entry.key_at) if seen.config and entry else 0,
            key if entry else "",
        )


def _meant(seen: Seen) -> Iterator[ObservedListener]:
    """What published ports lead to, where the file that decides on addresses is not here."""
    start = seen.start
    ports = {each.port for each in (*start.publishes, *start.served)} if start is not None else set()
    for each in _listeners(seen):
        if each.port in ports:
            what = f"{each.exposure.what} (as far as its configuration file, which is not here, opens that port)"
            yield each._replace(address="0.0.0.0", exposure=each.exposure._replace(what=what))


def _what(seen: Seen, api: str, what: str) -> str:
    if api in ("metrics",) or seen.token is not False:
        return what
    why = {
        "image": "the image's own command switches the token off",
        "flag": "--disable-token-auth switches the token off",
        "file": "the file switches the token off",
        "release": "this release knows no token",
    }
    return f"{what}; {why[seen.token_off_by]}" if seen.token_off_by else what


def _settings(seen: Seen, from_image: bool) -> Iterator[Setting]:
    if seen.config:
        from wizard.servers.torchserve.keys import keys

        known = keys().known
        part = seen.config.part
        for entry in seen.config.entries:
            last = seen.config.values[entry.key] is entry
            flag = _overriding(seen, entry.key) if last else ""
            yield Setting(
                entry.key,
                entry.value,
                "file",
                part.source,
                part.origin(entry.key_at),
                last and not flag,
                flag or ("" if last else "a later line"),
                entry.key in known,
            )
    if from_image:
        for api in ("inference", "management", "metrics"):
            yield Setting(APIS[api][0], f"http://0.0.0.0:{APIS[api][2]}", "image", None, 0)
        for api in ("grpc", "grpc_management"):
            yield Setting(APIS[api][0], "0.0.0.0", "image", None, 0)
    for flag_ in seen.launch.flags if seen.launch else ():
        source = seen.start.source if seen.start else None
        yield Setting(flag_.name, " ".join(value.text for value in flag_.values), "flag", source, flag_.word.start)


def _overriding(seen: Seen, key: str) -> str:
    pairs = {"model_store": "--model-store", "load_models": "--models", "workflow_store": "--workflow-store"}
    flag = pairs.get(key)
    return f"the flag {flag}" if flag and seen.launch and seen.launch.flag(flag) else ""
