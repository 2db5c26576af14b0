"""Numbers of flags: what the server's C code takes for one, and nothing that only Python does."""

from __future__ import annotations

import pytest

from tests.support.checking import check
from wizard.check.findings import words
from wizard.observed.source import Source
from wizard.servers.tensorflow_serving.emulator.flags import EmulatedFlag, _convert


@pytest.mark.parametrize(
    ("flag", "kind", "value"),
    [
        ("rest_api_port", "int32", "٨٥٠١"),
        ("rest_api_port", "int32", "8_501"),
        ("per_process_gpu_memory_fraction", "float", "٠.٥"),
        ("per_process_gpu_memory_fraction", "float", "0_1.5"),
    ],
)
def test_digits_of_other_scripts_and_underscores_are_no_number(flag: str, kind: str, value: str) -> None:
    line = f"tensorflow_model_server --{flag}={value} --model_base_path=/m\n"
    source = Source("serve.sh", line)
    first, *_ = check([source], {"serve.sh": source}.get)
    assert "TFS-FLAG-VALUE" in [found.id for found in words(first)]
    assert _convert(value, EmulatedFlag(flag, kind, 0, "")) is None
