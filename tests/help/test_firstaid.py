from __future__ import annotations

import json
import random
import re
import time
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tests.support.each import each
from wizard import registry
from wizard.cli.commands.source import parsed
from wizard.help import firstaid, topics
from wizard.help.firstaid import diagnose
from wizard.help.messages import KnownMessage, messages
from wizard.help.remedies import PATCH_MAKERS
from wizard.host import Host
from wizard.placement.defaults import complete
from wizard.plan import Plan, apply_patch, to_data
from wizard.plan.patches import assign
from wizard.session.steps.flow import fields, flow

BY_ID = {message.id: message for message in messages()}
OUTSIDE_STEPS = {("try", ""), ("write", "target")}
"""Questions that the front ends ask themselves."""


def tfs(**more: object) -> Plan:
    return Plan.model_validate(
        {"server": "tensorflow-serving", "models": [{"name": "half", "path": "./models/half"}], **more}
    )


def ts(**more: object) -> Plan:
    return Plan.model_validate({"server": "torchserve", "models": [{"name": "echo", "path": "./echo.mar"}], **more})


def llama() -> Plan:
    return Plan.model_validate({"server": "llama-server", "models": [{"name": "m", "path": "./m.gguf"}]})


def blocked(rest: str, origin: str = "http://localhost:5173", url: str = "http://127.0.0.1:8501/v1") -> str:
    return f"Access to fetch at '{url}' from origin '{origin}' has been blocked by CORS policy: {rest}"


GATED = {"gateway": {"kind": "nginx"}}
LISTENING = {"bind": {"management": {"scope": "loopback"}, "grpc": {"scope": "loopback"}}}


def meant(message: KnownMessage) -> Plan | None:
    """A deployment that can have said this; None where any can."""
    if message.server:
        bind = {spec.api: {"scope": "loopback"} for spec in registry.adapter(message.server).apis}
        return Plan.model_validate({"server": message.server, "models": [{"name": "m", "path": "./m"}], "bind": bind})
    return tfs(**LISTENING, **(GATED if message.gateway or message.step == "protect.gateway" else {}))


def test_there_are_at_least_the_messages_that_people_meet() -> None:
    assert len(messages()) >= 280
    assert len({message.id for message in messages()}) == len(messages())


@each((message, example) for message in messages() for example in message.examples)
def test_each_example_is_recognised(message: KnownMessage, example: str) -> None:
    plan = meant(message)
    assert message.id in [aid.id for aid in diagnose(example, plan)]
    assert diagnose(example.upper(), plan), "case does not matter"
    logged = f"\x1b[31mserver-1  |\x1b[0m 2026-01-01 {example}\r\n"
    assert message.id in [aid.id for aid in diagnose(logged, plan)]


@pytest.mark.parametrize("char", ["\0", "\x07", "\x1b", "\x9b", "\u202e"], ids=ascii)
def test_nothing_that_a_terminal_obeys_is_repeated(char: str) -> None:
    found = diagnose(f"Failed to download archive from: http://127.0.0.1:9/{char}r")
    assert any("127.0.0.1:9" in aid.text for aid in found)
    assert all(char not in aid.text + aid.meaning + aid.instead + aid.title for aid in found)


@each((message,) for message in messages())
def test_a_message_is_whole(message: KnownMessage) -> None:
    assert message.meaning.endswith((".", "}"))
    assert message.instead
    assert message.evidence
    assert message.patterns
    assert message.needles == tuple(needle.lower() for needle in message.needles)
    assert not message.make or message.make in PATCH_MAKERS
    assert message.step or not (message.field or message.make or message.patch)
    assert not message.harmless or not message.step
    assert bool(message.exact or message.near) == bool(message.kind)
    if message.replaces:
        assert BY_ID[message.replaces].server == ""
    assert not message.kind or message.kind in topics.counts()
    for aid in diagnose(message.examples[0]):
        assert not re.search(r"\{[a-z_]{1,20}\}", f"{aid.title}{aid.meaning}{aid.instead}")


