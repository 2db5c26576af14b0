"""One API at several addresses of this machine: who answers there, and what an answers file may say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.plans import plan
from wizard import artifacts
from wizard.exposure.findings import assess
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers
from wizard.session.steps import bind

TWO = "127.0.0.1, 192.0.2.7"
HOST = Host(interfaces=(Interface("lo", "127.0.0.1", 8, "loopback"), Interface("eth0", "192.0.2.7", 24, "public")))


def made(server: str, how: str = "docker", network: str = "bridge", **parts: Any) -> Plan:
    listener = {"scope": "interface", "address": TWO}
    return plan(server, run={"how": how, "network": network}, bind={"inference": listener}, **parts)


@pytest.mark.parametrize("server", ["llama-server", "tensorflow-serving", "torchserve"])
def test_docker_publishes_on_each(server: str) -> None:
    deployment = resolve(made(server))
    (endpoint,) = [each for each in deployment.endpoints if each.api == "inference"]
    assert endpoint.host_addresses == ("127.0.0.1", "192.0.2.7") and endpoint.layer == "publish"
    process = deployment.process(endpoint.served_by)
    assert process is not None
    port = endpoint.host_port
    assert [each.address for each in process.publishes if each.host_port == port] == ["127.0.0.1", "192.0.2.7"]
    assert not [finding for finding in assess(deployment) if finding.severity == "functional"]


@pytest.mark.parametrize(
    ("server", "version", "how", "network", "layer"),
    [
        ("llama-server", "b11669", "native", "bridge", "native"),
        ("llama-server", "b10434", "native", "bridge", "gateway"),
        ("llama-server", "b11669", "docker", "host", "native"),
        ("llama-server", "b10434", "docker", "host", "gateway"),
        ("torchserve", "0.12.0", "native", "bridge", "gateway"),
        ("tensorflow-serving", "2.19.1", "native", "bridge", "gateway"),
    ],
)
def test_the_server_listens_on_each_or_a_gateway_does(
    server: str, version: str, how: str, network: str, layer: str
) -> None:
    deployment = resolve(made(server, how, network, version=version))
    (endpoint,) = [each for each in deployment.endpoints if each.api == "inference"]
    assert (endpoint.layer, endpoint.host_addresses) == (layer, ("127.0.0.1", "192.0.2.7"))
    assert endpoint.served_by == ("gateway" if layer == "gateway" else "server")
    command = deployment.processes[0].command
    if server == "llama-server":
        wanted = "127.0.0.1,192.0.2.7" if layer == "native" else "127.0.0.1"
        assert command[command.index("--host") + 1] == wanted
    assert not [finding for finding in assess(deployment) if finding.severity == "functional"]


def test_without_a_gateway_it_is_said_and_a_gateway_is_offered() -> None:
    refused = made("llama-server", "native", version="b10434", gateway={"kind": "none"})
    (finding,) = [each for each in assess(resolve(refused)) if each.id == "NEEDS-GATEWAY"]
    assert "only one address" in f"{finding.message} {finding.why}" and finding.remedies


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("192.0.2.7, 0.0.0.0", "means every interface"),
        ("127.0.0.1, ::1", "means this machine only"),
        ("192.0.2.7, 192.0.2.7", "stands in the list twice"),
        ("192.0.2.7,", "does not appear to be"),
        ("192.0.2.7, eth0", "does not appear to be"),
    ],
)
def test_what_is_no_list_of_addresses(address: str, said: str) -> None:
    problem = answers.refused(
        {"schema": 1, "server": "llama-server", "bind": {"inference": {"scope": "interface", "address": address}}}
    )
    assert problem is not None and said in problem[1]


def test_the_answers_keep_the_list() -> None:
    text = answers.dump(made("llama-server"))
    assert f'address = "{TWO}"' in text and answers.load(text) == made("llama-server")


@pytest.mark.parametrize(
    ("server", "version", "how", "said"),
    [
        ("llama-server", "b10434", "docker", "Docker publishes on each of them"),
        ("llama-server", "b11669", "native", "llama-server listens on each of them"),
        ("llama-server", "b10434", "native", "llama-server takes only one, so a gateway listens on them"),
        ("torchserve", "0.12.0", "native", "TorchServe takes only one, so a gateway listens on them"),
    ],
)
def test_the_question_says_who_answers_at_several(server: str, version: str, how: str, said: str) -> None:
    answered = resolve(made(server, how, version=version)).plan
    step = next(each for each in bind.steps(answered) if each.id == "bind.inference")
    scope, _, address = bind.fields(step, answered, HOST)
    assert address.shown and said in address.hint and address.value == TWO
    (chosen,) = [option for option in scope.options if option.id in scope.chosen]
    assert (chosen.label, chosen.detail.count("192.0.2.7")) == ("Several interfaces", 1)


def test_the_gateway_of_a_native_server_listens_on_each() -> None:
    files = artifacts.render(resolve(made("llama-server", "native", version="b10434")))
    (config,) = [file.text for file in files if file.path.endswith("nginx.conf")]
    assert "listen 127.0.0.1:8080" in config and "listen 192.0.2.7:8080" in config
