"""The emulator against what the server's own HTTP code answered: status, headers, body, and whether it then closes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .harness import Launcher, converse
from .recorded import KEPT, RECORDED, Ports, about, observed, sent, serving

DIFFERENCES = tomllib.loads(Path(__file__).with_name("exchange_differences.toml").read_text("utf-8"))


def answers(case: dict[str, Any]) -> int | None:
    """How many answers came on a connection that then stayed open; None where it was closed."""
    recorded = case["response"]
    if recorded["then"] == "closed":
        return None
    return len(recorded.get("statuses", ())) or int(recorded["status"] is not None)


def different(case: dict[str, Any], got: dict[str, Any]) -> set[str]:
    """The parts of an answer that are not as recorded. A stub's content is its own."""
    recorded = case["response"]
    found = {key for key in ("status", "status_line", "statuses", "then") if recorded.get(key, got[key]) != got[key]}
    stub = case["real_layer"] == "stub"
    known = DIFFERENCES.get(about(case), {}).get("parts", ())
    for name in KEPT:
        skipped = name == "content-length" and (stub or "body" in known)
        if recorded["headers"].get(name) != got["headers"].get(name) and not skipped:
            found.add(name)
    its_own = stub and not recorded["body_start"].startswith('{\n    "error"')
    if not its_own and not got["body"].startswith(recorded["body_start"]):
        found.add("body")
    return found


@pytest.fixture(scope="module")
def ports(launcher: Launcher, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    with serving(launcher, models, tmp_path_factory.mktemp("exchanges")) as ports:
        yield ports


@pytest.mark.row("recorded-exchanges")
def test_every_exchange_is_answered_alike_or_named(ports: Ports) -> None:
    wrong = []
    for case in RECORDED:
        known = set(DIFFERENCES.get(about(case), {}).get("parts", ()))
        if "not sent" in known:
            continue
        port = ports[tuple(case["flags"])]
        found = different(case, observed(*converse(port, sent(case), answers(case))))
        if found != known:
            wrong.append((case["about"], sorted(found), sorted(known)))
    assert not wrong, f"{len(wrong)} differ: {wrong[:10]}"


def test_the_differences_that_are_named_exist() -> None:
    assert set(DIFFERENCES) <= {about(case) for case in RECORDED}
    assert all(case["why"] and case["parts"] for case in DIFFERENCES.values())
