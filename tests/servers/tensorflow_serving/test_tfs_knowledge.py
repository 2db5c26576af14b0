"""The knowledge files: complete, consistent with the published descriptors, in words of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from tensorflow_serving.config import model_server_config_pb2

from tests.servers.tensorflow_serving.plans import ADAPTER, deploy
from wizard.errors import ExitCode, WizardError
from wizard.exposure.findings import assess
from wizard.prediction.answer import usual_request
from wizard.servers.tensorflow_serving.flags import fields, flags
from wizard.servers.tensorflow_serving.knowledge import knowledge

DATA = json.loads((Path(__file__).parents[2] / "data" / "tensorflow_serving_flags.json").read_text())
LAYER_FACTS = {
    "binds_http", "binds_grpc", "binds_ipv6", "cors_off", "cors_origins", "cors_token", "cors_credentials",
    "cors_methods", "cors_headers", "cors_shared", "token", "tls_http", "tls_grpc", "metrics_port", "models",
    "http_socket", "grpc_off",
}  # fmt: skip


def test_every_flag_of_the_server_is_known_with_its_type_default_and_first_release() -> None:
    found = [
        [each.name, each.type, None if each.computed else each.default, each.first, each.group]
        for each in flags().known.values()
    ]
    assert len(found) == 48
    assert sorted(found) == sorted(DATA["flags"])


def test_defaults_have_the_type_of_their_flag() -> None:
    kinds = {"bool": bool, "int32": int, "int64": int, "float": float, "string": str}
    for flag in flags().known.values():
        assert flag.computed or type(flag.default) is kinds[flag.type], flag.name


def test_what_is_no_flag_is_no_flag() -> None:
    assert set(flags().removed) == set(DATA["removed"])
    assert not set(flags().not_flags) & set(flags().known)
    assert not set(flags().removed) & set(flags().known)
    for wrong in ("bind_all_interfaces", "config", "address", "TF_SERVING_ADDRESS"):
        assert flags().not_flags[wrong].happens
    assert flags().not_flags["TF_SERVING_ADDRESS"].kind == "environment"


def test_what_to_use_instead_names_only_flags_that_exist() -> None:
    advice = [each.instead for each in flags().not_flags.values()]
    advice += [each.instead for each in flags().removed.values()]
    advice += [each.instead for each in fields().not_fields.values()]
    named = {word.split("=")[0].strip("-,.;") for text in advice for word in text.split() if word[:2] == "--"}
    assert named
    assert named <= set(flags().known)


@pytest.mark.parametrize(
    ("flag", "version", "known"),
    [
        ("rest_api_enable_cors_support", "2.5.1", True),
        ("enable_grpc_healthcheck_service", "2.13.1", False),
        ("enable_grpc_healthcheck_service", "2.15.1", True),
        ("xla_gpu_compilation_enabled", "2.17.1", False),
        ("xla_gpu_compilation_enabled", "2.18.0", True),
        ("enable_serialization_as_tensor_content", "2.18.0", False),
        ("tensorflow_session_config_file", "2.7.0", False),
        ("tensorflow_session_config_file", "2.8.0", True),
        ("port", "2.20", True),
    ],
)
def test_flags_are_known_from_their_first_release(flag: str, version: str, known: bool) -> None:
    assert flags().known[flag].known_in(version) is known


def _paths(descriptor: Descriptor, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for field in descriptor.fields:
        path = f"{prefix}{field.name}"
        inner = field.message_type
        kinds = {value: name for name, value in vars(FieldDescriptor).items() if name.startswith("TYPE_")}
        kind = kinds[field.type].removeprefix("TYPE_").lower()
        if inner is not None and inner.GetOptions().map_entry:
            found[path] = "map"
        else:
            found[path] = kind
            own = (
                inner is not None and inner.full_name.startswith("tensorflow.serving.") and "Logging" not in inner.name
            )
            if own and inner is not None:
                found |= _paths(inner, path + ".")
    return found


def test_fields_of_models_config_are_those_of_the_published_descriptors() -> None:
    expected = _paths(model_server_config_pb2.ModelServerConfig.DESCRIPTOR)
    assert {path: field.type for path, field in fields().known.items()} == expected
    names = {path.rpartition(".")[2] for path in expected}
    assert not names & set(fields().not_fields)


def test_abilities_rest_on_a_fact_each() -> None:
    abilities = ADAPTER.abilities("2.19.1")
    assert set(abilities.facts) >= LAYER_FACTS
    for key, fact in abilities.facts.items():
        assert fact.text.endswith(".") and fact.evidence, key
    assert not (abilities.binds_http or abilities.binds_grpc or abilities.token or abilities.tls_http)
    assert abilities.cors_origins == "any" and abilities.grpc_off == "socket"


def test_each_sentence_is_plain_and_short() -> None:
    texts = [each.meaning for each in flags().known.values()] + [each.risk for each in flags().known.values()]
    texts += [each.meaning for each in fields().known.values()] + [fact.text for fact in knowledge().facts.values()]
    for text in filter(None, texts):
        assert text.endswith("."), text
        assert len(text) < 200, text


def test_versions_start_with_the_default_and_are_all_supported() -> None:
    assert ADAPTER.versions[0] == "2.19.1"
    assert len(set(ADAPTER.versions)) == len(ADAPTER.versions)
    rest = [tuple(map(int, each.split("."))) for each in ADAPTER.versions[1:]]
    assert rest == sorted(rest, reverse=True)
    for version in ADAPTER.versions:
        assert ADAPTER.image(version, gpu=False) == f"tensorflow/serving:{version}"
        assert ADAPTER.image(version, gpu=True) == f"tensorflow/serving:{version}-gpu"


@pytest.mark.parametrize(("short", "full"), [("2.19", "2.19.1"), ("2.5", "2.5.1"), ("2.20", "2.20.0")])
def test_a_minor_version_means_its_newest_known_release(short: str, full: str) -> None:
    assert ADAPTER.image(short, gpu=False) == f"tensorflow/serving:{full}"


@pytest.mark.parametrize(
    ("version", "near"),
    [("2.4.4", "2.5.1"), ("2.22.0", "2.20.0"), ("1.15.0", "2.5.1"), ("3.0.0", "2.20.0"), ("2.4", "2.5.1")],
)
def test_an_unknown_release_is_refused_with_the_way_out(version: str, near: str) -> None:
    with pytest.raises(WizardError, match="Nothing is known") as refused:
        ADAPTER.abilities(version)
    assert refused.value.exit_code == ExitCode.INVALID
    assert "2.5 to 2.21" in refused.value.detail and "2.19.1" in refused.value.hint
    assert f"the nearest is {near}" in refused.value.hint


def test_the_v_of_a_tag_is_no_other_release() -> None:
    assert ADAPTER.abilities("v2.19.1") == ADAPTER.abilities("2.19.1")
    assert ADAPTER.image("v2.19", gpu=False) == "tensorflow/serving:2.19.1"
    ours, plain = deploy(version="v2.19.1"), deploy(version="2.19.1")
    for api in ("inference", "grpc"):
        endpoints = [deployment.endpoint(api) for deployment in (ours, plain)]
        assert endpoints[0] is not None and endpoints[1] is not None
        request, _ = usual_request(plain, endpoints[1], {})
        assert ADAPTER.answer(ours, endpoints[0], request) == ADAPTER.answer(plain, endpoints[1], request)


def test_a_release_that_was_not_seen_is_taken_for_the_one_before_and_said_to_be_so() -> None:
    unseen, seen = ADAPTER.abilities("2.21.0"), ADAPTER.abilities("2.20.0")
    assert unseen.unverified and not seen.unverified
    assert replace(unseen, unverified=False) == seen
    assert ADAPTER.image("2.21.0", gpu=False) == "tensorflow/serving:2.21.0"
    ids = [[each.id for each in assess(deploy(version=version))] for version in ("2.21.0", "2.20.0")]
    assert ["RELEASE-UNSEEN" in found for found in ids] == [True, False]


def test_a_minor_version_without_a_known_image_asks_for_the_third_number() -> None:
    with pytest.raises(WizardError, match="full version number"):
        ADAPTER.image("2.14", gpu=False)
    assert ADAPTER.image("2.14.1", gpu=False) == "tensorflow/serving:2.14.1"
