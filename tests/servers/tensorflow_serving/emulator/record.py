"""Record how the real libraries behave, for the data files beside this one. Run by hand, not by the tests.

As `python -m tests.servers.tensorflow_serving.emulator.record`:
`http PORT` against data/libevent_server.c (Debian's libevent 2.1.12); `text` with protoc, from grpcio-tools.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
HTTP, TEXT = DATA / "http_cases.json", DATA / "text_format_cases.json"


def converse(port: int, request: bytes) -> dict[str, Any]:
    """Send a request; return the head of the answer, its body, and whether the server closed the connection."""
    received, closed = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        connection.settimeout(0.5)
        try:
            while chunk := connection.recv(1 << 16):
                received += chunk
            closed = True
        except TimeoutError:
            pass
        except ConnectionResetError:
            closed = True
    head, _, body = re.sub(rb"Date: [^\r]*", b"Date: now", received).partition(b"\r\n\r\n")
    return {"head": head.decode("latin-1").split("\r\n"), "body": body.decode("latin-1"), "closed": closed}


def record_http(port: int) -> None:
    cases = json.loads(HTTP.read_text())
    for case in cases:
        case["reply"] = converse(port, case["request"].encode("latin-1"))
    HTTP.write_text(json.dumps(cases, indent=1) + "\n")


def record_text() -> None:
    from google.protobuf import descriptor_pb2

    from wizard.servers.tensorflow_serving.emulator import protos

    files = protos._files()
    for position, file in enumerate(files):
        file.dependency.extend(other.name for other in files[:position])
    cases = json.loads(TEXT.read_text())
    with tempfile.NamedTemporaryFile() as descriptors:
        descriptors.write(descriptor_pb2.FileDescriptorSet(file=files).SerializeToString())
        descriptors.flush()
        command = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={descriptors.name}"]
        command += ["--encode=tensorflow.serving.ModelServerConfig", "serving_wizard_emulator/tensorflow.serving.proto"]
        for case in cases:
            done = subprocess.run(command, input=case["text"].encode("latin-1"), capture_output=True, check=False)
            lines = done.stderr.decode("latin-1").splitlines()
            case["problems"] = [line.removeprefix("input:") for line in lines if line.startswith("input:")]
            case["encoded"] = done.stdout.hex() if done.returncode == 0 else None
    TEXT.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    record_http(int(sys.argv[2])) if sys.argv[1] == "http" else record_text()
