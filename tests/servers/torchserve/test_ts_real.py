"""Real TorchServe 0.12.0 and 0.9.0: they load the written files, and answer as predicted."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.servers.torchserve.fleet import ADJUSTED, CASES, NEW, OLD
from tests.servers.torchserve.plans import ADAPTER, PAGE, recorded, settings
from tests.servers.torchserve.real import Server, unix
from tests.support.requires import OLD_TORCHSERVE_IMAGE, TORCHSERVE_IMAGE, needs_docker, needs_images
from tests.support.waiting import PATIENCE, until
from wizard.machine import docker_engine
from wizard.plan import Api
from wizard.servers.requests import Request

if TYPE_CHECKING:
    from tests.servers.torchserve.fleet import Fleet

pytestmark = [needs_docker, needs_images(TORCHSERVE_IMAGE, OLD_TORCHSERVE_IMAGE)]

DUMPED = {
    "inference_address": "Inference address",
    "management_address": "Management address",
    "metrics_address": "Metrics address",
    "model_store": "Model Store",
    "workflow_store": "Workflow Store",
    "load_models": "Initial Models",
    "allowed_urls": "Allowed Urls",
    "install_py_dep_per_model": "Custom python dependency for model allowed",
    "enable_metrics_api": "Enable metrics API",
    "metrics_mode": "Metrics mode",
    "default_workers_per_model": "Default workers per model",
    "enable_model_api": "Model API enabled",
}
"""Key -> what the server calls it when it says at the start what it runs with."""
SETTINGS_SAID = {
    "max_request_size": "Maximum Request Size",
    "max_response_size": "Maximum Response Size",
    "netty_threads": "Netty threads",
    "netty_client_threads": "Netty client threads",
    "direct_buffer": "Prefer direct buffer",
    "workers": "Default workers per model",
}
"""Setting of the answers -> the same."""
RECORDED = recorded()
METHODS = RECORDED["methods"]
REMOVED_OFTEN = ("/models/echo?customized=true", "/models/echo/1.0", "/models/echo/9.9/set-default")
"""Two other spellings of removing the model are enough: it has to be loaded again each time."""
HTTP: tuple[Api, ...] = ("inference", "management", "metrics")


@pytest.mark.parametrize("case", CASES)
def test_it_runs_with_what_the_file_says(fleet: Fleet, case: str) -> None:
    server = fleet.get(case)
    effective = server.effective()
    written = settings(server.deployment)
    assert effective["Torchserve version"] == case.split()[1]
    for key, name in DUMPED.items():
        if key in written:
            assert effective[name].strip("[]").lower() == written[key].lower(), name
    assert effective["Config file"] == "/home/model-server/config.properties"
    assert effective["Workflow Store"] == "/home/model-server/wf-store"
    assert effective["Current directory"] == "/home/model-server/run"
    assert effective["Temp directory"] == "/home/model-server/tmp"
    assert "EpollServerSocketChannel" in server.log()


@pytest.mark.parametrize("version", [NEW, OLD])
def test_the_releases_run_with_the_settings_of_the_answers(fleet: Fleet, version: str) -> None:
    server = fleet.get(f"open {version}")
    said = server.effective()
    for name, words in SETTINGS_SAID.items():
        assert said[words].lower() == str(ADJUSTED[name]).lower(), name
    # Java leaves out the part of its heap that it keeps free for copying.
    assert 0.9 * ADJUSTED["heap"] < int(said["Max heap size"].removesuffix(" M")) <= ADJUSTED["heap"]
    (model,) = json.loads(server.ask("management", "GET", "/models/echo").body)
    assert model["minWorkers"] == 2 and len(model["workers"]) == 2
    assert model["jobQueueStatus"]["remainingCapacity"] == 7
    if version == NEW:  # the old one says neither
        assert (model["responseTimeout"], model["startupTimeout"]) == (33, 44)
    assert _status_of_a_body(server.endpoint("inference").host_port, 4096) == 200
    assert _status_of_a_body(server.endpoint("inference").host_port, 4097) == 413


def _status_of_a_body(port: int, size: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("POST", "/predictions/echo", b"x" * size)
    return connection.getresponse().status


@pytest.mark.parametrize("version", [NEW, OLD])
def test_every_kind_of_model_is_served_under_its_name(fleet: Fleet, version: str) -> None:
    server = fleet.get(f"models {version}")
    for model in server.deployment.plan.models:
        assert server.ask("inference", "POST", ADAPTER.predict_path(model.name), "right").body == b"ran"
    assert "Failed to load" not in server.log()


@pytest.mark.parametrize("version", [NEW, OLD])
def test_wrong_keys_change_nothing(fleet: Fleet, version: str) -> None:
    """This server's file also holds everything that is taken for a key and is none."""
    server = fleet.get(f"models {version}")
    for origin in ({}, {"Origin": PAGE}):
        assert server.ask("inference", "GET", "/ping", "right", **origin).cors == {}
        assert server.ask("inference", "OPTIONS", "/predictions/echo", "right", **origin).cors == {}
    assert server.ask("inference", "GET", "/ping").status == (400 if version == NEW else 200)
    assert "cors" in (server.folder / "config.properties").read_text("utf-8")


