"""JSON in and out, and the evaluation of graphs: the sample's numbers, and an honest no to all others."""

from __future__ import annotations

import json
import math
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.servers.tensorflow_serving.emulator import jsonread, jsonwrite, tensor
from wizard.servers.tensorflow_serving.emulator.outputs import write_outputs
from wizard.servers.tensorflow_serving.emulator.protos import message
from wizard.servers.tensorflow_serving.emulator.savedmodel import LoadedModel
from wizard.servers.tensorflow_serving.emulator.status import StatusError
from wizard.servers.tensorflow_serving.emulator.tensor import TensorValue
from wizard.servers.tensorflow_serving.emulator.tensorjson import parse_body, read_inputs

from .harness import SAMPLE, Launcher, Server

SAMPLE_MODEL = LoadedModel(str(SAMPLE / "1"), ["serve"])
single = st.floats(width=32)


def run(body: str, model: LoadedModel = SAMPLE_MODEL) -> str:
    request = parse_body(body.encode())
    name = request.signature_name or "serving_default"
    inputs, as_rows = read_inputs(request, model.signatures[name])
    return write_outputs(model.predict(name, inputs), as_rows)


@pytest.mark.row("graph-not-evaluated")
def test_a_foreign_graph_is_not_evaluated(start: Callable[..., Server], launcher: Launcher, tmp_path: Path) -> None:
    if not launcher.is_emulator:
        pytest.skip("the real server has no such limits")
    shutil.copytree(SAMPLE / "1", tmp_path / "m" / "1", copy_function=shutil.copyfile)
    path = tmp_path / "m" / "1" / "saved_model.pb"
    saved = message("tensorflow.SavedModel").FromString(path.read_bytes())
    for function in saved.meta_graphs[0].graph_def.library.function:
        for node in function.node_def:
            if node.op == "Mul" and function.signature.name.startswith("__inference_plus_two"):
                node.op = "Pow"
    path.write_bytes(saved.SerializeToString())
    server = start("--port={port}", "--rest_api_port={rest}", "--model_name=m", f"--model_base_path={tmp_path}/m")
    server.wait_output("Exporting HTTP/REST API")
    reply = server.request("POST", "/v1/models/m:predict", body=b'{"instances": [2.0]}')
    assert reply.status == 501
    error = json.loads(reply.body)["error"]
    assert "Serving Wizard emulator" in error
    assert "Pow" in error
    reply = server.request("POST", "/v1/models/m:classify", body=b'{"examples": [{"x": 1.0}]}')
    assert reply.status == 501
    assert "Serving Wizard emulator" in json.loads(reply.body)["error"]


@given(st.lists(single.filter(math.isfinite), min_size=1, max_size=20))
def test_half_plus_two_in_single_precision(values: list[float]) -> None:
    body = json.dumps({"instances": [[value] for value in values]})
    got = json.loads(run(body))["predictions"]

    def rounded(value: float) -> float:
        return float(tensor.fit(tensor.FLOAT, value))

    assert [rounded(row[0]) for row in got] == [rounded(rounded(0.5 * value) + 2.0) for value in values]


@given(single)
def test_decimals_read_back_the_same(value: float) -> None:
    text = jsonwrite.decimal(value, tensor.FLOAT)
    back = struct.pack("<f", float(text.replace("Infinity", "inf")))
    assert back == struct.pack("<f", value) or math.isnan(value)
    assert any(mark in text for mark in ".eNI")


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.0"), (0.1, "0.1"), (9000000.0, "9e+06"), (16777216.0, "16777216.0"), (3e-05, "3e-05"), (-0.0, "-0.0")],
)
def test_decimals(value: float, text: str) -> None:
    assert jsonwrite.decimal(float(tensor.fit(tensor.FLOAT, value)), tensor.FLOAT) == text


# Offsets and words as RapidJSON gives them (reader.h, error/en.h).
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  ", "The document is empty. at offset: 2"),
        ("\0", "The document is empty. at offset: 0"),
        ('{"a" 1}', "Missing a colon after a name of object member. at offset: 5"),
        ('{"a": 1 "b"}', "Missing a comma or } after an object member. at offset: 8"),
        ("{1: 2}", "Missing a name for object member. at offset: 1"),
        ("[1 2]", "Missing a comma or ] after an array element. at offset: 3"),
        ("[1,]", "Invalid value. at offset: 3"),
        ("[nul]", "Invalid value. at offset: 4"),
        ('["abc', "Missing a closing quotation mark in string. at offset: 5"),
        ('["\\q"]', "Invalid escape character in string. at offset: 2"),
        ("[1.]", "Missing fraction part in number. at offset: 3"),
        ("[1e]", "Missing exponent in number. at offset: 3"),
        ("[1e999]", "Number too big to be stored in double. at offset: 1"),
        ('["\\ud800"]', "The surrogate pair in string is invalid. at offset: 2"),
        ('["\u00e9", x]', "Invalid value. at offset: 7"),
    ],
)
def test_json_errors(text: str, problem: str) -> None:
    with pytest.raises(StatusError) as error:
        jsonread.read(text.encode())
    assert error.value.message == f"JSON Parse error: {problem}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_both_readers_agree(value: Any) -> None:
    text = json.dumps(value, allow_nan=True)
    read = jsonread.read(text.encode())
    assert read == value
    assert jsonread._Reader(text).document() == value
    assert json.loads(jsonwrite.pretty(value).replace("NaN", "null")) is not ...


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for body in (data, b'{"instances": ' + data + b"}"):
        try:
            request = parse_body(body)
            read_inputs(request, SAMPLE_MODEL.signatures["serving_default"])
        except StatusError as problem:
            assert problem.http_status in (400, 501)


