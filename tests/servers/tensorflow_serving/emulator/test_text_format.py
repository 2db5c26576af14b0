"""The text-format parser against recorded answers of protoc (the C++ parser)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.each import each
from wizard.servers.tensorflow_serving.emulator.protos import message
from wizard.servers.tensorflow_serving.emulator.textformat import parse

from .record import TEXT

CASES = json.loads(TEXT.read_text())
CONFIG = message("tensorflow.serving.ModelServerConfig")


@each((case,) for case in CASES)
def test_parses_as_protoc(case: dict[str, Any]) -> None:
    config = CONFIG()
    problems = parse(case["text"].encode("latin-1"), config)
    assert [problem.encode("latin-1", "replace") for problem in problems] == [
        problem.encode("latin-1", "replace") for problem in case["problems"] if "warning:" not in problem
    ]
    # protoc writes bytes that are no UTF-8 into a string, which no reader takes back.
    if case["encoded"] is not None and "\\xff" not in case["text"] and "\xff" not in case["text"]:
        assert config == CONFIG.FromString(bytes.fromhex(case["encoded"]))


@given(st.text(max_size=40), st.text(alphabet="\"\\'{}[]<>:;,#\n\t \0x0u1.-e", max_size=40))
def test_never_fails_otherwise(anything: str, grammar: str) -> None:
    for text in (anything, grammar, f"model_config_list {{ config {{ name: {grammar} }} }}"):
        problems = parse(text.encode(), CONFIG())
        assert all(problem.split(":")[0].isdigit() for problem in problems)


@given(st.text(), st.text(), st.integers(0, 2**32 - 1), st.dictionaries(st.text(), st.integers(-(2**63), 2**63 - 1)))
def test_reads_back_what_protobuf_writes(name: str, path: str, count: int, labels: dict[str, int]) -> None:
    from google.protobuf import text_format

    config = CONFIG()
    model = config.model_config_list.config.add(name=name, base_path=path)
    model.model_version_policy.latest.num_versions = count
    for label, version in labels.items():
        model.version_labels[label] = version
    read = CONFIG()
    assert parse(text_format.MessageToString(config).encode(), read) == []
    assert read == config
