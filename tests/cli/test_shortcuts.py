"""Words of the command line for what `--set` does, and what an error says of them."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import get_args

import pytest

from wizard.cli import shortcuts
from wizard.cli.commands.source import read_plan
from wizard.cli.main import main
from wizard.cli.parser import parser
from wizard.errors import WizardError
from wizard.machine import hostfacts
from wizard.plan import Audience, Plan
from wizard.servers.sample import sample_path
from wizard.session.steps.callers import proposals


@pytest.fixture(params=["torchserve", "tensorflow-serving"])
def answers(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "answers.toml"
    path.write_text(f'server = "{request.param}"\n[[models]]\nname = "m"\npath = "{sample_path(request.param)}"\n')
    return path


def plan_of(*arguments: str | Path) -> Plan:
    return read_plan(options(*arguments))[0]


def options(*arguments: str | Path) -> argparse.Namespace:
    return parser().parse_args(["reach", *map(str, arguments)])


def test_the_audiences_are_those_of_the_plan() -> None:
    assert get_args(Audience) == shortcuts.AUDIENCES


@pytest.mark.parametrize("audience", shortcuts.AUDIENCES)
def test_an_audience_brings_what_the_wizard_proposes_for_it(answers: Path, audience: str) -> None:
    plain = plan_of(answers)
    expected = {c[0]: c[1] for p in proposals(plain, hostfacts.measure(), (audience,)) for c in p.changes}
    plan = plan_of(answers, "--for", audience)
    assert plan.audiences == (audience,)
    assert plan.listener("inference") is not None
    assert plan.model_dump()["bind"]["inference"]["scope"] == expected["bind.inference"]["scope"]
    assert plan.auth.inference == expected["auth.inference"]
    assert plan.tls.mode == expected["tls"].get("mode", "off")


def test_a_proposal_changes_no_answer_that_was_given(answers: Path) -> None:
    with answers.open("a") as file:
        file.write('[auth]\ninference = "none"\n')
    plan = plan_of(answers, "--for", "lan", "--set", "bind.inference.scope=all", "--set", "tls.mode=off")
    assert plan.auth.inference == "none"
    assert plan.bind.inference and plan.bind.inference.scope == "all"
    assert plan.tls.mode == "off"


def test_a_port_alone_leaves_the_scope_to_the_proposal_or_the_server(answers: Path) -> None:
    plan = plan_of(answers, "--set", "bind.inference.port=9123")
    assert plan.bind.inference and (plan.bind.inference.scope, plan.bind.inference.port) == ("loopback", 9123)
    plan = plan_of(answers, "--set", "bind.inference.port=9123", "--for", "internet")
    assert plan.bind.inference and (plan.bind.inference.scope, plan.bind.inference.port) == ("all", 9123)


def test_pages_with_cookies_and_a_token_may_send_it(answers: Path) -> None:
    pages = ("--origin", "https://a.example", "--origin", "http://localhost:5173", "--cookies")
    plan = plan_of(answers, *pages, "--token", "--tls")
    assert plan.cors.inference.origins == ("https://a.example", "http://localhost:5173")
    assert plan.cors.inference.credentials
    assert plan.auth.inference == "gateway-token"  # the servers' own keeps pages out
    assert "authorization" in plan.cors.inference.headers
    assert plan.tls.mode == "self-signed"
    assert "authorization" not in plan_of(answers, *pages, "--set", "auth.inference=none").cors.inference.headers


def test_set_has_the_last_word(answers: Path) -> None:
    own = ("--set", 'cors.inference.headers=["x-own"]', "--set", 'cors.inference.origins=["https://b.example"]')
    plan = plan_of(answers, "--for", "web-app", "--origin", "https://a.example", *own)
    assert plan.cors.inference.headers == ("x-own",)
    assert plan.cors.inference.origins == ("https://b.example",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "bind.inferense.port=9"), "--set bind.inferense.port=9: bind.inferense: unknown key"),
        (("--set", "bind.inference.port=high"), "--set bind.inference.port=high: bind.inference.port: 'high'"),
        (("--set", "tls.mode=files"), "--set tls.mode=files: tls: "),
        (("--origin", "a.example"), "--origin a.example: cors.inference.origins: 'a.example'"),
        (("--set", "models.7.name=x"), "--set models.7.name=x: '7'"),
    ],
)
def test_an_error_names_the_words_that_were_typed(answers: Path, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(WizardError) as problem:
        plan_of(answers, *arguments)
    assert problem.value.title.startswith(said), problem.value.title


def test_what_stands_in_the_file_is_still_named_by_its_line(answers: Path) -> None:
    with answers.open("a") as file:
        file.write("[tls]\nmode = 7\n")
    with pytest.raises(WizardError) as problem:
        plan_of(answers, "--cookies")
    assert problem.value.title.startswith(f"{answers}, line 6: tls.mode")


def test_a_model_is_enough(answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = plan_of(answers).server
    sample = sample_path(server)
    monkeypatch.chdir(tmp_path)
    there = tmp_path / sample.name
    shutil.copytree(sample, there) if sample.is_dir() else shutil.copy(sample, there)
    plan = plan_of(sample.name, "--for", "lan")
    assert (plan.server, plan.models[0].name) == (server, sample.stem)
    assert plan.tls.mode == "self-signed"
    assert main(["generate", sample.name]) == 0
    made = tmp_path / f"serving-{sample.stem}"
    assert (made / "compose.yaml").exists()
    before = {file.name: file.read_bytes() for file in made.iterdir() if file.is_file()}
    assert main(["generate", str(made), "--on-conflict=fail"]) == 0
    assert before == {file.name: file.read_bytes() for file in made.iterdir() if file.is_file()}


OWN = ("--set", "tls.certificate=my.crt", "--set", "tls.key=my.key")


@pytest.mark.parametrize("words", [(), ("--tls",), ("--for", "lan", "--tls"), ("--for", "lan")], ids=" ".join)
def test_a_certificate_of_ones_own_is_used(answers: Path, words: tuple[str, ...]) -> None:
    plan = plan_of(answers, *words, *OWN)
    assert (plan.tls.mode, plan.tls.certificate, plan.tls.key) == ("files", "my.crt", "my.key")
    assert plan_of(answers, *words, *OWN, "--set", "tls.mode=self-signed").tls.mode == "self-signed"


def test_a_certificate_is_used_over_a_mode_that_was_written_out(answers: Path) -> None:
    with answers.open("a") as file:
        file.write('[tls]\nmode = "off"\n')
    assert plan_of(answers).tls.mode == "off"
    assert plan_of(answers, *OWN).tls.mode == "files"


def test_tls_with_half_of_a_pair_is_refused(answers: Path) -> None:
    with pytest.raises(WizardError, match="needs both"):
        plan_of(answers, "--tls", "--set", "tls.certificate=my.crt")
