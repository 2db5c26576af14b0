"""Whole journeys in a real terminal, by keyboard alone, each ending with files that `generate` makes as well."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.compared import assert_same_as_generated
from tests.e2e.robot import NARROW, WIDE, Robot, framed, readable
from tests.support import ports
from wizard.machine.ports import port_owner
from wizard.plan import answers

pytestmark = [pytest.mark.tmux]
Make = Callable[..., Robot]
# What everybody passes through is seen in both sizes, with a trial and without; every other journey in one of them.
TRIAL = 240.0
"""Seconds a trial may take on a busy machine."""


@pytest.fixture
def usual_ports() -> None:
    """The ports of who takes every default. Tests that take them wait for their turn; nobody else may have them."""
    for port in (8080, 8081, 8082, 7070, 7071):
        if not ports.is_free(port):
            pytest.skip(f"needs port {port}, which is held by {port_owner(port) or 'another program'}")


def with_own_ports(text: str) -> str:
    """An answers file with a free port for every API."""
    return answers.dump(ports.own_ports(answers.load(text)))


def inference_port(text: str) -> int:
    listener = answers.load(text).bind.inference
    assert listener is not None and listener.port is not None
    return listener.port


def try_it(robot: Robot) -> None:
    """Run the trial and wait for a report in which every probe agrees."""
    ended = re.compile(r"All \d+ probes|✗ [A-Z0-9]")
    robot.at("Try").look_at("Try it")
    robot.press("Enter").sees_no_more("✗")
    shown = robot.until(lambda now: bool(ended.search(readable(now))), "the end of the trial", TRIAL)
    assert re.search(r"✓ All \d+ probes", readable(shown)), framed(shown)


def finish(robot: Robot) -> None:
    robot.walk_to_done()
    robot.press("Enter")
    assert robot.leaves() == 0


@pytest.mark.images("pytorch/torchserve:0.12.0-cpu")
@pytest.mark.turn("usual-ports")
@pytest.mark.usefixtures("usual_ports")
def test_newcomer_takes_the_defaults_with_enter_and_arrows_only(robot: Make, tmp_path: Path) -> None:
    user = robot().start("demo", size=WIDE).at("Start ▸ Server")
    user.walk_to("Review")
    user.sees("Only this machine can ask for predictions")
    user.next().at("Write")
    user.sees("config.properties")
    user.next()
    try_it(user)
    finish(user)
    files = assert_same_as_generated(tmp_path / "work" / "serving-echo", tmp_path / "generated")
    assert b"127.0.0.1:8080:8080" in files["compose.yaml"]


def test_newcomer_without_docker_is_told_so_and_reaches_done(robot: Make, tmp_path: Path) -> None:
    user = robot(DOCKER_HOST=f"unix://{tmp_path}/no-such.sock").start("demo", size=NARROW).at("Start ▸ Server")
    user.walk_to("Write")
    user.sees("config.properties")
    user.next().at("Try").press("Home").settled()
    user.press("Enter").sees("Docker")
    shown = user.sees("✗")
    assert "agree" not in shown
    finish(user)
    assert_same_as_generated(tmp_path / "work" / "serving-echo", tmp_path / "generated")


def test_keys_typed_ahead_of_the_program_are_not_lost(robot: Make, tmp_path: Path, models: Path) -> None:
    """The terminal still gives lines, not keys, while the program starts: Enter comes as a line feed."""
    user = robot(DOCKER_HOST=f"unix://{tmp_path}/no-such.sock").start("models/half_plus_two", size=NARROW)
    user.press("5", "5", "Enter").at("Done")
    assert (tmp_path / "work" / "serving-half_plus_two" / "run.sh").exists()


def write_and_try(robot: Robot, folder: Path, generated: Path) -> dict[str, bytes]:
    """From Review on: accept, write, try, leave, compare with `generate`."""
    robot.at("Review").accept_everything()
    robot.sees(" files ▸")
    robot.next().at("Try")
    try_it(robot)
    finish(robot)
    return assert_same_as_generated(folder, generated)


@pytest.mark.images("pytorch/torchserve:0.12.0-cpu", "nginx:1.28-alpine")
def test_two_web_apps_with_cookies_get_a_gateway(
    robot: Make, tmp_path: Path, models: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    user = robot().start(size=WIDE).at("Start ▸ Server")
    user.choose("TorchServe").next().at("Start ▸ How it runs")
    user.next().at("Model")
    user.type("models/echo.mar").sees("A TorchServe archive")
    user.next().at("Who calls it")
    user.choose("A web page in a browser on this machine").next().at("Bind ▸ inference")
    user.fill("Port", str(port)).next()
    user.walk_to("CORS")
    user.sees("Origins")
    user.type("https://app.example").press("Enter").sees("✓ https://app.example")
    user.type("HTTPS://Admin.example:443/").press("Enter").sees("✓ https://admin.example")
    user.turn("Cookies", "yes")
    user.sees("by the gateway")
    user.next().at("Protect ▸ token")
    user.choose("A token that the gateway checks")
    user.walk_to("Review")
    user.sees("admin.example")
    files = write_and_try(user, tmp_path / "work" / "serving-echo", tmp_path / "generated")
    assert b"https://admin.example" in files["wizard.toml"]
    gateway = b"".join(text for name, text in files.items() if "nginx" in name or "gateway" in name)
    assert b"access-control-allow-credentials" in gateway.lower()
    assert f"127.0.0.1:{port}".encode() in files["compose.yaml"]


@pytest.mark.images("pytorch/torchserve:0.12.0-cpu", "nginx:1.28-alpine")
def test_a_team_on_the_lan_with_token_and_tls(
    robot: Make, tmp_path: Path, models: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    user = robot().start(size=NARROW).at("Start ▸ Server")
    user.choose("TorchServe").next().at("Start ▸ How it runs")
    user.next().at("Model")
    user.type("models/echo.mar").sees("A TorchServe archive")
    user.next().at("Who calls it")
    user.choose("Other machines in the same network").next().at("Bind ▸ inference")
    user.fill("Port", str(port)).next()
    user.walk_to("Protect ▸ token")
    user.choose("A token that the gateway checks").next().at("Protect ▸ encryption")
    user.choose("Yes, with a self-signed certificate")
    user.walk_to("Review")
    files = write_and_try(user, tmp_path / "work" / "serving-echo", tmp_path / "generated")
    assert b'"gateway-token"' in files["wizard.toml"]
    assert b'"self-signed"' in files["wizard.toml"]
    folder = tmp_path / "work" / "serving-echo"
    keys = [path for path in folder.rglob("*") if path.is_file() and path.suffix == ".key"]
    assert keys
    assert all(path.stat().st_mode & 0o004 == 0 for path in keys)


SEVERAL = """schema = 1
server = "tensorflow-serving"
audiences = ["me"]

