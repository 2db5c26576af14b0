"""Which engine starts the containers, and what follows from what it does otherwise."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import plan
from wizard import artifacts
from wizard.deployment import Deployment
from wizard.deployment.engines import DOCKER, PODMAN
from wizard.errors import WizardError
from wizard.exposure import findings, reach
from wizard.host import Host
from wizard.machine import docker_engine, engine_address
from wizard.placement.resolve import resolve
from wizard.plan import answers
from wizard.prediction.probes import predict

ROOT = Host(uid=0, gid=0)
GATEWAY: dict[str, Any] = {"cors": {"inference": {"origins": ["https://a.example", "https://b.example"]}}}


def deployed(host: Host = ROOT, engine: str = "podman", **more: Any) -> Deployment:
    return resolve(plan("llama-server", run={"engine": engine}, **more), host)


def probe(deployment: Deployment, name: str) -> str:
    return next(each.predicted for each in predict(deployment) if each.id == name)


def test_an_answer_that_says_nothing_is_written_and_read_as_before() -> None:
    silent, said = plan("llama-server"), plan("llama-server", run={"engine": "podman"})
    assert "engine" not in answers.dump(silent)
    assert answers.load(answers.dump(silent)).run.engine == "auto"
    assert answers.load(answers.dump(said)).run.engine == "podman"


def test_auto_is_the_engine_of_the_machine_and_an_answer_overrules_it() -> None:
    podman = replace(ROOT, engine="podman")
    assert deployed(ROOT, "auto").engine is DOCKER
    assert deployed(podman, "auto").engine is PODMAN
    assert deployed(podman, "docker").engine is DOCKER
    assert deployed(replace(podman, uid=1000), "auto").engine.own_accounts


@pytest.mark.parametrize("more", [{}, GATEWAY], ids=["alone", "behind a gateway"])
def test_what_is_written_for_podman_calls_nothing_of_dockers(more: dict[str, Any]) -> None:
    files = {file.path: file.text for file in artifacts.render(deployed(**more))}
    assert "compose.yaml" not in files
    assert not [name for name in files if name.endswith(".ps1")]
    for name in ("run.sh", "call.sh"):
        words = files[name].replace("com.docker", "").replace("docker.io/", "")
        assert "docker" not in words.lower(), name
        assert "podman ps" in words
    assert "Docker" not in files["EXPOSURE.md"].replace("CIS Docker", "")
    assert "uid=" not in files["run.sh"]
    assert "inhibit_ipv4" not in files["run.sh"]


def test_an_ordinary_users_podman_keeps_its_accounts_and_roots_is_not_told_to() -> None:
    of = {uid: resolve(plan("llama-server", run={"engine": "podman"}), replace(ROOT, uid=uid)) for uid in (0, 1000)}
    scripts = {uid: next(f.text for f in artifacts.render(made) if f.path == "run.sh") for uid, made in of.items()}
    assert "--userns keep-id" in scripts[1000]
    assert "--userns" not in scripts[0]


def test_roots_podman_publishes_on_ipv4_alone() -> None:
    here = deployed().endpoint("inference")
    everywhere = deployed(bind={"inference": {"scope": "all"}})
    assert here and here.host_addresses == ("127.0.0.1",)
    assert probe(everywhere, "inference-loopback-v6") == "unreachable"
    assert probe(everywhere, "inference-loopback-v4") == "200"
    own = deployed(replace(ROOT, uid=1000)).endpoint("inference")
    assert own and own.host_addresses == ("127.0.0.1", "::1")


def test_containers_on_any_network_reach_it_but_on_one_without_a_way_out() -> None:
    published, inside = deployed(), deployed(bind={"inference": {"scope": "internal"}})
    assert probe(published, "inference-other-container") == "open"
    assert probe(inside, "inference-other-container") == "unreachable"
    assert reach.audience_title(published, "containers") == "containers of this Podman"
    assert reach.audience_title(inside, "containers") == "containers on the same Podman network"
    assert probe(deployed(engine="docker"), "inference-other-container") == "unreachable"


def test_behind_a_gateway_programs_here_reach_the_server_by_its_containers_address() -> None:
    endpoint = deployed(**GATEWAY).endpoint("inference")
    assert endpoint
    (behind,) = [door for door in endpoint.access.doors if not door.front]
    assert behind.way("local-users") == "container-address"
    hidden = deployed(engine="docker", **GATEWAY).endpoint("inference")
    assert hidden
    assert not [door for door in hidden.access.doors if not door.front and door.callers]


@pytest.mark.parametrize(
    "asked",
    [{"run": {"engine": "podman", "gpu": True}}, {"bind": {"inference": {"scope": "interface", "address": "fd00::5"}}}],
    ids=["a graphics card", "an IPv6 address"],
)
def test_what_podman_cannot_have_is_refused_with_a_fix_that_works(asked: dict[str, Any]) -> None:
    wanted = plan("llama-server", **{"run": {"engine": "podman"}, **asked})
    found = [f for f in findings.assess(resolve(wanted, ROOT)) if f.id == "CANNOT-BE-HAD"]
    assert len(found) == 1
    fixed = wanted.model_copy(update={"run": wanted.run.model_copy(update={"engine": "docker"})})
    assert (("run.engine", "docker"),) in [remedy.patch for remedy in found[0].remedies]
    assert not [f for f in findings.assess(resolve(fixed, ROOT)) if f.id == "CANNOT-BE-HAD"]


def test_only_images_that_nobody_named_get_their_registry() -> None:
    assert PODMAN.image("nginx:1.28-alpine") == "docker.io/library/nginx:1.28-alpine"
    assert PODMAN.image("pytorch/torchserve:1") == "docker.io/pytorch/torchserve:1"
    assert PODMAN.image("ghcr.io/a/b:1") == "ghcr.io/a/b:1"
    assert deployed(engine="docker", **GATEWAY).processes[1].image == "nginx:1.28-alpine"
    named = resolve(plan("llama-server", run={"engine": "podman", "image": "mine:1"}), ROOT)
    assert named.processes[0].image == "mine:1"


def test_docker_is_taken_where_it_is_and_podman_where_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DOCKER_HOST", "CONTAINER_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    docker, podman = tmp_path / "docker.sock", tmp_path / "podman" / "podman.sock"
    monkeypatch.setattr(engine_address, "DOCKER", str(docker))
    podman.parent.mkdir()
    assert (engine_address.found(), engine_address.named()) == ("docker", "")
    podman.touch()
    assert (engine_address.found(), engine_address.named()) == ("podman", f"unix://{podman}")
    docker.touch()
    assert (engine_address.found(), engine_address.named()) == ("docker", "")
    assert engine_address.named("podman") == f"unix://{podman}"
    assert engine_address.podman_too()
    docker.unlink()
    docker.symlink_to(podman)  # as the package podman-docker has it
    assert engine_address.found() == "podman"
    assert not engine_address.podman_too()
    monkeypatch.setenv("DOCKER_HOST", "ssh://somebody@elsewhere")
    assert (engine_address.found(), engine_address.named()) == ("docker", "ssh://somebody@elsewhere")


def test_another_engine_than_the_one_it_was_made_for_is_refused(docker_client: Any) -> None:
    docker_engine.insist(docker_client, DOCKER)
    with pytest.raises(WizardError, match="Docker answers where Podman was expected"):
        docker_engine.insist(docker_client, PODMAN)
