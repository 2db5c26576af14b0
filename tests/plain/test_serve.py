"""`serving-wizard serve`, with real requests on loopback."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.plain.talking import COMMAND, environment
from tests.support.processes import popen
from tests.support.waiting import PATIENCE, until
from wizard.machine.webserve import Gate

pytestmark = pytest.mark.live

pytest.importorskip("textual_serve", reason="the optional extra `serve` is not installed")
aiohttp = pytest.importorskip("aiohttp")
LARGEST_MESSAGE = 1 << 20
"""Bytes."""


KEPT_HERE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers by which an answer stays with the browser that asked."""


@dataclass
class Served:
    """A running `serve`."""

    url: str
    process: subprocess.Popen[str]
    folder: Path

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def token_path(self) -> str:
        return self.url.partition(f":{self.port}")[2]

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest("GET", path, skip_host="Host" in sent)
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse()

    def enter(self) -> str:
        """Spend the token; the cookie."""
        answer = self.get(self.token_path)
        assert answer.status == 303
        return str(answer.getheader("Set-Cookie")).partition(";")[0]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    process = popen(
        [*COMMAND, "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
    )
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], 60)
    assert ready, "no address was printed"
    yield Served(process.stdout.readline().strip(), process, tmp_path)
    process.kill()
    process.wait()


def reason(answer: http.client.HTTPResponse) -> str:
    return answer.read().decode()


