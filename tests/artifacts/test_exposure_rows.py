"""EXPOSURE.md about a token: what its holder can do, what everybody else can, and how long it lasts."""

from __future__ import annotations

import pytest

from wizard import artifacts, registry
from wizard.artifacts import exposure
from wizard.comparison.view import look
from wizard.host import Host, Interface
from wizard.plan import apply_patch
from wizard.servers.sample import sample_plan

HOST = Host(interfaces=(Interface("lo", "127.0.0.1", 8, "loopback"), Interface("eth0", "10.0.0.5", 24, "private")))


def report(server: str, **answers: object) -> str:
    plan = apply_patch(
        sample_plan(server), {"bind.inference": {"scope": "interface", "address": "10.0.0.5"}, **answers}
    )
    return "".join(block.text for block in exposure.render(look(plan, HOST).deployment, {}).blocks)


@pytest.mark.parametrize(
    ("server", "token"),
    [("torchserve", "server-token"), ("tensorflow-serving", "gateway-token"), ("llama-server", "server-token")],
)
def test_who_has_the_token_stands_beside_who_has_not(server: str, token: str) -> None:
    told = report(server, **{"auth.inference": token})
    assert "| other machines on your networks, with the token | yes | yes | – |" in told
    assert "| other machines on your networks, without | – | – | – |" in told


def test_without_a_token_each_caller_is_one_line() -> None:
    told = report("tensorflow-serving")
    assert "| other machines on your networks | yes | yes | – |" in told
    assert "the token |" not in told


def test_how_long_a_token_of_the_server_lasts_is_said() -> None:
    assert "after 60 minutes" in report("torchserve", **{"auth.inference": "server-token"})
    assert "after 60 minutes" not in report("torchserve", **{"auth.inference": "gateway-token"}).split("## What")[0]


def test_advice_about_a_network_names_what_is_missing() -> None:
    secured = report("torchserve", **{"auth.inference": "gateway-token", "tls.mode": "self-signed"})
    assert "Instead: Let the firewall admit only the addresses you choose." in secured
    assert "Instead: Add TLS and a token" in report("tensorflow-serving")
    wide = {"bind.inference": {"scope": "all"}, "auth.inference": "gateway-token"}
    assert "Instead: Bind only the address you need, and add TLS." in report("torchserve", **wide)
    (line,) = report("torchserve", **wide, **{"tls.mode": "self-signed"}).split("(`BIND-ALL`)")[1].splitlines()[1:2]
    assert "gateway" not in line and "Bind only the address you need" in line


@pytest.mark.parametrize("scope", [{"scope": "interface", "address": "127.0.0.1, 10.0.0.5"}, {"scope": "all"}])
def test_the_request_from_another_machine_names_what_has_to_be_carried_there(scope: dict[str, str]) -> None:
    told = report(
        "torchserve", **{"bind.inference": scope, "auth.inference": "server-token", "tls.mode": "self-signed"}
    )
    words = "From another machine, with `secrets/tls.crt` copied there and the token in place of TOKEN:\n\n```sh\n"
    line = told.split(words)[1].splitlines()[0]
    assert " | curl -sS --cacert ./tls.crt https://10.0.0.5:8080/predictions/" in line
    assert line.startswith("printf 'Authorization: Bearer %s\\n' TOKEN |") and "-H @-" in line
    assert 'a token that the gateway checks lasts: `auth.inference = "gateway-token"`' in told


def test_where_only_this_machine_calls_nothing_is_said_of_others() -> None:
    local = report("torchserve", **{"bind.inference": {"scope": "loopback"}, "auth.inference": "server-token"})
    assert "From another machine" not in local
    assert "Others need a new one" not in local
    gateway = report("torchserve", **{"auth.inference": "gateway-token"})
    assert "From another machine, with the token in place of TOKEN:" in gateway
    assert "Others need a new one" not in gateway


@pytest.mark.parametrize("server", registry.names())
@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("scope", ["loopback", "all", "internal"])
def test_it_names_no_script_that_is_not_written(server: str, how: str, scope: str) -> None:
    plan = apply_patch(sample_plan(server), {"run.how": how, "bind.inference": {"scope": scope}})
    files = {file.path: file.text for file in artifacts.render(look(plan, HOST).deployment)}
    told = files[exposure.FILE_NAME]
    assert {name for name in ("call.sh", "call.ps1") if name in told} == files.keys() & {"call.sh", "call.ps1"}


def test_what_several_apis_have_in_common_is_said_once_and_by_their_names() -> None:
    told = report("torchserve", **{"run.how": "native"})
    (line,) = (line for line in told.splitlines() if "`CALLER-CONTROLS-MODELS`" in line)
    assert line.startswith("- **low**, management, gRPC management: ") and "grpc_management" not in told
