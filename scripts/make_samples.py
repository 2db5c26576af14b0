"""Make the bundled sample models, from nothing but this file: no network, no TensorFlow, no PyTorch.

    python scripts/make_samples.py            write them into the servers' packages
    python scripts/make_samples.py --check    exit 1 if the files there differ from what would be written

The bytes are the same on every run, so a diff in version control means a change on purpose.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

SERVERS = Path(__file__).resolve().parent.parent / "src" / "wizard" / "servers"

ECHO_HANDLER = '''"""Answers every request with what it was sent. Plain Python: no weights, nothing of torch."""

import json


def _text(value):
    return bytes(value).decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else value


def _sent(row):
    for key in ("body", "data"):
        if key in row:
            return _text(row[key])
    return {key: _text(value) for key, value in row.items()}


def handle(data, context):
    if data is None:  # TorchServe's call to get ready
        return None
    return [json.dumps({"echo": _sent(row)}) for row in data]
'''

MANIFEST = {
    "createdOn": "01/01/2025 00:00:00",
    "runtime": "python",
    "model": {"modelName": "echo", "handler": "echo_handler.py", "modelVersion": "1.0"},
    "archiverVersion": "0.12.0",
}

# message -> field: (number, type); a type is a scalar name or a message, "*" repeats, "%" is a map from string.
# Numbers: saved_model, meta_graph, graph, node_def, attr_value, tensor, tensor_shape, versions.proto (TensorFlow 2.20).
SCHEMA: dict[str, dict[str, tuple[int, str]]] = {
    "SavedModel": {"saved_model_schema_version": (1, "int64"), "meta_graphs": (2, "*MetaGraph")},
    "MetaGraph": {"meta_info": (1, "MetaInfo"), "graph": (2, "Graph"), "signatures": (5, "%Signature")},
    "MetaInfo": {"tags": (4, "*string")},
    "Graph": {"node": (1, "*Node"), "versions": (4, "Versions")},
    "Versions": {"producer": (1, "int32"), "min_consumer": (2, "int32")},
    "Node": {"name": (1, "string"), "op": (2, "string"), "input": (3, "*string"), "attr": (5, "%Attr")},
    "Attr": {"type": (6, "int32"), "shape": (7, "Shape"), "tensor": (8, "Tensor")},
    "Tensor": {"dtype": (1, "int32"), "shape": (2, "Shape"), "float_val": (5, "*float")},
    "Shape": {"dim": (2, "*Dim")},
    "Dim": {"size": (1, "int64")},
    "Signature": {"inputs": (1, "%TensorInfo"), "outputs": (2, "%TensorInfo"), "method_name": (3, "string")},
    "TensorInfo": {"name": (1, "string"), "dtype": (2, "int32"), "shape": (3, "Shape")},
}
DT_FLOAT = 1
ANY_BY_ONE = {"dim": [{"size": -1}, {"size": 1}]}


@cache
def messages() -> dict[str, type[Any]]:
    """The message classes of SCHEMA, built at run time."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="sample.proto", package="sample", syntax="proto3")
    for message, fields in SCHEMA.items():
        built = file.message_type.add(name=message)
        for name, (number, spelled) in fields.items():
            kind, repeated = spelled.lstrip("*%"), spelled[0] in "*%"
            field = built.field.add(name=name, number=number, label=3 if repeated else 1)
            if spelled.startswith("%"):
                entry = built.nested_type.add(name="".join(p.title() for p in name.split("_")) + "Entry")
                entry.options.map_entry = True
                entry.field.add(name="key", number=1, label=1, type=kinds.TYPE_STRING)
                entry.field.add(name="value", number=2, label=1, type=kinds.TYPE_MESSAGE, type_name=f".sample.{kind}")
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".sample.{message}.{entry.name}"
            elif kind in SCHEMA:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".sample.{kind}"
            else:
                field.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"sample.{name}")) for name in SCHEMA}


def _constant(name: str, value: float) -> dict[str, Any]:
    tensor = {"dtype": DT_FLOAT, "shape": {}, "float_val": [value]}
    return {"name": name, "op": "Const", "attr": {"dtype": {"type": DT_FLOAT}, "value": {"tensor": tensor}}}


def _sum_of(name: str, op: str, *inputs: str) -> dict[str, Any]:
    return {"name": name, "op": op, "input": list(inputs), "attr": {"T": {"type": DT_FLOAT}}}


def saved_model(offset: float) -> bytes:
    """A SavedModel whose serving_default answers y = x * 0.5 + offset, with no variables."""
    placeholder = {
        "name": "x",
        "op": "Placeholder",
        "attr": {"dtype": {"type": DT_FLOAT}, "shape": {"shape": ANY_BY_ONE}},
    }
    graph = {
        "node": [
            placeholder,
            _constant("half", 0.5),
            _constant("offset", offset),
            _sum_of("halved", "Mul", "x", "half"),
            _sum_of("y", "AddV2", "halved", "offset"),
        ],
        "versions": {"producer": 134, "min_consumer": 12},
    }
    signature = {
        "inputs": {"x": {"name": "x:0", "dtype": DT_FLOAT, "shape": ANY_BY_ONE}},
        "outputs": {"y": {"name": "y:0", "dtype": DT_FLOAT, "shape": ANY_BY_ONE}},
        "method_name": "tensorflow/serving/predict",
    }
    meta_graph = {
        "meta_info": {"tags": ["serve"]},
        "graph": graph,
        "signatures": {"serving_default": signature},
    }
    return build("SavedModel", {"saved_model_schema_version": 1, "meta_graphs": [meta_graph]})


def build(message: str, value: dict[str, Any]) -> bytes:
    """Serialise nested dictionaries as a message of SCHEMA, always to the same bytes."""
    return bytes(_fill(message, value).SerializeToString(deterministic=True))


def _fill(message: str, value: dict[str, Any]) -> Any:
    built = messages()[message]()
    built.SetInParent()
    for name, given in value.items():
        spelled = SCHEMA[message][name][1]
        kind, field = spelled.lstrip("*%"), getattr(built, name)
        if spelled.startswith("%"):
            for key, one in given.items():
                field[key].CopyFrom(_fill(kind, one))
        elif spelled.startswith("*"):
            field.extend(_fill(kind, one) if kind in SCHEMA else one for one in given)
        elif kind in SCHEMA:
            field.CopyFrom(_fill(kind, given))
        else:
            setattr(built, name, given)
    return built


def archive(members: dict[str, bytes]) -> bytes:
    """A zip with fixed dates and no compression: the same bytes everywhere."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, date_time=(2025, 1, 1, 0, 0, 0))
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            target.writestr(info, data)
    return buffer.getvalue()


def samples() -> dict[str, bytes]:
    """Every file of the samples: relative path -> bytes."""
    manifest = json.dumps(MANIFEST, indent=2) + "\n"
    echo = archive({"echo_handler.py": ECHO_HANDLER.encode(), "MAR-INF/MANIFEST.json": manifest.encode()})
    return {
        "torchserve/sample/echo.mar": echo,
        "torchserve/sample/model-store/echo.mar": echo,
        "tensorflow_serving/sample/half_plus_two/1/saved_model.pb": saved_model(2.0),
        "tensorflow_serving/sample/half_plus_two/2/saved_model.pb": saved_model(3.0),
    }


def main() -> int:
    """Write the samples, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--out", type=Path, default=SERVERS, help="folder to write to")
    arguments = parser.parse_args()
    stale = []
    for name, data in samples().items():
        path = arguments.out / name
        if arguments.check:
            stale += [] if path.is_file() and path.read_bytes() == data else [name]
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name in stale:
        print(f"differs: {name}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
