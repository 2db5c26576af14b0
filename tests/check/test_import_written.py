"""A folder that this program wrote gives its answers back, though wizard.toml is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.commands import command
from tests.support.examples import most
from tests.support.plans import ENDINGS
from tests.support.random_plans import HOSTS, workable_plan, works
from wizard import artifacts, registry
from wizard.check.analysis import Analysis
from wizard.check.importing import ImportedAnswers, draft
from wizard.deployment import Deployment
from wizard.host import Host
from wizard.machine import project
from wizard.machine.project import Project
from wizard.observed.source import Source
from wizard.placement.defaults import complete
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers, apply_patch
from wizard.servers.sample import sample_path

ALWAYS = {"audiences", "accepted", "models.sample", "gateway.kind"}
WITHOUT_A_GATEWAY = {"gateway.names", "gateway.max_body_mib", "gateway.requests_per_second"}


def may_be_unseen(made: Deployment, name: str) -> bool:
    """Whether an import may say of an answer that it stands in no file."""
    gated = {each.api for each in made.endpoints if each.served_by == "gateway"}
    part, _, api = name.partition(".")
    if part in ("bind", "cors"):  # APIs that nobody reaches, and what a server's own CORS cannot say
        return api.partition(".")[0] not in gated
    if part == "auth":
        return not any(s.api in gated and s.token_group == api for s in registry.adapter(made.plan.server).apis)
    if name in ("tls.certificate", "tls.key"):  # root's own are copied
        return made.host.uid == 0
    if name == "run.packaging":  # nothing to bake
        return all(model.id for model in made.plan.models)
    if name == "models.as_version":
        return made.plan.native and made.plan.server == "tensorflow-serving"
    return name in ALWAYS or (not gated and (name == "tls" or name in WITHOUT_A_GATEWAY))


MACHINES: tuple[dict[str, Any], ...] = (
    {}, {}, {"uid": 1001, "gid": 985}, {"uid": 0, "gid": 0}, {"selinux": True}, {"engine": "podman"},
    {"engine": "podman", "uid": 0, "gid": 0},
)  # fmt: skip


MODELS: dict[str, list[list[dict[str, Any]]]] = {
    "torchserve": [
        [{"name": "m", "path": "/models/m.mar"}, {"name": "n", "path": "/models/n.mar"}],
        [{"name": "m", "path": "/models/folder"}],
        [{"name": "x.y", "path": "/models/it's m (1), a.mar"}],
    ],
    "tensorflow-serving": [
        [{"name": "m", "path": "/models/a b", "versions": "all"}],
        [
            {"name": "m", "path": "/models/m", "versions": [1, 3], "labels": {"stable": 1, "new": 3}},
            {"name": "n", "path": "/models/n"},
        ],
        [{"name": "m", "path": "/models/m/7", "as_version": 7}],
    ],
    "llama-server": [
        [{"name": "m", "id": "ggml-org/x-GGUF:Q4"}],
        [{"name": "m", "path": "/models/m.gguf"}, {"name": "n", "path": "/models/n.gguf"}],
        [{"name": "x.y", "path": "/models/a, b.gguf"}],
    ],
}
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "torchserve": [{"workers": 3}, {"queue": 50, "heap": 1024}],
    "tensorflow-serving": [{"rest_timeout": 5000}, {"batching": True, "batching_parameters": "/etc/batching.txt"}],
    "llama-server": [{"context": 4096}, {"parallel": 2, "projector": "/models/it's.gguf"}],
}


def varied(random: Random, host: Host) -> Plan:
    """A Plan that mostly works, with every kind of answer that files show."""
    plan = workable_plan(random, host)
    names = random.sample(("models.example.com", "box", "192.0.2.9"), random.choice((0, 0, 1, 2)))
    patch: dict[str, Any] = {
        "gateway.names": names,
        "gateway.max_body_mib": random.choice((1, 8, 300)),
        "gateway.requests_per_second": random.choice((1, 20, 5000)),
    }
    if plan.contained:
        patch["run.network"] = random.choice(("bridge", "bridge", "bridge", "host"))
        patch["run.packaging"] = random.choice(("mount", "mount", "image"))
        patch["run.gpu"] = random.random() < 0.2
    if random.random() < 0.3:
        patch["models"] = random.choice(MODELS[plan.server])
        if plan.native and "as_version" in patch["models"][0]:  # written like the folder above it: see below
            del patch["models"]
    if random.random() < 0.3:
        patch["settings"] = random.choice(SETTINGS[plan.server])
    if random.random() < 0.3:
        patch["tls"] = {"mode": "files", "certificate": "/etc/ssl/own.pem", "key": "/etc/ssl/own.key"}
    if random.random() < 0.2:
        specs = registry.adapter(plan.server).apis
        shared = {spec.shares_listener_with for spec in specs}
        own = [spec.api for spec in specs if spec.shares_listener_with is None and spec.api not in shared]
        patch[f"bind.{random.choice(own or ['inference'])}"] = {"scope": "socket", "address": "/srv/sockets/one.sock"}
    return apply_patch(plan, patch)


def deployments(number: int, seed: int) -> Iterator[Deployment]:
    """So many that work."""
    random = Random(seed)
    while number:
        host = replace(random.choice(HOSTS), **random.choice(MACHINES))
        made = resolve(varied(random, host), host)
        inside = any(each.scope == "internal" for each in made.endpoints)  # only a network of containers has that
        if works(made) and not (inside and not made.plan.bridged):
            number -= 1
            yield made


def imported(made: Deployment, without: str = "") -> ImportedAnswers:
    """What an import of the written files gives, in memory, also if one of them is gone."""
    files = {f"d/{file.path}": Source(f"d/{file.path}", file.text) for file in artifacts.render(made)}
    del files["d/wizard.toml"]
    files.pop(f"d/{without}", None)
    analysis = Analysis(files.get)
    for source in files.values():
        analysis.add(source)
    return draft(analysis)


def flat(data: Any, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from flat(value, f"{path}.{key}" if path else key)
    else:
        yield path, data


def differing(made: Deployment, found: ImportedAnswers) -> dict[str, tuple[object, object]]:
    """The answers that did not come back, of what the server has."""
    back = complete(answers.validate(found.data))
    before, after = (dict(flat(each.model_dump(by_alias=True))) for each in (made.plan, back))
    if made.plan.contained and made.engine.name != "docker":  # its scripts name it
        before["run.engine"] = made.engine.name
    apis = {spec.api for spec in registry.adapter(made.plan.server).apis}
    return {
        key: (before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
        and not (key.split(".")[0] in ("auth", "bind", "cors") and key.split(".")[1] not in apis)
    }


def named(found: ImportedAnswers) -> set[str]:
    """The answers of which the import says that they stand in no file."""
    return {each.what.partition(":")[0] for each in found.lost if each.source is None}


def covered(key: str, names: set[str]) -> bool:
    parts = key.split(".")
    return any(".".join(parts[:n]) in names for n in range(1, len(parts) + 1))


@pytest.mark.parametrize("seed", range(4))
def test_every_answer_comes_back_or_is_named(seed: int) -> None:
    """And of the gateway, nothing is said that would be written otherwise."""
    gated = 0
    for number, made in enumerate(deployments(most(60), seed)):
        found = imported(made, without="" if number % 3 else "compose.yaml")
        names = named(found)
        assert not {key: both for key, both in differing(made, found).items() if not covered(key, names)}, made.plan
        assert all(may_be_unseen(made, name) for name in names), (names, made.plan)
        assert not [each.what for each in found.lost if each.source is not None and not each.kept], made.plan
        gated += made.has_gateway
    assert gated


def test_every_server_had_a_gateway() -> None:
    assert {made.plan.server for made in deployments(60, 1) if made.has_gateway} == set(registry.names())


def written(server: str, folder: Path, **parts: Any) -> Project:
    """Files as `generate` writes them, then without their answers."""
    folder.mkdir()
    models = [{"name": "sample", "path": str(sample_path(server))}]
    plan = Plan.model_validate({"server": server, "models": models, **parts})
    made = project.prepare(plan, folder, folder / "out", bring=True)
    project.write(made, "fail")
    (folder / "out" / answers.FILE_NAME).unlink()
    return made


GATED: dict[str, Any] = {
    "bind": {"inference": {"scope": "all"}},
    "cors": {"inference": {"origins": ["https://a.example", "http://localhost:3000"], "credentials": True}},
    "auth": {"inference": "gateway-token"},
    "tls": {"mode": "self-signed"},
    "gateway": {"names": ["models.example.com"], "max_body_mib": 32, "requests_per_second": 5},
}


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("server", registry.names())
def test_the_folder_can_be_written_again_from_what_was_imported(server: str, how: str, tmp_path: Path) -> None:
    made = written(server, tmp_path / "one", run={"how": how}, **GATED)
    out = made.target
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    done = command("import", str(out), "--out", str(out / answers.FILE_NAME))
    assert done.returncode == 0, done.stderr
    again = project.prepare(answers.load((out / answers.FILE_NAME).read_text()), out, out)
    texts = {path: text for path, text in project.texts(again).items() if path not in ("wizard.toml", "EXPOSURE.md")}
    assert texts == {path: before[out / path].decode() for path in texts}
    secrets = [path for path in before if path.parent.name == "secrets" and path.suffix in (".token", ".key")]
    words = [word for path in secrets for word in before[path].decode().split() if len(word) > 20]
    shown = done.stdout + done.stderr + (out / answers.FILE_NAME).read_text()
    assert words and not [word for word in words if word in shown]


def test_a_version_folder_of_a_native_run_is_named_as_what_cannot_be_told_apart() -> None:
    (given,) = (each for each in MODELS["tensorflow-serving"] if "as_version" in each[0])
    data = {"server": "tensorflow-serving", "models": given, "run": {"how": "native"}, **GATED}
    found = imported(resolve(Plan.model_validate(data), HOSTS[0]))
    assert found.data["models"] == [{"name": "m", "path": "/models/m", "versions": [7]}]
    assert "models.as_version" in named(found)


@pytest.mark.parametrize("server", registry.names())
def test_an_import_asks_for_no_file_outside_the_folder(server: str) -> None:
    models = [{"name": "m", "path": f"/models/m{ENDINGS.get(server, '')}"}]
    made = resolve(Plan.model_validate({"server": server, "models": models, **GATED}), HOSTS[0])
    files = {f"d/{file.path}": Source(f"d/{file.path}", file.text) for file in artifacts.render(made)}
    asked: list[str] = []

    def load(path: str) -> Source | None:
        asked.append(path)
        return files.get(path)

    analysis = Analysis(load)
    for path, source in files.items():
        if path not in ("d/wizard.toml", "d/gateway/nginx.conf", "d/EXPOSURE.md"):
            analysis.add(source)
    draft(analysis)
    assert "d/gateway/nginx.conf" in asked
    assert not [path for path in asked if not path.startswith("d/")]