@each((message,) for message in messages() if message.step)
def test_it_leads_to_a_question_that_exists(message: KnownMessage) -> None:
    given = meant(message)
    assert given is not None
    plan = complete(given)
    aid = next(aid for aid in diagnose(message.examples[0], plan) if aid.id == message.id)
    if (aid.step, aid.field) in OUTSIDE_STEPS:
        return
    step = next(step for step in flow(plan) if step.id == aid.step)
    assert aid.field in [field.id for field in fields(step, plan, Host())]


def plan_keys(part: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in part.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        yield key
        kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        kinds += [inner for outer in get_args(field.annotation) for inner in get_args(outer) if isinstance(inner, type)]
        for kind in kinds:
            if issubclass(kind, BaseModel):
                yield from plan_keys(kind, f"{key}.{'0.' if key == 'models' else ''}")


@each((message,) for message in messages() if message.step)
def test_it_names_the_key_of_the_answers_file(message: KnownMessage) -> None:
    aid = next(aid for aid in diagnose(message.examples[0], meant(message)) if aid.id == message.id)
    if (aid.step, aid.field) in OUTSIDE_STEPS:
        assert aid.key == ""
        return
    assert aid.key in set(plan_keys(Plan))


@each((message,) for message in messages())
def test_its_set_arguments_make_the_same_plan_as_its_patch(message: KnownMessage) -> None:
    plan = meant(message)
    assert plan is not None
    for example in message.examples:
        for aid in diagnose(example, plan):
            data = to_data(plan)
            for change in aid.sets:
                assign(data, *parsed(change))
            assert complete(Plan.model_validate(data)) == complete(apply_patch(plan, aid.patch))


@each((message, plan) for message in messages() for plan in (tfs(), ts(), Plan(server="torchserve")))
def test_a_patch_can_be_applied_and_changes_something(message: KnownMessage, plan: Plan) -> None:
    for example in message.examples:
        for aid in diagnose(example, plan):
            if aid.patch:
                assert apply_patch(plan, aid.patch) != plan


DATA = Path(__file__).parents[1] / "data"
CORPUS = sorted((DATA / "messages").glob("*.json"))
OF_FILE = {"torchserve": ts(), "tensorflow-serving": tfs(), "llama-server": llama()}


def recorded(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text("utf-8"))["cases"]  # type: ignore[no-any-return]


def said_of(path: Path, text: str) -> set[str]:
    """The ids of what a line of a corpus file means, for the server that the file is named after."""
    return {aid.id for aid in diagnose(text, OF_FILE.get(server_of(path)))}


def server_of(path: Path) -> str:
    """The server whose messages a corpus file holds, "" for those of others."""
    return next((name for name in OF_FILE if path.stem.startswith(name)), "")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_message_of_the_corpus_has_the_right_answer(path: Path) -> None:
    wrong = [
        (case["text"][:200], case["answer"], sorted(said))
        for case in recorded(path)
        if (said := said_of(path, case["text"])) != set(case["answer"])
    ]
    assert wrong == []


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_no_server_takes_a_line_of_another_for_its_own(path: Path) -> None:
    """Nobody said which server it is: its own meaning is told, and none of another server's."""
    for case in recorded(path):
        told = [BY_ID[aid.id] for aid in diagnose(case["text"])]
        owners = {message.server for message in told if not message.replaces}
        assert owners <= {"", server_of(path)}, case["text"]


def test_each_line_of_llama_server_has_one_meaning() -> None:
    cases = recorded(DATA / "messages" / "llama-server.json")
    assert len(cases) >= 600
    assert [case["text"] for case in cases if len(case["answer"]) != 1] == []


def test_a_phrase_is_found_whole_and_with_anything_in_its_gap() -> None:
    aid = one("E gguf_init_from_reader: number of tensors is -1 but must be in [0, 9]", llama())
    assert aid.id == "ll-gguf-damaged"
    assert diagnose("the number of tensors is 12", llama()) == ()
    assert diagnose("mmap failedover", llama()) == ()


def test_the_corpus_is_whole() -> None:
    cases = [case for path in CORPUS for case in recorded(path)]
    assert len(cases) >= 1000
    assert all(case["answer"] for case in cases), "no line is silent"
    assert {id_ for case in cases for id_ in case["answer"]} <= set(BY_ID)
    for message in messages():
        if message.server:
            assert message.server in OF_FILE, "each server has lines of its own in the corpus"


EXCHANGES = {
    "llama_server_exchanges.json": "llama-server",
    "llama_server_exchanges_b10001.json": "llama-server",
    "tensorflow_serving_exchanges.json": "tensorflow-serving",
}


def refusals(name: str) -> list[str]:
    """Every different body with which a server answered a status of 400 or more; not those of the recording's stubs."""
    read = json.loads((DATA / name).read_text("utf-8"))
    answers = [case["response"] for case in (read["cases"] if isinstance(read, dict) else read)]
    bodies = {str(a.get("body") or a.get("body_start") or "") for a in answers if (a["status"] or 0) >= 400}
    return sorted(body for body in bodies if body and '"stub: ' not in body)


@pytest.mark.parametrize("name", EXCHANGES)
def test_every_refusal_a_server_was_recorded_with_is_understood(name: str) -> None:
    plan = OF_FILE[EXCHANGES[name]]
    assert len(refusals(name)) >= 12
    assert [body for body in refusals(name) if not diagnose(body, plan)] == []


def test_the_messages_are_counted_in_the_documentation() -> None:
    """`docs/first-aid.md` has this table; change the figures there when this fails."""
    page = (Path(__file__).parents[2] / "docs" / "first-aid.md").read_text("utf-8")
    assert counted() in page, f"\n{counted()}"


def counted() -> str:
    lines = ["| Who says it | Known | Lead to an answer | Fixed elsewhere | Harmless | Recorded lines |"]
    lines.append("|---|---|---|---|---|---|")
    titles = {name: registry.adapter(name).title for name in ("torchserve", "tensorflow-serving", "llama-server")}
    for server, title in {**titles, "": "Docker, nginx, browsers, clients"}.items():
        own = [message for message in messages() if message.server == server]
        answered, quiet = sum(bool(m.step) for m in own), sum(m.harmless for m in own)
        recordings = [path for path in CORPUS if server_of(path) == server]
        texts = {case["text"] for path in recordings for case in recorded(path)}
        for name, said_by in EXCHANGES.items():
            texts |= set(refusals(name)) if said_by == server else set()
        numbers = (len(own), answered, len(own) - answered - quiet, quiet, len(texts))
        lines.append(f"| {title} | {' | '.join(map(str, numbers))} |")
    return "\n".join(lines)


def test_a_start_that_failed_is_never_taken_for_harmless() -> None:
    for case in recorded(DATA / "messages" / "torchserve-starts.json"):
        assert not any(aid.harmless for aid in diagnose(case["text"], ts())), case["wrong"]


def test_a_usual_start_is_known_as_harmless() -> None:
    usual = "\n".join(case["text"] for case in recorded(DATA / "messages" / "torchserve-usual.json"))
    quiet = [line for line in usual.splitlines() if not any(not aid.harmless for aid in diagnose(line, ts()))]
    aids = diagnose("\n".join(quiet), ts())
    assert aids
    assert all(aid.harmless for aid in aids)


def test_what_is_harmless_is_silent_beside_an_error() -> None:
    said = "Config file: N/A\nInference address: http://127.0.0.1:8080\nInvalid configuration: null"
    assert [aid.id for aid in diagnose(said, ts())] == ["ts-null"]
    assert [aid.id for aid in diagnose("Config file: N/A", ts())] == ["ts-config-banner"]


def test_a_note_of_every_start_is_silent_beside_an_error_and_told_alone() -> None:
    note = BY_ID["ll-open-note"].examples[0]
    assert [aid.id for aid in diagnose(f"{note}\nerror: invalid argument: --zzz", llama())] == ["ll-invalid-argument"]
    failed = BY_ID["ll-load-failed"].examples[0]
    cut = "E llama_model_load: error loading model: tensor 'x' data is not within the file bounds"
    assert [aid.id for aid in diagnose(f"{note}\n{cut}\n{failed}", llama())] == ["ll-cut"]
    assert [aid.id for aid in diagnose(failed, llama())] == ["ll-load-failed"]
    assert [aid.id for aid in diagnose(f"llama_server: initializing ...\n{note}", llama())] == ["ll-open-note"]


def test_notes_of_servers_speak_of_messages_that_exist() -> None:
    for message in messages():
        for server, text in message.adds:
            assert server in registry.names()
            assert text.endswith(".")
    for name in registry.names():
        adds = tomllib.loads(files(registry.package(name)).joinpath("messages.toml").read_text("utf-8")).get("adds", {})
        assert set(adds) <= {message.id for message in messages() if not message.server}


def test_general_messages_name_no_server() -> None:
    told = [m for m in messages() if not m.server]
    for message in told:
        text = f"{message.title} {message.meaning} {message.instead}"
        assert not re.search(r"(?i)torchserve|tensorflow|llama|config\.properties|models\.config", text), message.id


# --- advice that used to be wrong


@pytest.mark.parametrize("said", ["out of memory", "Out of memory", "OOM", "oom killed", "MemoryError"])
def test_a_few_words_about_memory_lead_to_what_takes_less(said: str) -> None:
    aid = one(said)
    for words in ("mem_limit", "--ctx-size", "--n-gpu-layers", "quantisation", "default_workers_per_model"):
        assert words in f"{aid.meaning} {aid.instead}"
    assert "--ctx-size" not in one(said, ts()).meaning


def test_two_lines_that_mean_the_same_are_told_once() -> None:
    said = (
        "Message size exceed limit: 7000000\nConsider increasing the 'max_response_size' in 'config.properties' to fix."
    )
    assert [aid.id for aid in diagnose(said)] == ["ts-response-size"]
    assert [aid.line for aid in diagnose(said)] == [1]


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        ('Error: Invalid argument: JSON Value: "a" Type: String is not of expected type: float', "tfs-value-type"),
        ("error: unknown argument: --api_key", "ll-invalid-argument"),
        ("CUDA driver version is insufficient for CUDA runtime version", "gpu-driver"),
        ("io.netty.util.internal.OutOfDirectMemoryError: failed to allocate 16777216 byte(s)", "ts-worker-memory"),
    ],
)
def test_another_servers_words_are_not_taken_for_it(said: str, id_: str) -> None:
    assert one(said).id == id_


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        (
            "openai.AuthenticationError: Error code: 401 - {'error': {'code': 401, 'message': 'Invalid API Key'}}",
            "ll-key",
        ),
        ("openai.APIStatusError: Error code: 503 - {'error': {'message': 'Loading model', 'code': 503}}", "ll-loading"),
        ("{'code': 400, 'type': 'InvalidKeyException', 'message': 'Token Authorization failed.'}", "ts-invalid-key"),
        ("{'error': 'Servable not found for request: Latest(half)'}", "tfs-unknown-model"),
    ],
)
def test_an_answer_as_python_prints_it_is_read_like_the_json_it_was(said: str, id_: str) -> None:
    assert one(said).id == id_


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        ("server: error: unrecognized arguments: --disable-log-requests", "flag-unknown"),
        ("torchserve: error: unrecognized arguments: --bind-all", "unrecognized"),
        ("error: unrecognized arguments: --bind-all", "flag-unknown-somewhere"),
        (
            "Failed to start server. Error: Invalid argument: Invalid protobuf file: '/models.config'",
            "tfs-invalid-file",
        ),
        ("java.net.UnknownHostException: server", "unknown-host"),
        ("java.net.UnknownHostException: http://127.0.0.1: Name or service not known", "ts-grpc-host"),
        ("dial tcp: lookup server on 127.0.0.11:53: no such host", "unknown-host"),
        ("x509: certificate is valid for localhost, not 10.0.0.5", "tls-name"),
    ],
)
def test_a_message_of_another_program_is_not_given_to_a_server_or_to_docker(said: str, id_: str) -> None:
    assert one(said).id == id_


