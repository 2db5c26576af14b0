"""Every socket that a native run opens is a row of the map of reach, and answers others as that row says.

`ss` finds the sockets, another account of this machine and what a page can send try them; nothing of the trial's own
probes is used.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.support import process_list, requires
from tests.support.ports import own_ports
from tests.support.processes import popen
from tests.support.waiting import until
from wizard import presets, registry
from wizard.artifacts import render
from wizard.deployment import Deployment, Door, Endpoint
from wizard.exposure.reach import ReachAudience, reach
from wizard.gateway.layout import gated
from wizard.machine import files, hostfacts, tokens
from wizard.placement.resolve import resolve
from wizard.plan import Plan
from wizard.prediction.answer import usual_request
from wizard.servers.sample import sample_path
from wizard.trial.native_backend import put_stand_in

NOBODY = 65534
CANNOT_CONNECT = 7
"""What curl ends with then."""
EVIL = "https://evil.example"
ORIGINS = ["https://a.example", "https://b.example"]
GATEWAY = {
    "cors": {"inference": {"origins": ORIGINS}},
    "auth": {"inference": "none", "management": "none"},
}
MANAGED = {"bind": {"management": {"scope": "loopback"}, "metrics": {"scope": "loopback"}}}
TOKEN = {
    # Pages may send their token to one API and not to the other.
    "cors": {
        "inference": {"origins": ORIGINS, "headers": ["content-type", "authorization"]},
        "management": {"origins": ORIGINS},
    },
    "auth": {"inference": "gateway-token", "management": "gateway-token"},
}


def _without_ports(answers: Mapping[str, Any]) -> dict[str, Any]:
    """A preset's answers, but for the ports it names: two tests at once would want the same."""
    listeners = {api: {**listener, "port": None} for api, listener in answers["bind"].items()}
    return {**answers, "bind": listeners}


PLANS: dict[str, dict[str, Any]] = {
    **{name: _without_ports(presets.load(name).answers) for name in presets.names()},
    "pages without a token": GATEWAY,
    "pages with a token, management and metrics": {**GATEWAY, **MANAGED, **TOKEN},
}
PER_API = ("bind", "cors", "auth")
Tried = dict[tuple[ReachAudience, str], int]
"""Audience and API -> the status that a page got."""
SERVERS = [
    pytest.param("torchserve", marks=pytest.mark.torchserve),
    pytest.param("tensorflow-serving", marks=pytest.mark.namespace),
    pytest.param("llama-server", marks=pytest.mark.llama_server),
]

