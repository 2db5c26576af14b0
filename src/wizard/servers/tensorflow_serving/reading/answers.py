"""A TensorFlow Serving set-up as answers: its models with versions and labels, its CORS flag."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment.own_files import OWN_SOCKET
from wizard.formats.decimals import decimal
from wizard.formats.schema import values
from wizard.formats.textproto import ProtoMessage
from wizard.observed.answers import Imported, Lost, ObservedAnswer, unanswered
from wizard.observed.seen import Files
from wizard.observed.start import Start
from wizard.servers.tensorflow_serving.adjustable import answered, setting_of
from wizard.servers.tensorflow_serving.reading.launch import TypedFlag
from wizard.servers.tensorflow_serving.reading.messages import MESSAGES, MODEL_CONFIG
from wizard.servers.tensorflow_serving.reading.seen import Seen
from wizard.servers.tensorflow_serving.reading.texts import Text, models, scalar
from wizard.servers.tensorflow_serving.reading.texts import values as leaves
from wizard.servers.version_given import release

_CARRIED = frozenset(
    {
        "port", "rest_api_port", "model_config_file", "model_name", "model_base_path", "rest_api_enable_cors_support",
        "allow_version_labels_for_unavailable_models", "grpc_socket_path", "enable_profiler",
        "load_retry_interval_micros", "monitoring_config_file",
    }
)  # fmt: skip
"""Flags that an answer covers, or that the written command contains anyway."""


_MODEL = frozenset({"name", "base_path", "model_platform", "model_version_policy", "version_labels"})
"""Fields of a model that an answer covers."""


def answers(seen: Seen, files: Files) -> Imported:
    """The answers for a process and its files."""
    listed = [each for text in seen.texts if text.kind == "models.config" for each in _listed(seen, text, files)]
    found = (*listed, *(() if listed else _unlisted(seen, files)), *_socket(seen, files), *_flags(seen, files))
    found = (*found, *_metrics(seen))
    return Imported.of(found, ("MODEL_NAME", "MODEL_BASE_PATH"))


def _unlisted(seen: Seen, files: Files) -> Iterator[ObservedAnswer | Lost]:
    """The models of a process whose list of models was not read."""
    flag = seen.launch.flag("model_config_file") if seen.launch is not None else None
    if flag is None or seen.start is None:
        yield from _single(seen, files)
    else:
        # With such a file the server looks neither at the other flags nor at the image's variables.
        text = f"{flag.value} lists the models, and it is not here."
        yield Lost(text, seen.start.source, flag.word.start)


def _listed(seen: Seen, text: Text, files: Files) -> Iterator[ObservedAnswer | Lost]:
    if text.issues:
        yield Lost("The file cannot be parsed, so its models are not carried over.", text.part.source, None)
        return
    result = []
    for _, model in models(text):
        name, path = scalar(model, "name"), scalar(model, "base_path")
        if name is None or path is None:
            continue
        if "://" in path[1]:
            yield Lost(f"{path[1]}: the wizard takes models from this machine.", text.part.source, text.at(path[0]))
            continue
        outside = files.outside(seen.start, path[1]) if seen.start is not None else path[1]
        alone = _one_version(seen.start, path[1], files) if outside is None and seen.start is not None else None
        entry: dict[str, object] = {"name": name[1], "path": outside or path[1]}
        entry |= _versions(model) if alone is None else alone
        result.append(entry)
        for each in model.fields:
            if each.name not in _MODEL:
                yield unanswered(f"{each.name} of {name[1]}", "file", text.part.source, text.at(each))
    if result:
        yield ObservedAnswer("models", result, text.part.source, text.part.origin(0))


def _one_version(start: Start, base: str, files: Files) -> dict[str, object] | None:
    """The only version of a model, if nothing but that is mounted."""
    inside = [(each.target, each.target.removeprefix(f"{base.rstrip('/')}/")) for each in start.mounts]
    found = [(target, number) for target, rest in inside if (number := decimal(rest, 18)) and target != rest]
    if len(found) != 1:
        return None
    target, number = found[0]
    return {"path": files.outside(start, target) or target, "as_version": number}


def _versions(model: ProtoMessage) -> dict[str, object]:
    """Which versions are served, and the names they have."""
    read = values(model, MODEL_CONFIG, MESSAGES)
    policy = read.get("model_version_policy", {})
    found: dict[str, object] = {}
    if "all" in policy:
        found["versions"] = "all"
    elif "specific" in policy:
        found["versions"] = policy["specific"].get("versions", [])
    return found | ({"labels": read["version_labels"]} if read.get("version_labels") else {})


def _single(seen: Seen, files: Files) -> Iterator[ObservedAnswer]:
    """The one model of flags or of the image's variables."""
    start, launch = seen.start, seen.launch
    if start is None or launch is None:
        return
    name_flag, base_flag = launch.flag("model_name"), launch.flag("model_base_path")
    name, base = start.variable("MODEL_NAME"), start.variable("MODEL_BASE_PATH")
    title = name_flag.value if name_flag else name.value if name else "model" if launch.image else "default"
    inside = base_flag.value if base_flag else None
    if inside is None and launch.image:
        inside = f"{(base.value if base else None) or '/models'}/{name.value if name else 'model'}"
    if not title or not inside:
        return
    at = base_flag.word.start if base_flag else name.start if name else start.at
    yield ObservedAnswer("models", [{"name": title, "path": files.outside(start, inside) or inside}], start.source, at)


