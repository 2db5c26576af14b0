"""What is said of llama-server alone, and that each sentence goes when its remedy is applied."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import plan
from wizard import registry
from wizard.artifacts.calling import posix_token, token_place
from wizard.cli.main import main
from wizard.exposure.findings import assess
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch

OPEN: dict[str, Any] = {"auth": {"inference": "none"}}
KEY: dict[str, Any] = {"auth": {"inference": "server-token"}}
TWO: dict[str, Any] = {"models": [{"name": n, "path": f"/models/{n}.gguf"} for n in "ab"]}
NATIVE: dict[str, Any] = {"run": {"how": "native"}}
OWN = {"CALLER-CONTROLS-MODELS", *registry.adapter("llama-server").finding_texts.texts}


def made(**parts: Any) -> Plan:
    return plan("llama-server", **parts)


def found(answers: Plan) -> dict[str, str]:
    return {f.id: f.severity for f in assess(resolve(answers)) if f.id in OWN}


def test_the_usual_answers_leave_nothing_to_say() -> None:
    assert found(made()) == {}


@pytest.mark.parametrize(
    ("parts", "id_", "severity"),
    [
        (OPEN, "LLAMA-NO-KEY", "medium"),
        ({**OPEN, "bind": {"inference": {"scope": "all"}}}, "LLAMA-NO-KEY", "high"),
        (OPEN, "LLAMA-TELLS", "low"),
        (OPEN, "LLAMA-ANY-CONTENT-TYPE", "medium"),
        ({**OPEN, **TWO}, "CALLER-CONTROLS-MODELS", "high"),
        ({**KEY, **TWO}, "CALLER-CONTROLS-MODELS", "low"),
        ({**KEY, **TWO, **NATIVE}, "LLAMA-CHILDREN-OPEN", "medium"),
        ({**KEY, "version": "b10434"}, "LLAMA-MODELS-OPEN", "low"),
        ({**KEY, "tls": {"mode": "self-signed"}}, "LLAMA-IMAGE-HEALTH", "info"),
    ],
)
def test_each_is_said_and_its_remedies_end_it(parts: dict[str, Any], id_: str, severity: str) -> None:
    answers = made(**parts)
    assert found(answers).get(id_) == severity
    (finding,) = [f for f in assess(resolve(answers)) if f.id == id_]
    assert finding.remedies
    for remedy in finding.remedies:
        after = found(apply_patch(answers, remedy.patch))
        worse = id_ in after and after[id_] == severity
        assert not worse, remedy.label


@pytest.mark.parametrize(
    "parts", [{**KEY, "version": "b11669"}, {**KEY, **NATIVE}, {**OPEN, "gateway": {"kind": "nginx"}}]
)
def test_what_does_not_hold_is_not_said(parts: dict[str, Any]) -> None:
    assert found(made(**parts)) == {}


def test_a_container_with_several_models_hides_them_from_the_machine() -> None:
    assert "LLAMA-CHILDREN-OPEN" not in found(made(**KEY, **TWO))


def test_generate_makes_the_key_that_only_its_owner_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    sample = registry.adapter("llama-server").sample
    chosen = ["server=llama-server", f"models.0.path={sample.path}", f"models.0.name={sample.name}"]
    sets = [word for one in chosen for word in ("--set", one)]
    assert main(["generate", *sets, "--out", "out"]) == 0
    key = Path("out/secrets/server.keys")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    text = key.read_text().strip()
    assert len(text) >= 32
    said = capsys.readouterr()
    written = [p.read_bytes() for p in Path("out").rglob("*") if p.is_file() and p != key]
    assert not any(text.encode() in other for other in (*written, said.out.encode(), said.err.encode()))


def test_of_several_keys_the_first_is_used_and_the_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = "# of the team\n\nkey-of-ann\nkey-of-bob\n"
    (tmp_path / "out/secrets").mkdir(parents=True)
    file = tmp_path / "out/secrets/server.keys"
    file.write_text(keys)
    file.chmod(0o600)
    monkeypatch.chdir(tmp_path)
    sample = registry.adapter("llama-server").sample
    chosen = [f"models.0.path={sample.path}", f"models.0.name={sample.name}", "server=llama-server", "run.how=native"]
    chosen += ["gateway.kind=nginx", "auth.inference=gateway-token"]
    sets = [word for one in chosen for word in ("--set", one)]
    assert main(["generate", *sets, "--out", "out", "--fail-on", "none"]) == 0
    assert file.read_text() == keys
    (presented,) = [path for path in Path("out/secrets").iterdir() if "presented" in path.name]
    assert "key-of-ann" in presented.read_text() and "#" not in presented.read_text()
    place = token_place(resolve(made(**KEY)))
    assert place is not None
    shown = subprocess.run(["sh", "-c", posix_token(place, "out")], capture_output=True, text=True, check=True).stdout
    assert shown == "key-of-ann\n"


@pytest.mark.parametrize(("auth", "said"), [(KEY, False), (OPEN, True)])
def test_metrics_ask_for_the_key_as_everything_does(auth: dict[str, Any], said: bool) -> None:
    answers = made(**auth, bind={"inference": {"scope": "all"}, "metrics": {"scope": "all"}})
    assert ("METRICS-OPEN" in {f.id for f in assess(resolve(answers))}) is said
