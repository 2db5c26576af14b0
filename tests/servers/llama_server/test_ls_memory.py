"""What models need beside the memory of a machine and of a container, and that the real server does as it is said."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.servers.llama_server import ggufs
from tests.servers.llama_server.real import SAMPLE
from tests.support import requires
from tests.support.plans import plan
from wizard.host import Host
from wizard.machine.inspection import inspect
from wizard.machine.measured_findings import findings
from wizard.models.report import Surroundings
from wizard.placement.resolve import resolve
from wizard.servers.llama_server.models import memory
from wizard.servers.llama_server.models.memory_problems import problems
from wizard.servers.llama_server.models.values import GgufModel

GIB = 1 << 30


def model(weights: int, context: int, token: int = 1 << 17) -> GgufModel:
    return GgufModel(Path("m.gguf"), "llama", "m", "Q4_K", (), memory.Needs(weights, token, context))


def said(given: Surroundings, **models: GgufModel) -> list[tuple[str, str]]:
    return [(name, problem.id) for name, problem in problems(models, given)]


def test_what_fits_needs_no_word_and_unknown_memory_neither() -> None:
    small = model(2 * GIB, 8192)
    assert said(Surroundings(8 * GIB, 4 * GIB), m=small) == []
    assert said(Surroundings(), m=model(900 * GIB, 8192)) == []


def test_weights_that_do_not_fit() -> None:
    (name, problem), = problems({"m": model(40 * GIB, 8192)}, Surroundings(64 * GIB, 32 * GIB))  # fmt: skip
    assert (name, problem.id) == ("m", "gguf-memory")
    assert problem.message == "It has 40.0 GiB of weights, and its container is held to 32.0 GiB."
    (_, native), = problems({"m": model(40 * GIB, 8192)}, Surroundings(16 * GIB))  # fmt: skip
    assert native.message.endswith("this machine has 16.0 GiB of memory.")


def test_a_context_that_the_container_does_not_hold() -> None:
    long = model(20 * GIB, 131_072)
    (_, problem), = problems({"m": long}, Surroundings(128 * GIB, 32 * GIB))  # fmt: skip
    assert problem.id == "gguf-container-memory"
    assert "36.0 GiB with its whole context: 20.0 GiB of weights and 16.0 GiB for 131,072 tokens" in problem.message
    assert problem.instead == "Set settings.context = 98304 in the answers." and problem.fix is not None
    assert (problem.fix.setting, problem.fix.value) == ("context", 98304)
    # A machine that is smaller than the limit makes the server choose a context that fits.
    assert said(Surroundings(30 * GIB, 32 * GIB), m=long) == [("m", "gguf-context")]


def test_the_context_that_was_chosen_is_what_counts() -> None:
    long = model(20 * GIB, 131_072)
    assert said(Surroundings(128 * GIB, 32 * GIB, {"context": 98304}), m=long) == []
    (_, problem), = problems({"m": long}, Surroundings(128 * GIB, 32 * GIB, {"context": 114_688}))  # fmt: skip
    assert problem.message.startswith("It takes 34.0 GiB with the chosen context: 20.0 GiB of weights and 14.0 GiB")
    assert said(Surroundings(30 * GIB, 0, {"context": 8192}), m=long) == []


def test_models_that_fit_alone_and_not_together() -> None:
    models = {name: model(10 * GIB, 1024) for name in "abcdef"}
    assert said(Surroundings(64 * GIB), **models) == []
    ((name, problem),) = problems(models, Surroundings(32 * GIB))
    assert (name, problem.id) == ("", "gguf-memory")
    assert problem.message.startswith("The models, of which 4 are loaded at once, have 40.0 GiB of weights")


def of_sample(memory_: int, **parts: Any) -> list[str]:
    answers = plan("llama-server", models=[{"name": "a", "path": str(SAMPLE)}], **parts)
    reports = {"a": inspect(SAMPLE, "llama-server")}
    found = findings(resolve(answers, Host(memory=memory_)), reports, Path("/"))
    return [f"{finding.id}: {finding.message}" for finding in found]


def test_it_is_a_finding_wherever_the_memory_is_known() -> None:
    assert of_sample(0) == of_sample(64 * GIB) == []
    (small,) = of_sample(100_000)
    assert small.startswith("MODEL-GGUF-MEMORY: a: It has 118.8 KiB of weights, and this machine has 97.7 KiB")
    assert of_sample(100_000, run={"gpu": True}) == []


@pytest.mark.images(requires.LLAMA_SERVER_IMAGE)
def test_the_real_server_does_not_look_at_the_limit_of_its_container() -> None:
    """750 MB of cache in a container with 512 MiB: it believes to have the machine's memory, and is killed."""
    command = ["docker", "run", "--rm", "--memory", "512m", "--memory-swap", "512m", "--network", "none"]
    command += ["-v", f"{SAMPLE}:/m.gguf:ro", requires.LLAMA_SERVER_IMAGE, "--model", "/m.gguf", "--no-warmup"]
    command += ["-lv", "4", "--override-kv", "llama.context_length=int:3000000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 137, (done.stdout + done.stderr)[-2000:]
    log = done.stdout + done.stderr
    assert "of total host memory" in log and "no changes needed" in log


COUNTS = {
    "half a head": ("head_count", [0.5], False),
    "endlessly many heads": ("head_count", [math.inf], False),
    "half a head in each layer": ("head_count", [0.5], True),
    "endlessly many in each layer": ("head_count_kv", [math.inf], True),
    "no number of heads": ("head_count_kv", [math.nan], True),
}
"""What a file may hold where the server takes whole numbers only: (key, values, whether they are a list)."""


@pytest.mark.parametrize("name", COUNTS)
def test_heads_that_are_no_whole_number_count_for_nothing(name: str, tmp_path: Path) -> None:
    key, values, listed = COUNTS[name]
    whole = f"llama.attention.{key}"
    model = tmp_path / "m.gguf"
    model.write_bytes(ggufs.replaced(whole, ggufs.floats(whole, values, listed)))
    report = inspect(model, "llama-server")
    assert report.usable and report.title
