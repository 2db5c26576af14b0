"""What the rules on gateways speak of happens at a real nginx with the failing example, and not with the fixed one."""

from __future__ import annotations

import http.client
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.waiting import until_listens
from wizard.check.findings import every_rule

pytestmark = pytest.mark.nginx

EXAMPLES = Path(__file__).parents[1] / "check" / "rules"
APP, ADMIN, STRANGER = "https://app.example", "https://admin.example", "https://stranger.test"
ORIGIN = "access-control-allow-origin"


class Behind(BaseHTTPRequestHandler):
    """Fails, or sends a CORS header of its own, where the query asks for it."""

    def do_GET(self) -> None:
        self.send_response(500 if "fails" in self.path else 200)
        if "cors" in self.path:
            self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Headers = list[tuple[str, str]]
Ask = Callable[[str, str], Headers]
"""(origin, query) -> the answer's headers, names in small letters."""


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Behind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def gateway(nginx: str, config: str, port: int, backend: int, folder: Path) -> Iterator[Ask]:
    text = re.sub(r"127\.0\.0\.1:8443(?: ssl)?", f"127.0.0.1:{port}", config)
    text = re.sub(r"http://server:\d+", f"http://127.0.0.1:{backend}", text)
    (folder / "nginx.conf").write_text(f"daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\n{text}")
    location = re.search(r"location (?:= )?(\S+)", config)
    assert location is not None
    command = [nginx, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            until_listens(port, process, list)

            def ask(origin: str, query: str = "") -> Headers:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                connection.request("GET", f"{location[1]}?{query}", headers={"Origin": origin})
                answer = connection.getresponse()
                answer.read()
                connection.close()
                return [(name.lower(), value) for name, value in answer.getheaders()]

            yield ask
        finally:
            process.terminate()


def allowed(headers: Headers) -> list[str]:
    return [value for name, value in headers if name == ORIGIN]


def one_for_all(ask: Ask) -> bool:
    """Two origins get different answers, and caches are not told."""
    first, second = ask(APP, ""), ask(ADMIN, "")
    return allowed(first) != allowed(second) and not any(name == "vary" for name, _ in first)


SHOWN: Mapping[str, Callable[[Ask], bool]] = {
    "GATEWAY-DOT": lambda ask: allowed(ask("https://appxexample.com", "")) != [],
    "GATEWAY-INHERITANCE": lambda ask: allowed(ask(APP, "")) == [],
    "GATEWAY-NOT-ALWAYS": lambda ask: allowed(ask(APP, "fails")) == [],
    "GATEWAY-NULL": lambda ask: allowed(ask("null", "")) == ["null"],
    "GATEWAY-ORIGIN": lambda ask: allowed(ask(APP, "")) not in ([APP], []),
    "GATEWAY-REFLECTED": lambda ask: allowed(ask(STRANGER, "")) == [STRANGER],
    "GATEWAY-STAR-COOKIES": lambda ask: (
        allowed(ask(APP, "")) == ["*"] and ("access-control-allow-credentials", "true") in ask(APP, "")
    ),
    "GATEWAY-TWO-ORIGINS": lambda ask: len(allowed(ask(APP, "cors"))) > 1,
    "GATEWAY-UNANCHORED": lambda ask: allowed(ask("https://app.example.stranger.test", "")) != [],
    "GATEWAY-VARY": one_for_all,
}


def example(rule: str, kind: str) -> str:
    return (EXAMPLES / rule / kind / "nginx.conf").read_text("utf-8")


@pytest.mark.parametrize("kind", ["failing", "fixed"])
@pytest.mark.parametrize("rule", SHOWN)
def test_what_a_rule_speaks_of_happens(
    rule: str, kind: str, nginx: str, backend: int, free_port: Callable[[], int], folder: Path
) -> None:
    with gateway(nginx, example(rule, kind), free_port(), backend, folder) as ask:
        assert SHOWN[rule](ask) is (kind == "failing")


@pytest.mark.parametrize("kind", ["failing", "fixed"])
def test_nginx_refuses_what_cannot_be_read(kind: str, nginx: str, folder: Path) -> None:
    text = example("GATEWAY-SYNTAX", kind).replace("http://server:", "http://127.0.0.1:")
    (folder / "nginx.conf").write_text(f"pid nginx.pid;\n{text}")
    done = subprocess.run(
        [nginx, "-t", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"], capture_output=True, check=False
    )
    assert (done.returncode != 0) is (kind == "failing"), done.stderr


def test_every_rule_on_gateways_is_shown() -> None:
    assert {rule for rule in every_rule() if rule.startswith("GATEWAY-")} == {*SHOWN, "GATEWAY-SYNTAX"}
