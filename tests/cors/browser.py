"""Runs recorded or made-up exchanges in a real, headless Chromium and reports what it did.

Three loopback servers play page, target and third origin; each answers what the case says and notes what arrived.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = """<!doctype html><meta charset=utf-8><script>
const cases = %s;
async function one(c) {
  const r = c.request, init = {method: r.method};
  for (const k of ['credentials', 'mode', 'redirect']) if (r[k]) init[k] = r[k];
  let body = r.body;
  if (r.body_blob !== undefined) body = new Blob([r.body ?? ''], {type: r.body_blob});
  if (r.kind === 'xhr') return new Promise(done => {
    const x = new XMLHttpRequest();
    try {
      x.open(r.method, r.url);
      x.withCredentials = r.credentials === 'include';
      for (const [n, v] of r.headers || []) x.setRequestHeader(n, v);
      if (r.upload_listener) x.upload.addEventListener('progress', () => 0);
      x.onload = () => done('allowed');
      x.onerror = () => done('blocked');
      x.send(body);
    } catch (e) { done('blocked'); }
  });
  try {
    if (r.headers) init.headers = new Headers(r.headers);
    if (body !== undefined) init.body = body;
    const a = await fetch(r.url, init);
    return a.type === 'opaque' || a.type === 'opaqueredirect' ? a.type : 'allowed';
  } catch (e) { return 'blocked'; }
}
(async () => {
  const found = {};
  const queue = [...cases];
  await Promise.all([1, 2, 3, 4].map(async () => {
    while (queue.length) { const c = queue.shift(); found[c.id] = await one(c); }
  }));
  const text = JSON.stringify(found);
  if (window.parent !== window) window.parent.postMessage(text, '*');
  else { await fetch('/done/own', {method: 'POST', body: text}); }
})();
</script>"""

FRAME = """<!doctype html><script>
onmessage = e => fetch('/done/null', {method: 'POST', body: e.data});
</script><iframe sandbox="allow-scripts" src="/null-page"></iframe>"""


class Stage:
    """The servers. `origins` maps the letters P (page), T (target), S (target, same site), U (third) to origins."""

    def __init__(self, chromium: str) -> None:
        self.chromium = chromium
        self.cases: list[dict[str, Any]] = []
        self.seen: dict[str, list[tuple[int, str]]] = {}
        self.done: dict[str, dict[str, Any]] = {}
        self.finished = threading.Condition()
        stage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):  # Chromium is ended with connections open
                    super().handle()

            def log_message(self, *args: object) -> None:
                pass

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return lambda: stage.handle(self)
                raise AttributeError(name)

        class Server(ThreadingHTTPServer):
            request_queue_size = 256  # a refused connection would look like a verdict

        self.servers = [Server(("127.0.0.1", 0), Handler) for _ in range(3)]
        for server in self.servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
        page, target, third = (server.server_address[1] for server in self.servers)
        self.origins = {
            "P": f"http://127.0.0.1:{page}",
            "T": f"http://localhost:{target}",
            "S": f"http://127.0.0.1:{target}",
            "U": f"http://localhost:{third}",
        }

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def handle(self, http: BaseHTTPRequestHandler) -> None:
        body = http.rfile.read(int(http.headers.get("Content-Length") or 0))
        parts = http.path.split("?")[0].strip("/").split("/")
        if parts[0] == "c":
            self.replay(http, parts[1], int(parts[2]))
        elif parts[0] == "done":
            with self.finished:
                self.done[parts[1]] = json.loads(body)
                self.finished.notify_all()
            self.reply(http, 204, [], "")
        else:
            null = parts[0] == "null-page"
            chosen = [case for case in self.cases if (case["origin"] == "null") == null]
            slim = [{"id": case["id"], "request": case["request"]} for case in chosen]
            text = FRAME if parts[0] == "frame" else PAGE % json.dumps(slim)
            self.reply(http, 200, [("Content-Type", "text/html")], text)

    def replay(self, http: BaseHTTPRequestHandler, case_id: str, hop: int) -> None:
        preflight = http.command == "OPTIONS" and "Access-Control-Request-Method" in http.headers
        self.seen.setdefault(case_id, []).append((hop, "preflight" if preflight else http.command))
        case = next(case for case in self.cases if case["id"] == case_id)
        hops = case.get("hops") or [{"preflight": case.get("preflight_response"), "response": case.get("response")}]
        answer = hops[hop]["preflight" if preflight else "response"] or {"status": 404, "headers": []}
        self.reply(http, answer["status"], answer["headers"], answer.get("body", ""))

    @staticmethod
    def reply(http: BaseHTTPRequestHandler, status: int, headers: Any, body: str) -> None:
        data = body.encode()
        http.send_response_only(status)
        for name, value in headers:
            http.send_header(name, value)
        http.send_header("Content-Length", str(len(data)))
        http.end_headers()
        if http.command != "HEAD" and status not in (204, 304):
            http.wfile.write(data)

    def run(self, cases: list[dict[str, Any]], timeout: float = 120) -> dict[str, dict[str, Any]]:
        """What Chromium did in each case: verdict, preflight_sent, actual_sent."""
        self.cases, self.seen, self.done = cases, {}, {}
        for page in ("frame", "own-page"):
            wanted = "null" if page == "frame" else "own"
            if not any((case["origin"] == "null") == (wanted == "null") for case in cases):
                self.done[wanted] = {}
                continue
            self._browse(f"{self.origins['P']}/{page}", wanted, timeout)
        outcome = {**self.done["null"], **self.done["own"]}
        return {case["id"]: self._result(case["id"], outcome[case["id"]]) for case in cases}

    def _result(self, case_id: str, verdict: str) -> dict[str, Any]:
        kinds = [kind for _, kind in self.seen.get(case_id, [])]
        return {
            "verdict": verdict,
            "preflight_sent": "preflight" in kinds,
            "actual_sent": any(kind != "preflight" for kind in kinds),
        }

    def _browse(self, url: str, wanted: str, timeout: float) -> None:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            command = [self.chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
            process = subprocess.Popen(
                [*command, f"--user-data-dir={Path(profile)}", "--remote-debugging-port=0", url],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                with self.finished:
                    if not self.finished.wait_for(lambda: wanted in self.done, timeout):
                        raise TimeoutError(f"Chromium did not finish {url}")
            finally:
                process.terminate()
                process.wait(20)