@pytest.mark.parametrize("plan", [None, tfs()])
def test_a_port_that_two_apis_share_is_taken_for_the_one_that_callers_use(plan: Plan | None) -> None:
    said = "Bind for 0.0.0.0:8501 failed: port is already allocated"
    assert (one(said, plan).step, one(said, plan).key) == ("bind.inference", "bind.inference.port")


@pytest.mark.parametrize(
    "said",
    [
        "java.security.spec.InvalidKeySpecException: java.security.InvalidKeyException: Invalid RSA private key",
        "Caused by: java.security.InvalidKeyException: Invalid RSA private key",
        "Caused by: java.io.IOException: Invalid lenByte",
        "Invalid configuration: Input byte array has incorrect ending byte at 1095",
    ],
)
def test_a_private_key_of_another_kind_is_no_question_of_tokens(said: str) -> None:
    aid = one(said, ts(tls={"mode": "files", "certificate": "./a.pem", "key": "./a.key"}))
    assert (aid.id, aid.step, aid.key) == ("ts-private-key", "protect.tls", "tls.key")


def test_a_label_is_told_its_flag() -> None:
    said = "Request to assign label to version 2 of model half, which is not currently available for inference"
    model = {"name": "half", "path": "./half", "labels": {"canary": 2}}
    aid = one(said, tfs(models=[model]))
    assert "--allow_version_labels_for_unavailable_models=true" in aid.meaning
    assert aid.patch == (("models.0.versions", "all"),)
    assert one(said, tfs(models=[{**model, "versions": [1]}])).patch == (("models.0.versions", [1, 2]),)
    assert one(said, tfs(models=[{**model, "versions": "all"}])).patch == ()


