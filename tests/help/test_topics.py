from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.each import each
from wizard import registry
from wizard.check.findings import every_rule
from wizard.cors.rules import rules
from wizard.errors import WizardError
from wizard.exposure.findings.known import texts
from wizard.help import choices, topics
from wizard.help.findings import CHECK
from wizard.help.messages import messages
from wizard.help.topics import explain, lookup, search, suggest
from wizard.help.values import topic_id
from wizard.host import Host
from wizard.placement.defaults import complete
from wizard.plan import Model, Plan
from wizard.servers.tensorflow_serving import flags as tfs
from wizard.servers.torchserve import keys as ts
from wizard.session.steps.flow import fields, flow


def every_name() -> dict[str, list[str]]:
    return {
        "TorchServe key": list(ts.keys().known),
        "TorchServe flag": list(ts.keys().flags),
        "TensorFlow Serving flag": [f"--{name}" for name in tfs.flags().known],
        "models.config field": list(tfs.fields().known),
        "wrong spelling": [
            *ts.keys().not_keys,
            *tfs.flags().not_flags,
            *tfs.flags().removed,
            *tfs.fields().not_fields,
        ],
        "finding": [id_ for name in registry.names() for id_ in texts(name).texts],
        "check rule": list(every_rule()),
        "CORS rule": list(rules()),
        "intent": [f"I{n}" for n in range(1, 18)],
        "answer": plan_keys(Plan.model_json_schema(by_alias=True)),
        "audience": ["me", "browser", "web-app", "containers", "lan", "internet"],
        "preset": ["this-machine", "lan-team"],
        "message": ["tfs-no-versions", "cors-missing-origin"],
        "term": ["origin", "SavedModel"],
    }


def plan_keys(schema: dict[str, Any]) -> list[str]:
    """Every dotted key of an answers file, with models.0 for the first model."""

    def walk(node: dict[str, Any], prefix: str) -> list[str]:
        found = [prefix] if prefix else []
        options = (node, node.get("items", {}), *node.get("anyOf", ()))
        reference = next((o["$ref"] for o in options if "$ref" in o), None)
        if reference is None and "properties" not in node:
            return found
        inner = schema["$defs"][reference.rpartition("/")[2]] if reference else node
        step = f"{prefix}.0" if node.get("type") == "array" else prefix
        for name, child in inner["properties"].items():
            found += walk(child, f"{step}.{name}" if step else name)
        return found

    return walk(schema, "")


CASES = [(kind, name) for kind, names in every_name().items() for name in names]


@each(CASES)
def test_everything_is_explained_with_its_own_kind(kind: str, name: str) -> None:
    found = [topic for topic in lookup(name) if topic.kind == kind]
    assert found, f"{name} is not explained as {kind}"
    topic = found[0]
    assert len(topic.meaning) > 10
    assert topic.meaning.rstrip().endswith((".", "!", ")", "?", "…")) or topic.kind == "message", topic.meaning
    if kind not in ("audience", "preset", "term", "answer", "message"):
        assert topic.evidence
    if kind == "wrong spelling":
        assert topic.instead
        assert topic.what_the_server_does


def test_every_kind_has_topics_and_the_counts_add_up() -> None:
    counted = topics.counts()
    general = {
        "term",
        "answer",
        "wrong spelling",
        "finding",
        "check rule",
        "CORS rule",
        "intent",
        "audience",
        "preset",
        "message",
    }
    settings = {setting.kind for name in registry.names() for setting in registry.adapter(name).settings()}
    assert set(counted) == general | settings
    assert sum(counted.values()) == len(topics.catalogue())
    assert counted["TorchServe key"] == len(ts.keys().known)
    assert counted["TensorFlow Serving flag"] == len(tfs.flags().known)


def test_what_is_related_can_be_explained_in_turn() -> None:
    broken = [(t.id, name) for t in topics.catalogue().values() for name in t.related if not lookup(name)]
    assert broken == []


def test_every_topic_is_found_by_its_id_and_its_name() -> None:
    for id_, topic in topics.catalogue().items():
        assert explain(id_).id == id_
        assert id_ in [found.id for found in lookup(topic.name)]


@pytest.mark.parametrize(
    ("typed", "id_"),
    [
        ("cors.allowed.origin", "wrong spelling:cors.allowed.origin of TorchServe"),
        ("CORS_ALLOWED_ORIGIN", "wrong spelling:CORS_ALLOWED_ORIGIN of TorchServe"),
        ("cors_allowed_origin", "TorchServe key:cors_allowed_origin"),
        ("Inference-Address", "TorchServe key:inference_address"),
        ("--rest_api_port=8501", "TensorFlow Serving flag:--rest_api_port"),
        ("inference_address=http://0.0.0.0:8080", "TorchServe key:inference_address"),
        ("--bind_all_interfaces", "wrong spelling:--bind_all_interfaces of TensorFlow Serving"),
        ("`bind-all`", "finding:BIND-ALL"),
        ("i6", "intent:I6"),
        ("bind.inference.scope", "answer:bind.inference.scope"),
        ("models.path", "answer:models.0.path"),
        ("tls", "term:TLS"),
        ("preset lan-team", "preset:lan-team"),
        ("TFS-NOAUTH@grpc", "finding:TFS-NOAUTH"),
        ("TFS-NOAUTH [grpc, inference]", "finding:TFS-NOAUTH"),
    ],
)
def test_usual_spellings(typed: str, id_: str) -> None:
    found = [topic.id for topic in lookup(typed)]
    assert id_ in found
    assert explain(typed).id == found[0]


