"""Pages on this machine that try a running trial from the user's own browser, compared with the predictions.

Each listed origin that is possible here is really served, so the browser itself decides; a page that is not listed and
a sandboxed frame (origin `null`) are added. The addresses contain a secret word, because the pages know the trial's
token.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wizard.deployment import Deployment, Endpoint
from wizard.fast_start import regex
from wizard.prediction.answer import usual_request
from wizard.prediction.browser import WRONG_TOKEN, judge

_MOST_PAGES = 8
_OWN = "localhost"
_LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "[::1]": "::1"}


@dataclass(frozen=True, slots=True)
class PageRow:
    """One request of a page, and what the browser should do with it."""

    title: str
    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    credentials: bool
    predicted: str
    """`reads 200` (the script gets an answer, with this status) or `blocked`."""
    why: str


@dataclass(frozen=True, slots=True)
class PageVerdict:
    """A row as one page's browser saw it."""

    page: str
    row: PageRow
    measured: str

    @property
    def agrees(self) -> bool:
        """Whether the browser did what was predicted."""
        return self.measured == self.row.predicted


def rows(
    deployment: Deployment, page: str, tokens: Mapping[str, str], samples: Mapping[str, str]
) -> tuple[PageRow, ...]:
    """What a page with that origin tries, with the verdict predicted for Chromium."""
    found: list[PageRow] = []
    for endpoint in deployment.endpoints:
        if endpoint.protocol == "http" and endpoint.published and endpoint.api in ("inference", "management"):
            found += _rows(deployment, endpoint, page, tokens.get(endpoint.api, ""), samples)
    return tuple(found)


def _rows(
    deployment: Deployment, endpoint: Endpoint, page: str, token: str, samples: Mapping[str, str]
) -> Iterator[PageRow]:
    usual, body = usual_request(deployment, endpoint, samples)
    typed = usual.headers
    right = (("authorization", f"Bearer {token}"),) if token else ()

    def row(
        title: str, method: str, headers: tuple[tuple[str, str], ...], path: str = "", cookies: bool = False
    ) -> PageRow:
        made = judge(deployment, endpoint.api, page, method, headers, cookies, path or usual.path, "chromium").verdict
        last = made.hops[-1].response if made.hops else None
        reads = made.verdict == "allowed" and last is not None
        return PageRow(
            title=f"{endpoint.api}: {title}",
            url=endpoint.url + (path or usual.path),
            method=method,
            headers=headers,
            body=None if method in ("GET", "HEAD") else body or "{}",
            credentials=cookies,
            predicted=f"reads {last.status}" if reads and last else "blocked",
            why=made.rule,
        )

    what = "a prediction" if body else "its usual call"
    yield row(what, usual.method, (*typed, *right))
    yield row(f"{what}, with cookies", usual.method, (*typed, *right), cookies=True)
    for name in endpoint.cors.headers:
        if name not in ("content-type", "authorization"):
            yield row(f"{what}, with the header {name}", usual.method, (*typed, *right, (name, "1")))
    yield row(f"{what}, with a header that is not listed", usual.method, (*typed, *right, ("x-not-listed", "1")))
    if usual.method == "POST":
        yield row(f"{what}, as plain text that needs no preflight", "POST", right)
    yield row("a path that does not exist", "GET", right, "/no-such-path")
    yield row("DELETE", "DELETE", (*typed, *right))
    if token:
        yield row(f"{what}, without the token", usual.method, typed)
        yield row(f"{what}, with a wrong token", usual.method, (*typed, ("authorization", f"Bearer {WRONG_TOKEN}")))


@dataclass(frozen=True, slots=True)
class Shown:
    """A page that is served, or (with `reason`) why it cannot be shown from this machine."""

    origin: str
    reason: str = ""