@pytest.mark.parametrize(
    "said",
    [
        "Error parsing text-format tensorflow.SavedModel: 1:1: Expected identifier, got: <",
        "DATA_LOSS: Can't parse /models/half/1/saved_model.pb as binary proto",
    ],
)
def test_a_broken_savedmodel_is_no_question_of_the_configuration(said: str) -> None:
    assert one(said, tfs()).id == "tfs-broken-saved-model"


def test_the_gateways_limit_is_named_only_where_it_changes_something() -> None:
    assert [aid.id for aid in diagnose("413 Request Entity Too Large", tfs())] == ["http-413"]
    aid = one("413 Request Entity Too Large", tfs(**GATED))
    assert (aid.id, aid.patch) == ("gateway-413", (("gateway.max_body_mib", 16),))
    for plan in (ts(), ts(**GATED)):
        aid = one("HTTP/1.1 413 Request Entity Too Large", plan)
        assert (aid.id, aid.patch) == ("ts-413", ())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 415, 429])
def test_without_a_gateway_no_status_is_said_to_come_from_it(status: int) -> None:
    ids = {aid.id for aid in diagnose(f"HTTP/1.1 {status} X", tfs())}
    assert ids == {f"http-{status}"}
    assert {aid.id for aid in diagnose(f"HTTP/1.1 {status} X", tfs(**GATED))} == {f"gateway-{status}"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("unknown argument: --rest_api_ports=8501", "The nearest flag it knows is --rest_api_port."),
        ("unknown argument: --port 8500", "only as one word with an equals sign, --port=VALUE"),
        ("unknown argument: --port", "only as one word with an equals sign, --port=VALUE"),
        ("unknown argument: --config=/models.config", "Use --model_config_file="),
        ("torchserve: error: unrecognized arguments: --ts-config /x", "The flag --ts-config exists."),
        ("torchserve: error: unrecognized arguments: --ts_config", "The nearest flag it knows is --ts-config."),
        ("error: invalid argument: --prot", "The nearest flag it knows is --port."),
        ("torchserve: error: unrecognized arguments: --bind-all", "It does not know --bind-all and stops"),
        (
            'Message type "tensorflow.serving.ModelConfig" has no field named "model_plattform".',
            "The nearest field it knows is model_platform.",
        ),
        (
            'Message type "tensorflow.serving.ModelConfig" has no field named "version_policy".',
            "The nearest field it knows is model_version_policy.",
        ),
        (
            'Message type "tensorflow.serving.ModelServerConfig" has no field named "base_path".',
            "There is a field base_path, but in another place in the file.",
        ),
    ],
)
def test_the_setting_that_was_meant_is_named(said: str, sentence: str) -> None:
    assert sentence in one(said).meaning


