"""Sample requests: small, valid JSON, in the form that TensorFlow Serving's parser takes for that signature."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import model_builders as b
from wizard.machine.inspection import inspect
from wizard.models.report import Signature, Tensor
from wizard.servers.tensorflow_serving.models import sample
from wizard.servers.tensorflow_serving.models.sample import sample_request

TF = "tensorflow-serving"
F = "float32"


def sig(
    inputs: dict[str, Tensor], outputs: dict[str, Tensor] | None = None, name: str = "serving_default"
) -> Signature:
    return Signature(name, inputs, {"y": Tensor(F, (None, 1))} if outputs is None else outputs)


def test_the_real_sample() -> None:
    report = inspect(b.HALF_PLUS_TWO, TF)
    assert sample_request(b.versions(report)[-1]) == {"instances": [[1.0]]}
    other = b.versions(report)[0].signatures["plus_three"]
    assert sample_request(other) == {"signature_name": "plus_three", "instances": [{"tag": "hello", "x": [1.0]}]}
    content_type, body = report.sample or ("", b"")
    assert content_type == "application/json" and json.loads(body) == {"instances": [[1.0]]}


@pytest.mark.parametrize(
    ("inputs", "outputs", "request_"),
    [
        ({"x": Tensor(F, (None, 2, None))}, None, {"instances": [[[1.0], [1.0]]]}),
        ({"x": Tensor(F, (3, 2))}, {"y": Tensor(F, (3,))}, {"instances": [[1.0, 1.0]] * 3}),
        ({"x": Tensor(F, (3,))}, {"y": Tensor(F, (2,))}, {"inputs": {"x": [1.0, 1.0, 1.0]}}),
        ({"x": Tensor("int64", ())}, None, {"inputs": {"x": 1}}),
        ({"x": Tensor(F, (None,)), "k": Tensor("int32", ())}, None, {"inputs": {"x": [1.0], "k": 1}}),
        ({"x": Tensor(F, (None,))}, {"mean": Tensor(F, ())}, {"inputs": {"x": [1.0]}}),
        ({"x": Tensor(F, (2,)), "z": Tensor(F, (None, 1))}, {}, {"instances": [{"x": 1.0, "z": [1.0]}] * 2}),
        ({"x": Tensor(F, (2,)), "z": Tensor(F, (3,))}, {}, {"inputs": {"x": [1.0] * 2, "z": [1.0] * 3}}),
        ({"x": Tensor(F, None)}, None, {"instances": [1.0]}),
        ({"ok": Tensor("bool", (None,))}, None, {"instances": [True]}),
        ({"raw_bytes": Tensor("string", (None,))}, None, {"instances": [{"b64": "aGVsbG8="}]}),
    ],
)
def test_the_form_follows_the_shapes(
    inputs: dict[str, Tensor], outputs: dict[str, Tensor] | None, request_: dict[str, Any]
) -> None:
    assert sample_request(sig(inputs, outputs)) == request_


def test_a_picture_is_a_real_picture() -> None:
    request = sample_request(sig({"image_bytes": Tensor("string", (None,))}))
    assert request
    data = base64.b64decode(request["instances"][0]["b64"])
    assert data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "complex64", "sparse", "composite", "resource", "type 77"])
def test_what_json_cannot_carry_gets_no_sample(dtype: str) -> None:
    assert sample_request(sig({"x": Tensor(dtype, (None,))})) is None


def test_no_inputs_no_signature_and_too_large() -> None:
    assert sample_request(sig({})) is None
    assert sample_request(sig({"x": Tensor(F, (None, 10_000, 10_000))})) is None
    assert sample_request(sig({"x": Tensor(F, (10**12,))})) is None
    assert inspect("/no/such/place", TF).sample is None


def test_torchserve_gets_text(tmp_path: Path) -> None:
    assert inspect(b.mar(tmp_path / "e.mar"), "torchserve").sample == ("text/plain", b"hello")
    assert inspect(tmp_path / "none.mar", "torchserve").sample is None


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape that the server's GetDenseTensorShape would see; every level must be even."""
    if not isinstance(value, list):
        return ()
    inner = {shape_of(v) for v in value}
    assert len(inner) == 1
    return (len(value), *inner.pop())


SIZES = st.none() | st.integers(1, 3)
SHAPES = st.none() | st.lists(SIZES, max_size=3).map(tuple)
TENSORS = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.builds(Tensor, st.sampled_from([F, "int32", "string", "bool"]), SHAPES),
    max_size=3,
)


def fits(got: tuple[int, ...], wanted: tuple[int | None, ...] | None) -> bool:
    if wanted is None:
        return True
    return len(got) == len(wanted) and all(w is None or w == g for g, w in zip(got, wanted, strict=True))


@given(inputs=TENSORS, outputs=TENSORS)
def test_every_sample_has_the_shapes_that_were_asked_for(inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> None:
    request = sample_request(sig(inputs, outputs))
    if not inputs:
        assert request is None
        return
    assert request is not None
    json.dumps(request, allow_nan=False)
    if "inputs" in request:
        got = {name: shape_of(value) for name, value in request["inputs"].items()}
    else:
        rows = request["instances"]
        named = rows if len(inputs) > 1 else [{next(iter(inputs)): row} for row in rows]
        assert all(set(row) == set(inputs) for row in named)
        got = {name: (len(rows), *shape_of(named[0][name])) for name in inputs}
        batched = [t.shape[0] for t in outputs.values() if t.shape]
        assert all(size in (None, len(rows)) for size in batched)
        assert all(t.shape != () for t in outputs.values())
    assert all(fits(got[name], tensor.shape) for name, tensor in inputs.items())


def test_the_limit_is_about_a_megabyte() -> None:
    request = sample_request(sig({"x": Tensor(F, (None, sample.VALUES_LIMIT))}))
    assert 500_000 < len(json.dumps(request)) < 2_000_000