def test_the_key_file_is_where_it_is_said_to_be(fleet: Fleet) -> None:
    server = fleet.get(f"models {NEW}")
    path = ADAPTER.token_file(server.deployment)
    code, output = docker_engine.execute(server.container, ["stat", "-c", "%a %u", str(path)])
    assert (code, output.decode().split()) == (0, ["600", "1000"])
    assert server.ask("inference", "GET", "/ping", "right").status == 200
    assert server.ask("inference", "GET", "/ping", "other").status == 400


def test_nobody_can_write_where_workflows_go(fleet: Fleet) -> None:
    for version in (NEW, OLD):
        container = fleet.get(f"models {version}").container
        code, _ = docker_engine.execute(container, ["touch", "/home/model-server/wf-store/x.mar"])
        assert code != 0
        code, _ = docker_engine.execute(container, ["touch", "/home/model-server/model-store/x.mar"])
        assert code != 0


def test_only_what_is_published_can_be_reached_and_off_means_loopback(fleet: Fleet) -> None:
    server = fleet.get(f"models {NEW}")
    server.container.reload()
    networks = server.container.attrs["NetworkSettings"]["Networks"].values()
    address = next(n["IPAddress"] for n in networks if n["IPAddress"])
    assert _connects(address, 8080)
    for port in (8081, 8082, 7070, 7071):
        assert not _connects(address, port)


def test_old_grpc_can_be_reached_by_neighbours_even_when_off(fleet: Fleet) -> None:
    server = fleet.get(f"models {OLD}")
    server.container.reload()
    networks = server.container.attrs["NetworkSettings"]["Networks"].values()
    address = next(n["IPAddress"] for n in networks if n["IPAddress"])
    assert not _connects(address, 8081)
    assert _connects(address, 7070) and _connects(address, 7071)
    endpoint = server.endpoint("grpc_management")
    assert (endpoint.scope, endpoint.backend_address) == ("off", "0.0.0.0")


def _connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def _paths(api: Api, version: str) -> Iterator[str]:
    """The paths that were asked when the answers of all releases were recorded."""
    for paths in RECORDED["tables"][RECORDED["measured"][f"{version} off"]]["none"][api].values():
        yield from (path for path in paths if "9.9" not in path)


def _questions(server: Server, version: str) -> list[tuple[Api, str, str, str]]:
    """(api, method, path, token): everything for no key and the right key, GET and OPTIONS for keys that are refused.

    Removing models comes last.
    """
    tokens = ("none", "right", "wrong", "other", "lower") if server.deployment.server_token else ("none",)
    found: list[tuple[Api, str, str, str]] = [
        (api, method, path, token)
        for api in HTTP
        for path in _paths(api, version)
        for method in METHODS
        for token in tokens
        if (token in ("none", "right") or method in ("GET", "OPTIONS"))
        and not (method == "DELETE" and path in REMOVED_OFTEN)
    ]
    return sorted(found, key=lambda each: each[0] == "management" and each[1] == "DELETE")


def shown(token: str) -> Literal["none", "right", "wrong"]:
    """What a token is to the server that it is shown to."""
    return "none" if token == "none" else "right" if token == "right" else "wrong"