pytestmark = [pytest.mark.nginx, pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another account")]


@dataclass(frozen=True)
class Socket:
    """A socket that listens: an address and a port, or a path."""

    address: str
    port: int
    path: str = ""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other accounts can look into, as a home often is."""
    path = Path(tempfile.mkdtemp(prefix="every-listener-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("name", PLANS)
def test_every_listening_socket_is_a_row_and_as_predicted(folder: Path, server: str, name: str) -> None:
    deployment = resolve(_plan(server, PLANS[name]), hostfacts.measure())
    with _running(deployment, folder) as group:
        found = list(_sockets(group))
        assert any(socket.port for socket in found)
        paths = {d.address[5:] for e in deployment.endpoints for d in e.access.doors if d.address.startswith("unix:")}
        assert not [path for path in paths if not any(socket.path.endswith(path) for socket in found)]
        for socket in found:
            doors = list(_doors(deployment, socket))
            if not socket.path:
                assert doors, f"nobody speaks of {socket}"
            _as_predicted(deployment, socket, doors, folder)
        tried = [_from_pages(deployment, e, d, folder) for socket in found for e, d in _doors(deployment, socket)]
        as_the_map_says(deployment, tried)


def _plan(server: str, answers: dict[str, Any]) -> Plan:
    sample = registry.adapter(server).sample
    base = {"server": server, "models": [{"name": sample.name, "path": str(sample_path(server))}]}
    return own_ports(Plan.model_validate({**base, **common(server, answers), "run": {"how": "native"}}))


def common(server: str, answers: dict[str, Any]) -> dict[str, Any]:
    """Answers without those for other servers, and without APIs that this one does not have."""
    known = {spec.api for spec in registry.adapter(server).apis}
    kept = {key: value for key, value in answers.items() if key not in registry.names()}
    per_api = {key: {api: each for api, each in kept.get(key, {}).items() if api in known} for key in PER_API}
    return {**kept, **{key: value for key, value in per_api.items() if value}}


@contextmanager
def _running(deployment: Deployment, folder: Path) -> Iterator[int]:
    """run.sh in a session of its own, until predictions are answered where callers are meant to come."""
    files.write_set(render(deployment), folder)
    tokens.ensure(deployment, folder)
    path = [str(folder / "run" / "bin"), os.environ["PATH"]]
    adapter = registry.adapter(deployment.plan.server)
    if adapter.emulator is not None:
        put_stand_in(folder, adapter.emulator)
    else:
        program = {"torchserve": requires.torchserve_command, "llama-server": _llama_server}[deployment.plan.server]
        path.insert(0, str(Path(str(program())).parent))
    log = folder / "log"
    with log.open("w") as sink:
        process = popen(
            ["sh", "run.sh"],
            cwd=folder,
            env={**os.environ, "PATH": ":".join(path)},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: _answers(deployment, folder), log.read_text, 120, lambda: process.poll() is None, pause=0.3)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def _llama_server() -> str | None:
    return requires.llama_server_command(requires.LLAMA_SERVER_BUILDS[0])


def _answers(deployment: Deployment, folder: Path) -> bool:
    endpoint = deployment.endpoint("inference")
    assert endpoint is not None and endpoint.access.front is not None
    return _curl(deployment, endpoint, endpoint.access.front, token=_token(deployment, endpoint, folder)) == 200


def _token(deployment: Deployment, endpoint: Endpoint, folder: Path) -> str:
    if endpoint.api in (given := tokens.read(deployment, folder)):
        return given[endpoint.api]
    adapter = registry.adapter(deployment.plan.server)
    place = adapter.token_file(deployment)
    if endpoint.auth == "none" or place is None or not (folder / place).exists():
        return ""
    return adapter.own_tokens(deployment, (folder / place).read_text()).get(endpoint.api, "")


def _curl(
    deployment: Deployment,
    endpoint: Endpoint,
    door: Door,
    *more: str,
    token: str = "",
    kind: str = "application/json",
    socket: str = "",
    uid: int = NOBODY,
) -> int:
    """The status of the request that shows an API at work, sent as another account; 0 = no answer."""
    request, body = usual_request(deployment, endpoint, {})
    tls = endpoint.tls and door.process == endpoint.served_by
    host = f"[{door.host_addresses[0]}]" if ":" in "".join(door.host_addresses[:1]) else _first(door)
    url = f"http{'s' if tls else ''}://{host}:{door.port or 80}{request.path}"
    command = [*_as(uid), "curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-m", "30", "-X", request.method]
    command += [*(["--unix-socket", socket] if socket else []), *(["-d", body] if body else []), *more]
    command += ["-H", f"Content-Type: {kind}", *(["-H", "@-"] if token else []), url]
    presented = f"Authorization: Bearer {token}" if token else ""
    done = subprocess.run(command, input=presented, capture_output=True, text=True, timeout=60)
    return int(done.stdout or 0)


def _first(door: Door) -> str:
    return next(iter(door.host_addresses), "") or "127.0.0.1"


def _as(uid: int) -> Sequence[str]:
    return ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")


def _sockets(group: int) -> Iterator[Socket]:
    """What the processes of a session listen on: ports of this machine's network, and paths, in whatever network."""
    yield from (Socket(*_place(line.split()[3])) for line in _listed(group, "-tlnpH"))
    for pid in _networks(group):
        # ss lists the sockets with a path of one network only; the path is reached from every one.
        yield from (
            Socket("", 0, line.split()[4]) for line in _listed(group, "-xlpH", ("nsenter", "-t", str(pid), "-n"))
        )


def _listed(group: int, family: str, inside: Sequence[str] = ()) -> Iterator[str]:
    """The lines of ss about the processes of a session."""
    for line in subprocess.run([*inside, "ss", family], capture_output=True, text=True, check=True).stdout.splitlines():
        if any(_session(int(pid)) == group for pid in re.findall(r"pid=(\d+)", line)):
            yield line


def _place(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    return address.strip("[]").removeprefix("::ffff:"), int(port)


def _networks(group: int) -> Iterable[int]:
    """A process of the session in each network that one of them is in."""
    found: dict[str, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if _session(int(place.name)) == group:
                found.setdefault(str((place / "ns/net").readlink()), int(place.name))
    return found.values()


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def _doors(deployment: Deployment, socket: Socket) -> Iterator[tuple[Endpoint, Door]]:
    """The doors of the map that speak of a socket."""
    everywhere = socket.address in ("*", "0.0.0.0", "::")
    for endpoint in deployment.endpoints:
        for door in endpoint.access.doors:
            named = socket.path and door.address.startswith("unix:") and socket.path.endswith(door.address[5:])
            here = bool(socket.port) and door.host_port == socket.port
            if named or (here and _answers_at(door, socket, everywhere)):
                yield endpoint, door


def _answers_at(door: Door, socket: Socket, everywhere: bool) -> bool:
    return "" in door.host_addresses if everywhere else door.answers_at(socket.address)


def _as_predicted(deployment: Deployment, socket: Socket, doors: list[tuple[Endpoint, Door]], folder: Path) -> None:
    if socket.path:
        path = socket.path if socket.path.startswith("/") else str(folder / socket.path)
        let_in = any(door.way("local-users") for _, door in doors)
        # A program that every account may run: the first Python on the path may lie in somebody's home.
        command = [
            *_as(NOBODY),
            "curl",
            "-s",
            "-m",
            "10",
            "-o",
            "/dev/null",
            "--unix-socket",
            path,
            "http://localhost/",
        ]
        got = subprocess.run(command, capture_output=True, timeout=30).returncode != CANNOT_CONNECT
        assert got is let_in, (shlex.join(command), doors)
        for endpoint, door in doors:
            if endpoint.protocol == "http":
                served = _curl(deployment, endpoint, door, socket=path) == 200
                assert served is (let_in and door.token == "none"), (endpoint.api, door)
        return
    for endpoint, door in doors:
        others = door.token == "none" and door.way("local-users") is not None
        if endpoint.protocol == "grpc":
            if others:  # TorchServe opens gRPC after its first answer
                until(partial(_grpc, deployment, endpoint, door), str((endpoint.api, door)))
            else:
                assert not _grpc(deployment, endpoint, door), (endpoint.api, door)
            continue
        if endpoint.scope == "off":
            continue  # it shares the socket of another API, which is tried
        assert (_curl(deployment, endpoint, door) == 200) is others, (endpoint.api, door)


def _from_pages(deployment: Deployment, endpoint: Endpoint, door: Door, folder: Path) -> Tried:
    """What pages can send to a door: one of another site text, after rebinding with its own Host, a listed one JSON."""
    if endpoint.protocol != "http" or endpoint.scope == "off" or not door.port:
        return {}
    page = ("-H", f"Origin: {EVIL}")
    found: Tried = {
        ("page-other", endpoint.api): _curl(deployment, endpoint, door, *page, kind="text/plain"),
        ("page-rebinding", endpoint.api): _curl(deployment, endpoint, door, *page, "-H", "Host: evil.example"),
    }
    if door.process == endpoint.served_by and (listed := endpoint.cors.origins):
        token = sent_by_a_page(endpoint, _token(deployment, endpoint, folder))
        page = ("-H", f"Origin: {listed[0]}")
        found["page-allowed", endpoint.api] = _curl(deployment, endpoint, door, *page, token=token)
    return found


def sent_by_a_page(endpoint: Endpoint, token: str) -> str:
    """The token that a browser sends for a page of a listed origin: none where the header is not allowed."""
    return token if "authorization" in endpoint.cors.headers else ""


def as_the_map_says(deployment: Deployment, tried: Iterable[Tried]) -> None:
    """An API is served to a page, by whichever of its doors, if and only if the map of reach says so.

    `prompt` is a yes: not every browser asks first.
    """
    cells = {(cell.audience, cell.api): cell for cell in reach(deployment)}
    statuses: dict[tuple[ReachAudience, str], set[int]] = {}
    for each in tried:
        for place, status in each.items():
            statuses.setdefault(place, set()).add(status)
    assert statuses, "no page was tried"
    for place, got in statuses.items():
        assert (200 in got) is (cells[place].send != "no"), (place, got, cells[place])


def _grpc(deployment: Deployment, endpoint: Endpoint, door: Door) -> bool:
    """Whether a call without a token is carried out: anything but a refusal or no connection."""
    service = "org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping"
    if endpoint.api == "grpc_management":
        service = "org.pytorch.serve.grpc.management.ManagementAPIsService/ListModels"
    with grpc.insecure_channel(f"{_first(door)}:{door.port}") as channel:
        call: Callable[..., Any] = channel.unary_unary(f"/{service}")
        try:
            call(b"", timeout=30)
        except grpc.RpcError as problem:
            refused = (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE)
            return problem.code() not in refused
        return True


@pytest.mark.torchserve
def test_two_native_servers_with_one_model_run_side_by_side(folder: Path) -> None:
    """TorchServe talks to its model processes over sockets whose names are the same in every run."""
    places = [folder / "one", folder / ("a folder with a longer name than the path of a socket may have " * 2)]
    used = []
    with contextlib.ExitStack() as stack:
        for place in places:
            deployment = resolve(_plan("torchserve", {}), hostfacts.measure())
            group = stack.enter_context(_running(deployment, place))
            (at,) = {Path(found.path).parent for found in _sockets(group) if ".ts.sock" in found.path}
            used.append(at)
        own, short = used
        assert own == places[0] / "run" / "tmp"
        assert short.match("/tmp/serving.*") and short.stat().st_mode & 0o777 == 0o700
    assert not short.exists()


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("auth", ["gateway-token", "server-token"])
def test_no_secret_is_in_a_process_list_or_the_log_at_any_moment(folder: Path, server: str, auth: str) -> None:
    answers = {"auth": {"inference": auth}, "tls": {"mode": "self-signed"}, "cors": {"inference": {"origins": ORIGINS}}}
    if auth == "server-token" and server == "tensorflow-serving":
        answers["auth"] = {"inference": "none"}  # it has none; what the relay asks for is left
    deployment = resolve(_plan(server, answers), hostfacts.measure())
    with process_list.watched() as seen, _running(deployment, folder):
        subprocess.run(["sh", "call.sh"], cwd=folder, capture_output=True, check=True, timeout=60)
        held = list(_secrets(folder))
    assert len(held) > 20 and len(seen) > 20
    for secret in held:
        assert not [shown for shown in seen if secret in shown]
        assert secret not in (folder / "log").read_bytes()


def _secrets(folder: Path) -> Iterator[bytes]:
    """Tokens, and the lines of private keys."""
    for place in (*(folder / "secrets").iterdir(), *folder.glob("key_file.json")):
        if place.suffix == ".key":
            yield from (line for line in place.read_bytes().splitlines() if b"-----" not in line)
        elif place.suffix != ".crt":
            yield from re.findall(rb'(?:^|Bearer |"key": ?")([\w-]{8,})', place.read_bytes())


@pytest.mark.torchserve
def test_a_gateway_of_torchserve_is_the_only_way_in_and_its_keys_lie_where_nobody_else_reads(folder: Path) -> None:
    deployment = resolve(_plan("torchserve", PLANS["pages without a token"]), hostfacts.measure())
    assert deployment.presented and gated(deployment)
    with _running(deployment, folder):
        for place in (folder / "key_file.json", *(folder / "secrets").glob("*_presented.map")):
            assert place.stat().st_mode & 0o777 == 0o600
        key = (folder / "secrets" / "inference_presented.map").read_text().split('"')[1].split()[1]
        everything = subprocess.run(["ps", "axewwo", "args"], capture_output=True, text=True, check=True).stdout
        assert key not in everything
        assert key not in (folder / "log").read_text()
