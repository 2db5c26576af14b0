"""A hub of our own, which speaks as much of Hugging Face's API as the real builds ask: it has one repository."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.llama_server.real import SAMPLE

REPOSITORY = "me/alphabet"
_FILE = "alphabet-F16.gguf"
_DATA = SAMPLE.read_bytes()
_SHA = hashlib.sha256(_DATA).hexdigest()
_COMMIT = "a" * 40
_ENTRY = {"type": "file", "oid": _SHA[:40], "size": len(_DATA), "path": _FILE, "lfs": {"oid": _SHA, "size": len(_DATA)}}
_BRANCH = {"name": "main", "ref": "refs/heads/main", "targetCommit": _COMMIT}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.presented.add(self.headers.get("Authorization", ""))  # type: ignore[attr-defined]
        found: bytes | None = {
            f"/api/models/{REPOSITORY}/refs": json.dumps({"branches": [_BRANCH], "tags": []}).encode(),
            f"/api/models/{REPOSITORY}/tree/{_COMMIT}": json.dumps([_ENTRY]).encode(),
            f"/{REPOSITORY}/resolve/{_COMMIT}/{_FILE}": _DATA,
        }.get(path)
        self.send_response(404 if found is None else 200)
        self.send_header("ETag", f'"{_SHA}"')
        self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found or b"")

    do_HEAD = do_GET  # noqa: N815 - so http.server calls it

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@contextmanager
def hub(address: str = "127.0.0.1", presented: set[str] | None = None) -> Iterator[int]:
    """The hub's port, while it runs. `presented`: takes what was sent as Authorization."""
    server = ThreadingHTTPServer((address, 0), _Handler)
    server.presented = presented if presented is not None else set()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