@pytest.mark.parametrize("case", [f"open {NEW}", f"open {OLD}", f"token {NEW}"])
def test_answers_are_as_predicted(fleet: Fleet, case: str) -> None:
    server = fleet.get(case)
    version = case.split()[1]
    wrong = []
    questions = _questions(server, version)
    for api, method, path, token in questions:
        foreseen = ADAPTER.answer(
            server.deployment,
            server.endpoint(api),
            Request(method, path, (("origin", PAGE),), shown(token)),
        )
        reply = server.ask(api, method, path, token, Origin=PAGE)
        for _ in range(10):
            # Removing a model fails now and then, when its process ends sooner than the server expects.
            if method != "DELETE" or b"Interrupted while cleaning resources" not in reply.body:
                break
            reply = server.ask(api, method, path, token, Origin=PAGE)
        same = (reply.status, reply.cors) == (foreseen.status, dict(foreseen.headers))
        if api == "inference" and method != "HEAD":
            same = same and foreseen.ran == (reply.body == b"ran")
        if not same:
            wrong.append((api, method, path, token, foreseen, reply))
        if api == "management" and method == "DELETE" and reply.status == 200 and path.startswith("/models"):
            # Without a process: each would load torch only to be removed. The last one is given its process below.
            again = "/models?url=echo.mar&model_name=echo&initial_workers=0"
            assert server.ask("management", "POST", again).status == 200
    if not server.deployment.server_token:
        assert server.ask("management", "PUT", "/models/echo?min_worker=1&synchronous=true").status == 200
    assert not wrong, wrong[:5]
    assert len(questions) > 600


@pytest.mark.parametrize("case", [f"open {NEW}", f"open {OLD}"])
@pytest.mark.parametrize("path", ["/models?url=nope.mar", "/workflows?url=nope.war", "/predictions/echo"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain", "image/png"])
def test_the_content_type_counts_for_registering_only(fleet: Fleet, case: str, path: str, kind: str) -> None:
    server = fleet.get(case)
    api: Api = "inference" if "predictions" in path else "management"
    request = Request("POST", path, (("content-type", kind),))
    foreseen = ADAPTER.answer(server.deployment, server.endpoint(api), request)
    assert server.ask(api, "POST", path, **{"Content-Type": kind}).status == foreseen.status


def test_a_token_in_any_header_of_a_management_call_is_refused(fleet: Fleet) -> None:
    server = fleet.get(f"token {NEW}")
    assert server.ask("management", "GET", "/models", "right").status == 200
    assert server.ask("management", "GET", "/models", "right", Referer="http://x/token").status == 400
    assert server.ask("inference", "GET", "/ping", "right", Referer="http://x/token").status == 200


@pytest.mark.parametrize("version", [NEW, OLD])
def test_several_models_need_a_name_for_invocations(fleet: Fleet, version: str) -> None:
    server = fleet.get(f"models {version}")
    for path in ("/invocations", "/invocations?model_name=two", "/invocations?model_name=nope"):
        for method in ("POST", "OPTIONS"):
            request = Request(method, path, (), "right")
            foreseen = ADAPTER.answer(server.deployment, server.endpoint("inference"), request)
            reply = server.ask("inference", method, path, "right")
            assert (reply.status, reply.body == b"ran") == (foreseen.status, foreseen.ran), (method, path)


def test_metrics_are_filled(fleet: Fleet) -> None:
    for version in (NEW, OLD):
        page = fleet.get(f"open {version}").ask("metrics", "GET", "/metrics")
        assert b"# TYPE" in page.body


@pytest.mark.parametrize("version", [NEW, OLD])
def test_tls_by_the_server_itself_and_a_unix_socket(fleet: Fleet, version: str) -> None:
    server = fleet.get(f"tls {version}")
    assert server.ask("inference", "POST", "/predictions/echo").body == b"ran"
    assert server.ask("management", "GET", "/models").status == 200
    listener = server.deployment.plan.bind.metrics
    assert listener is not None
    reply = unix(listener.address)
    assert reply.status == 200 and b"# TYPE" in reply.body
    plain = http.client.HTTPConnection("127.0.0.1", server.endpoint("inference").host_port, timeout=PATIENCE)
    plain.request("GET", "/ping")
    assert plain.getresponse().status == 403
    plain.close()


def test_addresses_on_the_machine_itself(fleet: Fleet) -> None:
    server = fleet.get(f"host {NEW}")
    reached = {
        (endpoint.api, address): _connects(address, endpoint.host_port)
        for endpoint in server.deployment.endpoints
        for address in ("127.0.0.1", server.endpoint("inference").host_addresses[0])
    }
    own = server.endpoint("inference").host_addresses[0]
    for endpoint in server.deployment.endpoints:
        for address in ("127.0.0.1", own):
            expected = address in endpoint.host_addresses or "" in endpoint.host_addresses
            assert reached[endpoint.api, address] == expected, (endpoint.api, address)
    assert server.ask("inference", "POST", "/predictions/echo", "right").body == b"ran"


def _field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2, len(value)]) + value