def _socket(seen: Seen, files: Files) -> Iterator[ObservedAnswer]:
    """gRPC on a unix socket alone; what lies inside the container, or in the server's own folder, is nobody's."""
    flag = seen.launch.flag("grpc_socket_path") if seen.launch is not None else None
    if flag is None or seen.start is None or seen.launch is None or seen.launch.text("port") != "0":
        return
    path = flag.value or ""
    own = path.endswith(f"/{OWN_SOCKET}")
    address = files.outside(seen.start, path) if path.startswith("/") and not own else None
    value = {"scope": "socket", "address": address} if address else {"scope": "off"}
    yield ObservedAnswer("bind.grpc", value, seen.start.source, flag.word.start)


def _metrics(seen: Seen) -> Iterator[ObservedAnswer | Lost]:
    """Whether the REST port answers with metrics too; where that is open is known elsewhere."""
    flag = seen.launch.flag("monitoring_config_file") if seen.launch is not None else None
    if flag is not None and seen.start is not None and not any(text.kind == "monitoring" for text in seen.texts):
        what = f"{flag.value} says whether there is a metrics page, and it is not here."
        yield Lost(what, seen.start.source, flag.word.start)
    for text in seen.texts if seen.launch is not None else ():
        if ("prometheus_config.enable", "true") in {(name, value) for name, _, value in leaves(text.root)}:
            yield ObservedAnswer("bind.metrics", {"scope": "internal"}, text.part.source, text.part.origin(0))


def _flags(seen: Seen, files: Files) -> Iterator[ObservedAnswer | Lost]:
    if seen.launch is None or seen.start is None:
        return
    cors = seen.launch.flag("rest_api_enable_cors_support")
    if cors is not None and (cors.value or "true").lower() in ("true", "1"):
        yield ObservedAnswer("cors.inference.origins", ["*"], seen.start.source, cors.word.start)
    for flag in seen.launch.flags:
        if flag.name not in _CARRIED and seen.launch.flag(flag.name) is flag:
            yield _setting(seen, files, flag) or unanswered(
                f"--{flag.name}", "command", seen.start.source, flag.word.start
            )
        elif seen.launch.flag(flag.name) is None:
            yield Lost(f"--{flag.name}: the server never read it.", seen.start.source, flag.word.start)


def _setting(seen: Seen, files: Files, flag: TypedFlag) -> ObservedAnswer | None:
    """The answer under `settings` for a flag; None if there is none, or if the release ignores it."""
    setting, start = setting_of(flag.name), seen.start
    if setting is None or start is None or flag.word.expands or seen.before(*release(setting.since or "0")):
        return None
    text = flag.value or ("true" if setting.kind == "switch" and flag.value is None else "")
    if setting.kind == "file" and text:
        text = files.outside(start, text) or text
    value = answered(setting, text)
    return None if value is None else ObservedAnswer(f"settings.{setting.name}", value, start.source, flag.word.start)
