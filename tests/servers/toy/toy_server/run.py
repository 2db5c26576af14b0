"""The toy server itself: answers POST /predict with the line in its model, and GET /health. Its notes have a port."""

from __future__ import annotations

import argparse
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar


class Answers(BaseHTTPRequestHandler):
    routes: ClassVar[dict[tuple[str, str], bytes]] = {}

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = self.routes.get((self.command, self.path))
        self.send_response(404 if body is None else 200)
        self.send_header("content-length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _answer  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        print("toy:", format % args, flush=True)


def listening(host: str, port: int, routes: dict[tuple[str, str], bytes]) -> ThreadingHTTPServer:
    return ThreadingHTTPServer((host, port), type("Handler", (Answers,), {"routes": routes}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--notes-host", default="")
    parser.add_argument("--notes-port", type=int, default=0)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--loud", action="store_true")
    parser.add_argument("--greeting", type=Path)
    options = parser.parse_args()
    line = options.model.read_bytes()
    line = (line.upper() if options.loud else line) * options.copies
    line = options.greeting.read_bytes() + line if options.greeting else line
    if options.notes_port:  # before the other: who answers /health has all its ports open
        notes = listening(options.notes_host, options.notes_port, {("GET", "/notes"): b"none"})
        threading.Thread(target=notes.serve_forever, daemon=True).start()
    listening(options.host, options.port, {("GET", "/health"): b"ok", ("POST", "/predict"): line}).serve_forever()


if __name__ == "__main__":
    main()
