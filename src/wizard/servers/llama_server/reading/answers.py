"""A llama-server set-up as answers: its models, its CORS policy, its key, its certificate."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.answers import Imported, Lost, ObservedAnswer, unanswered
from wizard.observed.seen import Files
from wizard.observed.source import Source
from wizard.plan.settings import read_value, refusal
from wizard.servers.llama_server import layout
from wizard.servers.llama_server.adjustable import adjustable
from wizard.servers.llama_server.knowledge import build_of, knowledge
from wizard.servers.llama_server.reading.presets import Presets
from wizard.servers.llama_server.reading.seen import Seen, Value
from wizard.servers.llama_server.unsupported_wishes import REPOSITORY

_CARRIED = frozenset(
    {
        "--host", "--port", "--model", "--alias", "--models-preset", "--api-key", "--api-key-file", "--ssl-key-file",
        "--ssl-cert-file", "--cors-origins", "--cors-methods", "--cors-headers", "--cors-credentials", "--metrics",
        "--offline", "--hf-repo", "--hf-token",
    }
)  # fmt: skip
"""Flags that an answer covers, or that the written command contains anyway."""
_CACHE = "LLAMA_CACHE"
_FETCHED = ("--hf-file", "--model-url", "--docker-repo", "--models-dir")
_POWERS = frozenset(
    {
        "--agent", "--tools", "--tools-runtime", "--mcp-servers-config", "--mcp-servers-json", "--ui-mcp-proxy",
        "--slot-save-path", "--media-path",
    }
)  # fmt: skip
"""Flags that let callers do more than use the model; written files contain none of them."""
_NAME = regex(r"[^A-Za-z0-9._-]+")


def answers(seen: Seen, files: Files) -> Imported:
    """The answers for a process and its files."""
    found = (
        *_models(seen, files),
        *_socket(seen, files),
        *_offline(seen),
        *_token(seen),
        *_cors(seen),
        *_key(seen),
        *_tls(seen, files),
        *_metrics(seen),
        *_cache(seen),
        *_rest(seen, files),
    )
    told = frozenset(v.flag.variable for v in seen.values.values() if v.layer == "environment" and v.flag.variable)
    return Imported.of(found, told | ({_CACHE} if _contained(seen) else frozenset()))


def _models(seen: Seen, files: Files) -> Iterator[ObservedAnswer | Lost]:
    for name in _FETCHED:
        value = seen.values.get(name)
        if value is not None and value.text:
            said = "a folder of models" if name == "--models-dir" else "fetched from the network"
            yield Lost(
                f"{_typed(value)} {value.text}: {said}; name the files of the models here.", value.source, value.at
            )
    for presets in seen.presets:
        yield from _listed(seen, presets, files)
    fetched, file = _said(seen, "--hf-repo"), _said(seen, "--model")
    elsewhere = any(_said(seen, name) for name in ("--hf-file", "--model-url", "--docker-repo"))
    if fetched is not None and not elsewhere:
        yield from _fetched(fetched, _alias(seen))
    if file is not None and (fetched is not None or elsewhere):
        yield Lost(
            f"{_typed(file)} {file.text}: it is never read, because the server fetches a model.", file.source, file.at
        )
    elif file is not None:
        yield from _file(seen, files, file)


def _said(seen: Seen, name: str) -> Value | None:
    """What is in force, if anything."""
    value = seen.values.get(name)
    return value if value is not None and (value.open or value.text) else None


def _alias(seen: Seen) -> str:
    return (seen.text("--alias") or "").split(",")[0]


def _file(seen: Seen, files: Files, model: Value) -> Iterator[ObservedAnswer | Lost]:
    """The only model, as a file on this machine."""
    if model.open:
        yield _unknown(model)
        return
    title = _named(_alias(seen) or re.sub(r"\.gguf$", "", model.text.replace("\\", "/").rpartition("/")[2]))
    yield ObservedAnswer("models", [{"name": title, "path": _outside(seen, files, model.text)}], model.source, model.at)


def _fetched(repository: Value, alias: str) -> Iterator[ObservedAnswer | Lost]:
    """The only model that the server downloads by its id. It takes precedence over a file, wherever either is given."""
    if repository.open:
        yield _unknown(repository)
    elif not REPOSITORY.fullmatch(repository.text):
        what = f"{_typed(repository)} {repository.text}: a model's id is USER/MODEL or USER/MODEL:KIND."
        yield Lost(what, repository.source, repository.at)
    else:
        title = _named(alias or repository.text.rpartition("/")[2].partition(":")[0])
        yield ObservedAnswer("models", [{"name": title, "id": repository.text}], repository.source, repository.at)


def _offline(seen: Seen) -> Iterator[Lost]:
    """A server that downloads nothing must have its model; the written command lets it download."""
    value = seen.values.get("--offline")
    if value is not None and value.text == "on" and _said(seen, "--hf-repo") is not None:
        what = f"{_typed(value)}: the written command leaves it out, so that the server can fetch its model."
        yield Lost(what, value.source, value.at, kept=True)


def _token(seen: Seen) -> Iterator[Lost]:
    """The token for the hub: written files pass on the variable of the caller's environment, and contain no value."""
    value = seen.values.get("--hf-token")
    if value is not None and value.text and not value.open:
        what = f"{_typed(value)}: its value is written nowhere; set HF_TOKEN where you start the server."
        yield Lost(what, value.source, value.at, kept=True)


