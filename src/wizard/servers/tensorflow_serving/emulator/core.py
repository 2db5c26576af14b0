"""The server's core: one configuration, its models, labels, and the two pollers (server_core.cc, 2.20.0)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import config, log
from .manager import LoadedVersion, Manager
from .protos import message
from .savedmodel import DEFAULT_SIGNATURE, LoadedModel
from .status import Code, StatusError, invalid
from .versions import wanted_versions

_WHERE = "model_servers/server_core.cc"


@dataclass(frozen=True, slots=True)
class CoreOptions:
    """The flags the core obeys; times in seconds."""

    tags: tuple[str, ...]
    max_load_retries: int
    load_retry_pause: float
    poll_pause: float
    labels_for_unavailable: bool


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model, and optionally which version of it, a request means."""

    name: str
    version: int | None = None
    label: str | None = None


class ServerCore:
    """Serves the models of one ModelServerConfig at a time."""

    def __init__(self, options: CoreOptions) -> None:
        self.options = options
        self.manager = Manager(self._load, options.max_load_retries, options.load_retry_pause)
        self._config = message("tensorflow.serving.ModelServerConfig")()
        self._config_lock = threading.Lock()
        self._labels: dict[str, dict[str, int]] = {}
        self._source: _Source | None = None

    def _load(self, path: str) -> LoadedModel:
        return LoadedModel(path, list(self.options.tags))

    def reload(self, new: Any) -> None:
        """Take over a configuration and wait for its new models; raises StatusError (server_core.cc:477-545)."""
        with self._config_lock:
            first = self._config.WhichOneof("config") is None
            if not first and new.WhichOneof("config") != "model_config_list":
                raise StatusError(
                    Code.FAILED_PRECONDITION,
                    "Cannot transition to requested config. It is only legal to transition from one ModelConfigList "
                    "to another.",
                )
            if new.WhichOneof("config") is None:
                log.info(f"{_WHERE}:498", "Taking no action for empty config.")
                return
            if new.WhichOneof("config") == "custom_model_config":
                log.fatal("model_servers/server.cc:73", "ModelServer does not yet support custom model config.")
            models = new.model_config_list
            config.check(models)
            if not first:
                config.check_platforms_kept(self._config.model_config_list, models)
            self._config = new
            self._update_labels(models)
            log.info(f"{_WHERE}:512", "Adding/updating models.")
            self._add_models(models)
            log.info(f"{_WHERE}:533", "Finished adding/updating models")

    def _update_labels(self, models: Any) -> None:
        """Check and take over the labels. This happens before any model of the configuration is loaded."""
        labels: dict[str, dict[str, int]] = {}
        for model in models.config:
            for label, version in model.version_labels.items():
                known = self._labels.get(model.name, {}).get(label)
                allowed = self.options.labels_for_unavailable and known in (None, version)
                if not allowed and self.manager.find(model.name, version) is None:
                    raise StatusError(
                        Code.FAILED_PRECONDITION,
                        f"Request to assign label to version {version} of model {model.name}, "
                        "which is not currently available for inference",
                    )
                labels.setdefault(model.name, {})[label] = version
        self._labels = labels

    def _add_models(self, models: Any) -> None:
        for model in models.config:
            log.info(f"{_WHERE}:641", f" (Re-)adding model: {model.name}")
        config.check_platforms(models)
        if self._source is None:
            self._source = _Source(self.manager, models, self.options.poll_pause)
            self._await([model.name for model in models.config], 0, "servable(s)")
            self.manager.parallel = False
            return
        before = self.manager.events
        old = self._source.names()
        self._source.update(models)
        self._await([model.name for model in models.config if model.name not in old], before, "model(s)")

    def _await(self, names: list[str], since: int, noun: str) -> None:
        failed = self.manager.wait_available(names, since)
        if failed:
            reasons = "".join(f"{{{servable}{_due_to(servable)}}}, " for servable in failed)
            text = f"{len(failed)} {noun} did not become available: {{{reasons}}}"
            raise StatusError(Code.UNKNOWN, text)

    def servable(self, spec: ModelSpec) -> LoadedVersion:
        """Return the version a request asks for; raises StatusError when it is not served."""
        if not spec.name:
            raise invalid("ModelSpec has no name specified.")
        version = spec.version
        if spec.label is not None:
            version = self._labels.get(spec.name, {}).get(spec.label)
            if version is None:
                raise invalid(f"Unrecognized servable version label: {spec.label}")
        found = self.manager.find(spec.name, version)
        if found is None or found.model is None:
            wanted = f"Latest({spec.name})" if version is None else f"Specific({spec.name}, {version})"
            raise StatusError(Code.NOT_FOUND, f"Servable not found for request: {wanted}")
        return found

    def model(self, spec: ModelSpec) -> tuple[LoadedModel, int]:
        """Return the loaded model a request asks for, and its version."""
        servable = self.servable(spec)
        model = servable.model
        if model is None:  # unloaded since
            raise StatusError(Code.NOT_FOUND, f"Servable not found for request: Latest({spec.name})")
        return model, servable.version

    def signature(self, spec: ModelSpec, name: str) -> tuple[LoadedModel, str, Any]:
        """Return the model, the signature's name (the default one if empty) and its definition."""
        model, _ = self.model(spec)
        name = name or DEFAULT_SIGNATURE
        if name not in model.signatures:
            raise invalid(f'Serving signature name: "{name}" not found in signature def')
        return model, name, model.signatures[name]

    def status(self, spec: ModelSpec) -> list[LoadedVersion]:
        """Return the versions a status request is about; a label is ignored (get_model_status_impl.cc)."""
        states = self.manager.states(spec.name)
        if spec.version is not None:
            states = [servable for servable in states if servable.version == spec.version]
            if not states:
                raise StatusError(Code.NOT_FOUND, f"Could not find version {spec.version} of model {spec.name}")
        if not states:
            raise StatusError(Code.NOT_FOUND, f"Could not find any versions of model {spec.name}")
        return states

    def poll_config(self, path: str) -> None:
        """Read the configuration file again (server.cc:165-180); problems go to the log."""
        try:
            new = config.read_text_proto(path, "tensorflow.serving.ModelServerConfig")
        except StatusError as problem:
            log.error("model_servers/server.cc:170", f"Failed to read ModelServerConfig file: {problem.message}")
            return
        try:
            self.reload(new)
        except StatusError as problem:
            text = f"PollFilesystemAndReloadConfig failed to ReloadConfig: {problem.message}"
            log.error("model_servers/server.cc:177", text)


