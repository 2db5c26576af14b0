"""Prediction, probes and a real Chromium agree on running trials: TorchServe and llama-server themselves, TensorFlow
Serving emulated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import NAME, See
from tests.support import requires
from wizard.trial.browser_check import PageVerdict

docker = [pytest.mark.chromium, pytest.mark.docker]
native = [pytest.mark.chromium, pytest.mark.nginx]
llama = [pytest.mark.chromium, pytest.mark.images(requires.LLAMA_SERVER_IMAGE, requires.NGINX_IMAGE)]
NATIVE = {"run": {"how": "native"}}
RUNS = [
    pytest.param("torchserve", {}, marks=docker, id="torchserve"),
    pytest.param("tensorflow-serving", {}, marks=docker, id="emulated-tensorflow-serving"),
    pytest.param(
        "tensorflow-serving", {"run": {"how": "native"}}, marks=native, id="native-emulated-tensorflow-serving"
    ),
    pytest.param(
        "torchserve", {"run": {"how": "native"}}, marks=[*native, pytest.mark.torchserve], id="native-torchserve"
    ),
    pytest.param("llama-server", {}, marks=llama, id="llama-server"),
    pytest.param("llama-server", {"run": {"how": "native"}}, marks=native, id="native-llama-server"),
]
NONE = {"inference": "none", "management": "none"}


def agree(result: tuple[Any, tuple[PageVerdict, ...], Any], *pages: str) -> dict[tuple[str, str], str]:
    """Everything agrees, each page was really shown; gives (page, request) -> what Chromium did."""
    report, verdicts, check = result
    assert report.agrees, [(r.probe.id, r.probe.predicted, r.measured, r.detail) for r in report.differing]
    shown = {each.origin for each in check.shown if not each.reason}
    assert {*pages, "null"} <= shown, check.shown
    different = [(v.page, v.row.title, v.row.predicted, v.measured, v.row.why) for v in verdicts if not v.agrees]
    assert not different
    assert {v.page for v in verdicts} == shown
    return {(v.page, v.row.title): v.measured for v in verdicts}


def on(found: dict[tuple[str, str], str], page: str, words: str) -> str:
    """What Chromium did with the one request of a page whose title ends in these words; to inference, unless named."""
    api = "" if ":" in words else "inference"
    there = {title: each for (where, title), each in found.items() if where == page and title.startswith(api)}
    (verdict,) = (each for title, each in there.items() if title.endswith(words))
    return verdict


def strangers(found: dict[tuple[str, str], str], *pages: str) -> set[str]:
    """What pages that are not among these got from the inference API."""
    return {each for (page, title), each in found.items() if page not in pages and title.startswith("inference")}


@pytest.mark.parametrize(("server", "parts"), RUNS)
def test_two_origins_with_cookies_and_a_header(
    see: See, free_port: Callable[[], int], server: str, parts: dict[str, Any]
) -> None:
    one, two = f"http://{NAME}:{free_port()}", f"http://127.0.0.1:{free_port()}"
    rule = {"origins": [one, two], "credentials": True, "headers": ["content-type", "x-trace"]}
    found = agree(see(server, (NAME,), cors={"inference": rule}, auth=NONE, **parts), one, two)
    for page in (one, two):
        assert on(found, page, "a prediction") == "reads 200"
        assert on(found, page, "with cookies") == "reads 200"
        assert on(found, page, "header x-trace") == "reads 200"
        assert on(found, page, "not listed") == "blocked"
        assert on(found, page, "does not exist") == "reads 404"
    assert strangers(found, one, two) == {"blocked"}


@pytest.mark.parametrize(("server", "parts"), [run for run in RUNS if run.values[0] == "torchserve"])
def test_management_with_its_own_origin(
    see: See, free_port: Callable[[], int], server: str, parts: dict[str, Any]
) -> None:
    app, admin = f"http://{NAME}:{free_port()}", f"http://127.0.0.1:{free_port()}"
    cors = {
        "inference": {"origins": [app]},
        "management": {"origins": [admin], "methods": ["GET"], "headers": ["authorization"]},
    }
    auth = {"inference": "none", "management": "gateway-token"}
    bind = {"management": {"scope": "loopback"}}
    found = agree(see(server, (NAME,), cors=cors, auth=auth, bind=bind, **parts), app, admin)
    assert on(found, app, "inference: a prediction") == "reads 200"
    assert on(found, admin, "inference: a prediction") == "blocked"
    assert on(found, admin, "management: its usual call") == "reads 200"
    assert on(found, admin, "management: its usual call, without the token") == "reads 401"
    assert on(found, app, "management: its usual call") == "blocked"


EACH = [run for run in RUNS if run.id in ("native-torchserve", "emulated-tensorflow-serving", "llama-server")]
"""Each server once; that it makes no difference to pages how one runs is seen above."""
TOKENS = [pytest.param(*run.values, "gateway-token", marks=run.marks, id=run.id) for run in EACH]
TOKENS.append(pytest.param("torchserve", {}, "server-token", marks=docker, id="torchserve's own token"))
TOKENS.append(pytest.param("llama-server", {}, "server-token", marks=llama, id="llama-server's own key"))
TOKENS.append(pytest.param("llama-server", NATIVE, "server-token", marks=native, id="native llama-server's own key"))


@pytest.mark.parametrize(("server", "parts", "kind"), TOKENS)
def test_a_token_and_a_page(
    see: See, free_port: Callable[[], int], server: str, parts: dict[str, Any], kind: str
) -> None:
    page = f"http://{NAME}:{free_port()}"
    cors = {"inference": {"origins": [page], "headers": ["content-type", "authorization"]}}
    found = agree(see(server, (NAME,), cors=cors, auth={"inference": kind, "management": "none"}, **parts), page)
    assert on(found, page, "a prediction") == "reads 200"
    refused = "reads 400" if (server, kind) == ("torchserve", "server-token") else "reads 401"
    assert on(found, page, "without the token") == refused
    assert on(found, page, "a wrong token") == refused
    assert strangers(found, page) == {"blocked"}


@pytest.mark.parametrize(("server", "parts"), EACH)
def test_self_signed_tls(see: See, free_port: Callable[[], int], server: str, parts: dict[str, Any]) -> None:
    """The certificate is accepted without a question here; a person has to accept it in the browser first."""
    page = f"http://{NAME}:{free_port()}"
    cors = {"inference": {"origins": [page]}}
    found = agree(see(server, (NAME,), cors=cors, auth=NONE, tls={"mode": "self-signed"}, **parts), page)
    assert on(found, page, "a prediction") == "reads 200"
    assert strangers(found, page) == {"blocked"}


ALONE = [
    pytest.param("torchserve", {}, marks=docker, id="torchserve"),
    pytest.param("llama-server", {}, marks=llama, id="llama-server"),
    pytest.param("llama-server", NATIVE, marks=native, id="native-llama-server"),
]


@pytest.mark.parametrize(("server", "parts"), ALONE)
@pytest.mark.parametrize("rule", ["any", "none"])
def test_the_server_alone(see: See, rule: str, server: str, parts: dict[str, Any]) -> None:
    """Without a gateway: what the server itself says to pages, or does not say."""
    cors = {"inference": {"origins": ["*"] if rule == "any" else []}}
    found = agree(see(server, cors=cors, auth=NONE, **parts))
    if rule == "any":
        assert on(found, "null", "a prediction") == "reads 200"
    else:
        assert set(found.values()) == {"blocked"}


@pytest.mark.parametrize(("server", "parts"), ALONE)
def test_one_origin_and_the_server_alone(
    see: See, free_port: Callable[[], int], server: str, parts: dict[str, Any]
) -> None:
    page = f"http://{NAME}:{free_port()}"
    alone = {"gateway": {"kind": "none"}, "auth": NONE}
    found = agree(see(server, (NAME,), cors={"inference": {"origins": [page]}}, **alone, **parts), page)
    assert on(found, page, "a prediction") == "reads 200"
    assert on(found, page, "does not exist") == "reads 404"
    assert strangers(found, page) == {"blocked"}


@pytest.mark.parametrize(
    ("bind", "parts"),
    [
        pytest.param({"scope": "all"}, {}, marks=llama, id="every address"),
        pytest.param({"scope": "all"}, NATIVE, marks=native, id="every address, native"),
        pytest.param({"scope": "loopback"}, {"run": {"network": "host"}}, marks=llama, id="this machine's network"),
    ],
)
def test_where_llama_server_listens_changes_nothing_for_pages(
    see: See, free_port: Callable[[], int], bind: dict[str, Any], parts: dict[str, Any]
) -> None:
    page = f"http://{NAME}:{free_port()}"
    cors = {"inference": {"origins": [page], "headers": ["content-type", "authorization"]}}
    auth = {"inference": "server-token"}
    found = agree(see("llama-server", (NAME,), cors=cors, auth=auth, bind={"inference": bind}, **parts), page)
    assert on(found, page, "a prediction") == "reads 200"
    assert on(found, page, "without the token") == "reads 401"
    assert strangers(found, page) == {"blocked"}