def _unknown(value: Value) -> Lost:
    """A value that a variable determines."""
    what = f"{_typed(value)} {value.text}: what it stands for is decided where it is started; name the model here."
    return Lost(what, value.source, value.at)


def _listed(seen: Seen, presets: Presets, files: Files) -> Iterator[ObservedAnswer | Lost]:
    models = []
    for section, at in presets.models():
        values = presets.of(section)
        path = values.get("--model")
        if path is None:
            yield Lost(f"[{section}] names no file of this machine.", presets.part.source, at)
            continue
        models.append({"name": _named(section), "path": _outside(seen, files, path.value.strip("\"'"))})
        for name, entry in values.items():
            if name not in _CARRIED:
                yield unanswered(entry.key, "file", presets.part.source, entry.at)
    if models:
        yield ObservedAnswer("models", models, presets.part.source, presets.sections[0][1])


def _named(text: str) -> str:
    """As a name of a model may be."""
    return _NAME.sub("-", text).strip("-.") or "model"


def _outside(seen: Seen, files: Files, path: str) -> str:
    return (files.outside(seen.start, path) if seen.start is not None else None) or path


def _cors(seen: Seen) -> Iterator[ObservedAnswer | Lost]:
    """The policy that was meant; without the flag every origin may read, which nobody asked for."""
    value = seen.values.get("--cors-origins")
    if value is None:
        if seen.start is not None and not seen.incomplete:
            yield Lost(
                "Without --cors-origins every web page may read what it answers; these answers let none.",
                seen.start.source,
                seen.start.at,
                kept=True,
            )
        return
    if value.open:
        return
    if value.text == "localhost":
        yield Lost("--cors-origins localhost: name the pages of this machine one by one.", value.source, value.at)
        return
    origins = [part.rstrip("/") for part in re.split(r"[,\s]+", value.text) if part]
    yield ObservedAnswer("cors.inference.origins", origins, value.source, value.at)
    for name, key in (("--cors-methods", "methods"), ("--cors-headers", "headers")):
        given = seen.values.get(name)
        if origins and given is not None and not given.open and given.text.strip() != "*":
            parts = [part.strip() for part in given.text.split(",") if part.strip()]
            yield ObservedAnswer(f"cors.inference.{key}", parts, given.source, given.at)


def _socket(seen: Seen, files: Files) -> Iterator[ObservedAnswer]:
    """A unix socket, which is not a listener with a port."""
    host = seen.values.get("--host")
    if host is not None and not host.open and host.text.endswith(".sock") and "," not in host.text:
        value = {"scope": "socket", "address": _outside(seen, files, host.text)}
        yield ObservedAnswer("bind.inference", value, host.source, host.at)


def _key(seen: Seen) -> Iterator[ObservedAnswer | Lost]:
    if seen.keys == "none" and seen.incomplete:
        return
    value = seen.values.get("--api-key-file") or seen.values.get("--api-key")
    meant = value is not None or any(each.variable.name == "LLAMA_ARG_API_KEY" for each in seen.placed)
    source, at = (value.source, value.at) if value is not None else (None, 0)
    yield ObservedAnswer("auth.inference", "server-token" if meant else "none", source, at)
    if meant:
        yield Lost("The key: a new one is made.", source, at, kept=True)


