"""Sends recorded requests to a real build again, started with the recorded settings.

    python -m tests.servers.llama_server.record PROGRAM BUILD < exchanges.json > new.json

records what another build answers to the same requests.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, groupby
from pathlib import Path
from typing import Any

from tests.servers.llama_server.real import SAMPLE, Reply, Server

Exchange = dict[str, Any]
MODEL = "tiny.gguf"


def setting(exchange: Exchange) -> str:
    """What the server was started with, as one text to sort by."""
    return json.dumps([exchange["flags"], exchange["env"], exchange.get("files", {})])


def groups(exchanges: Sequence[Exchange]) -> list[list[Exchange]]:
    """Exchanges of one setting together."""
    return [list(group) for _, group in groupby(sorted(exchanges, key=setting), key=setting)]


def start(exchange: Exchange, build: str, port: int, folder: Path) -> Server:
    """A server with an exchange's settings, in a folder that has its model, key files and folders."""
    (folder / MODEL).symlink_to(SAMPLE)
    (folder / "saved").mkdir()
    (folder / "models").mkdir()
    (folder / "models" / MODEL).symlink_to(SAMPLE)
    for name, text in exchange.get("files", {}).items():
        (folder / name).write_text(text)
    return Server(build, port, folder, exchange["flags"], exchange["env"], model=None)


def send(server: Server, request: Mapping[str, Any]) -> Reply:
    """The request of an exchange; addresses in it that name the recorded port name this server's."""
    body = request.get("body")
    path = request["path"].replace(":18081/", f":{server.port}/")
    return server.ask(request["method"], path, request["headers"], None if body is None else body.encode("latin-1"))


def record(exchanges: Sequence[Exchange], build: str, ports: Iterator[int]) -> Iterator[tuple[Exchange, Reply]]:
    """Each exchange, and what a build answers to it now."""
    for group in groups(exchanges):
        with (
            tempfile.TemporaryDirectory(prefix="llama-server-") as name,
            start(group[0], build, next(ports), Path(name)) as server,
        ):
            for exchange in group:
                yield exchange, send(server, exchange["request"])


def main() -> int:
    """Record a build that is not one of those the tests run."""
    program, build = sys.argv[1:]
    shown = []
    for number, (exchange, reply) in enumerate(record(json.load(sys.stdin), program, count(18300))):
        kept = {
            k: v for k, v in reply.headers.items() if k.startswith("access-control-") or k in ("content-type", "vary")
        }
        response = {"status": reply.status, "headers": kept, "body_start": reply.body[:110].decode("latin-1")}
        shown.append({**exchange, "id": f"{build}-{number + 1}", "version": build, "response": response})
    print("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in shown) + "\n]")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
