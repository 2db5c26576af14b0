"""What was accepted: for one API each, and the older form of it, which older answers files have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.plans import plan as make
from wizard.cli.main import main
from wizard.exposure.findings import assess, waiting
from wizard.exposure.findings.acceptance import in_full, require_known
from wizard.exposure.findings.known import every_id
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers, apply_patch

CORPUS = Path(__file__).parents[1] / "data" / "answers"
HOST = Host(
    interfaces=(
        Interface("lo", "127.0.0.1", 8, "loopback"),
        Interface("eth0", "10.0.0.5", 24, "private"),
        Interface("eth0", "fd00::5", 64, "private"),
    ),
    firewall="ufw",
)
"""The machine on which the findings of the frozen files were accepted."""
SINCE = {"tfserving-grpc": {"CALLER-CONTROLS-MODELS@grpc"}}
"""File -> what was only found out after it was written."""


def left(plan: Plan) -> set[str]:
    return {f.name for f in waiting(assess(resolve(plan, HOST)), plan.accepted)}


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.toml")), ids=lambda path: path.stem)
def test_an_older_answers_file_means_what_it_meant(path: Path) -> None:
    plan = in_full(answers.load(path.read_text("utf-8")), HOST)
    assert left(plan) == SINCE.get(path.stem, set())
    assert in_full(plan, HOST) == plan
    assert answers.load(answers.dump(plan)) == plan


def test_the_older_form_is_for_what_was_open_then() -> None:
    plan = make("tensorflow-serving", bind={"inference": {"scope": "all"}}, accepted=["BIND-ALL", "BIND-NO-TLS"])
    plan = in_full(plan, HOST)
    assert plan.accepted == ("BIND-ALL@inference", "BIND-NO-TLS@inference")
    later = apply_patch(plan, {"bind.grpc": {"scope": "all"}})
    assert {"BIND-ALL@grpc", "BIND-NO-TLS@grpc"} <= left(later)
    assert in_full(later, HOST) == later


def test_what_is_about_no_api_is_accepted_by_its_id() -> None:
    open_ = {"run": {"network": "host"}, "bind": {"inference": {"scope": "all"}}}
    plan = make("torchserve", accepted=["DOCKER-HOSTNET"], **open_)
    assert in_full(plan, HOST) == plan
    assert "DOCKER-HOSTNET" not in left(plan)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("NOPE@nope", "no finding is called NOPE"),
        ("BIND-AL@inference", "Did you mean BIND-ALL?"),
        ("BIND-ALL@inferense", "torchserve has no API inferense Did you mean inference?"),
    ],
)
def test_what_no_finding_is_called_is_not_accepted(entry: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--dry-run", "--set", "server=torchserve", "--set", f'accepted=["{entry}"]']) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_what_any_finding_is_or_was_called_is_accepted() -> None:
    for entry in (*every_id(), "MODEL-PATH-MISSING", "BIND-ALL@inference"):
        require_known(make("torchserve", accepted=[entry]))
    for file in sorted(CORPUS.glob("*.toml")):
        require_known(answers.load(file.read_text(), file.name))