def test_a_word_with_several_meanings_gives_all_of_them_the_term_first() -> None:
    found = [topic.kind for topic in lookup("port")]
    assert found[0] == "term"
    assert {"TensorFlow Serving flag", "wrong spelling"} <= set(found)


def test_an_intent_says_how_each_server_grants_it() -> None:
    topic = explain("I6")
    assert "TensorFlow Serving" in topic.what_the_server_does
    assert "TorchServe" in topic.what_the_server_does
    assert "gateway" in topic.what_the_server_does
    assert topic.evidence


def test_an_answer_names_its_values_and_what_the_servers_can_do() -> None:
    topic = explain("bind.inference.scope")
    assert "loopback" in topic.example
    assert "listens on every address" in topic.what_the_server_does


@pytest.mark.parametrize(
    ("typed", "near"),
    [("preflihgt", "preflight"), ("inference_adress", "inference_address"), ("rest_api_prt", "--rest_api_port")],
)
def test_misspelt_topics_get_suggestions(typed: str, near: str) -> None:
    assert near in suggest(typed)
    with pytest.raises(WizardError) as error:
        explain(typed)
    assert near in error.value.hint


@pytest.mark.parametrize("typed", ["", " ", "=", "--", "\x00", "x" * 100_000, "😀"])
def test_odd_questions_are_answered_with_an_error_only(typed: str) -> None:
    with pytest.raises(WizardError):
        explain(typed)


def test_search_finds_by_meaning_names_first() -> None:
    assert search("preflight")[0].name == "preflight"
    assert "TorchServe key:token_expiration_min" in [t.id for t in search("token minutes")]
    assert search("") == ()
    assert search("qqqq zzzz") == ()


@pytest.mark.parametrize("server", ["torchserve", "tensorflow-serving"])
def test_what_f1_asks_on_any_question_is_explained(server: str) -> None:
    plan = Plan.model_validate(
        {
            "server": server,
            "models": [Model(name="m", path="./m").model_dump()],
            "bind": {api: {"scope": "loopback"} for api in ("inference", "management", "grpc")}
            if server == "torchserve"
            else {"inference": {"scope": "socket", "address": "/run/m.sock"}},
            "cors": {"inference": {"origins": ["https://a.example"]}},
            "tls": {"mode": "files", "certificate": "a", "key": "b"},
        }
    )
    whole = complete(plan)
    asked: set[str] = set()
    for step in flow(whole):
        asked.add(step.topic)
        for field in fields(step, whole, Host()):
            asked |= {field.topic, *(option.topic for option in field.options)}
    asked.discard("")
    assert len(asked) > 25
    assert [topic for topic in sorted(asked) if not lookup(topic)] == []


def test_learning_needs_neither_the_screen_nor_docker() -> None:
    import subprocess
    import sys

    program = (
        "import sys\nfrom wizard.help import topics, firstaid\ntopics.explain('I6')\n"
        "firstaid.diagnose('InvalidKeyException')\n"
        "sys.exit(bool({'textual', 'rich', 'docker'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=120).returncode == 0


BLANK = re.compile(r"\{[a-z_]+\}")


def test_no_topic_shows_a_blank_that_nobody_filled_in() -> None:
    """Neither {value} nor a bare "…" in its place; what a line of a file would fill in has a name."""
    written = {topic_id(CHECK, rule.id): (rule.says, rule.why, rule.instead) for rule in every_rule().values()}
    written |= {topic_id("message", each.id): (each.meaning, "", each.instead) for each in messages()}
    for topic in topics.catalogue().values():
        texts = (topic.meaning, topic.why, topic.instead)
        for text, source in zip(texts, written.get(topic.id, texts), strict=True):
            assert text.count("…") == source.count("…"), (topic.id, text)
            assert not set(BLANK.findall(text)) - LITERAL, (topic.id, text)


LITERAL = {"{serve}"}
"""Braces that are meant: the tags of a SavedModel."""


def test_an_intent_is_found_by_what_it_is_called() -> None:
    for intent in choices.topics():
        if intent.kind == "intent":
            label = intent.also[0]
            assert intent.id in [topic.id for topic in topics.lookup(label)], label