class _Source:
    """Looks for versions of the configured models at once, and then every `pause` seconds.

    With a pause of 0 it looks only once, with a negative one never. Each look ends at the first base path that does not
    exist, so one such path keeps all models from changing.
    """

    def __init__(self, manager: Manager, models: Any, pause: float) -> None:
        self._manager = manager
        self._models = models
        self._lock = threading.Lock()
        if pause == 0:
            threading.Thread(target=self._poll, daemon=True).start()
        elif pause > 0:
            repeat(self._poll, pause)

    def names(self) -> set[str]:
        with self._lock:
            return {model.name for model in self._models.config}

    def update(self, models: Any) -> None:
        """Change the list of models; those no longer in it are unloaded at once."""
        with self._lock:
            kept = {model.name for model in models.config}
            gone = [model.name for model in self._models.config if model.name not in kept]
            self._models = models
            for name in gone:
                self._manager.aspire(name, [])

    def _poll(self) -> None:
        with self._lock:
            try:
                found = [(model.name, wanted_versions(model)) for model in self._models.config]
            except StatusError as problem:
                log.error(
                    "sources/storage_path/file_system_storage_path_source.cc:417",
                    f"FileSystemStoragePathSource encountered a filesystem access error: {problem.message}",
                )
                return
            for name, versions in found:
                self._manager.aspire(name, versions)


def repeat(function: Callable[[], None], pause: float) -> None:
    """Call `function` now and then every `pause` seconds, in a thread of its own."""

    def run() -> None:
        while True:
            started = time.monotonic()
            function()
            time.sleep(max(0.0, pause - (time.monotonic() - started)))

    threading.Thread(target=run, daemon=True).start()


def _due_to(servable: LoadedVersion) -> str:
    return f" due to error: {servable.error}" if servable.error else ""
