"""The Start step: what another server brings with it."""

from __future__ import annotations

from itertools import permutations

import pytest

from wizard import registry
from wizard.host import Host
from wizard.plan import Plan, apply_patch
from wizard.servers.sample import sample_plan
from wizard.session.steps import start
from wizard.session.steps.base import Field
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


def test_the_engine_is_asked_where_there_is_a_choice_or_the_answers_made_one() -> None:
    plan = sample_plan("torchserve")
    podman = apply_patch(plan, (("run.engine", "podman"),))
    both = Host(podman_too=True)
    assert not engine_field(plan, Host()).shown
    assert (engine_field(plan, both).shown, engine_field(plan, both).chosen) == (True, ("docker",))
    assert (engine_field(podman, Host()).shown, engine_field(podman, Host()).chosen) == (True, ("podman",))
    assert not engine_field(apply_patch(plan, (("run.how", "native"),)), both).shown
    option = engine_field(plan, both).option("podman")
    assert option is not None
    assert apply_patch(plan, option.changes) == podman


def engine_field(plan: Plan, host: Host) -> Field:
    return next(field for field in start.fields(start.RUN, plan, host=host) if field.id == "engine")
