"""Load, keep and unload versions: the aspired-versions manager with its availability-preserving policy.

A new version loads before an old one unloads; a failed load is tried again and then stays in state END with its
error. After the first configuration, loads run one at a time, so a slow or failing one holds up the others (that
is what `--num_load_threads=0` means).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from . import log
from .savedmodel import LoadedModel
from .status import Code, StatusError


class State(IntEnum):
    """States of a version, with the numbers of ModelVersionStatus."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(slots=True)
class LoadedVersion:
    """One version of one model."""

    name: str
    version: int
    path: str
    state: State = State.START
    error: StatusError | None = None
    model: LoadedModel | None = None
    aspired: bool = True
    changed: int = 0
    taken: bool = False

    def __str__(self) -> str:
        return f"{{name: {self.name} version: {self.version}}}"


class Manager:
    """Owns every servable; all methods may be called from any thread."""

    def __init__(self, load: Callable[[str], LoadedModel], retries: int, retry_pause: float) -> None:
        self._load = load
        self._retries = retries
        self._retry_pause = retry_pause
        self._condition = threading.Condition()
        self._streams: dict[str, dict[int, LoadedVersion]] = {}
        self._events = 0
        self.parallel = True
        threading.Thread(target=self._manage, name="AspiredVersionsManager", daemon=True).start()

    def aspire(self, name: str, versions: list[tuple[int, str]]) -> None:
        """Set which versions of a model should be loaded; the others are unloaded."""
        with self._condition:
            stream = self._streams.setdefault(name, {})
            numbers = {number for number, _ in versions}
            for servable in stream.values():
                servable.aspired = servable.version in numbers and servable.aspired
                if not servable.aspired and servable.state == State.START and not servable.taken:
                    self._set(servable, State.END)
            for number, path in versions:
                old = stream.get(number)
                # A version that failed stays failed while it is there; one that was unloaded comes back.
                if old is None or (old.state == State.END and not (old.aspired and old.error)):
                    stream[number] = LoadedVersion(name, number, path)
                    self._set(stream[number], State.START)
                else:
                    old.aspired = True
            self._condition.notify_all()

    def states(self, name: str) -> list[LoadedVersion]:
        """Return all versions ever seen of a model, newest first."""
        with self._condition:
            return [servable for _, servable in sorted(self._streams.get(name, {}).items(), reverse=True)]

    def find(self, name: str, version: int | None) -> LoadedVersion | None:
        """Return the available version asked for, the highest one when None."""
        for servable in self.states(name):
            if servable.state == State.AVAILABLE and version in (None, servable.version):
                return servable
        return None

    @property
    def events(self) -> int:
        """A number that grows with every change of state."""
        with self._condition:
            return self._events

    def wait_available(self, names: list[str], since: int) -> list[LoadedVersion]:
        """Wait, forever if necessary, until each model has a version that loaded or failed; return the failed ones."""
        with self._condition:
            while True:
                reached = [self._reached(name, since) for name in names]
                if None not in reached:
                    return [s for s in reached if s is not None and s.state != State.AVAILABLE]
                self._condition.wait()

    def _reached(self, name: str, since: int) -> LoadedVersion | None:
        for _, servable in sorted(self._streams.get(name, {}).items(), reverse=True):
            if servable.state in (State.AVAILABLE, State.END) and servable.changed > since:
                return servable
        return None

    def _set(self, servable: LoadedVersion, state: State, error: StatusError | None = None) -> None:
        with self._condition:
            self._events += 1
            servable.state, servable.error, servable.changed = state, error, self._events
            self._condition.notify_all()

    def _manage(self) -> None:
        while True:
            with self._condition:
                action = self._next()
                if action is None:
                    self._condition.wait()
                    continue
                action.taken = True
            work = self._unload if action.state == State.AVAILABLE else self._load_with_retries
            if self.parallel:
                threading.Thread(target=work, args=(action,), daemon=True).start()
            else:
                work(action)

    def _next(self) -> LoadedVersion | None:
        """Pick the next step by availability_preserving_policy.cc: unload what is replaced, else load the newest."""
        for stream in self._streams.values():
            free = [s for s in stream.values() if not s.taken]
            aspired = [s for s in stream.values() if s.aspired]
            if not aspired or any(s.state == State.AVAILABLE for s in aspired):
                for servable in free:
                    if not servable.aspired and servable.state == State.AVAILABLE:
                        return servable
            new = [s for s in free if s.aspired and s.state == State.START]
            if new:
                return max(new, key=lambda s: s.version)
        return None

    def _load_with_retries(self, servable: LoadedVersion) -> None:
        what = f"Loading servable: {servable}"
        log.info("core/basic_manager.cc", f"Successfully reserved resources to load servable {servable}")
        log.info("core/loader_harness.cc", f"Loading servable version {servable}")
        self._set(servable, State.LOADING)
        error: StatusError | None = None
        for attempt in range(self._retries + 1):
            if attempt:
                time.sleep(self._retry_pause)
                log.info("util/retrier.cc:33", f"Retrying of {what} retry: {attempt}")
            error = self._try(servable)
            if error is None:
                break
            log.error("util/retrier.cc:40", f"{what} failed: {error}")
            if not servable.aspired:
                log.info("util/retrier.cc:47", f"Retrying of {what} was cancelled.")
                break
        else:
            log.info("util/retrier.cc:51", f"Retrying of {what} exhausted max_num_retries: {self._retries}")
        servable.taken = False
        if error is None:
            log.info("core/loader_harness.cc", f"Successfully loaded servable version {servable}")
            self._set(servable, State.AVAILABLE)
        else:
            log.error("core/aspired_versions_manager.cc", f"Servable {servable} cannot be loaded: {error}")
            self._set(servable, State.END, error)

    def _try(self, servable: LoadedVersion) -> StatusError | None:
        log.info("tensorflow/cc/saved_model/reader.cc", f"Reading SavedModel from: {servable.path}")
        try:
            servable.model = self._load(servable.path)
        except StatusError as problem:
            return problem
        except Exception as problem:  # a damaged file must not end the manager's thread
            return StatusError(Code.INTERNAL, f"the emulator failed to load {servable.path}: {problem!r}")
        return None

    def _unload(self, servable: LoadedVersion) -> None:
        log.info("core/loader_harness.cc", f"Quiescing servable version {servable}")
        self._set(servable, State.UNLOADING)
        servable.model = None
        servable.taken = False
        log.info("core/loader_harness.cc", f"Done unloading servable version {servable}")
        self._set(servable, State.END)
