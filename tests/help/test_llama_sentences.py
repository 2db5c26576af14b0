"""Every sentence about a fault in llama-server's programs has one meaning, or is never printed as it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.help.sentences import of_build, printed
from tests.support.each import each
from wizard.help.firstaid import diagnose
from wizard.plan import Plan

ROOT = Path(__file__).parents[2]
KNOWN = json.loads((ROOT / "tests/data/llama_server_sentences.json").read_text("utf-8"))
PLAN = Plan.model_validate({"server": "llama-server", "models": [{"name": "m", "path": "./m.gguf"}]})
BUILDS = ("b10434", "b11669")


def told(text: str) -> list[str]:
    return [aid.id for aid in diagnose(text, PLAN)]


def meant() -> dict[str, list[str]]:
    return {id_: [s for said in forms.values() for s in said] for id_, forms in KNOWN["meant"].items()}


def silent() -> list[str]:
    return [sentence for sentences in KNOWN["never alone"].values() for sentence in sentences]


@each((id_,) for id_ in KNOWN["meant"])
def test_each_sentence_has_exactly_one_meaning(id_: str) -> None:
    forms = {form: KNOWN["frames"].get(form, "{}") for form in KNOWN["meant"][id_]}
    lines = [forms[form].format(printed(said)) for form in forms for said in KNOWN["meant"][id_][form]]
    assert [(line, told(line)) for line in lines if told(line) != [id_]] == []


def test_what_is_never_printed_as_it_stands_is_taken_for_nothing() -> None:
    assert [(said, told(printed(said))) for said in silent() if told(printed(said))] == []


@pytest.mark.parametrize("build", BUILDS)
def test_no_sentence_of_the_programs_is_left_out(build: str) -> None:
    folder = ROOT / ".cache" / "llama-server" / build
    if not (folder / "llama-server").is_file():
        pytest.skip(f"llama-server {build} is not unpacked here: make parts")
    known = {sentence for sentences in meant().values() for sentence in sentences} | set(silent())
    assert of_build(folder) - known == set()


def test_the_sentences_are_counted_in_the_documentation() -> None:
    """`docs/first-aid.md` has these figures; change them there when this fails."""
    page = (ROOT / "docs" / "first-aid.md").read_text("utf-8")
    with_meaning = sum(map(len, meant().values()))
    assert f"{with_meaning + len(silent()):,} sentences" in page
    assert f"{with_meaning:,} of them" in page
    assert all(f"{len(said)} | {why}" in page for why, said in KNOWN["never alone"].items())
