"""What `explain` says of the flags that the image's entrypoint adds, and of which flag counts."""

from __future__ import annotations

import pytest

from wizard.check.analysis import Analysis
from wizard.observed.source import Source


def rows(command: str) -> dict[tuple[str, str, str], str]:
    """(name, value, layer) -> what counts instead, "" if the setting does."""
    analysis = Analysis()
    analysis.add(Source("run.sh", command + "\n"))
    analysis.reports()
    (found,) = analysis.observed
    return {(each.name, each.value, each.layer): each.shadowed_by for each in found.settings}


@pytest.mark.parametrize(
    ("options", "flags", "counting"),
    [
        ("", "", {"--model_name": "model", "--model_base_path": "/models/model", "--port": "8500"}),
        ("-e MODEL_NAME=cat", "", {"--model_name": "cat", "--model_base_path": "/models/cat"}),
        (
            "-e MODEL_NAME=cat -e MODEL_BASE_PATH=/m",
            "--model_name=dog",
            {"--model_name": "dog", "--model_base_path": "/m/cat"},
        ),
        ("-e MODEL_NAME", "", {"--model_base_path": "/models/${MODEL_NAME}"}),
        ("--env-file x.env", "", {"--model_name": "${MODEL_NAME}"}),
        ("", "--rest_api_port=1 --rest_api_port=2", {"--rest_api_port": "2"}),
        ("", "--model_config_file=/c", {"--model_config_file": "/c", "--model_name": None, "--model_base_path": None}),
        ("", "--rest_api_port 9", {"--rest_api_port": "8501"}),
    ],
)
def test_the_last_flag_counts_and_the_entrypoints_are_the_first(
    options: str, flags: str, counting: dict[str, str | None]
) -> None:
    found = rows(f"docker run {options} tensorflow/serving:2.19.1 {flags}")
    in_force = {name: value for (name, value, _), by in found.items() if not by}
    assert {name: in_force.get(name) for name in counting} == counting