def test_a_flag_for_an_address_leads_to_the_bind_step_and_a_misspelt_one_nowhere() -> None:
    aid = one("unknown argument: --bind_all_interfaces", tfs(bind={"inference": {"scope": "loopback"}}))
    assert (aid.step, aid.patch) == ("bind.inference", (("bind.inference.scope", "all"), ("bind.inference.port", 8501)))
    assert one("unknown argument: --rest_api_ports=8501", tfs()).step == ""


def test_a_connection_that_times_out_looks_beyond_this_machines_firewall() -> None:
    aid = one("curl: (28) Failed to connect to 10.0.0.5 port 8501 after 130000 ms: Connection timed out", tfs())
    assert aid.id == "timed-out"
    assert "bypass ufw and firewalld" in aid.instead


def test_an_answer_of_several_lines_is_read_as_one() -> None:
    said = '{\n  "code": 404,\n  "type": "ModelNotFoundException",\n  "message": "Model not found: ecko"\n}\n'
    aid = one(said, ts())
    assert (aid.id, aid.line) == ("ts-unknown-model", 1)


def test_a_servers_own_sentence_joins_a_general_message() -> None:
    assert "opens its ports only when every model is loaded" in one("Connection refused", tfs()).meaning
    assert "TensorFlow" not in one("Connection refused", ts()).meaning