PREDICTION = _field(1, b"echo") + _field(3, _field(1, b"data") + _field(2, b"hi"))
INFERENCE = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/"
MANAGEMENT = "/org.pytorch.serve.grpc.management.ManagementAPIsService/"
CALLS: list[tuple[Api, str, bytes]] = [
    ("grpc", INFERENCE + "Ping", b""),
    ("grpc", INFERENCE + "Predictions", PREDICTION),
    ("grpc", INFERENCE + "Nope", b""),
    ("grpc", MANAGEMENT + "ListModels", b""),
    ("grpc", "/grpc.health.v1.Health/Check", b""),
    ("grpc_management", MANAGEMENT + "ListModels", b""),
    ("grpc_management", MANAGEMENT + "ScaleWorker", _field(1, b"echo")),
    ("grpc_management", MANAGEMENT + "SetDefault", _field(1, b"echo") + _field(2, b"1.0")),
    ("grpc_management", MANAGEMENT + "RegisterModel", b""),
    ("grpc_management", MANAGEMENT + "UnregisterModel", _field(1, b"nope")),
    ("grpc_management", INFERENCE + "Ping", b""),
]


def _grpc_status(server: Server, api: Api, path: str, body: bytes, token: str = "none") -> int:
    import grpc

    target = f"127.0.0.1:{server.endpoint(api).host_port}"
    metadata = () if token == "none" else (("authorization", server.authorization(api, token)),)
    if server.endpoint(api).tls:
        trusted = grpc.ssl_channel_credentials((server.folder / "secrets" / "tls.crt").read_bytes())
        channel = grpc.secure_channel(target, trusted)
    else:
        channel = grpc.insecure_channel(target)
    with channel:
        unary: Any = channel.unary_unary(path)
        call = unary.future(body, timeout=PATIENCE, metadata=metadata)
        return int(call.code().value[0])


@pytest.mark.parametrize("case", [f"open {NEW}", f"open {OLD}", f"token {NEW}"])
def test_grpc_answers_are_as_predicted(fleet: Fleet, case: str) -> None:
    server = fleet.get(case)
    for api, path, body in CALLS:
        for token in ("none", "right", "wrong", "other") if server.deployment.server_token else ("none",):
            request = Request("POST", path, (), shown(token))
            foreseen = int(
                dict(ADAPTER.answer(server.deployment, server.endpoint(api), request).headers)["grpc-status"]
            )
            status = _grpc_status(server, api, path, body, token)
            if foreseen == 0 and "gister" in path:
                assert status in (3, 5), (path, token)  # carried out, with an archive that is missing
            else:
                assert status == foreseen, (path, token)


@pytest.mark.parametrize("version", [NEW, OLD])
def test_grpc_can_be_encrypted(fleet: Fleet, version: str) -> None:
    server = fleet.get(f"tls {version}")
    assert _grpc_status(server, "grpc", INFERENCE + "Ping", b"") == 0
    assert _grpc_status(server, "grpc_management", MANAGEMENT + "ListModels", b"") == 0


@pytest.mark.parametrize("version", [NEW, OLD])
def test_one_streaming_call_ends_the_process_of_a_model_that_does_not_stream(fleet: Fleet, version: str) -> None:
    """Why a gateway does not forward StreamPredictions."""
    server = fleet.get(f"open {version}")

    def process() -> str:
        found = json.loads(server.ask("management", "GET", "/models/echo").body)
        return str([worker["pid"] for worker in found[0]["workers"]])

    before = process()
    assert _grpc_status(server, "grpc", INFERENCE + "StreamPredictions", PREDICTION) == 13
    until(lambda: process() != before, "another process", pause=0.2)


@pytest.mark.parametrize("case", CASES)
def test_the_container_ends_with_the_server(fleet: Fleet, case: str) -> None:
    server = fleet.get(case)
    server.container.stop(timeout=60)
    server.container.reload()
    assert server.container.attrs["State"]["ExitCode"] == 143, "it had to be killed"
