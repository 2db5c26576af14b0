"""Settings that answers decide: what is written is taken, and what is refused would be ignored or end the server.

The emulator is asked; with WIZARD_REAL_TFSERVING=1 the real program is, too, where its image can be pulled.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.tensorflow_serving.plans import ADAPTER, deploy, plan
from tests.support.each import each
from wizard.check.analysis import Analysis
from wizard.check.importing import draft
from wizard.exposure.findings.contradictions import contradictions
from wizard.observed.source import Source
from wizard.plan.settings import declared
from wizard.servers.tensorflow_serving import adjustable, running
from wizard.servers.tensorflow_serving.emulator.flags import known_flags, parse

from .harness import Server

Start = Callable[..., Server]
BATCHING = "max_batch_size { value: 8 }\nbatch_timeout_micros { value: 1000 }\n"
EVERY: dict[str, Any] = {
    "batching": True,
    "batching_parameters": "./batching.txt",
    "batching_per_model": True,
    "intra_op": 2,
    "inter_op": 3,
    "rest_threads": 2,
    "rest_timeout": 5000,
    "version_poll": 0,
    "load_retries": 0,
    "warmup": False,
    "gpu_memory": 7,
}
"""All but the one that does not go together with two of them."""
NATIVE: dict[str, Any] = {"run__how": "native"}


def told(given: dict[str, Any], **patch: Any) -> list[str]:
    """What is said against settings."""
    patch |= {f"settings__{name}": value for name, value in given.items()}
    return [each.message for each in contradictions(deploy(**patch))]


def words(given: dict[str, Any], **patch: Any) -> list[str]:
    return [*adjustable.arguments(plan(**patch, **{f"settings__{name}": value for name, value in given.items()}))]


def test_every_setting_is_a_flag_of_the_release_with_a_value_that_the_servers_rule_takes() -> None:
    written = [*words(EVERY, version="2.11.0"), *words({"session_threads": 4})]
    read = parse(written, known_flags("2.11.0"))
    assert read.ok and not read.unknown
    assert {each.name for each in declared(ADAPTER.id)} == {*EVERY, "session_threads"}
    assert {name for each in written for name in [each.partition("=")[0]]} == {
        each.spelled for each in declared(ADAPTER.id)
    }
    assert read.values["per_process_gpu_memory_fraction"] == 0.07 and read.values["enable_model_warmup"] is False
    assert read.values["batching_parameters_file"] == "/settings/batching_parameters"


def test_a_server_that_is_told_all_of_them_answers(start: Start, models: Path, tmp_path: Path) -> None:
    (tmp_path / "batching.txt").write_text(BATCHING)
    given = EVERY | {"batching_parameters": str(tmp_path / "batching.txt"), "batching_per_model": False}
    single = ["--port={port}", "--rest_api_port={rest}", "--model_name=m", f"--model_base_path={models}"]
    server = start(*single, *words(given, **NATIVE))
    server.wait_output("Exporting HTTP/REST API at:localhost:")
    assert server.request("POST", "/v1/models/m:predict", body=b'{"instances": [1.0]}').status == 200
    assert "unknown argument" not in server.output


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"batching_parameters": "/there"}, "needs settings.batching = true"),
        ({"session_threads": 2, "intra_op": 2, "inter_op": 2}, "cannot be combined"),
    ],
)
def test_what_ends_the_server_is_told_before(given: dict[str, Any], says: str, start: Start, models: Path) -> None:
    single = ["--port={port}", "--rest_api_port={rest}", "--model_name=m", f"--model_base_path={models}"]
    assert start(*single, *words(given, **NATIVE)).wait_exit() == 255
    (message,) = told(given)
    assert says in message


@each(
    [
        ({"batching_per_model": True, "batching": True}, {"version": "2.8.0"}, "from 2.11.0 on"),
        ({"batching_per_model": True}, {}, "needs settings.batching = true"),
        ({"session_threads": 2, "inter_op": 2}, {}, "cannot be combined"),
        (
            {"rest_threads": 4},
            {"bind__inference__scope": "off", "bind__grpc__scope": "loopback"},
            "because REST is off",
        ),
        ({"gpu_memory": 50}, {}, "needs an image for GPUs"),
        ({"gpu_memory": 50}, {"run__gpu": True}, ""),
        ({"gpu_memory": 50}, {"run__how": "native"}, ""),
        ({"rest_threads": 4, "session_threads": 2, "batching": False}, {}, ""),
        ({"batching_parameters": "/there", "batching": True, "batching_per_model": True}, {}, ""),
    ]
)
def test_what_the_server_would_ignore_is_told(given: dict[str, Any], patch: dict[str, Any], says: str) -> None:
    found = [each for each in told(given, **patch) if "settings." in each]
    assert len(found) == bool(says) and all(says in each for each in found), found


def test_one_thread_for_rest_is_refused_and_two_are_predicted_to_answer() -> None:
    """With one the port opens and nothing answers (tests/servers/tensorflow_serving/emulator/test_listeners.py)."""
    with pytest.raises(Exception, match="whole number from 2"):
        plan(settings__rest_threads=1)
    assert running.of(deploy(settings__rest_threads=2)).rest_threads == 2


def test_the_file_is_mounted_in_a_container_and_named_without_one() -> None:
    given: dict[str, Any] = {"settings__batching": True, "settings__batching_parameters": "b.txt"}
    server = deploy(**given).process("server")
    assert server is not None
    assert [m.source for m in server.mounts if m.target == "/settings/batching_parameters"] == ["./b.txt"]
    native = deploy(**given, **NATIVE).process("server")
    assert native is not None and "--batching_parameters_file=./b.txt" in native.command and not native.mounts


@pytest.mark.parametrize(("milliseconds", "waits"), [(1000, 120), (300_001, 301)])
def test_a_gateway_waits_as_long_as_the_server(milliseconds: int, waits: int) -> None:
    deployment = deploy(gateway__kind="nginx", settings__rest_timeout=milliseconds)
    assert [r.wait_s for r in ADAPTER.gateway_routes(deployment) if r.json_body] == [waits]


def imported(flags: str) -> tuple[dict[str, Any], list[str]]:
    """What a command says under `settings`, and what is not carried over."""
    source = Source("run.sh", f"tensorflow_model_server --model_base_path=/m {flags}\n")
    analysis = Analysis({source.path: source}.get)
    analysis.add(source)
    found = draft(analysis)
    data: Any = found.data
    return data.get("settings", {}), [str(lost.what) for lost in found.lost]


def test_one_thread_is_not_carried_over_and_the_reason_is_given() -> None:
    given, (lost,) = imported("--rest_api_num_threads=1")
    assert not given and "no request is ever answered" in lost


def test_what_is_written_is_read_back() -> None:
    given = EVERY | {"batching_parameters": "/etc/batching.txt"}
    assert imported(" ".join(words(given, **NATIVE))) == (given, [])


@each(
    [
        ("--enable_batching", {"batching": True}),
        ("--enable_batching=0", {"batching": False}),
        ("--per_process_gpu_memory_fraction=0.5", {"gpu_memory": 50}),
        ("--per_process_gpu_memory_fraction=1e-1", {"gpu_memory": 10}),
        ("--per_process_gpu_memory_fraction=0.333", {}),
        ("--per_process_gpu_memory_fraction=nan", {}),
        ('--rest_api_num_threads="$N"', {}),
        ("--enable_batching=perhaps", {}),
    ]
)
def test_a_flag_is_carried_over_as_the_server_reads_it_or_named(flag: str, found: dict[str, Any]) -> None:
    given, lost = imported(flag)
    assert given == found
    assert [flag.partition("=")[0] in each for each in lost] == ([] if found else [True])