@pytest.mark.parametrize("asked", ["401", "HTTP 401", "401 Unauthorized", "status code 401", "error: 401"])
def test_a_bare_status_is_understood(asked: str) -> None:
    assert one(asked, tfs(**GATED)).id == "gateway-401"


def console_lines() -> list[str]:
    judged = json.loads((DATA / "cors_cases.json").read_text("utf-8"))["cases"]
    return sorted({line for case in judged for line in case.get("chromium", {}).get("console") or ()})


def test_every_recorded_console_message_of_chromium_is_understood() -> None:
    lines = console_lines()
    assert len(lines) > 40
    silent = [line for line in lines if not diagnose(line)]
    assert silent == []
    vague = [line for line in lines if [a.id for a in diagnose(line)] == ["cors-blocked"]]
    assert vague == [], "each has a meaning of its own"


def one(text: str, plan: Plan | None = None) -> firstaid.Aid:
    found = diagnose(text, plan)
    assert len(found) == 1, [aid.id for aid in found]
    return found[0]


NO_VERSIONS = (
    "No versions of servable half found under base path {}. "
    "Did you forget to name your leaf directory as a number (eg. '/1/')?"
)


def test_a_path_one_level_too_deep_becomes_its_parent() -> None:
    plan = tfs(models=[{"name": "half", "path": "./models/half/1"}])
    aid = one(NO_VERSIONS.format("/models/half"), plan)
    assert (aid.step, aid.field) == ("model", "path")
    assert aid.patch == (("models.0.path", "./models/half"),)
    assert one(NO_VERSIONS.format("/models/half/1")).patch == (("models.0.path", "/models/half"),)


def test_a_savedmodel_without_a_number_is_mounted_as_version_1() -> None:
    aid = one(NO_VERSIONS.format("/models/half"), tfs())
    assert aid.patch == (("models.0.as_version", 1),)
    assert one(NO_VERSIONS.format("/models/half")).patch == (("models.0.path", "/models"),)


def test_the_model_that_the_message_names_is_mended() -> None:
    models = [{"name": "a", "path": "./a"}, {"name": "half", "path": "./half/7"}]
    assert one(NO_VERSIONS.format("/models/half"), tfs(models=models)).patch == (("models.1.path", "./half"),)


MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."


def test_a_blocked_origin_is_added_to_the_list() -> None:
    plan = tfs(cors={"inference": {"origins": ["https://a.example"]}})
    aid = one(blocked(MISSING), plan)
    assert (aid.step, aid.field) == ("cors.inference", "origins")
    assert aid.patch == (("cors.inference.origins", ["https://a.example", "http://localhost:5173"]),)


def test_an_origin_that_is_listed_already_changes_nothing() -> None:
    plan = tfs(cors={"inference": {"origins": ["http://localhost:5173"]}})
    assert one(blocked(MISSING), plan).patch == ()


def test_the_origin_null_is_never_put_on_a_list() -> None:
    found = diagnose(blocked(MISSING, origin="null"), tfs())
    assert found[0].id == "cors-null-origin"
    assert [aid.patch for aid in found if aid.patch] == []


def test_the_port_in_the_address_tells_the_api() -> None:
    plan = ts(bind={"management": {"scope": "loopback", "port": 9081}})
    aid = one(blocked(MISSING, url="http://127.0.0.1:9081/models"), plan)
    assert aid.step == "cors.management"
    assert aid.patch == (("cors.management.origins", ["http://localhost:5173"]),)


