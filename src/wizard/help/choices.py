"""What is decided in the wizard: answers, audiences, presets, intents and CORS rules, as topics."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from wizard import placement, presets, registry
from wizard.cors.rules import rules
from wizard.help.glossary import mentions, term
from wizard.help.values import Topic, topic_id
from wizard.host import Host
from wizard.plan import APIS, Api, Intent, Plan, settings
from wizard.session.steps import callers

_CORS_APIS: tuple[Api, ...] = ("inference", "management")
_RISKS: dict[Api, str] = {
    "inference": "Anyone who can connect can use the model, and can keep others from using it with large requests.",
    "management": "Anyone who can use it decides what is served, and can make some servers run their code.",
    "metrics": "It reveals the names of models and how much they are used.",
    "grpc": "Anyone who can reach it can use the model; with some servers they can also replace the list of models.",
    "grpc_management": "Anyone who can use it decides what is served, and can make some servers run their code.",
}
_FETCH = "https://fetch.spec.whatwg.org/"


def topics() -> Iterator[Topic]:
    """Topics about the wizard itself."""
    yield from _answers()
    yield from _settings()
    yield from _audiences()
    yield from _presets()
    yield from _intents()
    yield from _rules()


@cache
def _texts() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("plan_keys.toml").read_text("utf-8"))


def _answers() -> Iterator[Topic]:
    schema = Plan.model_json_schema(by_alias=True)
    for pattern, entry in _texts().items():
        for key, api in _expanded(pattern):
            yield _answer(key, pattern, entry, api, _values(schema, key))


def _settings() -> Iterator[Topic]:
    """The settings that answers can give under `settings`, for each server.

    Several servers may have settings with the same name.
    """
    for server in registry.names():
        adapter = registry.adapter(server)
        for each in settings.declared(server):
            key = f"settings.{each.name}"
            limits = f" Known from {each.since} on." if each.since else ""
            yield Topic(
                topic_id("answer", f"{key} of {server}"),
                key,
                f"{key} (answer, {adapter.title})",
                "answer",
                each.meaning,
                each.risk,
                f"Written as {each.spelled}.{limits}",
                example=f"Possible: {each.values}",
                evidence=(each.evidence,),
                related=(each.spelled,),
            )


def _expanded(pattern: str) -> Iterator[tuple[str, Api]]:
    if ".API" not in pattern:
        yield pattern.replace(".N.", ".0."), "inference"
        return
    for api in APIS if pattern.startswith("bind") else _CORS_APIS:
        yield pattern.replace("API", api), api


def _answer(key: str, pattern: str, entry: dict[str, Any], api: Api, values: str) -> Topic:
    fill = {
        "api": api.replace("grpc", "gRPC").replace("_", " "),
        "risk": _RISKS[api],
        "protocol": "grpc" if api.startswith("grpc") else "http",
    }
    does, evidence = _declared() if key == "settings" else _facts([n.format(**fill) for n in entry.get("facts", ())])
    word = term(entry["term"]) if "term" in entry else None
    return Topic(
        topic_id("answer", key),
        key,
        f"{key} (answer)",
        "answer",
        str(entry["meaning"]).format(**fill),
        str(entry["why"]).format(**fill),
        does,
        example=f"Possible: {values}" if values else "",
        evidence=evidence,
        link=word.link if word else "",
        related=(word.name,) if word else (),
        also=tuple({pattern.replace(".N.", "."), pattern.replace(".N.", ".1.")} - {pattern, key}),
    )


def _declared() -> tuple[str, tuple[str, ...]]:
    """Which settings each server declares."""
    declared = {registry.adapter(name).title: settings.declared(name) for name in registry.names()}
    told = [f"{title}: {', '.join(each.name for each in known) or 'none'}." for title, known in declared.items()]
    return " ".join(told), ()


def _facts(names: list[str]) -> tuple[str, tuple[str, ...]]:
    """What each server can do about it, and where that was read."""
    sentences: list[str] = []
    evidence: list[str] = []
    for server in registry.names():
        adapter = registry.adapter(server)
        known = adapter.abilities(adapter.versions[0]).facts
        for name in names:
            if name in known:
                sentences.append(known[name].text)
                evidence.append(known[name].evidence)
    return " ".join(sentences), tuple(dict.fromkeys(evidence))


def _values(schema: dict[str, Any], key: str) -> str:
    """The words allowed for an answer, from the schema; "" if it is free."""
    node: Any = schema
    for part in key.split("."):
        node = _resolved(schema, node)
        node = node.get("items", {}) if part.isdigit() else node.get("properties", {}).get(part, {})
    options = [_resolved(schema, option) for option in (node, node.get("items", {}), *node.get("anyOf", ()))]
    words = [str(word) for option in options for word in (*option.get("enum", ()), option.get("const", "")) if word]
    if any(option.get("type") == "boolean" for option in options):
        words = ["true", "false"]
    return ", ".join(dict.fromkeys(words))


def _resolved(schema: dict[str, Any], node: Any) -> Any:
    for option in (node, *node.get("anyOf", ())):
        if "$ref" in option:
            return schema["$defs"][option["$ref"].rpartition("/")[2]]
    return node


def _audiences() -> Iterator[Topic]:
    options = callers.fields(Plan(server=registry.names()[0]), Host())[0].options
    for name, label, hint in ((option.id, option.label, option.hint) for option in options):
        why = "Sensible answers to the later questions are proposed from it; you can change each."
        yield Topic(
            topic_id("audience", name),
            f"audience {name}",
            f"{label} (audience)",
            "audience",
            f"{label}: {hint}.",
            why,
            example=f'audiences = ["{name}"]',
            related=("audience", "reach"),
            also=(name,),
        )


def _presets() -> Iterator[Topic]:
    for name in presets.names():
        preset = presets.load(name)
        yield Topic(
            topic_id("preset", name),
            f"preset {name}",
            f"{preset.title} (preset)",
            "preset",
            preset.summary,
            "It sets these answers; each can be changed afterwards.",
            example=preset.text.strip(),
            related=("preset", "audience"),
            also=(name,),
        )


def _intents() -> Iterator[Topic]:
    for name in Intent:
        title = name.label
        meaning = f"What you want: {title}."
        why = (
            "Depending on server and version it is done by the server, by Docker, or by a gateway, or is not possible."
        )
        related = tuple(t.name for _, _, t in mentions(title))
        yield Topic(
            topic_id("intent", name),
            name,
            f"{name}: {title} (intent)",
            "intent",
            meaning,
            why,
            related=related,
            also=(title,),
        )


def granted_by(intent: str) -> tuple[str, tuple[str, ...]]:
    """How each server grants an intent, in sentences, and where that was read.

    Slow the first time: it resolves Plans.
    """
    lines: list[str] = []
    evidence: list[str] = []
    for server in registry.names():
        for how, where in (("docker", "in Docker"), ("native", "directly on the machine")):
            row = next(row for row in placement.intents.rows(server, how=how) if row.intent == intent)
            lines.append(f"{registry.adapter(server).title} {row.version} {where}: {row.layer}. {row.reason}")
            evidence.append(row.fact)
    return "\n".join(lines), tuple(dict.fromkeys(evidence))


def _rules() -> Iterator[Topic]:
    for rule in rules().values():
        why = {
            "allowed": "The page may read the answer.",
            "blocked": "The page gets a network error and cannot tell why; the browser's console can.",
        }.get(rule.verdict, "The request runs; the page learns next to nothing about the answer.")
        yield Topic(
            topic_id("CORS rule", rule.id),
            rule.id,
            f"{rule.id} (CORS rule: {rule.verdict})",
            "CORS rule",
            rule.means,
            why,
            instead=rule.instead,
            evidence=(rule.source,),
            link=_FETCH,
            related=tuple(t.name for _, _, t in mentions(rule.means)),
        )
