"""protobuf's C++ text parser over pipes: a JSON string in, [accepted, base64 of the message, errors] out.

grpcio-tools carries protoc as a library whose `--encode` reads file descriptor 0 and writes 1 and 2.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2
from grpc_tools import _protoc_compiler
from tensorflow_serving.config import model_server_config_pb2


def descriptor_set() -> bytes:
    collected = descriptor_pb2.FileDescriptorSet()
    seen: set[str] = set()

    def add(file: Any) -> None:
        if file.name in seen:
            return
        seen.add(file.name)
        for dependency in file.dependencies:
            add(dependency)
        file.CopyToProto(collected.file.add())

    add(model_server_config_pb2.DESCRIPTOR)
    return collected.SerializeToString()


def encode(folder: Path, text: str) -> tuple[bool, bytes, str]:
    (folder / "in").write_bytes(text.encode())
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [os.open(folder / "in", os.O_RDONLY), os.open(folder / "out", write), os.open(folder / "err", write)]
    saved = [os.dup(number) for number in range(3)]
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    try:
        arguments = [f"--descriptor_set_in={folder}/set", "--encode=tensorflow.serving.ModelServerConfig"]
        code = _protoc_compiler.run_main([b"protoc", *(each.encode() for each in arguments)])
    finally:
        for number, file in enumerate(saved):
            os.dup2(file, number)
            os.close(file)
    errors = (folder / "err").read_bytes().decode(errors="replace")
    return code == 0, (folder / "out").read_bytes(), errors


def main() -> None:
    replies = os.fdopen(os.dup(1), "w")
    requests = os.fdopen(os.dup(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "set").write_bytes(descriptor_set())
        for line in requests:
            accepted, message, errors = encode(folder, json.loads(line))
            replies.write(json.dumps([accepted, base64.b64encode(message).decode(), errors]) + "\n")
            replies.flush()


if __name__ == "__main__":
    main()
