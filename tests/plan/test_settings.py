"""The table `settings`: what the server declares is taken, everything else is refused with what to write instead."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import Any

import jsonschema
import pytest

from wizard import registry
from wizard.errors import WizardError
from wizard.plan import Settings, answers, apply_patch
from wizard.plan.settings import Adjustable, declared, from_line, refusal

ANSWERS = """schema = 1
server = "llama-server"

[[models]]
name = "m"
path = "./m.gguf"

[settings]
context = 8192
projector = "./mm.gguf"
"""
KNOWN = (
    Adjustable("copies", "count", "--copies", "How many.", "read", least=1, most=9),
    Adjustable("loud", "switch", "--loud", "In capitals.", "read"),
    Adjustable("tone", "choice", "--tone", "How it sounds.", "read", choices=("high", "low"), also=("-t", "--pitch")),
    Adjustable("greeting", "file", "--greeting", "A text.", "read"),
)


@pytest.mark.parametrize(
    ("name", "value", "why", "hint"),
    [
        ("copy", 3, "unknown setting 'copy' of Toy", "Did you mean 'copies'?"),
        ("pitch", "low", "unknown setting 'pitch' of Toy", "Did you mean 'tone'?"),
        ("zz", 3, "unknown setting 'zz' of Toy", "Those that answers decide: copies, loud, tone, greeting"),
        ("copies", 0, "0 is out of range: it can be a whole number from 1 to 9", ""),
        ("copies", 10, "10 is out of range: it can be a whole number from 1 to 9", ""),
        ("copies", "3", "'3' is the wrong type: a whole number is expected", "Write digits only, without quotes."),
        ("copies", True, "true is the wrong type: a whole number is expected", "Write digits only, without quotes."),
        ("loud", "yes", "'yes' is the wrong type: true or false is expected", ""),
        ("tone", "hig", "'hig' is not one of high, low", 'Did you mean "high"?'),
        ("tone", 1, "1 is the wrong type: text is expected", "Put it in quotes."),
        ("greeting", "", "a path is expected, without line breaks and NUL", ""),
        ("greeting", "a\nb", "a path is expected, without line breaks and NUL", ""),
    ],
)
def test_what_does_not_fit_is_refused(name: str, value: Any, why: str, hint: str) -> None:
    unfit = refusal(name, value, KNOWN, "Toy")
    assert unfit and (unfit.why, unfit.hint) == (why, hint)


@pytest.mark.parametrize(
    ("name", "value"), [("copies", 1), ("copies", 9), ("loud", False), ("tone", "low"), ("greeting", "./a b")]
)
def test_what_fits_is_taken(name: str, value: Any) -> None:
    assert refusal(name, value, KNOWN, "Toy") is None


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(WizardError) as told:
        answers.load(ANSWERS.replace("context", "ctx_size"), "mine.toml")
    assert "mine.toml, line 9: settings.ctx_size: unknown setting 'ctx_size' of llama-server" in str(told.value)
    assert told.value.hint == "Did you mean 'context'?"


def test_they_survive_the_answers_file_and_move_with_it() -> None:
    plan = answers.load(ANSWERS)
    assert answers.load(answers.dump(plan)) == plan
    assert "\n[settings]\ncontext = 8192\nprojector = " in answers.dump(plan)
    assert ANSWERS.partition("[settings]")[2] in answers.update(ANSWERS, plan)
    moved = answers.rebase(plan, PurePosixPath("/here"), PurePosixPath("/there"))
    assert moved.settings.given == {"context": 8192, "projector": "/here/mm.gguf"}
    assert answers.rebase(moved, PurePosixPath("/there"), PurePosixPath("/here")).settings.given["projector"] == (
        "./mm.gguf"
    )


def test_where_none_is_given_none_is_written() -> None:
    bare = answers.load(ANSWERS.partition("\n[settings]")[0])
    assert bare.settings == Settings() and "settings" not in answers.dump(bare)
    assert "[settings]" not in answers.update(ANSWERS, bare)


def test_another_server_starts_without_them() -> None:
    plan = answers.load(ANSWERS)
    assert apply_patch(plan, {"server": "torchserve"}).settings == Settings()
    assert apply_patch(plan, {"settings.context": None}).settings.given == {"projector": "./mm.gguf"}
    assert apply_patch(plan, {"settings.context": 512}).settings.given["context"] == 512


@pytest.mark.parametrize(
    ("server", "given", "fits"),
    [
        ("llama-server", {"context": 8192, "flash_attention": "on", "embedding": True}, True),
        ("llama-server", {"context": 1}, False),
        ("llama-server", {"ctx": 4096}, False),
        ("tensorflow-serving", {"context": 8192}, False),
    ],
)
def test_the_schema_says_the_same(server: str, given: dict[str, Any], fits: bool) -> None:
    data = {"schema": 1, "server": server, "settings": given}
    assert jsonschema.Draft202012Validator(answers.schema()).is_valid(data) is fits


@pytest.mark.parametrize("server", registry.names())
def test_every_declared_setting_says_what_it_is(server: str) -> None:
    known = declared(server)
    assert len({each.name for each in known}) == len(known)
    for each in known:
        assert each.meaning.endswith(".") and each.evidence and each.spelled
        assert bool(each.choices) is (each.kind == "choice") and each.least <= each.most


def test_a_line_of_settings_is_read_as_it_is_shown() -> None:
    given = {"copies": 3, "loud": True, "tone": "low", "greeting": "./a b.txt"}
    words = Settings(**given).words
    assert words == ("copies=3", "loud=true", "tone=low", "greeting=./a b.txt")
    assert from_line(KNOWN, shlex.join(words)) == given and from_line(KNOWN, "") == {}
    assert from_line(KNOWN, "copies=x other=1") == {"copies": "x", "other": "1"}, "the Plan refuses these"
    with pytest.raises(ValueError, match="'copies' is no setting: write NAME=VALUE"):
        from_line(KNOWN, "copies")
    with pytest.raises(ValueError, match="No closing quotation"):
        from_line(KNOWN, "greeting='a")
