"""`serving-wizard try --open-browser-check`, as a person would use it."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Browser
from tests.support.processes import popen
from tests.support.waiting import PATIENCE
from wizard.placement.resolve import resolve
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial.browser_check import Check


def answers(folder: Path, port: int, listed: str) -> Path:
    path = folder / "answers.toml"
    path.write_text(
        f"""
schema = 1
server = "tensorflow-serving"
[[models]]
name = "half_plus_two"
path = "{sample_path("tensorflow-serving")}"
[run]
how = "native"
[bind.inference]
scope = "loopback"
port = {port}
[cors.inference]
origins = ["{listed}", "https://app.example"]
headers = ["content-type", "authorization"]
[auth]
inference = "gateway-token"
"""
    )
    return path


@pytest.mark.chromium
@pytest.mark.nginx
@pytest.mark.parametrize("end", ["enter", "ctrl-c"])
def test_the_pages_are_served_until_enter_or_ctrl_c(
    browser: Browser, tmp_path: Path, free_port: Callable[[], int], end: str
) -> None:
    listed, port = f"http://localhost:{free_port()}", free_port()
    command = [sys.executable, "-m", "wizard", "try", str(answers(tmp_path, port, listed)), "--open-browser-check"]
    said: list[str] = []
    with popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stderr and process.stdout
        url = ""
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"http://localhost:\d+/\S+/", line):
                url = found.group()
                break
        assert url, said
        with browser.showing(url):
            for line in process.stderr:
                said.append(line)
                if "Every page has reported" in line:
                    break
            if end == "enter":
                process.stdin.write("\n")
                process.stdin.flush()
            else:
                os.kill(process.pid, signal.SIGINT)
            table, rest = process.communicate(timeout=120)
    text = "".join(said) + rest
    assert f"{listed}: shown" in text
    assert "https://app.example: only http pages can be shown from here" in text
    counted = re.search(r"browser (\d+) verdicts agree, 0 differ", text)
    assert counted and int(counted[1]) >= 15, text
    assert process.returncode == 0, text
    assert " probes as predicted" in table
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=PATIENCE)


def check(free_port: Callable[[], int], *origins: str) -> Check:
    plan = Plan.model_validate(
        {
            "server": "tensorflow-serving",
            "models": [{"name": "m", "path": "/m"}],
            "bind": {"inference": {"scope": "loopback", "port": free_port()}},
            "cors": {"inference": {"origins": list(origins)}},
            "auth": {"inference": "gateway-token"},
        }
    )
    return Check(resolve(plan), {"inference": "the-token"}, {"m": '{"instances": ["</script>"]}'})


def test_it_says_which_origins_can_be_shown(free_port: Callable[[], int]) -> None:
    port, taken = free_port(), free_port()
    good, used = f"http://localhost:{port}", f"http://127.0.0.1:{taken}"
    with (
        socket.create_server(("127.0.0.1", taken)),
        check(free_port, good, used, "http://app.example:8000", "https://localhost:1") as made,
    ):
        reasons = {each.origin: each.reason for each in made.shown}
        assert reasons[good] == reasons["null"] == ""
        assert "cannot be opened" in reasons[used]
        assert reasons["http://app.example:8000"] == "app.example does not lead to this machine"
        assert reasons["https://localhost:1"] == "only http pages can be shown from here"


def test_the_pages_hold_the_token_and_so_need_the_secret_word(free_port: Callable[[], int]) -> None:
    with check(free_port, f"http://localhost:{free_port()}") as made:
        page = urllib.request.urlopen(f"{made.url}0", timeout=PATIENCE).read().decode()
        assert "Bearer the-token" in page
        assert page.count("</script>") == 1
        base = made.url.split("/")[2]
        for path in ("", "0", "x/0", "verdicts"):
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(f"http://{base}/{path}", timeout=PATIENCE)


def test_a_report_that_fits_no_page_is_refused(free_port: Callable[[], int]) -> None:
    with check(free_port, f"http://localhost:{free_port()}") as made:
        for body in (b"", b"[]", b'{"number": 9, "measured": []}', b'{"number": -1, "measured": []}', b"\xff"):
            request = urllib.request.Request(f"{made.url}verdicts", body, method="POST")
            try:
                urllib.request.urlopen(request, timeout=PATIENCE)
            except urllib.error.HTTPError as refused:
                assert refused.code == 404
        assert made.verdicts == ()
        assert not made.wait(0)


def test_callers_that_send_nonsense_or_go_away_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [{"name": "half", "path": "/m"}]})
    with Check(resolve(plan), {}, {}) as check:
        place = ("127.0.0.1", urlsplit(check.url).port or 0)
        word = urlsplit(check.url).path.strip("/").encode()
        deep = b"[" * 500_000
        for head, body in (
            (b"POST / HTTP/1.0\r\nContent-Length: \xb2", b""),
            (b"POST / HTTP/1.0\r\nContent-Length: " + b"9" * 5_000, b""),
            (b"GET /" + word + b"/\xb2 HTTP/1.0", b""),
            (b"POST /" + word + b"/verdicts HTTP/1.0\r\nContent-Length: 500000", deep),
        ):
            with socket.create_connection(place) as caller:
                caller.sendall(head + b"\r\n\r\n" + body)
                assert caller.recv(100).startswith(b"HTTP/1.0 404 ")
        for _ in range(5):
            with socket.create_connection(place) as caller:
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, not closed
                caller.sendall(b"GET /")
        with urllib.request.urlopen(check.url) as answer:
            assert answer.status == 200
    assert capfd.readouterr() == ("", "")
