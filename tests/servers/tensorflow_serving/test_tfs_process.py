"""The server's process: flags that the release knows, mounts, users, sockets."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.tensorflow_serving.plans import ADAPTER, deploy, model_lists
from tests.support.examples import most
from wizard.artifacts import render
from wizard.deployment import Deployment, Mount, Process
from wizard.host import Host
from wizard.servers.tensorflow_serving.flags import flags

SCOPES = st.sampled_from(["loopback", "all", "internal", "off"])
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(ADAPTER.versions),
        "run__how": st.sampled_from(["docker", "native"]),
        "run__network": st.sampled_from(["bridge", "host"]),
        "run__packaging": st.sampled_from(["mount", "image"]),
        "run__gpu": st.booleans(),
        "bind__inference": st.fixed_dictionaries({"scope": SCOPES}, optional={"port": st.integers(1, 65535)}),
        "bind__metrics": st.fixed_dictionaries({"scope": SCOPES}),
        "bind__grpc": st.one_of(
            st.fixed_dictionaries({"scope": SCOPES}, optional={"port": st.integers(1, 65535)}),
            st.just({"scope": "socket", "address": "/run/user/1000/tfs/grpc.sock"}),
        ),
        "cors__inference__origins": st.sampled_from(
            [[], ["*"], ["https://a.example"], ["https://a.example", "https://b.example"]]
        ),
        "cors__inference__credentials": st.booleans(),
        "auth__inference": st.sampled_from(["none", "gateway-token"]),
        "gateway__kind": st.sampled_from(["auto", "none", "nginx"]),
    },
)


def server(deployment: Deployment) -> Process:
    found = deployment.process("server")
    assert found is not None
    return found


def options(process: Process) -> dict[str, str]:
    """The flags, read by the server's own rule: --name=value only, each once here."""
    found: dict[str, str] = {}
    words = process.command if process.image else process.command[1:]
    for word in words:
        match = re.fullmatch(r"--([a-z_]+)=(.*)", word, re.DOTALL)
        assert match, f"the server would ignore {word!r}"
        assert match[1] not in found
        found[match[1]] = match[2]
    return found


def well_formed(kind: str, value: str) -> bool:
    if kind == "bool":
        return value in ("true", "false")
    return kind == "string" or re.fullmatch(r"-?[0-9]+", value) is not None


@settings(max_examples=most(300), deadline=None)
@given(patch=PATCHES, models=model_lists())
def test_only_flags_that_the_release_knows_are_used(patch: dict[str, Any], models: list[dict[str, Any]]) -> None:
    deployment = deploy(models=models, **patch)
    for name, value in options(server(deployment)).items():
        flag = flags().known[name]
        assert flag.known_in(deployment.plan.version), name
        assert well_formed(flag.type, value), (name, value)


@settings(max_examples=most(300), deadline=None)
@given(patch=PATCHES)
def test_none_of_the_settings_people_paste_is_written(patch: dict[str, Any]) -> None:
    """An address in models.config, invented flags and variables, the CORS switch for a list of origins."""
    deployment = deploy(**patch)
    process = server(deployment)
    words = " ".join(process.command)
    for wrong in flags().not_flags:
        assert f"--{wrong}" not in words.replace("--model_config_file", "").replace("--monitoring_config_file", "")
    assert process.environment == ()
    for file in ADAPTER.config_files(deployment):
        code = [line for line in file.text.splitlines() if not line.strip().startswith("#")]
        assert not any(re.match(r"\s*(address|port|host|cors)\w*\s*[:{]", line) for line in code)
    cors = "--rest_api_enable_cors_support=true" in process.command
    rule = deployment.plan.cors.inference
    inference = deployment.endpoint("inference")
    assert inference is not None
    native = inference.served_by == "server" and inference.scope != "off"
    assert cors == (native and rule.origins == ("*",) and not rule.credentials and rule.headers == ("content-type",))


def test_the_default_is_rest_published_on_loopback_and_grpc_closed() -> None:
    deployment = deploy()
    process = server(deployment)
    assert process.image == "tensorflow/serving:2.19.1"
    assert process.entrypoint is None
    assert options(process) == {
        "model_config_file": "/config/models.config",
        "rest_api_port": "8501",
        "port": "0",
        "grpc_socket_path": "/tmp/serving-wizard-grpc.sock",
        "enable_profiler": "false",
        "load_retry_interval_micros": "2000000",
    }
    assert process.mounts == (
        Mount("./models.config", "/config/models.config"),
        Mount("/data/half_plus_two", "/models/half_plus_two"),
    )
    assert process.read_only_root and dict(process.tmpfs).keys() == {"/tmp"}
    assert process.user == "65534:65534"
    assert {(p.address, p.host_port, p.container_port) for p in process.publishes} == {
        ("127.0.0.1", 8501, 8501),
        ("::1", 8501, 8501),
    }


