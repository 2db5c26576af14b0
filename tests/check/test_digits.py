"""Digits as each reader takes them: of ASCII alone in C++, Go and YAML, of many scripts where Java reads a number."""

from __future__ import annotations

import pytest

from tests.support.checking import check
from wizard.check.analysis import Analysis
from wizard.check.findings import words
from wizard.check.importing import draft
from wizard.machine import looks
from wizard.observed.source import Source
from wizard.servers.torchserve.reading.numbers import real, whole

MANY = "9" * 5000


def messages(name: str, text: str) -> dict[str, str]:
    """Rule -> what it says."""
    (report,) = check([Source(name, text)])
    return {line.id: line.message for line in words(report)}


@pytest.mark.parametrize(
    ("text", "number"),
    [("\u0667\u0660\u0667\u0660", 7070), ("\uff12", 2), ("+70", 70), ("-1", -1)]
    + [(none, None) for none in ("\U0001d7d7", "1_0", " 1", "\u00b2", "", "1.0", MANY)],
)
def test_whole_numbers_are_those_of_java(text: str, number: int | None) -> None:
    """Starts of 0.12.0 with such values: a line `For input string` where there is no number."""
    assert whole(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [(" 5d ", 5.0), (".5", 0.5), ("1e3F", 1000.0), ("-Infinity", float("-inf"))]
    + [(none, None) for none in ("\u0669", "1_0", "inf", "nan", "1 0", "")],
)
def test_numbers_with_a_point_are_those_of_java(text: str, number: float | None) -> None:
    assert real(text) == number


def test_torchserve_takes_other_digits_for_a_number_and_refuses_them_in_an_address() -> None:
    """0.12.0: Invalid binding address for the one, and a listener on the port that the other means."""
    address, port = (
        "inference_address=http://127.0.0.1:\\u0668\\u0660",
        "grpc_inference_port=\\u0667\\u0660\\u0667\\u0661",
    )
    found = messages("config.properties", f"{address}\n{port}\n")
    assert {"TS-ADDRESS", "TS-GRPC-CLASH"} <= found.keys() and "TS-NUMBER" not in found


def test_llama_server_refuses_a_port_in_other_digits() -> None:
    said = messages("run.sh", "llama-server -m x.gguf --port \u0669\u0669\u0669\u0669\u0669\n")
    assert "a whole number" in said["LS-VALUE"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile", f"FROM tensorflow/serving\nEXPOSE {MANY} \u0668\u0660\n"),
        ("compose.yaml", f"services:\n  a:\n    image: tensorflow/serving\n    expose: [{MANY}, '\u0668']\n"),
        ("batching.config", f"allowed_batch_sizes: {MANY}\nmax_batch_size {{ value: 4 }}\n"),
        ("run.sh", f"docker run tensorflow/serving:{MANY}.1 && docker run pytorch/torchserve:{MANY}.1\n"),
        ("run.sh", f"tensorflow_model_server --allowed_batch_sizes={MANY} --model_base_path=/m --port={MANY}\n"),
    ],
)
def test_any_number_of_digits_is_read(name: str, text: str) -> None:
    check([Source(name, text)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.properties", f"inference_address=http://127.0.0.1:8080\ndefault_workers_per_model={MANY}\n"),
        ("run.sh", f"llama-server -m x.gguf -c {MANY} -np \u0664\n"),
        ("run.sh", f"tensorflow_model_server --model_base_path=/m --rest_api_num_threads={MANY}\n"),
        ("run.sh", "tensorflow_model_server --model_base_path=/m --per_process_gpu_memory_fraction=1e999999\n"),
    ],
)
def test_a_value_that_no_setting_can_have_is_not_imported(name: str, text: str) -> None:
    analysis = Analysis()
    analysis.add(Source(name, text))
    assert "settings" not in draft(analysis).data


def test_a_colour_that_is_no_number_is_no_light_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", "0;\u00b2")
    assert not looks._light_by_environment()
