from __future__ import annotations

import json
import tomllib
from pathlib import PurePosixPath

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.plans import plan, plans
from wizard.errors import ExitCode, WizardError
from wizard.harmless import harmless
from wizard.plan import Plan, answers, apply_patch, to_data

DESIGN_EXAMPLE = """
schema = 1
server = "torchserve"                 # or "tensorflow-serving"
version = "0.12.0"

[[models]]
name = "echo"
path = "./model-store/echo.mar"       # my comment

[run]
how = "docker"
image = ""
gpu = false
network = "bridge"
packaging = "mount"

[bind.inference]
scope = "loopback"
address = ""
port = 8080

[cors.inference]
origins = ["https://app.example"]
methods = ["GET", "POST"]
headers = ["content-type"]
credentials = false
max_age = 600

[auth]
inference = "none"
management = "server-token"

[tls]
mode = "off"
certificate = ""
key = ""

[gateway]
kind = "auto"
"""


def test_the_documented_example_is_read_and_nothing_in_it_contradicts() -> None:
    from wizard.exposure.findings import assess
    from wizard.placement.resolve import resolve

    found = assess(resolve(answers.load(DESIGN_EXAMPLE)))
    assert not [f for f in found if f.severity in ("functional", "high", "critical")]


@given(plans())
def test_what_is_written_is_read_back_equal(made: Plan) -> None:
    text = answers.dump(made)
    assert answers.load(text) == made
    assert answers.dump(answers.load(text)) == text


@given(st.text(max_size=80), st.text(max_size=80))
def test_hostile_text_survives_the_file(sample: str, path: str) -> None:
    try:
        made = Plan.model_validate({"server": "torchserve", "models": [{"name": "m", "path": path, "sample": sample}]})
        text = answers.dump(made)
        text.encode()
    except (ValueError, UnicodeEncodeError):
        return
    assert answers.load(text) == made
    assert text == harmless(text)


@pytest.mark.parametrize("text", ["a\u202eb", "\x1b[31m", "\x7f\x9b", "a\u2028b", "\U000e0001", "a\nb\r\n"])
def test_what_does_not_show_is_escaped_and_read_back(text: str) -> None:
    older, made = (
        Plan.model_validate({"server": "torchserve", "models": [{**model, "path": f"/m{text[0]}\u202e"}]})
        for model in ({"name": "m", "sample": "x"}, {"name": "m", "sample": text})
    )
    for written in (answers.dump(made), answers.update(answers.dump(older), made), answers.update("# mine\n", made)):
        assert written == harmless(written) and answers.load(written) == made


@given(plans())
def test_every_written_file_satisfies_the_schema(made: Plan) -> None:
    jsonschema.validate(json.loads(json.dumps(tomllib.loads(answers.dump(made)))), answers.schema())


def test_comments_and_order_survive_an_update() -> None:
    changed = apply_patch(answers.load(DESIGN_EXAMPLE), {"bind.inference.port": 9000})
    text = answers.update(DESIGN_EXAMPLE, changed)
    assert "# my comment" in text and '# or "tensorflow-serving"' in text
    assert text.index("[run]") < text.index("[bind.inference]") < text.index("[auth]")
    assert answers.load(text) == changed


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('server = "torchserv"', 1, ["torchserv", 'Did you mean "torchserve"']),
        ('server = "torchserve"\n\n[bind.inference]\nscop = "all"', 4, ["scop", "Did you mean 'scope'"]),
        ('server = "torchserve"\n[bind.inference]\nscope = "everywhere"', 3, ["everywhere", "loopback"]),
        ('server = "torchserve"\n[bind.inference]\nscope = "all"\nport = "80"', 4, ["port", "wrong type"]),
        ('servr = "torchserve"', 1, ["servr", "server"]),
        ('server = "torchserve"\n[run]\nhow = "dcoker"', 3, ["dcoker", 'Did you mean "docker"']),
        (
            'server = "torchserve"\n[cors.inference]\norigins = ["localhost:3000"]',
            3,
            ["localhost:3000", "http://localhost:3000"],
        ),
        ('server = "torchserve"\n[bind.inference]\nscope = "interface"\naddress = "0.0.0.0"', 2, ["every interface"]),
        ('server = "torchserve"\n[tls]\nmode = "files"', 2, ["certificate"]),
        ('server = "torchserve"\n[[models]]\nname = "a/b"\npath = "x"', 3, ["model name"]),
    ],
)
def test_bad_answers_name_line_reason_and_suggestion(text: str, line: int, words: list[str]) -> None:
    with pytest.raises(WizardError) as caught:
        answers.load(text, "a.toml")
    message = str(caught.value)
    assert caught.value.exit_code == ExitCode.INVALID
    assert f"a.toml, line {line}" in message, message
    for word in words:
        assert word in message, message


HEAD = 'server = "torchserve"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[bind.inference]\nport = "8080"\n', ["'8080'", "a whole number", "without quotes"]),
        ("[bind.inference]\nport = 65536\n", ["65536", "65535 is the most"]),
        ("[cors.inference]\nmax_age = -1\n", ["-1", "0 is the least"]),
        ('[cors.inference]\norigins = "https://a.example"\n', ["a list", '["https://a.example"]']),
        ('[run]\ngpu = "yes"\n', ["true or false"]),
        ("version = 0.12\n", ["text", '"0.12"']),
        ('[bind.inference]\nscope = "interface"\naddress = "eth0"\n', ["'eth0'", "doctor"]),
    ],
)
def test_a_refused_value_is_said_with_how_to_write_it(text: str, words: list[str]) -> None:
    with pytest.raises(WizardError) as caught:
        answers.load(HEAD + text)
    said = f"{caught.value} {caught.value.hint}"
    assert all(word in said for word in words), said
    assert "tuple" not in said and "Input should" not in said