def test_a_native_server_moves_grpc_into_a_folder_that_nobody_else_may_enter(tmp_path: Path) -> None:
    """A path that deployments share is taken from one by the next; one that anybody can make keeps the server away."""
    deployment = deploy(run__how="native")
    script = next(file.text for file in render(deployment) if file.path == "run.sh")
    (tmp_path / "run.sh").write_text(script.partition("\npids=\n")[0])
    subprocess.run(["sh", tmp_path / "run.sh"], check=True)
    path = Path(options(server(deployment))["grpc_socket_path"])
    assert not path.is_absolute()
    assert (tmp_path / path.parent).stat().st_mode & 0o777 == 0o700


def test_metrics_go_where_inference_goes_and_are_switched_on() -> None:
    deployment = deploy(bind__inference={"scope": "loopback", "port": 9000}, bind__metrics={"scope": "loopback"})
    process = server(deployment)
    assert options(process)["monitoring_config_file"] == "/config/monitoring.config"
    assert Mount("./monitoring.config", "/config/monitoring.config") in process.mounts
    assert {(p.host_port, p.container_port) for p in process.publishes} == {(9000, 8501)}
    assert not deployment.has_gateway


def test_rest_can_be_off() -> None:
    deployment = deploy(bind__inference={"scope": "off"}, bind__grpc={"scope": "loopback"})
    assert options(server(deployment))["rest_api_port"] == "0"
    assert options(server(deployment))["port"] == "8500"
    inference = deployment.endpoint("inference")
    assert inference is not None and (inference.backend_address, inference.backend_port) == ("", 0)
    assert [p.container_port for p in server(deployment).publishes] == [8500, 8500]


def test_labels_need_their_flag() -> None:
    labelled = deploy(models=[{"name": "m", "path": "/m", "versions": [1], "labels": {"stable": 1}}])
    assert options(server(labelled))["allow_version_labels_for_unavailable_models"] == "true"
    assert "allow_version_labels_for_unavailable_models" not in options(server(deploy()))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/data/m", "/data/m"),
        ("./m", "./m"),
        ("m", "./m"),
        ("../m", "./../m"),
        (".", "./."),
        ("C:\\models\\m", "C:\\models\\m"),
    ],
)
def test_both_sides_of_a_model_mount(path: str, source: str) -> None:
    process = server(deploy(models=[{"name": "m", "path": path}]))
    assert process.mounts[-1] == Mount(source, "/models/m", read_only=True)


def test_a_folder_that_is_one_version_is_mounted_under_its_number() -> None:
    process = server(deploy(models=[{"name": "m", "path": "/exports/today", "as_version": 3}]))
    assert process.mounts[-1] == Mount("/exports/today", "/models/m/3")


def test_a_baked_image_mounts_nothing_but_the_socket() -> None:
    socket = {"scope": "socket", "address": "/run/user/1000/tfs/grpc.sock"}
    process = server(deploy(run__packaging="image", bind__grpc=socket))
    assert [m.target for m in process.mounts] == ["/run/serving-wizard"]
    assert {m.target for m in process.baked} == {"/config/models.config", "/models/half_plus_two"}


def test_a_socket_belongs_to_the_user_who_runs_the_wizard() -> None:
    """gRPC makes it with mode 0755 under the usual umask, so only its owner may connect."""
    socket = {"scope": "socket", "address": "/run/user/1234/tfs/grpc.sock"}
    process = server(deploy(bind__grpc=socket, host=Host(uid=1234, gid=99)))
    assert process.user == "1234:99"
    assert options(process)["grpc_socket_path"] == "/run/serving-wizard/grpc.sock"
    assert options(process)["port"] == "0"
    assert Mount("/run/user/1234/tfs", "/run/serving-wizard", read_only=False) in process.mounts


def test_gpu_other_image_and_host_network() -> None:
    assert server(deploy(run__gpu=True)).image == "tensorflow/serving:2.19.1-gpu"
    assert server(deploy(run__gpu=True)).gpu
    assert server(deploy(run__image="registry.example/tfs:own")).image == "registry.example/tfs:own"
    wide = deploy(run__network="host", bind__inference={"scope": "all", "port": 9001})
    assert options(server(wide))["rest_api_port"] == "9001"
    assert server(wide).host_network and not server(wide).publishes


def test_a_native_server_runs_in_the_folder_of_the_files() -> None:
    process = server(deploy(run__how="native", bind__inference={"scope": "all"}))
    assert process.image == "" and process.mounts == () and process.user == ""
    assert process.command[0] == "tensorflow_model_server"
    assert options(process)["model_config_file"] == "./models.config"
    assert options(process)["rest_api_port"] == "8501"
    assert not process.isolated


def test_a_native_server_meant_for_less_than_everybody_is_isolated_behind_the_gateway() -> None:
    for listener in ({"scope": "loopback"}, {"scope": "interface", "address": "10.0.0.5"}, {"scope": "internal"}):
        deployment = deploy(run__how="native", bind__inference=listener)
        assert deployment.has_gateway
        assert server(deployment).isolated
        assert options(server(deployment))["rest_api_port"] == "18501"