def test_the_token_opens_the_page_once(served: Served) -> None:
    first = served.get(served.token_path)
    assert first.status == 303
    assert first.getheader("Location") == "/", "the token does not stay in the address"
    cookie = str(first.getheader("Set-Cookie"))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    second = served.get(served.token_path)
    assert second.status == 403
    assert "used already" in reason(second)
    page = served.get("/", Cookie=cookie.partition(";")[0])
    assert page.status == 200
    assert "<title>Serving Wizard</title>" in reason(page)
    script = served.get("/static/js/textual.js", Cookie=cookie.partition(";")[0])
    assert script.status == 200
    for answer in (first, second, page, script):
        policy = str(answer.getheader("Content-Security-Policy")).split("; ")
        assert {"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} <= set(policy)
        assert {name: answer.getheader(name) for name in KEPT_HERE} == KEPT_HERE


def test_without_the_cookie_everything_is_refused_with_the_reason(served: Served) -> None:
    for path in ("/", "/?token=", "/?token=wrong", "/ws", "/static/js/textual.js", "/download/x", "/x"):
        answer = served.get(path)
        assert answer.status == 403, path
        assert len(reason(answer)) > 10, path
        assert answer.getheader("Set-Cookie") is None, path
    assert served.get(served.token_path).status == 303, "the right token is not spent by wrong ones"


def test_another_host_name_is_refused_even_with_token_and_cookie(served: Served) -> None:
    hosts = ("evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "[::1]")
    for host in hosts:
        answer = served.get(served.token_path, Host=host)
        assert answer.status == 421, host
        assert "127.0.0.1" in reason(answer), host
    cookie = served.enter()
    for host in hosts:
        assert served.get("/", Host=host, Cookie=cookie).status == 421, host


def test_another_origin_is_refused_even_with_token_and_cookie(served: Served) -> None:
    answer = served.get(served.token_path, Origin="https://evil.example")
    assert answer.status == 403
    assert "evil.example" in reason(answer)
    cookie = served.enter()
    assert served.get("/", Origin="null", Cookie=cookie).status == 403
    assert served.get("/", Origin=f"http://127.0.0.1:{served.port}", Cookie=cookie).status == 200


def test_what_is_no_http_is_refused_and_nothing_of_it_is_printed(served: Served) -> None:
    own = f"Host: 127.0.0.1:{served.port}\r\n".encode()
    for data in (
        b"\x1b]0;EVIL\x07\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\n" + own + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n" + own + b"\r\n",
        b"GET / HTTP/1.1\r\n" + own + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as link:
            link.sendall(data)
            assert link.recv(4096).split()[1] == b"400", data[:40]
    served.process.terminate()
    _, said = served.process.communicate(timeout=PATIENCE)
    assert len(said.splitlines()) == 1, said  # how to open it


@pytest.mark.parametrize("line", ["Host: {}", "Host: 127.0.0.1:{port}\r\nOrigin: http://{}", "{cookie}"])
def test_headers_that_are_no_text_are_refused_and_nothing_of_them_is_printed(served: Served, line: str) -> None:
    cookie = f'Host: 127.0.0.1:{served.port}\r\nCookie: serving-wizard-{served.port}="{{}}"'
    line = line.replace("{cookie}", cookie).replace("{port}", str(served.port))
    for bad in (b"\xff\xfe", b"\xed\xa0\x80", b"a\xc3"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as link:
            link.sendall(b"GET / HTTP/1.1\r\n" + line.encode().replace(b"{}", bad) + b"\r\n\r\n")
            assert int(link.recv(4096).split(b" ")[1]) in (403, 421)
    served.process.terminate()
    _, said = served.process.communicate()
    assert "rror" not in said and "Traceback" not in said, said


def test_looking_ahead_does_not_spend_the_token(served: Served) -> None:
    assert served.get(served.token_path, Sec_Purpose="prefetch;prerender").status == 403
    assert served.get(served.token_path).status == 303


def test_it_listens_on_loopback_only(served: Served) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("needs /proc/net/tcp")
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and int(row[1].partition(":")[2], 16) == served.port]
    assert listening == [f"0100007F:{served.port:04X}"]


async def handshake(served: Served, **headers: str) -> int:
    """The status of an attempt to open the WebSocket."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as client:
        try:
            async with client.ws_connect(f"http://127.0.0.1:{served.port}/ws", headers=sent):
                return 101
        except aiohttp.WSServerHandshakeError as refused:
            return int(refused.status)


async def test_the_websocket_needs_cookie_and_own_origin(served: Served) -> None:
    cookie = served.enter()
    own = f"http://127.0.0.1:{served.port}"
    assert await handshake(served) == 403
    assert await handshake(served, Origin=own) == 403
    assert await handshake(served, Cookie=cookie) == 403
    assert await handshake(served, Cookie=cookie, Origin="https://evil.example") == 403
    assert await handshake(served, Cookie=cookie, Origin="null") == 403
    assert await handshake(served, Cookie=f"{cookie}x", Origin=own) == 403
    assert await handshake(served, Cookie=cookie, Origin=own) == 101


async def test_the_wizard_itself_comes_over_the_websocket_and_keys_reach_it(served: Served) -> None:
    headers = {"Cookie": served.enter(), "Origin": f"http://127.0.0.1:{served.port}"}
    seen = b""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"http://127.0.0.1:{served.port}/ws?width=100&height=30", headers=headers) as page,
    ):
        for wanted, key in ((b"Which server should run the model?", "\r"), (b"How should the server run?", "")):
            deadline = time.monotonic() + 45
            while wanted not in seen and time.monotonic() < deadline:
                message = await page.receive(timeout=45)
                if message.type is aiohttp.WSMsgType.BINARY:
                    seen += message.data
            assert wanted in seen
            if key:
                await page.send_json(["stdin", key])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
async def test_a_signal_ends_it_with_its_wizards_and_frees_the_port(served: Served, number: signal.Signals) -> None:
    headers = {"Cookie": served.enter(), "Origin": f"http://127.0.0.1:{served.port}"}
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"http://127.0.0.1:{served.port}/ws", headers=headers) as page,
    ):
        await page.receive(timeout=45)
        wizards = psutil.Process(served.process.pid).children(recursive=True)
        assert wizards
        served.process.send_signal(number)
        assert await asyncio.to_thread(served.process.wait, 30) == 0
    gone, alive = psutil.wait_procs(wizards, timeout=PATIENCE)
    assert alive == []
    assert gone
    with socket.create_server(("127.0.0.1", served.port)):
        pass


def wizards(served: Served) -> list[psutil.Process]:
    return psutil.Process(served.process.pid).children(recursive=True)


async def page(stack: AsyncExitStack, served: Served, cookie: str, query: str = "") -> Any:
    """A page that has connected."""
    headers = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{served.port}"}
    client = await stack.enter_async_context(aiohttp.ClientSession())
    where = f"http://127.0.0.1:{served.port}/ws{query}"
    return await stack.enter_async_context(client.ws_connect(where, headers=headers, max_msg_size=0))


async def draws(page: Any) -> None:
    """Until its wizard has sent something."""
    while (message := await page.receive(timeout=45)).type is not aiohttp.WSMsgType.BINARY:
        assert message.type not in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING), message


async def test_many_pages_of_the_browser_have_one_wizard_and_the_last_one_stays(served: Served) -> None:
    cookie = served.enter()
    async with AsyncExitStack() as stack:
        pages = await asyncio.gather(*(page(stack, served, cookie) for _ in range(25)))
        last = await page(stack, served, cookie)
        await draws(last)
        assert len(wizards(served)) == 1
        closed = await asyncio.gather(*(_ended(each) for each in pages))
        assert all(closed)
        await last.send_json(["ping", 1])
    await asyncio.to_thread(until, lambda: not wizards(served), "the wizard to end with its page")


async def _ended(page: Any) -> bool:
    while not page.closed:
        await page.receive(timeout=45)
    return True


@pytest.mark.parametrize("query", ["?width=999999999&height=999999999", "?width=-5&height=0", f"?width={'9' * 5000}"])
async def test_no_page_asks_for_a_terminal_that_fills_the_memory(served: Served, query: str) -> None:
    async with AsyncExitStack() as stack:
        sent = await page(stack, served, served.enter(), query)
        await draws(sent)
        await sent.send_json(["resize", {"width": 999_999_999, "height": 999_999_999}])
        await sent.send_str('["resize", {"width": ' + "9" * 5_000 + ', "height": 1}]')
        (wizard,) = wizards(served)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            assert wizard.memory_info().rss < 500 << 20
            await asyncio.sleep(0.2)
        await sent.send_json(["resize", {"width": 80, "height": 24}])
        await draws(sent)
    served.process.terminate()
    _, said = await asyncio.to_thread(served.process.communicate)
    assert "Traceback" not in said


async def test_a_message_that_is_longer_than_any_paste_ends_the_page_and_not_the_server(served: Served) -> None:
    cookie = served.enter()
    async with AsyncExitStack() as stack:
        sent = await page(stack, served, cookie)
        await draws(sent)
        await sent.send_json(["stdin", "x" * LARGEST_MESSAGE])
        assert await asyncio.wait_for(_ended(sent), PATIENCE)
        assert sent.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    assert served.get("/", Cookie=cookie).status == 200


async def test_neither_the_token_nor_the_cookie_is_in_a_process_list_or_a_file(served: Served) -> None:
    cookie = served.enter()
    async with AsyncExitStack() as stack:
        await draws(await page(stack, served, cookie))
        server = psutil.Process(served.process.pid)
        seen = [[*each.cmdline(), *each.environ().values()] for each in (server, *server.children(recursive=True))]
        files = [path.read_bytes() for path in served.folder.rglob("*") if path.is_file()]
    assert len(seen) >= 2
    for secret in (served.url.partition("token=")[2], cookie.partition("=")[2]):
        assert len(secret) == 43
        assert secret not in str(seen) and not [data for data in files if secret.encode() in data]


NONSENSE = ("", "{", "7", "[]", '["stdin"]', '["stdin", 7]', '["resize", 1]', '["resize", {}]', "[" * 50_000)


async def test_what_makes_no_sense_is_dropped_and_the_wizard_goes_on(served: Served) -> None:
    async with AsyncExitStack() as stack:
        sent = await page(stack, served, served.enter())
        await draws(sent)
        for text in NONSENSE:
            await sent.send_str(text)
        await sent.send_json(["ping", "still there"])
        answers = [json.loads(m.data) for m in await _texts(sent)]
        assert ["pong", "still there"] in answers
    served.process.terminate()
    _, said = await asyncio.to_thread(served.process.communicate)
    assert "Traceback" not in said


async def _texts(page: Any) -> list[Any]:
    while (message := await page.receive(timeout=45)).type is not aiohttp.WSMsgType.TEXT:
        assert not page.closed
    return [message]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_a_wizard_that_does_not_listen_ends_with_the_server(served: Served, number: signal.Signals) -> None:
    """A stopped process hears nothing but what the kernel does to it."""
    if number is signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux ends the children of what was killed")
    async with AsyncExitStack() as stack:
        sent = await page(stack, served, served.enter())
        await draws(sent)
        (wizard,) = wizards(served)
        if number is not signal.SIGKILL:
            wizard.suspend()
        served.process.send_signal(number)
        await asyncio.to_thread(served.process.wait, 60)
        _, alive = await asyncio.to_thread(psutil.wait_procs, [wizard], PATIENCE)
        assert alive == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of what was killed")
async def test_a_wizard_that_is_not_told_by_its_pipes_ends_with_a_server_that_is_killed(served: Served) -> None:
    """Another program may hold them open; otherwise it is their end that tells it."""
    async with AsyncExitStack() as stack:
        sent = await page(stack, served, served.enter())
        await draws(sent)
        (wizard,) = wizards(served)
        for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
            stack.callback(os.close, os.open(f"/proc/{wizard.pid}/fd/{number}", mode | os.O_NONBLOCK))
        served.process.kill()
        _, alive = await asyncio.to_thread(psutil.wait_procs, [wizard], PATIENCE)
        for each in alive:
            each.kill()
        assert alive == []


async def test_a_wizard_that_does_not_listen_ends_with_its_page(served: Served) -> None:
    async with AsyncExitStack() as stack:
        sent = await page(stack, served, served.enter())
        await draws(sent)
        wizards(served)[0].suspend()
    await asyncio.to_thread(until, lambda: not wizards(served), "the wizard to end")


def test_the_page_names_nothing_that_lies_elsewhere(served: Served) -> None:
    text = reason(served.get("/", Cookie=served.enter()))
    named = re.findall(r'(?:href|src)="([^"]*)"|url\("?([^")]*)', text)
    places = [one or other for one, other in named]
    assert {Path(place).name for place in places} >= {"xterm.css", "textual.js", "RobotoMono-VariableFont_wght.ttf"}
    for place in places:
        assert urlsplit(place).netloc in ("", f"127.0.0.1:{served.port}"), place


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "serve", "--port", port],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(tmp_path),
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert port in done.stderr


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "textual_serve.py").write_text("raise ImportError(name='textual_serve')\n")
    more = {"PYTHONPATH": os.pathsep.join([str(tmp_path), environment(tmp_path)["PYTHONPATH"]])}
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "serve"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path, **more),
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "pip install 'serving-wizard[serve]'" in done.stderr
    assert done.stdout == ""


def test_each_gate_has_secrets_of_its_own() -> None:
    one, two = Gate(1), Gate(1)
    assert len({one.token, two.token, one.session, two.session}) == 4
    assert len(one.token) > 40