def test_headers_and_methods_are_added_with_the_origin() -> None:
    said = blocked(
        "Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response."
    )
    after = apply_patch(tfs(), dict(one(said, tfs()).patch))
    assert after.cors.inference.headers == ("content-type", "authorization")
    assert after.cors.inference.origins == ("http://localhost:5173",)
    said = blocked("Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.")
    assert apply_patch(tfs(), dict(one(said, tfs()).patch)).cors.inference.methods == ("GET", "POST", "PUT")


def test_cookies_with_any_origin_become_cookies_with_this_origin() -> None:
    plan = tfs(cors={"inference": {"origins": ["*"]}})
    said = blocked(
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the "
        "request's credentials mode is 'include'."
    )
    after = apply_patch(plan, one(said, plan).patch)
    assert after.cors.inference.origins == ("http://localhost:5173",)
    assert after.cors.inference.credentials


def test_a_taken_port_becomes_the_next_free_one() -> None:
    plan = tfs(bind={"inference": {"scope": "all", "port": 9000}, "grpc": {"scope": "loopback", "port": 9001}})
    said = "Error response from daemon: Bind for 0.0.0.0:9000 failed: port is already allocated"
    aid = one(said, plan)
    assert (aid.step, aid.field) == ("bind.inference", "port")
    assert aid.patch == (("bind.inference.port", 9002),)
    assert aid.sets == ("bind.inference.port=9002",), "only what changes is to be typed"
    said = "listen tcp4 127.0.0.1:9001: bind: address already in use"
    assert one(said, plan).patch == (("bind.grpc.port", 9002),)


@pytest.mark.parametrize(
    ("address", "patch"),
    [
        ("0.0.0.0:8080", ("bind.inference", {"scope": "all", "port": 8080})),
        ("http://0.0.0.0:8080/", ("bind.inference", {"scope": "all", "port": 8080})),
        ("127.0.0.1:9999", ("bind.inference", {"scope": "loopback", "port": 9999})),
        ("http://[::]:8081", ("bind.management", {"scope": "all", "port": 8081})),
        ("10.0.0.5:8080", ("bind.inference", {"scope": "interface", "address": "10.0.0.5", "port": 8080})),
    ],
)
def test_a_refused_address_becomes_the_scope_that_was_meant(address: str, patch: tuple[str, object]) -> None:
    aid = one(f"Invalid configuration: Invalid binding address: {address}", ts())
    assert aid.field == "scope"
    if aid.patch:
        assert aid.patch == (patch,)
    else:
        assert apply_patch(ts(), dict([patch])) == ts()


def test_the_token_of_torchserve_moves_to_the_gateway_for_pages_only() -> None:
    said = '{"code": 400, "type": "InvalidKeyException"}'
    assert one(said, ts()).patch == ()
    plan = ts(cors={"inference": {"origins": ["https://a.example"]}})
    aid = one(said, plan)
    assert (aid.step, aid.patch) == ("protect.inference", (("auth.inference", "gateway-token"),))


def test_a_certificate_of_ones_own_is_never_replaced() -> None:
    said = BY_ID["mixed-content"].examples[0]
    assert one(said, tfs()).patch == (("tls", {"mode": "self-signed"}),)
    own = tfs(tls={"mode": "files", "certificate": "./a.pem", "key": "./a.key"})
    assert one(said, own).patch == ()


def test_a_pasted_log_gives_each_meaning_once_in_its_order() -> None:
    log = "\n".join(
        [
            "2026-01-01 I starting",
            "",
            "unknown argument: --bind_all_interfaces",
            *[NO_VERSIONS.format("/models/half/1")] * 50,
            "[evhttp_server.cc : 234] Couldn't bind to port 8501",
            "Failed to start HTTP Server at localhost:8501",
        ]
    )
    assert [(aid.id, aid.line) for aid in diagnose(log)] == [
        ("tfs-unknown-network", 3),
        ("tfs-no-versions", 4),
        ("tfs-rest-port", 54),
    ]