def refused(body: str) -> str:
    with pytest.raises(StatusError) as error:
        run(body)
    return error.value.message


@pytest.mark.parametrize("text", ['{"a": 1} x', '{"a": 1}{"b": 2}', ' {"a": 1}', '{"a": 1}\\ud800'])
def test_what_follows_the_value_is_not_looked_at(text: str) -> None:
    assert jsonread.read(text.encode()) == {"a": 1}


def test_refusals_name_the_place() -> None:
    start = "Failed to process element: "
    assert refused('{"instances": [[1], [1, 2]]}') == (
        f"{start}1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 1 but got: 2"
    )
    assert refused('{"instances": [[1, [2]]]}').endswith("Encountered list at unexpected level: 1 expected < 1")
    assert refused('{"instances": [[[1]], [1]]}').endswith("Expecting shape [1,1] but got: [1]")
    assert refused('{"instances": [1, {"x": 1}]}') == "Expecting value/list but got object at item 1 of input list"
    assert refused('{"instances": [{"x": 1}, 1]}') == "Expecting object but got list at item 1 of input list"
    assert refused('{"instances": [{"y": 1}]}').endswith("JSON object: does not have named input: y")
    assert refused('{"instances": []}').endswith("No values in 'instances' array")
    assert refused('{"instances": 5}').endswith("Expecting 'instances' to be an list/array")
    assert refused('{"instances": [16777217]}').endswith("to float without loss of precision.")
    assert refused('{"instances": [true]}').endswith("JSON Value: true Type: True is not of expected type: float")
    assert "expecting only one of" in refused('{"instances": [1], "inputs": [1]}')
    assert refused('{"signature_name": 5, "instances": [1]}').endswith("'signature_name' key must be a string value.")
    assert "as multiple input tensors required" in refused('{"signature_name": "plus_three", "instances": [1]}')
    assert refused("[1]").endswith("Is not object")


def test_shapes_that_do_not_fit_are_the_graphs_own_error() -> None:
    inputs = {
        "x": TensorValue(tensor.FLOAT, (2, 1), (1.0, 2.0)),
        "tag": TensorValue(tensor.STRING, (3,), (b"a", b"b", b"c")),
    }
    outputs = SAMPLE_MODEL.predict("plus_three", inputs)
    assert outputs["y"].shape == (2, 1)
    assert outputs["label"].values == (b"a!", b"b!", b"c!")
    with pytest.raises(StatusError) as error:
        write_outputs(outputs, as_rows=True)
    assert "has inconsistent batch size" in error.value.message


def test_tensors_travel_through_protocol_buffers() -> None:
    for value in (
        TensorValue(tensor.FLOAT, (2,), (1.5, -2.0)),
        TensorValue(tensor.STRING, (1, 2), (b"\xff", b"")),
        TensorValue(tensor.INT64, (), (-5,)),
        TensorValue(tensor.BOOL, (2,), (True, False)),
        TensorValue(tensor.UINT64, (0, 3), ()),
    ):
        assert tensor.from_proto(tensor.to_proto(value)) == value
    packed = message("tensorflow.TensorProto")(dtype=tensor.FLOAT, tensor_content=struct.pack("<2f", 1.0, 2.0))
    packed.tensor_shape.dim.add(size=2)
    assert tensor.from_proto(packed).values == (1.0, 2.0)
    filled = message("tensorflow.TensorProto")(dtype=tensor.INT32, int_val=[7])
    filled.tensor_shape.dim.add(size=3)
    assert tensor.from_proto(filled).values == (7, 7, 7)


def damage(directory: Path, kind: str) -> None:
    variables = directory / "variables"
    data = variables / "variables.data-00000-of-00001"
    saved = directory / "saved_model.pb"
    match kind:
        case "none":
            saved.unlink()
        case "garbage":
            saved.write_bytes(b"\x00garbage")
        case "cut":
            saved.write_bytes(saved.read_bytes()[:5000])
        case "empty":
            saved.write_bytes(b"")
        case "no data":
            data.unlink()
        case "bad index":
            (variables / "variables.index").write_bytes(b"abc")
        case "bad sum":
            data.write_bytes(bytes([*data.read_bytes()[:2], 255 ^ data.read_bytes()[2], *data.read_bytes()[3:]]))


# Texts as the C++ loader of tensorflow-cpu 2.20.0 gave them for the same damage.
@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("none", "NOT_FOUND: Could not find SavedModel .pb or .pbtxt at supplied export directory path: "),
        ("garbage", "DATA_LOSS: Can't parse "),
        ("cut", "OUT_OF_RANGE: Read less bytes than requested"),
        ("empty", "NOT_FOUND: Could not find meta graph def matching supplied tags: { serve }. "),
        ("no data", "variables.data-00000-of-00001; No such file or directory"),
        ("bad index", "DATA_LOSS: file is too short to be an sstable"),
        ("bad sum", "Checksum does not match: stored 647446098 vs. calculated on the restored bytes 2238978769"),
    ],
)
def test_damaged_models(kind: str, problem: str, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE / "1", tmp_path / "1", copy_function=shutil.copyfile)
    damage(tmp_path / "1", kind)
    with pytest.raises(StatusError) as error:
        LoadedModel(str(tmp_path / "1"), ["serve"])
    assert problem in str(error.value)
