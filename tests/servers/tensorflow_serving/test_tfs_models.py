"""Reading saved_model.pb: against a real one, against the protobuf library, and against hostile bytes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import model_builders as b
from tests.support.examples import most
from wizard.machine.inspection import inspect
from wizard.models.report import Tensor
from wizard.servers.sample import sample_path
from wizard.servers.tensorflow_serving.models import ops, savedmodel

TF = "tensorflow-serving"


def test_the_real_sample_is_read_whole() -> None:
    report = inspect(b.HALF_PLUS_TWO, TF)
    assert (report.kind, report.usable, report.problems) == ("savedmodel-base", True, ())
    assert [v.number for v in b.versions(report)] == [1, 2]
    for version in b.versions(report):
        assert (version.tags, version.tf_version) == (("serve",), "2.20.0")
        assert list(version.signatures) == ["plus_three", "serving_default"]
        default, other = version.signatures["serving_default"], version.signatures["plus_three"]
        assert default.inputs == {"x": Tensor("float32", (None, 1))}
        assert default.outputs == {"y": Tensor("float32", (None, 1))}
        assert default.method == "tensorflow/serving/predict"
        assert other.inputs == {"tag": Tensor("string", (None,)), "x": Tensor("float32", (None, 1))}
        assert set(other.outputs) == {"label", "tag_bytes", "y"}
    assert report.served and report.served.number == 2
    assert report.name == "half_plus_two"


NAMES = st.text(min_size=1, max_size=12)
SHAPES = st.none() | st.lists(st.integers(-1, 2**40), max_size=5).map(tuple)
TENSORS = st.dictionaries(NAMES, st.tuples(st.sampled_from(range(1, 24)), SHAPES), max_size=4)


@settings(max_examples=most(60), deadline=None)
@given(signatures=st.dictionaries(NAMES, st.tuples(TENSORS, TENSORS), min_size=1, max_size=4))
def test_signatures_are_read_as_the_protobuf_library_writes_them(
    tmp_path_factory: pytest.TempPathFactory, signatures: dict[str, tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    def info(dtype: int, sizes: tuple[int, ...] | None) -> dict[str, Any]:
        shape = {} if sizes is None else {"shape": {"dim": [{"size": size} for size in sizes]}}
        return {"name": "t:0", "dtype": dtype, **shape}

    sides = {
        name: {side: {k: info(*v) for k, v in t.items()} for side, t in zip(("inputs", "outputs"), both, strict=True)}
        for name, both in signatures.items()
    }
    graphs = [{"meta_info": {"tags": ["serve"]}, "graph": {"versions": {"producer": 1}}, "signatures": sides}]
    data = b.make_samples.build("SavedModel", {"saved_model_schema_version": 1, "meta_graphs": graphs})
    version = savedmodel.read_version(b.put(tmp_path_factory.getbasetemp() / "same" / "1", data), 1)
    assert version is not None and not version.unread
    expected = {}
    for name, both in signatures.items():
        expected[name] = tuple(
            {k: (dtype, tuple(None if s < 0 else s for s in sizes or ())) for k, (dtype, sizes) in tensors.items()}
            for tensors in both
        )
    read = {
        name: tuple({k: (t.dtype, t.shape) for k, t in side.items()} for side in (s.inputs, s.outputs))
        for name, s in version.signatures.items()
    }
    from wizard.servers.tensorflow_serving.models.graph import dtype_name

    assert read == {
        name: tuple({k: (dtype_name(d), s) for k, (d, s) in side.items()} for side in both)
        for name, both in expected.items()
    }


def test_shapes_and_odd_tensors(tmp_path: Path) -> None:
    inputs = {
        "any": b.tensor(1, b.UNKNOWN_RANK),
        "scalar": b.tensor(3, b.shape()),
        "none given": b.tensor(9, None),
        "reference": b.tensor(101, b.shape(2)),
        "new type": b.tensor(77, b.shape(2)),
        "sparse": b.field(4, b.field(1, "v:0")) + b.field(2, 1),
    }
    data = b.saved_model(b.meta_graph(signatures={"serving_default": b.signature(inputs, {})}))
    version = savedmodel.read_version(b.put(tmp_path / "1", data), 1)
    assert version
    assert version.signatures["serving_default"].inputs == {
        "any": Tensor("float32", None),
        "scalar": Tensor("int32", ()),
        "none given": Tensor("int64", ()),
        "reference": Tensor("float32", (2,)),
        "new type": Tensor("type 77", (2,)),
        "sparse": Tensor("sparse", None),
    }
    assert str(Tensor("float32", (None, 3))) == "float32 [any, 3]"
    assert str(Tensor("string", None)) == "string of any shape"


def test_the_init_op_is_not_shown(tmp_path: Path) -> None:
    signatures = {"__saved_model_init_op": b.signature({}, {"x": b.tensor(0, b.UNKNOWN_RANK)}), "s": b.X_TO_Y}
    report = inspect(b.put(tmp_path / "m" / "1", b.saved_model(b.meta_graph(signatures=signatures))).parent, TF)
    assert report.served and list(report.served.signatures) == ["s"]
    assert b.problem(report, "no-default-signature").severity == "info"


@pytest.mark.parametrize("op", ["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "PrintV2", "TFRecordDatasetV2"])
@pytest.mark.parametrize("in_function", [False, True])
def test_ops_that_reach_outside_are_named(tmp_path: Path, op: str, in_function: bool) -> None:
    body = b.graph("Const", functions=("Mul", op)) if in_function else b.graph("Const", op)
    report = inspect(b.put(tmp_path / "m" / "1", b.saved_model(b.meta_graph(body=body))).parent, TF)
    found = b.problem(report, "risky-ops")
    assert found.severity == "medium" and f": {op} {ops.RISKY[op]}." in found.message and report.usable


def test_a_name_is_no_op_and_checkpoint_ops_are_no_sign_of_harm(tmp_path: Path) -> None:
    harmless = ("SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename", "ReadFileX", "XReadFile")
    body = b.graph(*harmless) + b.field(1, b.node("Const", "ReadFile")) + b.field(1, b.node("Const", "PyFunc"))
    version = savedmodel.read_version(b.put(tmp_path / "1", b.saved_model(b.meta_graph(body=body))), 1)
    assert version and version.problems == ()


@settings(max_examples=most(60), deadline=None)
@given(st.lists(st.sampled_from([*ops.RISKY, "Const", "MatMul", "SaveV2", "StatefulPartitionedCall"]), max_size=30))
def test_the_op_scan_finds_what_the_protobuf_library_wrote(names: list[str]) -> None:
    nodes = [{"name": f"{n}_{i}", "op": n, "input": [n], "attr": {n: {"type": 1}}} for i, n in enumerate(names)]
    data = b.make_samples.build("Graph", {"node": nodes})
    assert {op for op in ops.ops_in(data) if op in ops.RISKY} == set(names) & set(ops.RISKY)


def test_an_op_across_two_pieces_of_a_large_graph_is_found(tmp_path: Path) -> None:
    for shift in range(0, 40, 3):
        padding = b.field(1, b.field(1, "pad") + b.field(2, "Const") + b.field(5, b"\0" * ((1 << 20) - 40 + shift)))
        body = padding + b.field(1, b.node("EagerPyFunc", "p")) + padding
        version = savedmodel.read_version(b.put(tmp_path / "1", b.saved_model(b.meta_graph(body=body))), 1)
        assert version and [each.id for each in version.problems] == ["risky-ops"], shift


def test_a_file_of_three_gigabytes_costs_next_to_nothing(tmp_path: Path) -> None:
    size = 3 << 30
    info = b.field(1, b.field(4, "serve"))
    tail = b.field(5, b.field(1, "serving_default") + b.field(2, b.X_TO_Y))
    inner = len(info) + 1 + len(b.varint(size)) + size + len(tail)
    head = b.varint(2 << 3 | 2) + b.varint(inner) + info + b.varint(2 << 3 | 2) + b.varint(size)
    path = b.put(tmp_path / "1", b"") / "saved_model.pb"
    with path.open("wb") as file:
        file.write(head)
        file.seek(size, os.SEEK_CUR)  # a hole: takes no room on disk
        file.write(tail)
    version = savedmodel.read_version(path.parent, 1)
    assert version and list(version.signatures) == ["serving_default"]
    assert version.unread == ""


def test_every_truncation_of_a_real_file_is_told(tmp_path: Path) -> None:
    data = (b.HALF_PLUS_TWO / "1" / "saved_model.pb").read_bytes()
    for length in [*range(0, 400, 3), *range(400, len(data), 1999)]:
        report = inspect(b.put(tmp_path / "m" / "1", data[:length]).parent, TF)
        assert not report.usable and b.versions(report)[0].unread, length
        assert b.problem(report, "savedmodel-unreadable").severity == "functional"


@settings(max_examples=most(150), deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_never_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    report = inspect(b.put(tmp_path_factory.getbasetemp() / "same" / "m" / "1", data).parent, TF)
    assert report.kind == "savedmodel-base"


@settings(max_examples=most(100), deadline=None)
@given(at=st.integers(0, 381), value=st.integers(0, 255))
def test_a_changed_byte_never_raises(tmp_path_factory: pytest.TempPathFactory, at: int, value: int) -> None:
    data = bytearray(b.make_samples.saved_model(2.0))
    data[at % len(data)] = value
    inspect(b.put(tmp_path_factory.getbasetemp() / "same" / "m" / "1", bytes(data)).parent, TF)


@pytest.mark.parametrize(
    "data",
    [
        b.field(2, b"\x0a\x00" * 110_000),
        b.field(2, b"") * 300,
        b"\x08\x01" * 110_000,
        b.saved_model(b.meta_graph(signatures={f"s{i}": b"" for i in range(2_000)})),
        b.saved_model(b.meta_graph(signatures={"s": b.signature({"x": b.tensor(1, b.shape(*[1] * 3_000))}, {})})),
        b.saved_model(b.meta_graph(signatures={"s" * 100_000: b.X_TO_Y})),
        b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x00",
        b"\x0b\x0c",
    ],
    ids=["empty nodes", "graphs", "versions", "signatures", "dimensions", "long name", "length", "field 0", "group"],
)
def test_absurd_files_are_refused_with_a_reason(tmp_path: Path, data: bytes) -> None:
    report = inspect(b.put(tmp_path / "m" / "1", data).parent, TF)
    assert not report.usable
    assert b.versions(report)[0].unread or b.ids(report) & {"no-serve-tag"}


def test_a_pipe_named_saved_model_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "m" / "1").mkdir(parents=True)
    os.mkfifo(tmp_path / "m" / "1" / "saved_model.pb")
    assert b.problem(inspect(tmp_path / "m", TF), "savedmodel-unreadable")


def test_a_git_lfs_pointer_is_recognised(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    report = inspect(b.put(tmp_path / "m" / "1", pointer).parent, TF)
    assert "git lfs pull" in b.problem(report, "git-lfs-pointer").instead


def test_tags(tmp_path: Path) -> None:
    gpu = b.put(tmp_path / "gpu" / "1", b.saved_model(b.meta_graph(("serve", "gpu")))).parent
    found = b.problem(inspect(gpu, TF), "no-serve-tag")
    assert found.severity == "functional" and "--saved_model_tags=gpu,serve" in found.instead
    both = b.saved_model(b.meta_graph(("train",), {}), b.meta_graph(("serve",)), b.meta_graph(("serve", "gpu")))
    report = inspect(b.put(tmp_path / "both" / "1", both).parent, TF)
    assert report.problems == () and b.versions(report)[0].tags == ("serve",)
    untagged = b.put(tmp_path / "none" / "1", b.saved_model(b.meta_graph(()))).parent
    assert "--saved_model_tags" not in b.problem(inspect(untagged, TF), "no-serve-tag").instead


def test_a_model_without_signatures(tmp_path: Path) -> None:
    report = inspect(b.put(tmp_path / "m" / "1", b.saved_model(b.meta_graph(signatures={}))).parent, TF)
    assert b.problem(report, "no-signatures").severity == "functional"


@pytest.mark.parametrize("lost", ["variables.index", "variables.data-00000-of-00001", "variables"])
def test_lost_variables_are_noticed(tmp_path: Path, lost: str) -> None:
    base = tmp_path / "half"
    shutil.copytree(b.HALF_PLUS_TWO / "1", base / "1")
    where = base / "1" / "variables"
    shutil.rmtree(where) if lost == "variables" else (where / lost).unlink()
    assert b.problem(inspect(base, TF), "variables-missing").severity == "functional"


def test_a_missing_shard_is_noticed(tmp_path: Path) -> None:
    version = b.put(tmp_path / "m" / "1")
    (version / "variables").mkdir()
    for name in ("variables.index", "variables.data-00000-of-00003", "variables.data-00002-of-00003"):
        (version / "variables" / name).touch()
    assert "2 of 3" in b.problem(inspect(tmp_path / "m", TF), "variables-missing").message


def test_a_model_without_variables_needs_none() -> None:
    assert not (sample_path("tensorflow-serving") / "1" / "variables").exists()
    assert inspect(sample_path("tensorflow-serving"), TF).problems == ()


@pytest.mark.parametrize(
    ("name", "id_", "severity"),
    [
        ("saved_model.pbtxt", "savedmodel-form-not-read", "info"),
        ("saved_model.cpb", "savedmodel-form-not-read", "info"),
        ("model.tflite", "only-tflite", "medium"),
    ],
)
def test_other_forms_of_a_version(tmp_path: Path, name: str, id_: str, severity: str) -> None:
    report = inspect(b.put(tmp_path / "m" / "1", b"x", name).parent, TF)
    assert report.kind == "savedmodel-base" and b.problem(report, id_).severity == severity
    assert b.versions(report)[0].unread
