"""The Start step: what another server brings with it."""

from __future__ import annotations

from itertools import permutations

import pytest

from wizard import registry
from wizard.plan import apply_patch
from wizard.servers.sample import sample_plan
from wizard.session.steps import start
from wizard.session.steps.model import name_from


@pytest.mark.parametrize(("former", "other"), list(permutations(registry.names(), 2)))
def test_another_server_takes_its_own_sample_under_its_own_name(former: str, other: str) -> None:
    plan = sample_plan(former)
    question = start.fields(start.SERVER, plan)[0]
    patch = next(option.changes for option in question.options if option.id == other)
    assert apply_patch(plan, patch).models == sample_plan(other).models


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("store/echo.mar", "echo"),
        ("alphabet.gguf", "alphabet"),
        ("model.tar.gz", "model"),
        ("gemma-1.5b", "gemma-1.5b"),
        ("half.v2", "half.v2"),
        ("half.v2.zip", "half.v2"),
        ("/models/Qwen3.Q4_K_M.gguf", "Qwen3.Q4_K_M"),
    ],
)
def test_a_name_is_proposed_without_the_ending(path: str, name: str) -> None:
    assert name_from(path) == name
