"""The Chromium profile against a real Chromium on this machine: recorded, made-up and hand-picked exchanges."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cors.browser import Stage
from tests.cors.random_cases import make
from wizard.cors.cases import read_case
from wizard.cors.fetch import evaluate
from wizard.cors.origins import canonical_origin

pytestmark = pytest.mark.chromium
DATA = Path(__file__).parents[1] / "data"
RECORDED_ORIGINS = {
    "P": "http://127.0.0.1:24001",
    "T": "http://localhost:24002",
    "S": "http://127.0.0.1:24002",
    "U": "http://localhost:24006",
}


@pytest.fixture(scope="module")
def stage(chromium: str) -> Iterator[Stage]:
    stage = Stage(chromium)
    yield stage
    stage.close()


def differences(stage: Stage, cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Where Chromium and its profile disagree twice: a connection lost on a busy machine is no verdict."""
    first = once(stage, cases)
    again = [entry["case"] for entry in first.values()]
    return once(stage, again) if again else {}


def once(stage: Stage, cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Where they disagree in one run, by case."""
    measured = stage.run(cases)
    found = {}
    for case in cases:
        verdict = evaluate(read_case(case), "chromium")
        predicted = {
            "verdict": verdict.verdict,
            "preflight_sent": verdict.preflight_sent,
            "actual_sent": verdict.actual_sent,
        }
        seen = measured[case["id"]]
        if seen != predicted:
            found[case["id"]] = {"measured": seen, "predicted": predicted, "case": case}
    return found


def test_made_up_exchanges_end_in_chromium_as_predicted(stage: Stage) -> None:
    assert differences(stage, make(20261121, 800, stage.origins)) == {}


def test_recorded_exchanges_end_in_this_chromium_as_predicted(stage: Stage) -> None:
    text = (DATA / "cors_cases.json").read_text("utf-8")
    for letter, origin in RECORDED_ORIGINS.items():
        text = text.replace(origin, stage.origins[letter])
    cases = [
        case
        for case in json.loads(text)["cases"]
        if case["origin"] in (stage.origins["P"], "null") and not case["title"].startswith(("data:", "file:"))
    ]
    assert len(cases) > 180
    assert differences(stage, cases) == {}


def test_origins_are_what_this_chromium_computes(chromium: str, tmp_path: Path) -> None:
    recorded = json.loads((DATA / "origin_cases.json").read_text("utf-8"))["cases"]
    inputs = [case["input"] for case in recorded]
    page = tmp_path / "page.html"
    page.write_text(
        "<meta charset=utf-8><pre id=found></pre><script>"
        f"const found = {json.dumps(inputs)}.map(text => {{"
        "try { return new URL(text).origin } catch (e) { return null } });"
        "document.getElementById('found').textContent = JSON.stringify(found);</script>",
        "utf-8",
    )
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    shown = subprocess.run([*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=60)
    match = re.search(r'<pre id="found">(.*?)</pre>', shown.stdout, re.DOTALL)
    assert match, shown.stderr
    computed = json.loads(html.unescape(match.group(1)))
    assert computed == [canonical_origin(text).origin for text in inputs]