def test_the_general_meaning_gives_way_to_the_particular_one() -> None:
    assert [a.id for a in diagnose("Failed to bind to address: http://127.0.0.1:8080 Address already in use")] == [
        "port-in-use"
    ]
    assert [a.id for a in diagnose("Failed to bind to address: http://127.0.0.1:8080")] == ["ts-bind-failed"]


def test_secrets_are_not_repeated() -> None:
    aid = one("HTTP/1.1 421 Misdirected Request Authorization: Bearer abcdef0123", tfs(**GATED))
    assert "abcdef" not in aid.text


@pytest.mark.parametrize("text", ["", "\n\n", "hello", "\x00\x01", "4" * 5000, "401 403 421", "status 200"])
def test_what_is_no_known_message_gives_nothing(text: str) -> None:
    assert diagnose(text) == ()


def seconds(text: str) -> float:
    begin = time.process_time()
    diagnose(text, tfs())
    return time.process_time() - begin


def test_a_megabyte_is_read_in_bounded_time_whatever_is_in_it() -> None:
    """Every pattern meets text that begins to fit again and again; 20 s of processor time allow for a slow machine."""
    needles = " ".join(needle for message in messages() for needle in message.needles)
    starts = "".join(f"{e[: max(12, len(e) * 2 // 3)]} " for m in messages() for e in m.examples)
    size = 1_000_000
    for text in (
        (needles + " ") * (size // len(needles)),
        (starts + " ") * (size // len(starts)),
        (starts.replace(" ", "\n") + "\n") * (size // len(starts)),
        "from origin '" * (size // 13),
        "at 'a (redirected from 'a') from origin 'a" * (size // 42) + "more-private address space",
        "1.1.1.1:" * (size // 8) + "address already in use",
        "/a" * (size // 2) + ": Permission denied",
        ("/a" * 900 + " Permission denied") * (size // 1818),
        (":" * 1800 + " does not match any allowed URL") * (size // 1831),
        ("a" * 1800 + " variable is not set. Defaulting") * (size // 1832),
        "has been blocked by CORS policy: " * (size // 33) + "contains multiple values",
        "a" * size + "mixed content",
        "\n" * size + "mixed content",
    ):
        assert seconds(text) < 20


@pytest.mark.parametrize(
    ("unit", "end"),
    [
        ("/a", " is what permission denied"),
        (":", " and does not match any allowed URL."),
        ("a", " whose variable is not set. Defaulting"),
    ],
)
def test_a_word_that_could_begin_anywhere_is_tried_where_it_begins(unit: str, end: str) -> None:
    """Otherwise each of its characters would be a beginning, and each beginning read on for hundreds of characters."""
    patterns = [re.compile(p, re.I) for m in messages() if any(n in end.lower() for n in m.needles) for p in m.patterns]

    def cost(unit: str) -> float:
        text = unit * (3600 // len(unit)) + end
        times = []
        for _ in range(7):
            begin = time.process_time()
            for pattern in patterns:
                pattern.search(text)
            times.append(time.process_time() - begin)
        return min(times)

    assert cost(unit) < 10 * cost("one word, ")


def test_only_the_ends_of_a_huge_text_are_read() -> None:
    filler = "x" * 99 + "\n"
    text = "Invalid configuration: null\n" + filler * 40_000 + "TorchServe is already running\n"
    assert [aid.id for aid in diagnose(text)] == ["ts-null", "ts-running"]


def test_random_bytes_do_no_harm() -> None:
    rng = random.Random(7)
    words = [word for message in messages() for example in message.examples for word in example.split()]
    for _ in range(200):
        text = " ".join(rng.choices(words, k=60)) + "".join(chr(rng.randrange(1, 0x3000)) for _ in range(50))
        for aid in diagnose(text, ts()):
            assert aid.title


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("error: invalid argument: --mlock", "Builds after b10434 do not start with it. Use --load-mode mlock."),
        ("error: invalid argument: --mmproj-device", "Known from b11669 on; older builds do not start with it."),
        ("error: invalid argument: --mlock=1", "the value has to follow as a separate word"),
    ],
)
def test_a_flag_that_not_every_build_knows_is_not_taken_for_a_wrong_value(line: str, said: str) -> None:
    (aid,) = diagnose(line, None)
    assert said in aid.meaning