@pytest.mark.parametrize("text", ['[tls]\nmode = "on"\n', '[gateway]\nkind = "envoy"\n'])
def test_a_far_word_is_no_suggestion(text: str) -> None:
    with pytest.raises(WizardError) as caught:
        answers.load(HEAD + text)
    assert "Did you mean" not in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("table", "scope"),
    [
        ("[bind.inference]\nport = 9000\n", "loopback"),
        ("[bind.management]\nport = 9001\n", "off"),
        ('[bind.inference]\naddress = "10.0.0.5"\n', "interface"),
        ('[bind.inference]\naddress = "/run/model/s"\n', "socket"),
    ],
)
def test_a_scope_that_is_not_said_follows_from_what_is(table: str, scope: str) -> None:
    api = table.partition(".")[2].partition("]")[0]
    found = answers.load(HEAD + table).listener(api)
    assert found is not None and found.scope == scope
    jsonschema.validate(answers.parse(HEAD + table), answers.schema())


def test_a_byte_order_mark_changes_nothing() -> None:
    text = f"\ufeff{HEAD}# mine\n"
    made = answers.load(text)
    assert made == answers.load(HEAD)
    assert answers.load(answers.update(text, made)) == made


def test_bad_toml_names_the_line() -> None:
    with pytest.raises(WizardError, match=r"not valid TOML") as caught:
        answers.load("server = ")
    assert "line 1" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "base", "target", "expected"),
    [
        ("./a/b.mar", "/x", "/x", "./a/b.mar"),
        ("./a/b.mar", "/x", "/y", "/x/a/b.mar"),
        ("../b.mar", "/x/z", "/x", "./b.mar"),
        ("/m/b.mar", "/x", "/x", "/m/b.mar"),
    ],
)
def test_paths_stay_true_when_the_file_moves(path: str, base: str, target: str, expected: str) -> None:
    made = Plan.model_validate({"server": "torchserve", "models": [{"name": "m", "path": path}]})
    moved = answers.rebase(made, PurePosixPath(base), PurePosixPath(target))
    assert moved.models[0].path == expected


def test_a_patch_can_add_change_and_forget() -> None:
    made = plan(bind={"inference": {"scope": "all", "port": 9000}})
    assert apply_patch(made, {"bind.inference.port": None}).bind.inference.port is None  # type: ignore[union-attr]
    assert apply_patch(made, {"bind.inference": None}).bind.inference is None
    more = apply_patch(made, {"models.1": {"name": "n", "path": "p"}})
    assert [m.name for m in more.models] == ["m", "n"]
    assert to_data(apply_patch(made, {})) == to_data(made)


def test_a_native_run_has_absolute_paths_only() -> None:
    made = plan(run={"how": "native"}, models=[{"name": "m", "path": "./a"}])
    moved = answers.rebase(made, PurePosixPath("/x"), PurePosixPath("/x"))
    assert moved.models[0].path == "/x/a"


@pytest.mark.parametrize(
    ("line", "told", "hint"),
    [
        ("schema = true", "schema: true is not one of 1", ""),
        ("schema = 1.0", "schema: 1.0 is not one of 1", ""),
        ("schema = 0", "schema = 0; this program reads schema = 1", "Write schema = 1."),
        ("schema = 2", "schema = 2; this program reads schema = 1", "newer"),
        ("run.gpu = 2026-01-01", "run.gpu: 2026-01-01 is the wrong type", "true or false"),
        ("gateway.names = true", "gateway.names: true is the wrong type", '["true"]'),
        ("audiences = {}", "audiences: a table is the wrong type: a list is expected", ""),
        ("run.image = [1]", "run.image: [1] is the wrong type: text is expected", ""),
        ('run.how = "kubernetes"', "run.how: 'kubernetes' is not one of", "No manifests are written"),
        ('run.engine = "lxc"', 'run.engine: \'lxc\' is not one of "auto", "docker" or "podman"', ""),
        (f"models = [{{ name = 'm', path = 'p', as_version = {2**63} }}]", f"{2**63} is too large", ""),
        (f"models = [{{ name = 'm', path = 'p', versions = [{2**63}] }}]", f"{2**63} is too large", ""),
        (f"models = [{{ name = 'm', path = 'p', labels = {{ a = {2**63} }} }}]", f"{2**63} is too large", ""),
        ("models = [{ name = 'm', path = 'p', versions = [1, 'x'] }]", "'x' is the wrong type: a whole number", ""),
    ],
)
def test_what_is_refused_is_shown_as_it_was_written_with_its_line(line: str, told: str, hint: str) -> None:
    with pytest.raises(WizardError) as refused:
        answers.load(f'server = "torchserve"\n{line}\n')
    assert told in refused.value.title and "line 2" in refused.value.title
    assert hint in refused.value.hint if hint else not refused.value.hint or "{}" not in refused.value.hint
