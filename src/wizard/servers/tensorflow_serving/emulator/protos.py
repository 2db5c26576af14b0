"""Message classes built from `schema.txt`, in a pool of their own so that no other package's copy clashes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = re.compile(r"(?:oneof:(?P<oneof>\w+) )?(?P<many>repeated )?(?P<type>\S+) (?P<name>\w+) = (?P<number>\d+)$")
_File = descriptor_pb2.FileDescriptorProto
_Message = descriptor_pb2.DescriptorProto
_Type = descriptor_pb2.FieldDescriptorProto


@cache
def message(name: str) -> Any:
    """Return the class of the message with this full name, for example `tensorflow.SavedModel`."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(name))


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    done: list[str] = []
    for file in _files():
        file.dependency.extend(done)
        pool.AddSerializedFile(file.SerializeToString())
        done.append(file.name)
    return pool


def _files() -> list[_File]:
    files: dict[str, _File] = {}
    messages: dict[str, _Message] = {}
    enums: set[str] = set()
    current: Any = None
    for line in Path(__file__).with_name("schema.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("enum "):
            _, package, name = line.split()
            current = _file(files, package).enum_type.add(name=name)
            enums.add(f".{package}.{name}")
        elif " = " not in line:
            package, name = line.split()
            current = _declare(_file(files, package), messages, package, name)
        elif isinstance(current, _Message):
            _add_field(current, line, enums)
        else:
            name, number = line.split(" = ")
            current.value.add(name=name, number=int(number))
    return list(files.values())


def _file(files: dict[str, _File], package: str) -> _File:
    name = f"serving_wizard_emulator/{package}.proto"
    return files.setdefault(package, _File(name=name, package=package, syntax="proto3"))


def _declare(file: _File, messages: dict[str, _Message], package: str, name: str) -> _Message:
    outer, _, last = name.rpartition(".")
    where: Any = messages[f"{package}.{outer}"].nested_type if outer else file.message_type
    messages[f"{package}.{name}"] = entry = where.add(name=last)
    return entry  # type: ignore[no-any-return]


def _add_field(owner: _Message, line: str, enums: set[str]) -> None:
    match = _FIELD.match(line)
    if match is None:
        raise ValueError(f"schema line not understood: {line}")
    kind = match["type"]
    field = owner.field.add(name=match["name"], number=int(match["number"]), label=_Type.LABEL_OPTIONAL)
    if kind.startswith("map<"):
        key, value = kind[4:-1].split(",")
        entry_name = "".join(word.capitalize() for word in match["name"].split("_")) + "Entry"
        entry = owner.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        for number, (name, type_name) in enumerate((("key", key), ("value", value)), 1):
            _set_type(entry.field.add(name=name, number=number, label=_Type.LABEL_OPTIONAL), type_name, enums)
        field.label = _Type.LABEL_REPEATED
        field.type, field.type_name = _Type.TYPE_MESSAGE, entry_name
        return
    if match["many"]:
        field.label = _Type.LABEL_REPEATED
    _set_type(field, kind, enums)
    if match["oneof"]:
        names = [oneof.name for oneof in owner.oneof_decl]
        if match["oneof"] not in names:
            owner.oneof_decl.add(name=match["oneof"])
            names.append(match["oneof"])
        field.oneof_index = names.index(match["oneof"])


def _set_type(field: _Type, kind: str, enums: set[str]) -> None:
    if kind.startswith("."):
        field.type = _Type.TYPE_ENUM if kind in enums else _Type.TYPE_MESSAGE
        field.type_name = kind
    else:
        field.type = getattr(_Type, f"TYPE_{kind.upper()}")