def _tls(seen: Seen, files: Files) -> Iterator[ObservedAnswer]:
    key, certificate = seen.values.get("--ssl-key-file"), seen.values.get("--ssl-cert-file")
    if key is not None and certificate is not None:
        yield ObservedAnswer("tls.mode", "files", certificate.source, certificate.at)
        yield ObservedAnswer(
            "tls.certificate", _outside(seen, files, certificate.text), certificate.source, certificate.at
        )
        yield ObservedAnswer("tls.key", _outside(seen, files, key.text), key.source, key.at)


def _metrics(seen: Seen) -> Iterator[ObservedAnswer]:
    value = seen.values.get("--metrics")
    if value is not None and value.text == "on":
        scope = "loopback" if all(each.loopback for each in seen.listeners) else "internal"
        yield ObservedAnswer("bind.metrics", {"scope": scope}, value.source, value.at)


def _contained(seen: Seen) -> bool:
    return seen.start is not None and seen.start.contained


def _cache(seen: Seen) -> Iterator[Lost]:
    """In a container, the written files name their own cache, and use it if the server downloads its model."""
    repository = seen.values.get("--hf-repo")
    if seen.start is None or not _contained(seen) or repository is None or not repository.text:
        return
    for variable in seen.start.environment:
        if variable.name == _CACHE:
            what = f"{_CACHE}: the written files keep models in ./{layout.FETCHED}; copy into it what is there."
            yield Lost(what, seen.start.place(variable), variable.start, kept=True)


def _rest(seen: Seen, files: Files) -> Iterator[ObservedAnswer | Lost]:
    for name, value in seen.values.items():
        if name in _CARRIED or name in _FETCHED or not value.made:
            continue
        answer = _setting(seen, files, value)
        if answer is not None:
            yield answer
        elif not _usual(seen, value):
            yield _by_hand(seen, value)
    source: Source | None = seen.start.source if seen.start is not None else None
    for unknown in seen.launch.unknown if seen.launch is not None else ():
        yield Lost(f"{unknown.word.text}: the server never read it.", source, unknown.word.start)


def _setting(seen: Seen, files: Files, value: Value) -> ObservedAnswer | None:
    """The answer under `settings` that a flag corresponds to; None if there is none for it or for that value."""
    setting = next((each for each in adjustable() if each.spelled == value.flag.name), None)
    if setting is None or value.open:
        return None
    text = _outside(seen, files, value.text) if setting.kind == "file" else value.text
    answer = read_value(setting, text)
    if refusal(setting.name, answer, (setting,), "") is not None:
        return None
    return ObservedAnswer(f"settings.{setting.name}", answer, value.source, value.at)


def _usual(seen: Seen, value: Value) -> bool:
    """What would happen without the flag."""
    build = seen.build or build_of(knowledge().versions[0])
    return not value.open and bool(value.text) and value.text == value.flag.default_of(build)


def _by_hand(seen: Seen, value: Value) -> Lost:
    """A flag without an answer, as it can be added to the written command; the written build has to know it."""
    flag = value.flag
    if flag.name in _POWERS and value.text not in ("", "off"):
        return Lost(f"{_typed(value)}: left out. {flag.risk}", value.source, value.at)
    if not flag.known_to(seen.build or build_of(knowledge().versions[0])):
        gone = f"builds after b{flag.last} do not start with it" if flag.last else "the written build does not know it"
        other = f"; use {flag.instead}" if flag.instead else ""
        return Lost(f"{_typed(value)}: {gone}{other}.", value.source, value.at)
    if value.open or flag.value == "secret":
        return unanswered(_typed(value), "command", value.source, value.at)
    words = _spelled(value)
    mounted = flag.value in ("path", "paths") and _contained(seen)
    written = "command, and mount what it names" if mounted else "command"
    return unanswered(_typed(value), written, value.source, value.at, words if words != _typed(value) else "it")


def _spelled(value: Value) -> str:
    """As words of a command line."""
    flag = value.flag
    if not flag.words:
        return flag.name if value.text == "on" or not flag.off else flag.off[-1]
    return f"{flag.name} {value.text if flag.words > 1 else shlex.quote(value.text)}"


def _typed(value: Value) -> str:
    if value.layer == "flag" and not value.flag.words:
        return _spelled(value)
    return value.flag.name if value.layer == "flag" else value.flag.variable or value.flag.name
