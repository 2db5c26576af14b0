"""`doctor`: what this machine has and lacks."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from wizard import console, registry
from wizard.cli import draw
from wizard.deployment.engines import DOCKER, PODMAN, Engine
from wizard.errors import ExitCode
from wizard.host import Host
from wizard.machine import compose_command, hostfacts, programs

_PROGRAMS = {
    "nginx": "native gateways",
    "openssl": "looking at certificates by hand",
}


def run(options: argparse.Namespace) -> int:
    """Print one line for each check; exit code 3 if no trial can be run here at all."""
    host = hostfacts.measure(docker=True)
    checks = list(_checks(host))
    if options.format == "json":
        console.out_json({"checks": checks, "addresses": [i.address for i in host.interfaces]})
    else:
        for check in checks:
            mark = "✓" if check["ok"] else "✗"
            draw.say(f"{mark} {check['name']:<24} {check['detail']}", 27)
            if not check["ok"] and check["hint"]:
                draw.say(f"  {check['hint']}", 2)
        for line in _sentences(host):
            draw.say(line, 2)
    return ExitCode.OK if host.docker.usable else ExitCode.ENVIRONMENT


def _sentences(host: Host) -> Iterator[str]:
    """A summary of what can and cannot be done here."""
    can, cannot = ["write files"], []
    engine = _engine(host)
    if host.docker.usable:
        compose = " ".join(compose_command.found()) if engine.compose else ""
        can += [f"try them in {engine.title}", f"start them with run.sh{f' or {compose}' if compose else ''}"]
    else:
        cannot.append("try them in a container")
    for name in registry.names():
        adapter = registry.adapter(name)
        missing = hostfacts.lacking(program.name for program in adapter.programs)
        if not adapter.programs:
            continue
        if missing:
            cannot.append(f"run {adapter.title} without a container (not found: {', '.join(missing)})")
        else:
            can.append(f"run {adapter.title} without a container")
        if missing and adapter.emulator is not None:
            can.append(f"try an emulation of {adapter.title}")
    if hostfacts.lacking(["nginx"]):
        cannot.append("put a gateway in front without a container (not found: nginx)")
    yield f"You can: {', '.join(can)}."
    if cannot:
        yield f"You cannot: {', '.join(cannot)}."


def _checks(host: Host) -> Iterator[dict[str, str | bool]]:
    version = ".".join(map(str, host.docker.version))
    yield _check(
        f"{_engine(host).title} engine",
        host.docker.usable,
        f"version {version}" if host.docker.usable else host.docker.problem,
        host.docker.hint,
    )
    for program, use in _programs().items():
        place = programs.where(program)
        yield _check(program, bool(place), place or f"not found; only for {use}", "")
    own = ", ".join(f"{i.address} ({i.name})" for i in host.own_addresses) or "none"
    yield _check("addresses of networks", True, own, "")
    yield _check("IPv6 loopback", len(host.loopbacks) > 1, "::1" if len(host.loopbacks) > 1 else "off", "")
    yield _check("CPU", host.avx, f"{host.arch}, AVX {'yes' if host.avx else 'no'}", _cpu_hint(host))
    yield _check("firewall", True, host.firewall or "none that this program knows", "")


def _engine(host: Host) -> Engine:
    """The one that answered, or should have."""
    name = host.docker.engine if host.docker.usable else host.engine
    return next(each for each in (DOCKER, PODMAN) if each.name == name)


def _programs() -> dict[str, str]:
    adapters = [registry.adapter(name) for name in registry.names()]
    return {program.name: program.use for adapter in adapters for program in adapter.programs} | _PROGRAMS


def _cpu_hint(host: Host) -> str:
    said = (registry.adapter(name).unsuited(host) for name in registry.names())
    return " ".join(sentence for sentence in said if sentence)


def _check(name: str, ok: bool, detail: str, hint: str) -> dict[str, str | bool]:
    return {"name": name, "ok": ok, "detail": detail, "hint": hint}
