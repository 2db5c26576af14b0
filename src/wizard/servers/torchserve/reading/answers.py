"""A TorchServe set-up as answers: its models, its CORS policy, its token, its certificate."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.answers import Imported, Lost, ObservedAnswer, unanswered
from wizard.observed.seen import Files
from wizard.servers.torchserve.adjustable import answered
from wizard.servers.torchserve.keys import keys
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config, filled_in
from wizard.servers.torchserve.reading.seen import APIS, IMAGE_HOME, TOKEN_SINCE, Seen
from wizard.servers.version_given import release

_CARRIED = frozenset(
    {
        "inference_address", "management_address", "metrics_address", "grpc_inference_address", "grpc_inference_port",
        "grpc_management_address", "grpc_management_port", "enable_metrics_api", "model_store", "load_models", "models",
        "model_snapshot", "cors_allowed_origin", "cors_allowed_methods", "cors_allowed_headers", "certificate_file",
        "private_key_file", "disable_token_authorization", "workflow_store", "allowed_urls", "enable_model_api",
        "install_py_dep_per_model", "enable_envvars_config", "version", "tsConfigFile",
    }
)  # fmt: skip
"""Keys that an answer covers, or that the written file sets anyway."""
_CLOSED = {
    "install_py_dep_per_model": "the written file says false; put the packages that archives need into the image.",
    "enable_model_api": "the written file says false; name every model here.",
}
"""Switches that written files leave off, and what to do if they were on."""
_CORS = regex(r"(?i)^(?:inference[_.])?cors[_.](?:allow(?:ed)?[_.])?(origins?|methods?|headers?|credentials)$")


def answers(seen: Seen, files: Files) -> Imported:
    """The answers for a process and its file."""
    config = seen.config
    found = (*_models(seen, files), *_sockets(seen, files), *_cors(seen), *_auth(seen))
    found = (*found, *_tls(seen, files), *_rest(seen))
    told = ("TS_CONFIG_FILE", *(each.name for each in config.overriding.values())) if config else ()
    return Imported.of(found, told)


def _models(seen: Seen, files: Files) -> Iterator[ObservedAnswer | Lost]:
    config = seen.config
    flag, store = seen.flag("--models"), _store(seen)
    entry = config.values.get("load_models") if config else None
    source = seen.start.source if flag and seen.start else config.part.source if config else None
    at = flag.word.start if flag else 0
    if config and entry and not flag:
        source, at = config.place(entry)
    names = [value.text for value in flag.values] if flag else (entry.value.split(",") if entry else [])
    if [name.strip().lower() for name in names] == ["all"]:
        names = _archives(seen, files, store)
        if not names:
            yield Lost(f"load_models=all: {_why_unseen(seen, files, store)}", source, at)
            return
    models = []
    for name in (each.strip() for each in names if each.strip()):
        title, _, archive = name.rpartition("=")
        if "://" in archive:
            yield Lost(
                f"{archive} is fetched from the network, which the wizard does not do: copy it here.", source, at
            )
            continue
        inside = archive if archive.startswith("/") else f"{store}/{archive}"
        path = files.outside(seen.start, inside) if seen.start is not None else inside
        if path is None:
            yield Lost(f"{inside} lies in the image or another volume: name its place on this machine.", source, at)
        models.append({"name": title or re.sub(r"\.(mar|tar\.gz)$", "", archive), "path": path or inside})
    if models:
        yield ObservedAnswer("models", models, source, at)
    if config is not None and "model_snapshot" in config.values and not config.snapshot:
        snapshot = config.values["model_snapshot"]
        yield Lost("model_snapshot: the wizard names models one by one.", *config.place(snapshot))


def _store(seen: Seen) -> str:
    """The model store, as the process sees it: a relative path starts where the image runs its command."""
    flag = seen.flag("--model-store")
    told = flag.values[0].text if flag and flag.values else seen.config.text("model_store") if seen.config else ""
    if seen.start is None or not seen.start.contained:
        return told or ""
    home = seen.start.working_dir or IMAGE_HOME
    return posixpath.normpath(posixpath.join(home, told)) if told else f"{IMAGE_HOME}/model-store"


def _archives(seen: Seen, files: Files, store: str) -> list[str]:
    """What the server would load of its store: every archive in it, and every folder that is an unpacked one."""
    path = _outside(seen, files, store)
    there = files.listed(path) if path else None
    return [
        name.rstrip("/")
        for name in there or ()
        if name.endswith((".mar", ".tar.gz"))
        or (name.endswith("/") and "MAR-INF/" in (files.listed(f"{path}/{name}") or ()))
    ]


def _outside(seen: Seen, files: Files, store: str) -> str | None:
    """Where the store is on this machine; None if nothing says so."""
    if seen.start is not None:
        return files.outside(seen.start, store)
    # A file alone: its paths are this machine's, unless it was written for the official image.
    return store if store and not store.startswith(f"{IMAGE_HOME}/") else None


def _why_unseen(seen: Seen, files: Files, store: str) -> str:
    path = _outside(seen, files, store)
    if not path:
        return "which archives lie in the store cannot be seen here; name them."
    there = "there is no folder" if files.listed(path) is None else "no archive lies in"
    return f"{there} {path}; name the models."


def _sockets(seen: Seen, files: Files) -> Iterator[ObservedAnswer]:
    """The APIs that answer at a unix socket, which is not a listener with a port."""
    config = seen.config
    for api, (key, *_) in APIS.items() if config is not None else ():
        entry = config.values.get(key) if config is not None else None
        if config is not None and entry is not None and entry.value.strip().startswith("unix:/"):
            address = _on_this_machine(seen, files, entry.value.strip().removeprefix("unix:"))
            yield ObservedAnswer(f"bind.{api}", {"scope": "socket", "address": address}, *config.place(entry))


def _on_this_machine(seen: Seen, files: Files, path: str) -> str:
    return (files.outside(seen.start, path) if seen.start is not None else None) or path


def _cors(seen: Seen) -> Iterator[ObservedAnswer | Lost]:
    """The policy that was meant: keys with wrong names count too, for what they say."""
    config = seen.config
    if config is None:
        return
    meant = _meant(config)
    origin = meant.get("origin")
    if origin is None:
        return
    source, at = config.place(origin)
    origins = [part.strip().strip("\"'").rstrip("/") for part in re.split(r"[,\s]+", origin.value) if part.strip()]
    named = [each for each in origins if each != "*"]
    if "*" in origins and (named or origin.key not in keys().known):
        # The server let no page read; answers that let every page would open what was closed.
        yield Lost(f"{origin.key}: no page may read answers by it as it stands, and * is not carried over.", source, at)
        if not named:
            yield from (_never_read(config, each) for each in meant.values() if each is not origin)
            return
    yield ObservedAnswer("cors.inference.origins", named or origins, source, at)
    for name, key in (("method", "cors.inference.methods"), ("header", "cors.inference.headers")):
        if name in meant and meant[name].value.strip() != "*":
            values = [part.strip() for part in meant[name].value.split(",") if part.strip()]
            yield ObservedAnswer(key, values, *config.place(meant[name]))
        elif name not in meant and origin.key in keys().known:
            yield ObservedAnswer(key, [], source, at)  # the server then names none
    if "credential" in meant:
        on = meant["credential"].value.strip().lower() == "true"
        yield ObservedAnswer("cors.inference.credentials", on, *config.place(meant["credential"]))
    if origin.key == "cors_allowed_origin":
        yield Lost(
            "The CORS keys counted for the management API as well; the answers speak of inference only.",
            source,
            at,
            kept=True,
        )
    for entry in meant.values():
        if entry.key not in keys().known:
            what = f"{entry.key}: the server never read it; these answers do what it says."
            yield Lost(what, *config.place(entry), kept=True)


def _meant(config: Config) -> dict[str, Property]:
    """The settings of a policy, by subject; those that the server reads come first."""
    found: dict[str, Property] = {}
    for entry in sorted(config.values.values(), key=lambda each: each.key in _CARRIED):
        match = _CORS.match(entry.key)
        if match and entry.value.strip() and (entry.key not in keys().known or entry.key in _CARRIED):
            found[match[1].lower().rstrip("s")] = entry
    return found


def _never_read(config: Config, entry: Property) -> Lost:
    return Lost(f"{entry.key}: the server never read it.", *config.place(entry))


def _auth(seen: Seen) -> Iterator[ObservedAnswer]:
    if seen.release < TOKEN_SINCE or seen.token is None:
        return
    kind = "server-token" if seen.token else "none"
    source, at = None, 0
    entry = seen.config.values.get("disable_token_authorization") if seen.config is not None else None
    if seen.config is not None and entry is not None and (seen.token_off_by in ("file", "variable") or seen.token):
        source, at = seen.config.place(entry)
    elif seen.token_off_by == "flag" and seen.launch is not None and seen.start is not None:
        flag = seen.launch.flag("--disable-token-auth")
        source, at = seen.start.source, flag.word.start if flag else 0
    for api in ("inference", "management"):
        yield ObservedAnswer(f"auth.{api}", kind, source, at)


def _tls(seen: Seen, files: Files) -> Iterator[ObservedAnswer | Lost]:
    config = seen.config
    if config is None:
        return
    certificate, key = config.values.get("certificate_file"), config.values.get("private_key_file")
    if certificate is not None and key is not None:
        yield ObservedAnswer("tls.mode", "files", *config.place(certificate))
        yield ObservedAnswer(
            "tls.certificate", _on_this_machine(seen, files, certificate.value), *config.place(certificate)
        )
        yield ObservedAnswer("tls.key", _on_this_machine(seen, files, key.value), *config.place(key))
    elif "keystore" in config.values:
        entry = config.values["keystore"]
        yield Lost("keystore: the wizard takes a certificate and a key in PEM form.", *config.place(entry))


def _rest(seen: Seen) -> Iterator[ObservedAnswer | Lost]:
    config = seen.config
    if config is None:
        return
    for entry in (line for line in config.lines.values() if filled_in(line) and line.key in config.unknown):
        what = f"{entry.key}: a variable decides, and its value is not known here: {entry.value.strip()}"
        yield Lost(what, config.part.source, config.part.origin(entry.key_at))
    for key, entry in config.values.items():
        if key in _CLOSED and config.true(key):
            yield Lost(f"{key}: {_CLOSED[key]}", *config.place(entry), kept=True)
        if key in _CARRIED or _CORS.match(key):
            continue
        answer = _setting(seen, config, entry)
        if answer is not None:
            yield answer
        elif key in keys().known:
            yield unanswered(key, "file", *config.place(entry))
        else:
            yield _never_read(config, entry)


def _setting(seen: Seen, config: Config, entry: Property) -> ObservedAnswer | None:
    """The answer under `settings` for a line; None if there is none, or if the release does not read it."""
    key = keys().known.get(entry.key)
    if key is None or (seen.release and seen.release < release(key.first)):
        return None
    if key.reader == "launcher" and getattr(config.launcher.get(key.name), "value", None) != entry.value.strip():
        return None
    found = answered(entry.key, entry.value)
    return None if found is None else ObservedAnswer(f"settings.{found[0]}", found[1], *config.place(entry))