@dataclass
class Check:
    """The running pages. Use as a context manager."""

    deployment: Deployment
    tokens: Mapping[str, str]
    samples: Mapping[str, str]
    names: Collection[str] = ()
    """Further host names that the browser is known to resolve to this machine."""
    shown: list[Shown] = field(default_factory=list)
    url: str = ""
    _verdicts: list[PageVerdict] = field(default_factory=list)
    _plan: list[tuple[str, tuple[PageRow, ...]]] = field(default_factory=list)
    _reported: set[int] = field(default_factory=set)
    _servers: list[ThreadingHTTPServer] = field(default_factory=list)
    _change: threading.Condition = field(default_factory=threading.Condition)
    _word: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def __enter__(self) -> Check:
        main = self._serve("127.0.0.1", 0)
        foreign = f"http://{_OWN}:{main}"
        self.url = f"{foreign}/{self._word}/"
        listed = dict.fromkeys(o for e in self.deployment.endpoints for o in e.cors.origins if o != "*")
        for origin in list(listed)[:_MOST_PAGES]:
            reason = self._open(origin)
            self.shown.append(Shown(origin, reason))
        pages = [each.origin for each in self.shown if not each.reason] + [foreign, "null"]
        self._plan = [(page, rows(self.deployment, page, self.tokens, self.samples)) for page in pages]
        self.shown += [Shown(foreign), Shown("null")]
        return self

    def __exit__(self, *problem: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every page has reported; returns whether all have."""
        with self._change:
            return self._change.wait_for(lambda: len(self._reported) == len(self._plan), timeout)

    @property
    def verdicts(self) -> tuple[PageVerdict, ...]:
        """What the pages have reported so far."""
        with self._change:
            return tuple(self._verdicts)

    def _open(self, origin: str) -> str:
        """Serve pages at an origin; returns why that is not possible, "" if it is."""
        parts = urlsplit(origin)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        if parts.scheme != "http":
            return "only http pages can be shown from here"
        if host not in _LOOPBACK and host not in self.names and not host.endswith(".localhost"):
            return f"{host} does not lead to this machine"
        try:
            self._serve(_LOOPBACK.get(host, "127.0.0.1"), parts.port or 80)
        except OSError as problem:
            return f"port {parts.port or 80} cannot be opened: {problem.strerror or problem}"
        return ""

    def _serve(self, address: str, port: int) -> int:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = type("Pages", (_Pages,), {"address_family": family})((address, port), _handler(self))
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return int(server.server_address[1])

    def page(self, path: str) -> str | None:
        """The document at a path, None = there is none."""
        word, _, rest = path.removeprefix("/").partition("/")
        if not secrets.compare_digest(word.encode(), self._word.encode()):
            return None
        if rest == "":
            return _document(
                "index", {"pages": self._addresses(), "hidden": [asdict(s) for s in self.shown if s.reason]}
            )
        number = int(rest) if _DIGITS.fullmatch(rest) else -1
        if not 0 <= number < len(self._plan):
            return None
        origin, tried = self._plan[number]
        return _document("page", {"number": number, "origin": origin, "rows": [asdict(row) for row in tried]})

    def _addresses(self) -> list[dict[str, Any]]:
        found = []
        for number, (origin, _) in enumerate(self._plan):
            place = "" if origin == "null" else origin
            found.append({"origin": origin, "sandboxed": origin == "null", "url": f"{place}/{self._word}/{number}"})
        return found

    def report(self, path: str, text: bytes) -> bool:
        """Accept one page's verdicts; False = they make no sense."""
        if path != f"/{self._word}/verdicts":
            return False
        try:
            found = json.loads(text)
            number = int(found["number"])
            origin, tried = self._plan[number]
            measured = [str(each)[:40] for each in found["measured"]]
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            return False
        with self._change:
            if number >= 0 and number not in self._reported and len(measured) == len(tried):
                self._reported.add(number)
                pairs = zip(tried, measured, strict=True)
                self._verdicts += [PageVerdict(origin, row, each) for row, each in pairs]
                self._change.notify_all()
        return True


def _document(kind: str, data: Mapping[str, Any]) -> str:
    template = Path(__file__).with_name("browser_check.html").read_text("utf-8")
    text = json.dumps({"kind": kind, **data}).replace("<", "\\u003c")
    return template.replace("__DATA__", text)


_MOST_BYTES = 1_000_000
_DIGITS = regex(r"[0-9]{1,9}")


class _Pages(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that go away, or send nonsense, are not reported on the terminal."""


def _handler(check: Check) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            text = check.page(self.path)
            self._reply(404 if text is None else 200, text or "There is nothing here.")

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            size = int(length) if _DIGITS.fullmatch(length) else 0
            taken = size <= _MOST_BYTES and check.report(self.path, self.rfile.read(size))
            self._reply(204 if taken else 404, "")

        def _reply(self, status: int, text: str) -> None:
            data = text.encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if data:
                self.wfile.write(data)

    return Handler
