"""Start: which server, which version, and how it is run."""

from __future__ import annotations

import shlex
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from wizard import plan as plans
from wizard import presets, registry
from wizard.servers.sample import sample_path
from wizard.session.steps.base import NO_YES, Field, Option, Step, switch

if TYPE_CHECKING:
    from wizard.host import Host
    from wizard.plan import Patch, Plan
    from wizard.presets import Preset

SERVER = Step(
    "start",
    "start",
    "Server",
    "Which server should run the model?",
    "Serving Wizard writes the server's configuration, shows who could reach it, and tries it out in a container.",
    ("server", "version"),
    "server",
)
SAMPLE_LOADED = "A sample model is already loaded: pressing Enter at every question is enough."
RUN_ID = "start.run"
RUN = Step(
    RUN_ID,
    "start",
    "How it runs",
    "How should the server run?",
    "This decides who opens the ports: Docker, or the server itself.",
    ("run", "settings"),
    "run",
)


def fields(step: Step, plan: Plan | None, server: str = "", host: Host | None = None) -> tuple[Field, ...]:
    """The questions of a step. Before the Plan is loaded, only the name of its server is known."""
    if step is RUN:
        return _run_fields(plan, host)
    chosen = plan.server if plan else server
    options = tuple(
        Option(one.id, one.title, one.summary, changes=_switch(one.id, plan), topic=one.id)
        for one in registry.identities()
    )
    question = Field("server", "choice", options=options, chosen=(chosen,))
    return (question, *_more_fields(plan)) if plan else (question,)


def _switch(name: str, plan: Plan | None) -> Patch:
    """Another server: its newest version, no token that only the previous one supports, and its own bundled sample."""
    changes: list[tuple[str, Any]] = [("server", name), ("version", "")]
    if plan is None or plan.server == name:
        return tuple(changes)
    if any(model.path == str(sample_path(plan.server)) for model in plan.models):
        sample = registry.adapter(name).sample
        changes.append(("models", [{"name": sample.name, "path": str(sample_path(name))}]))
    if "server-token" in (plan.auth.inference, plan.auth.management):
        changes.append(("auth", {}))
    return tuple(changes)


def _more_fields(plan: Plan) -> tuple[Field, ...]:
    adapter = registry.adapter(plan.server)
    versions = tuple(Option(v, v, changes=(("version", v),)) for v in adapter.versions)
    return (
        Field(
            "version",
            "cycle",
            "Version",
            "what the server can do differs between versions",
            options=versions,
            chosen=(plan.version or adapter.versions[0],),
            topic="version",
        ),
        _preset_field(plan),
    )


def _preset_field(plan: Plan) -> Field:
    """Each preset as one answer; "safe defaults" undoes what a preset may have set."""
    data = plans.to_data(plan)
    bare: dict[str, Any] = {"bind": {}, "cors": {}, "auth": {}, "tls": {}, "gateway": {}, "audiences": []}
    usual = "only this machine; you are asked for the rest"
    options = [Option("", "safe defaults", usual, changes=tuple(bare.items()), origin="default")]
    chosen = ""
    for name in presets.names():
        preset = _preset(name)
        result = presets.merged({**data, **bare}, preset)
        changed = tuple((key, value) for key, value in result.items() if key in bare or data.get(key) != value)
        topic = f"preset {name}"
        options.append(Option(name, preset.title, preset.summary, changes=changed, topic=topic, origin="preset"))
        if plans.Plan.model_validate(presets.merged(data, preset)) == plan:
            chosen = name
    return Field(
        "preset",
        "cycle",
        "Preset",
        "ready-made answers to start from",
        options=tuple(options),
        chosen=(chosen,),
        topic="preset",
    )


@lru_cache
def _preset(name: str) -> Preset:
    return presets.load(name)


def _run_fields(plan: Plan | None, host: Host | None) -> tuple[Field, ...]:
    how = (
        Option(
            "docker",
            "In a container",
            "Needs Docker or Podman, and opens only the ports you choose",
            changes=(("run.how", "docker"),),
            topic="publish",
        ),
        Option(
            "native",
            "Directly on this machine",
            "The server must be installed here; it opens its ports itself",
            changes=(("run.how", "native"), ("run.network", "bridge"), ("run.packaging", "mount")),
            topic="native",
        ),
    )
    if plan is None or host is None:
        return (Field("how", "choice", options=how, chosen=("docker",)),)
    asked = Field("how", "choice", options=how, chosen=(plan.run.how,))
    return (asked, *_docker_fields(plan, host), _settings_field(plan))


def _settings_field(plan: Plan) -> Field:
    """All settings of the server in one line; not shown if it declares none."""
    known = plans.settings.declared(plan.server)
    return Field(
        "settings",
        "text",
        "Settings",
        f"of the server, as NAME=VALUE: {', '.join(each.name for each in known[:3])} …",
        key="settings",
        value=shlex.join(plan.settings.words),
        placeholder="the server's defaults",
        read=partial(plans.settings.from_line, known),
        shown=bool(known),
        topic="settings",
    )


def _docker_fields(plan: Plan, host: Host) -> tuple[Field, ...]:
    docker = plan.contained
    engines, between = (("docker", "Docker"), ("podman", "Podman")), plan.run.engine != "auto" or host.podman_too
    used = host.engine if plan.run.engine == "auto" else plan.run.engine
    by = "which of them runs the container; they differ in who gets in"
    network = (("bridge", "its own"), ("host", "this machine's (host)"))
    packaging = (("mount", "mounted read-only"), ("image", "baked into an image"))
    reachable = "own: only published ports are reachable; host: no separation from this machine"
    where = "mounted: read from your disk; baked in: copied into an image of its own"
    gpu = "needs an NVIDIA GPU and Docker's NVIDIA runtime"
    return (
        switch("run.engine", engines, used, "Engine", by, shown=docker and between, topic="run.engine"),
        switch("run.network", network, plan.run.network, "Network", reachable, shown=docker, topic="network"),
        switch("run.packaging", packaging, plan.run.packaging, "Model", where, shown=docker, topic="bind mount"),
        switch("run.gpu", NO_YES, plan.run.gpu, "GPU", gpu, shown=docker, topic="gpu"),
        Field(
            "image",
            "text",
            "Image",
            "only if you build your own",
            key="run.image",
            value=plan.run.image,
            placeholder="the usual image of this version",
            shown=docker,
            topic="image",
        ),
    )
