"""The containers from which a trial is probed: one on its network, one on another."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from docker.errors import APIError

from wizard.artifacts.container import CAP_DROP, SECURITY
from wizard.machine import docker_engine
from wizard.prediction.values import OPEN, UNREACHABLE, Probe
from wizard.trial.probes import NotMeasuredError

if TYPE_CHECKING:
    from wizard.trial.docker_backend import DockerTrial

_OPEN, _REFUSED, _DROPPED = "open", "refused", "dropped"
"""A connection, a refusal, or nothing at all."""
# The time runs from the moment before the connection is tried: starting a process may take long on a busy machine.
_SCRIPT = """
connect() {
  exec 4< <(exec 2>/dev/null; echo; exec 3<>"/dev/tcp/$1/$2" && echo)
  read -r -t 20 -u 4 || return
  read -r -t "$3" -u 4
  case $? in 0) echo "$1 $2 open" ;; 1) echo "$1 $2 refused" ;; *) echo "$1 $2 dropped" ;; esac
}
"""
_APART_S = 0.3
"""Seconds until packets to another network count as dropped; the kernel retries only after one second."""
_BESIDE_S = 3.0
"""The same on the same network, where an answer or a refusal comes at once."""
_AGAIN = 4
"""How often a connection between networks is tried again."""


Target: TypeAlias = tuple[str, int]
"""What to connect to: the name of a process, and a port inside its container."""


def _target(probe: Probe) -> Target:
    return probe.served_by, probe.port


class ContainerProbes:
    """Two idle containers of the server's own image, started alongside the server.

    What Docker drops between its networks can be measured before the server listens: a refusal there means nothing yet
    and is measured again later, silence is final. Each is removed as soon as there is nothing left to measure from it.
    """

    def __init__(self, trial: DockerTrial, probes: Sequence[Probe], started: Future[None]) -> None:
        self.trial = trial
        self.targets = {
            vantage: [p for p in probes if p.vantage == vantage] for vantage in ("peer-container", "other-container")
        }
        self._started = started
        self._lock = threading.Lock()
        self._later: dict[str, dict[Target, str]] = {}
        self._jobs = {vantage: trial.pool.submit(self._begin, vantage) for vantage in self.targets}

    def __call__(self, probe: Probe) -> str:
        """`open` or `unreachable`, seen from inside a container. Raises NotMeasuredError if that was not possible."""
        container, early = self._begun(probe.vantage)
        if early.get(_target(probe)) == _DROPPED:
            return UNREACHABLE
        with self._lock:
            self._measure(container, probe, early)
        return OPEN if self._later[probe.vantage][_target(probe)] == _OPEN else UNREACHABLE

    def _measure(self, container: Any, probe: Probe, early: Mapping[Target, str]) -> None:
        """All that is left to measure from this place at the first probe; later, a listener that has not opened yet."""
        vantage, target = probe.vantage, _target(probe)
        if vantage not in self._later:
            asked = [_target(other) for other in self.targets[vantage]]
            todo = [each for each in asked if early.get(each) != _DROPPED]
            self._later[vantage] = self._lasting(container, todo, early)
        elif self._late(probe):
            self._later[vantage] |= self._connected(container, [target], _BESIDE_S)
        else:
            return
        if not any(map(self._late, self.targets[vantage])):
            self.trial.pool.submit(self._remove, vantage, container)

    def _late(self, probe: Probe) -> bool:
        """Whether it may still open: `late_listeners` asks for it again."""
        found = self._later[probe.vantage].get(_target(probe))
        return probe.predicted == OPEN and found in (_REFUSED, _DROPPED)

    def _lasting(self, container: Any, asked: Sequence[Target], apart: Collection[Target]) -> dict[Target, str]:
        """The result of connecting. Between networks, a connection must succeed several times in a row.

        Whenever the engine makes any network, it removes the jump to its rules between networks and restores it; a
        packet to a published port gets through meanwhile (docs/docker-notes.md).
        """
        found = self._connected(container, asked, _BESIDE_S)
        for _ in range(_AGAIN):
            through = [target for target in asked if target in apart and found[target] == _OPEN]
            found |= self._connected(container, through, _APART_S)
        return found

    def _begun(self, vantage: str) -> tuple[Any, dict[Target, str]]:
        try:
            return self._jobs[vantage].result()
        except NotMeasuredError:
            raise
        except Exception as problem:
            raise NotMeasuredError(f"the container to probe from did not start: {problem}") from problem

    def _begin(self, vantage: str) -> tuple[Any, dict[Target, str]]:
        """Start a container and try what is on a network it is not on."""
        network = self._peer_network() if vantage == "peer-container" else self._elsewhere()
        container = self.trial.client.containers.run(
            self.trial.image,
            ["infinity"],
            entrypoint=["sleep"],
            detach=True,
            network=network.name,
            labels=self.trial.labels,
            name=self.trial.mark.name(vantage),
            cap_drop=[CAP_DROP],
            security_opt=[SECURITY],
            mem_limit="64m",
            pids_limit=64,
            read_only=True,
            init=True,
        )
        self._started.result()
        asked = [_target(probe) for probe in self.targets[vantage]]
        apart = [(process, port) for process, port in asked if network.name not in self._networks(process)]
        found = self._connected(container, apart, _APART_S)
        if len(apart) == len(self.targets[vantage]) and set(found.values()) == {_DROPPED}:
            self.trial.pool.submit(self._remove, vantage, container)
        return container, found

    def _remove(self, vantage: str, container: Any) -> None:
        """What cannot be removed now is removed with everything else later."""
        with suppress(APIError):
            container.remove(force=True, v=True)
            if vantage == "other-container":
                self.trial.client.networks.get(self._elsewhere_name).remove()

    @property
    def _elsewhere_name(self) -> str:
        return self.trial.mark.name("elsewhere")

    def _elsewhere(self) -> Any:
        return self.trial.client.networks.create(self._elsewhere_name, labels=self.trial.labels)

    def _connected(self, container: Any, targets: Sequence[Target], seconds: float) -> dict[Target, str]:
        """The result of connecting to each. Each process is looked up once: its address is gone when it ends."""
        places = {process: self._address(process) for process in dict.fromkeys(process for process, _ in targets)}
        found = _connect(container, [(places[process], port) for process, port in targets], seconds)
        return {(process, port): found[places[process], port] for process, port in targets}

    def _address(self, process: str) -> str:
        """The address of a process's container on the network of its peers, else on its own network.

        On this machine, addresses of a hidden network lead nowhere: a packet to one leaves by the default route, and
        what answers there is not the server. So a container that is only on such a network is addressed by its name.
        """
        found = self._networks(process)
        hidden = {self.trial.networks[n.name].name for n in self.trial.deployment.networks if n.hidden}
        seen = {network: address for network, address in found.items() if network not in hidden}
        name = str(self.trial.containers[process].name)
        return seen.get(self._peer_network().name) or next(filter(None, seen.values()), name)

    def _networks(self, process: str) -> dict[str, str]:
        """The networks of a process's container and its address on each. Raises NotMeasuredError if it has ended."""
        container = self.trial.containers[process]
        with docker_engine.speaking(f"say where the {process} is"):
            container.reload()
        if container.status != "running":
            raise NotMeasuredError(f"the container of the {process} is {container.status}")
        return {name: str(n["IPAddress"]) for name, n in container.attrs["NetworkSettings"]["Networks"].items()}

    def _peer_network(self) -> Any:
        """Where callers join: in front of the gateway, or next to the server."""
        return self.trial.networks.get("front") or next(iter(self.trial.networks.values()))


def _connect(container: Any, targets: Sequence[tuple[str, int]], seconds: float) -> dict[tuple[str, int], str]:
    """Connect to all of them at once from inside a container.

    Results: open, refused or dropped. Raises NotMeasuredError if the container cannot do it (it needs bash).
    """
    wanted = list(dict.fromkeys(targets))
    if not wanted:
        return {}
    calls = [f"connect {shlex.quote(address)} {port} {seconds} &" for address, port in wanted]
    _, output = docker_engine.execute(container, ["bash", "-c", _SCRIPT + " ".join(calls) + " wait"])
    found = {}
    for line in output.decode("utf-8", errors="replace").splitlines():
        words = line.split(" ")
        if len(words) == 3 and words[1].isdigit():
            found[words[0], int(words[1])] = words[2]
    if set(found) != set(wanted):
        raise NotMeasuredError(output.decode("utf-8", errors="replace").strip() or "no answer from the container")
    return found
