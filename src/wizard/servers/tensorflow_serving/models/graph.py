"""The part of saved_model.pb that is worth knowing: graphs, their tags, their signatures.

Field numbers: saved_model.proto, meta_graph.proto, tensor_shape.proto and types.proto of TensorFlow 2.20.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.models.report import Signature, Tensor
from wizard.servers.tensorflow_serving.models.wire import WireError, WireField, WireFile, signed

INIT_OP = "__saved_model_init_op"
"""A signature that TensorFlow 2 adds by itself; nobody can call it."""

_MANY = 256
_DTYPES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    11: "qint8",
    12: "quint8",
    13: "qint32",
    14: "bfloat16",
    15: "qint16",
    16: "quint16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    20: "resource",
    21: "variant",
    22: "uint32",
    23: "uint64",
    24: "float8_e5m2",
    25: "float8_e4m3fn",
    29: "int4",
    30: "uint4",
}


@dataclass
class Graph:
    """One MetaGraphDef while it is being read."""

    tags: list[str] = field(default_factory=list)
    tf_version: str = ""
    signatures: dict[str, Signature] = field(default_factory=dict)
    definition: WireField | None = None


def dtype_name(number: int) -> str:
    """A TensorFlow DataType number as a word; reference types (+100) as the type they refer to."""
    return _DTYPES.get(number - 100 if number > 100 else number, f"type {number}")


def _shape(wire: WireFile, at: WireField) -> tuple[int | None, ...] | None:
    sizes: list[int | None] = []
    for part in wire.fields(at.start, at.end):
        if part.number == 3 and part.value:
            return None
        if part.number == 2:
            size = 0
            for dim in wire.fields(part.start, part.end):
                if dim.number == 1:
                    size = signed(dim.value)
            sizes.append(None if size < 0 else size)
            if len(sizes) > _MANY:
                raise WireError("a tensor has more dimensions than TensorFlow allows")
    return tuple(sizes)


def _tensor(wire: WireFile, at: WireField) -> Tensor:
    dtype, shape = 0, None
    sparse = composite = False
    has_shape = False
    for part in wire.fields(at.start, at.end):
        if part.number == 2:
            dtype = part.value
        elif part.number == 3:
            shape, has_shape = _shape(wire, part), True
        elif part.number == 4:
            sparse = True
        elif part.number == 5:
            composite = True
    if sparse or composite:
        return Tensor("sparse" if sparse else "composite", shape)
    return Tensor(dtype_name(dtype), shape if has_shape else ())


def _map_entry(wire: WireFile, at: WireField) -> tuple[str, WireField | None]:
    key, value = "", None
    for part in wire.fields(at.start, at.end):
        if part.number == 1:
            key = wire.text(part)
        elif part.number == 2:
            value = part
    return key, value


def _signature(wire: WireFile, name: str, at: WireField | None) -> Signature:
    inputs: dict[str, Tensor] = {}
    outputs: dict[str, Tensor] = {}
    method = ""
    for part in wire.fields(at.start, at.end) if at else ():
        if part.number in (1, 2):
            key, value = _map_entry(wire, part)
            side = inputs if part.number == 1 else outputs
            side[key] = _tensor(wire, value) if value else Tensor(dtype_name(0), ())
            if len(side) > _MANY * 4:
                raise WireError("a signature has more than a thousand inputs or outputs")
        elif part.number == 3:
            method = wire.text(part)
    return Signature(name, dict(sorted(inputs.items())), dict(sorted(outputs.items())), method)


def _meta_graph(wire: WireFile, at: WireField) -> Graph:
    graph = Graph()
    for part in wire.fields(at.start, at.end):
        if part.number == 1:
            for info in wire.fields(part.start, part.end):
                if info.number == 4:
                    graph.tags.append(wire.text(info))
                elif info.number == 5:
                    graph.tf_version = wire.text(info)
        elif part.number == 2:
            graph.definition = part
        elif part.number == 5:
            name, value = _map_entry(wire, part)
            if name != INIT_OP:
                graph.signatures[name] = _signature(wire, name, value)
            if len(graph.signatures) > _MANY:
                raise WireError(f"it holds more than {_MANY} signatures")
    return graph


def read_graphs(wire: WireFile) -> list[Graph]:
    """Every graph of a SavedModel message. Raises WireError, OSError."""
    graphs = []
    for part in wire.fields():
        if part.number == 2:
            graphs.append(_meta_graph(wire, part))
            if len(graphs) > _MANY:
                raise WireError(f"it holds more than {_MANY} graphs")
    return graphs
