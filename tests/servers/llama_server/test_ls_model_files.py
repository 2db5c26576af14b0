"""What a path is to llama.cpp, and that the real server agrees: it serves what is called usable, and nothing else."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.llama_server import ggufs
from tests.servers.llama_server.real import SAMPLE, Server, refusal
from tests.support import requires
from tests.support.plans import plan
from wizard.host import Host
from wizard.machine.inspection import inspect
from wizard.machine.measured_findings import findings
from wizard.machine.modelcheck import model_findings
from wizard.placement.resolve import resolve
from wizard.plan import Model, Plan, Settings, apply_patch
from wizard.servers.llama_server import adjustable
from wizard.servers.llama_server.models import memory, model_files
from wizard.servers.llama_server.models.model_files import ModelFile, look_at_file

maker = ggufs.maker
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


def ids(found: ModelFile) -> list[str]:
    return [problem.id for problem in found.problems]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# Name -> file, kind, problem, and what the server says when it is given that file.
MISTAKES: dict[str, tuple[bytes, str, str, str]] = {
    "lfs": (LFS, "unreadable", "git-lfs-pointer", "invalid magic characters: 'vers'"),
    "page": (b"<!DOCTYPE html><html>", "unreadable", "gguf-not-gguf", "invalid magic characters: '<!DO'"),
    "weights": (b"\x80\x02}q\x00.", "unreadable", "gguf-not-gguf", "invalid magic characters"),
    "empty": (b"", "unreadable", "gguf-empty", "failed to read magic"),
    "newer": (ggufs.file([], version=99), "unreadable", "gguf-version", "version 99"),
    "oldest": (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "unreadable", "gguf-version", "no longer supported"),
    "endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "unreadable", "gguf-endian", "endianness"),
    "cut-header": (SAMPLE.read_bytes()[:5000], "unreadable", "gguf-truncated", "failed to read"),
    "cut-weights": (SAMPLE.read_bytes()[:60000], "model", "gguf-truncated", "not within the file bounds"),
    "twice": (
        ggufs.file([*maker.header(), *ggufs.texts(general__name="again")]),
        "unreadable",
        "gguf-broken",
        "duplicate key",
    ),
    "vocabulary": (ggufs.file(maker.header()), "vocabulary", "gguf-vocabulary", "error loading model"),
    "projector": (
        ggufs.file(ggufs.texts(general__architecture="clip", general__type="mmproj"), ["output_norm.weight"]),
        "projector",
        "gguf-projector",
        "CLIP cannot be used as main model",
    ),
    "adapter": (
        ggufs.file(
            ggufs.texts(general__architecture="llama", general__type="adapter", adapter__type="lora"),
            ["output_norm.weight"],
        ),
        "adapter",
        "gguf-adapter",
        "error loading model",
    ),
    "importance": (
        ggufs.file(ggufs.texts(general__type="imatrix"), ["output_norm.weight"]),
        "importance",
        "gguf-importance",
        "unknown model architecture",
    ),
}


def test_the_sample_is_a_usable_model() -> None:
    found = look_at_file(SAMPLE)
    assert (found.kind, found.problems, found.parts) == ("model", (), (SAMPLE,))
    assert found.weights == sum(len(data) for *_, data in maker.tensors().values())


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_no_model_is_named(name: str, tmp_path: Path) -> None:
    data, kind, problem, _ = MISTAKES[name]
    found = look_at_file(written(tmp_path / "model.gguf", data))
    assert (found.kind, ids(found), found.problems[0].severity) == (kind, [problem], "functional")
    assert all(p.message.endswith(".") and p.instead for p in found.problems)


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
@pytest.mark.parametrize("name", MISTAKES)
def test_the_server_ends_where_no_model_was_seen(
    name: str, build: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    data, _, _, said = MISTAKES[name]
    model = written(tmp_path / "model.gguf", data)
    assert said in refusal(build, free_port(), tmp_path, model)


def test_a_folder_or_a_pipe_is_a_problem(tmp_path: Path) -> None:
    assert ids(look_at_file(tmp_path)) == ["gguf-unreadable"]
    os.mkfifo(tmp_path / "pipe.gguf")
    assert ids(look_at_file(tmp_path / "pipe.gguf")) == ["gguf-unreadable"]
    assert ids(look_at_file(tmp_path / "nothing.gguf")) == ["gguf-unreadable"]


def test_other_formats_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "model.safetensors", b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    (problem,) = look_at_file(path).problems
    assert "PyTorch" in problem.message and "convert_hf_to_gguf.py" in problem.instead


def test_a_split_model_is_seen_whole(tmp_path: Path) -> None:
    parts = ggufs.split(tmp_path)
    found = look_at_file(parts[0])
    assert (found.problems, found.parts) == ((), tuple(parts))
    assert found.weights == look_at_file(SAMPLE).weights
    assert model_files.models_in(tmp_path) == (parts[0],)


def test_a_later_part_offers_the_first(tmp_path: Path) -> None:
    parts = ggufs.split(tmp_path)
    found = look_at_file(parts[1])
    assert ids(found) == ["gguf-later-part"] and found.problems[0].severity == "functional"
    assert found.problems[0].fix is not None and found.problems[0].fix.path == parts[0]


def test_parts_that_are_missing_or_cut_are_named(tmp_path: Path) -> None:
    parts = ggufs.split(tmp_path)
    parts[1].write_bytes(parts[1].read_bytes()[:-100])
    parts[2].unlink()
    found = look_at_file(parts[0])
    assert sorted(ids(found)) == ["gguf-part-missing", "gguf-truncated"]
    parts[1].write_bytes(LFS)
    assert "git-lfs-pointer" in ids(look_at_file(parts[0]))


def test_a_part_under_another_name_is_named(tmp_path: Path) -> None:
    renamed = ggufs.split(tmp_path)[0].rename(tmp_path / "model.gguf")
    assert ids(look_at_file(renamed)) == ["gguf-part-name"]


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_the_server_agrees_about_parts(build: str, tmp_path: Path, free_port: Callable[[], int]) -> None:
    parts = ggufs.split(tmp_path)
    with Server(build, free_port(), tmp_path, model=parts[0]) as server:
        assert server.ask("POST", "/completion", {}, b'{"prompt": "a", "n_predict": 1}').status == 200
    assert "model must be loaded with the first split" in refusal(build, free_port(), tmp_path, parts[1])
    parts[2].unlink()
    assert parts[2].name in refusal(build, free_port(), tmp_path, parts[0])
    renamed = parts[0].rename(tmp_path / "model.gguf")
    assert "invalid split file" in refusal(build, free_port(), tmp_path, renamed)


def test_files_that_a_server_could_be_given_are_listed(tmp_path: Path) -> None:
    for name in ("b.gguf", "a.GGUF", "mmproj-b.gguf", "c-00002-of-00002.gguf", "notes.txt"):
        written(tmp_path / name, b"")
    assert [path.name for path in model_files.models_in(tmp_path)] == ["a.GGUF", "b.gguf"]
    assert model_files.models_in(tmp_path / "nowhere") == ()


ARCHITECTURES = ["qwen3", "laguna", "kimi-k3", "unheard-of"]


def _unknown(path: Path, version: str) -> list[str]:
    """What is found about a model's architecture for a version of the server."""
    given = plan("llama-server", version=version, models=[{"name": "m", "path": str(path)}])
    found = findings(resolve(given, Host()), {"m": inspect(path, "llama-server")}, path.parent)
    return [f"{each.severity}: {each.message}" for each in found if each.id == "MODEL-GGUF-ARCHITECTURE"]


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_architecture_that_the_build_does_not_know_is_said(
    architecture: str, build: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    model = written(tmp_path / "model.gguf", ggufs.sample(architecture=architecture))
    log = refusal(build, free_port(), tmp_path, model)  # in any case: its tensors are those of another architecture
    assert (f"unknown model architecture: '{architecture}'" in log) is bool(_unknown(model, build))


def test_of_builds_that_were_not_read_only_what_is_sure_is_said(tmp_path: Path) -> None:
    def said(architecture: str, version: str) -> list[str]:
        return _unknown(written(tmp_path / "model.gguf", ggufs.sample(architecture=architecture)), version)

    (text,) = said("kimi-k3", "b10434")
    assert text.startswith("functional: m: Build b10434 does not know the architecture kimi-k3.")
    assert said("kimi-k3", "b11000") == []  # it came by build 11434
    assert said("unheard-of", "b11000")
    assert said("unheard-of", "b11700") == []  # newer than what was read


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_memory_is_what_the_server_says_it_takes(build: str, tmp_path: Path, free_port: Callable[[], int]) -> None:
    found = look_at_file(SAMPLE)
    assert found.header is not None
    wanted = memory.needs(found.header, found.weights)
    with Server(build, free_port(), tmp_path, ["-c", "8192", "-np", "1", "-lv", "5"]) as server:
        log = server.log
    # The server measures first, with nothing allocated, and then loads.
    weights = re.findall(r"CPU\w* model buffer size = +([0-9.]+) MiB", log)
    cache = re.findall(r"KV buffer size = +([0-9.]+) MiB", log)
    assert float(weights[-1]) == pytest.approx(wanted.weights / 2**20, abs=0.02)
    assert float(cache[-1]) == pytest.approx(wanted.token * 8192 / 2**20, abs=0.02)


def test_memory_decides_the_context() -> None:
    wanted = memory.Needs(weights=1000, token=10, context=200)
    assert [wanted.total(0), wanted.total(50)] == [3000, 1500]
    assert [memory.largest_context(wanted, size) for size in (900, 1000, 1500, 3000, 9000)] == [0, 0, 50, 200, 200]
    assert memory.largest_context(memory.Needs(10, 0, 200), 20) == 200


POOLED = {1: ("gguf-embeddings", "embedding", "/v1/embeddings"), 4: ("gguf-reranking", "reranking", "/v1/rerank")}


@pytest.mark.parametrize("kind", POOLED)
def test_a_model_for_embeddings_or_reranking_is_named(kind: int, tmp_path: Path) -> None:
    found = look_at_file(written(tmp_path / "model.gguf", ggufs.pooled(kind)))
    id_, setting, route = POOLED[kind]
    assert ids(found) == [id_] and found.problems[0].severity != "functional"
    assert f"settings.{setting} = true" in found.problems[0].instead and route in found.problems[0].why


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
@pytest.mark.parametrize("kind", POOLED)
def test_the_server_does_neither_without_its_flag(
    kind: int, build: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    model = written(tmp_path / "model.gguf", ggufs.pooled(kind))
    _, setting, route = POOLED[kind]
    settings = Settings(**{setting: True})
    flag = [*adjustable.arguments(Plan(server="llama-server", settings=settings))]
    body = b'{"input": "abc", "query": "a", "documents": ["b"]}'
    for flags, status in (([], 501), (flag, 200)):
        with Server(build, free_port(), tmp_path, flags, model=model) as server:
            assert server.ask("POST", route, body=body).status == status


def test_what_a_projector_beside_the_model_is_for_is_said(tmp_path: Path) -> None:
    model = written(tmp_path / "model.gguf", ggufs.sample())
    written(tmp_path / "mmproj-model-f16.gguf", b"GGUF")
    found = look_at_file(model)
    assert ids(found) == ["gguf-projector-beside"]
    assert found.problems[0].severity == "info" and "mmproj-model-f16.gguf" in found.problems[0].message


def test_one_key_serves_the_projector_and_then_nothing_is_said(tmp_path: Path) -> None:
    model = written(tmp_path / "model.gguf", ggufs.sample())
    projector = written(tmp_path / "mmproj-model-f16.gguf", b"GGUF")
    answered = Plan(server="llama-server", models=(Model(name="m", path=str(model)),))
    reports = {"m": inspect(model, "llama-server")}
    (said,) = model_findings(answered, reports)
    after = apply_patch(answered, said.remedies[0].patch)
    assert after.settings.given == {"projector": str(projector)} and model_findings(after, reports) == ()