[[models]]
name = "half_plus_two"
path = "./models/half_plus_two"
versions = [1, 2]
labels = { stable = 1, canary = 2 }

[[models]]
name = "second"
path = "./models/second"
versions = "all"
"""


@pytest.mark.images("tensorflow/serving:2.19.1")
def test_several_models_opened_for_a_demo_and_closed_again_emulated_server(
    robot: Make, tmp_path: Path, models: Path
) -> None:
    folder = tmp_path / "work"
    (folder / "wizard.toml").write_text(with_own_ports(SEVERAL))
    user = robot().start(".", size=WIDE).tour()
    user.walk_to("Bind ▸ inference")
    user.sees("▌(•) Only this machine")
    user.look_at("All interfaces").sees("All interfaces, compared with now", "other machines can call")
    user.choose("All interfaces")
    user.press("u").sees("(•) Only this machine")
    user.press("C-y").sees("(•) All interfaces")
    user.walk_to("Review")
    accepted = user.accept_everything()
    assert accepted
    user.fill("Folder", "./serving").sees(" bytes")
    user.next().at("Try")
    finish(user)
    folder = folder / "serving"
    opened = assert_same_as_generated(folder, tmp_path / "opened")
    assert "## Risks you accepted" in opened["EXPOSURE.md"].decode()
    assert b'scope = "all"' in opened["wizard.toml"]
    assert b"canary" in opened["models.config"]
    user.close()

    again = robot().start("serving", size=WIDE).tour()
    again.walk_to("Bind ▸ inference")
    again.choose("Only this machine").walk_to("Review")
    again.sees("Only this machine can ask for predictions")
    closed = write_and_try(again, folder, tmp_path / "closed")
    assert b'scope = "loopback"' in closed["wizard.toml"]
    assert b"0.0.0.0:" not in closed["compose.yaml"].replace(b'"0.0.0.0:"', b"")


ECHO = """schema = 1
server = "torchserve"

[[models]]
name = "echo"
path = "./models/echo.mar"
"""


@pytest.mark.images("pytorch/torchserve:0.12.0-cpu")
def test_a_trial_is_kept_and_sent_requests_by_hand(robot: Make, models: Path) -> None:
    text = with_own_ports(ECHO)
    port = inference_port(text)
    (models.parent / "wizard.toml").write_text(text)
    user = robot().start(".", size=NARROW).tour()
    user.walk_to("Try")
    user.look_at("Try it and keep it running").press("Enter")
    user.sees("It runs.", "stops by itself in", patience=TRIAL)
    user.press("o").sees(f"http://127.0.0.1:{port}", "POST /predictions/echo", "Not sent yet")
    user.press("C-r").sees("✓ 200", " ms")
    user.press("F2").sees("Copied as curl", "| curl -sS -i")
    for words, answer in (("GET /no/such", "✗ 40"), ("nonsense", "a method and a path")):
        user.clear().type(words).sees(words)
        user.press("C-r").sees(answer)
    user.press("Escape").sees("It runs.")
    user.press("c").sees("✓ All", patience=TRIAL)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
