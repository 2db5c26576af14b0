"""models.config and monitoring.config: what protobuf's own parsers read back from what is written."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow_serving.config import model_server_config_pb2

from tests.servers.tensorflow_serving.plans import ADAPTER, deploy, model_lists, plan
from tests.support.examples import most
from wizard.plan import Plan, to_data
from wizard.servers.files import ConfigFile
from wizard.servers.tensorflow_serving.render import models_config, monitoring_config

Config = model_server_config_pb2.ModelServerConfig
Parse = Callable[[str], Any]


@pytest.fixture(scope="module")
def cpp() -> Iterator[Parse]:
    """The C++ text parser, which is the server's: text -> message."""
    pytest.importorskip("grpc_tools", reason="needs grpcio-tools, which carries the C++ parser")
    worker = Path(__file__).parents[2] / "formats" / "protoc_worker.py"
    with subprocess.Popen([sys.executable, worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin and child.stdout
        asked, answered = child.stdin, child.stdout

        def parse(text: str) -> Any:
            asked.write(json.dumps(text) + "\n")
            asked.flush()
            accepted, data, errors = json.loads(answered.readline())
            assert accepted, errors
            return Config.FromString(base64.b64decode(data))

        yield parse
        asked.close()


def expected(chosen: Plan) -> Any:
    """The message that a plan means, built without any text."""
    message = Config()
    message.model_config_list.SetInParent()
    native = chosen.run.how == "native"
    for model in chosen.models:
        config = message.model_config_list.config.add(name=model.name, model_platform="tensorflow")
        config.base_path = model.path if native else f"/models/{model.name}"
        policy = config.model_version_policy
        versions: Any = model.versions
        if native and model.as_version is not None:
            config.base_path = str(PurePosixPath(model.path).parent)
            versions = (model.as_version,)
        if versions == "all":
            policy.all.SetInParent()
        elif versions == "latest":
            policy.latest.num_versions = 1
        else:
            policy.specific.versions.extend(dict.fromkeys(versions))
        for label, number in model.labels.items():
            config.version_labels[label] = number
    return message


def causes_exist(file: ConfigFile, chosen: Plan) -> None:
    """Every block names an answer that is in the plan, or none."""
    data = to_data(chosen)
    for block in file.blocks:
        node: Any = data
        for key in filter(None, block.cause.split(".")):
            node = node[int(key)] if isinstance(node, list) else node[key]


@settings(max_examples=most(300), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(models=model_lists(), how=st.sampled_from(["docker", "native"]))
def test_both_parsers_read_back_what_was_meant(cpp: Parse, models: list[dict[str, Any]], how: str) -> None:
    chosen = plan(models=models, run__how=how)
    file = models_config(chosen)
    assert file.path == "models.config"
    assert text_format.Parse(file.text, Config()) == expected(chosen)
    assert cpp(file.text) == expected(chosen)
    causes_exist(file, chosen)


def test_no_model_gives_an_empty_list_that_parses() -> None:
    message = text_format.Parse(models_config(plan(models=[])).text, Config())
    assert message.WhichOneof("config") == "model_config_list"
    assert not message.model_config_list.config


def test_the_file_reads_well() -> None:
    models = [{"name": "half", "path": "/data/half", "versions": [1, 2], "labels": {"stable": 1}}]
    assert models_config(plan(models=models)).text == (
        "# The models that TensorFlow Serving loads. Addresses, ports, CORS and TLS cannot be set here:\n"
        "# a field the server does not know makes it refuse the whole file.\n"
        "model_config_list {\n"
        "  config {\n"
        '    name: "half"\n'
        "    # The folder that holds the numbered version folders, inside the container.\n"
        '    base_path: "/models/half"\n'
        '    model_platform: "tensorflow"\n'
        "    # Exactly these versions.\n"
        "    model_version_policy {\n"
        "      specific {\n"
        "        versions: 1\n"
        "        versions: 2\n"
        "      }\n"
        "    }\n"
        "    # Names for versions, used as /v1/models/NAME/labels/LABEL:predict.\n"
        '    version_labels { key: "stable" value: 1 }\n'
        "  }\n"
        "}\n"
    )


def _monitoring_type() -> type[Any]:
    """MonitoringConfig as monitoring_config.proto has it; no published package carries its descriptor."""
    file = descriptor_pb2.FileDescriptorProto(name="monitoring.proto", package="test", syntax="proto3")
    prometheus = file.message_type.add(name="PrometheusConfig")
    prometheus.field.add(name="enable", number=1, type="TYPE_BOOL", label="LABEL_OPTIONAL")
    prometheus.field.add(name="path", number=2, type="TYPE_STRING", label="LABEL_OPTIONAL")
    config = file.message_type.add(name="MonitoringConfig")
    config.field.add(
        name="prometheus_config",
        number=1,
        type="TYPE_MESSAGE",
        label="LABEL_OPTIONAL",
        type_name=".test.PrometheusConfig",
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("test.MonitoringConfig"))


def test_monitoring_config_switches_the_usual_path_on() -> None:
    message = text_format.Parse(monitoring_config().text, _monitoring_type()())
    assert message.prometheus_config.enable
    assert message.prometheus_config.path == "/monitoring/prometheus/metrics"


def test_monitoring_config_is_written_only_where_metrics_are_asked_for() -> None:
    assert [file.path for file in ADAPTER.config_files(deploy())] == ["models.config"]
    with_metrics = ADAPTER.config_files(deploy(bind__metrics={"scope": "loopback"}))
    assert [file.path for file in with_metrics] == ["models.config", "monitoring.config"]
