"""run.sh and run.ps1: the same deployment without compose."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.artifacts import calling, identity, native, ownership, shown, starting
from wizard.artifacts.compose import port
from wizard.artifacts.container import (
    CAP_DROP,
    HIDDEN_NETWORK,
    LOG_DRIVER,
    LOG_FILES,
    LOG_SIZE,
    RESTART,
    SECURITY,
    Container,
    describe,
)
from wizard.artifacts.names import baked_name, built_image, project
from wizard.deployment import Deployment, Mount, Network, Process
from wizard.errors import WizardError
from wizard.formats import shell
from wizard.servers.files import Block, ConfigFile

FILE_NAME = "run.sh"
NO_POWERSHELL = "PowerShell cannot start this deployment; docker compose up -d can."


def render(deployment: Deployment) -> tuple[ConfigFile, ...]:
    """The scripts for the way this Deployment is run."""
    if deployment.plan.native:
        return (ConfigFile(FILE_NAME, (Block(native.script(deployment), cause="run.how"),), executable=True),)
    posix = ConfigFile(FILE_NAME, (Block(_posix(deployment), cause="run.how"),), executable=True)
    if not deployment.engine.powershell:
        return (posix,)
    return (
        posix,
        ConfigFile("run.ps1", (Block(shell.powershell_file(_powershell_or_why_not(deployment)), cause="run.how"),)),
    )


def _create(
    deployment: Deployment, process: Process, mounted: Callable[[Mount, Container], tuple[str, str]]
) -> Iterator[tuple[str, ...]]:
    """The words of `docker create` for a process, line by line; `mounted` gives the option of one bind mount."""
    name, container = project(deployment), describe(deployment, process)
    yield deployment.engine.name, "create"
    yield "--label", f"{_RAW}{ownership.MINE}"
    yield "--name", f"{name}-{process.name}"
    yield ("--init",)
    yield from (("--restart", RESTART), ("--cap-drop", CAP_DROP), ("--security-opt", SECURITY))
    yield "--pids-limit", str(process.pids)
    yield from (("--memory", container.memory), ("--memory-swap", container.memory), ("--log-driver", LOG_DRIVER))
    yield from (("--log-opt", f"max-size={LOG_SIZE}"), ("--log-opt", f"max-file={LOG_FILES}"))
    if process.read_only_root:
        yield ("--read-only",)
    if not process.image_check:
        yield ("--no-healthcheck",)
    yield from (("--tmpfs", path) for path in container.tmpfs)
    yield from _network(name, process)
    yield from (("--publish", port(publish)) for publish in process.publishes)
    yield from (mounted(mount, container) for mount in process.mounts)
    yield from _inside(process, container)
    image = f'{_RAW}"{built_image(deployment)}:$project"' if process.baked else process.image
    yield (image, *(process.entrypoint or ())[1:], *process.command)


def _inside(process: Process, container: Container) -> Iterator[tuple[str, str]]:
    """The options for what the process finds in its container."""
    yield from (("--env", f"{key}={value}") for key, value in process.environment)
    yield from (("--env", key) for key in process.handed_on)  # without a value: that of whoever runs the script
    if process.user:
        yield "--user", process.user
    if container.user_namespace:
        yield "--userns", container.user_namespace
    if process.working_dir:
        yield "--workdir", process.working_dir
    if process.gpu:
        yield "--gpus", "all"
    if process.entrypoint is not None:
        yield "--entrypoint", process.entrypoint[0]


def volume(mount: Mount, container: Container) -> str:
    """What follows the host's path in the value of --volume."""
    options = container.mount_options(mount)
    return ":".join([mount.target, *([",".join(options)] if options else [])])


def _network(name: str, process: Process) -> Iterator[tuple[str, str]]:
    if process.host_network:
        yield "--network", "host"
    elif process.networks:
        yield "--network", f"{name}-{process.networks[0]}"
        yield "--network-alias", process.name


def _posix(deployment: Deployment) -> str:
    name, engine = project(deployment), deployment.engine
    lines = [
        "#!/bin/sh",
        f"# {deployment.title} {deployment.plan.version} in {engine.title}: ./run.sh up | down | logs"
        + (" | build" if _baked(deployment) else ""),
        "set -eu",
        shell.HERE,
        "",
        "# One quoted field of a line of CSV.",
        """csv() { printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"; }""",
        "",
        *ownership.posix(deployment),
        "",
        *starting.posix(engine),
        "",
        shown.POSIX,
        "",
        shown.PASTED,
    ]
    if _baked(deployment):
        lines += ["", "build() {", *_posix_build(deployment), "}"]
    lines += [
        "",
        "up() {",
        *_posix_up(deployment),
        "}",
        "",
        "case ${1-up} in",
        "up) up ;;",
        "down) down; tell ;;",
        f"logs) {engine.name} inspect {name}-server >/dev/null &&",
        f"    {{ {engine.name} logs -f {name}-server 2>&1 >&3 | shown 2 >&2; }} 3>&1 | shown 1 ;;",
        *(["build) build ;;"] if _baked(deployment) else []),
        '*) echo "usage: ./run.sh up | down | logs" >&2; exit 2 ;;',
        "esac",
        "",
    ]
    return "\n".join(lines)


def _posix_up(deployment: Deployment) -> Iterator[str]:
    name = project(deployment)
    yield from ("    down", "    others", *_checks(deployment), *_project(deployment), *_networks(deployment))
    for process in deployment.processes:
        lines = _create(deployment, process, _posix_mount)
        yield "    " + " \\\n        ".join(" ".join(map(_posix_word, line)) for line in lines) + " >/dev/null"
        connect = f"    {deployment.engine.name} network connect"
        yield from (f"{connect} {name}-{n} {name}-{process.name}" for n in process.networks[1:])
        yield f"    start {name}-{process.name}"
    yield '    at=$(dirname -- "$0"); echo Started.'
    if calling.call(deployment):
        yield f'    printf \'Call it: %s\\n\' "$(pasted "$at/{calling.POSIX}")"'
    yield """    printf 'Stop it: %s down\\n' "$(pasted "$at/run.sh")\""""
    yield """    printf 'Who can reach what: %s\\n' "$(pasted "$at/EXPOSURE.md")\""""


def _baked(deployment: Deployment) -> bool:
    return any(process.baked for process in deployment.processes)


_RAW = "\0"
"""Marks a word that is written unquoted. No argument of Docker can contain this character."""


def _posix_word(word: str) -> str:
    return word.removeprefix(_RAW) if word.startswith(_RAW) else shell.sh(word)


def _posix_mount(mount: Mount, container: Container) -> tuple[str, str]:
    """The value of --mount is a line of CSV, in which a path may contain any character; --volume would split it at
    ":"."""
    if container.labels:  # they exist for --volume only
        return "--volume", f"{_RAW}{_posix_source(mount)}:{shell.sh(volume(mount, container))}"
    options = f",target={mount.target}" + (",readonly" if mount.read_only else "")
    return "--mount", f'{_RAW}type=bind,"$(csv source={_posix_source(mount)})"{shell.sh(options)}'


def _posix_build(deployment: Deployment) -> list[str]:
    lines = [*_project(deployment), '    rm -rf "$here/build"']
    for process in deployment.processes:
        for mount in process.baked:
            target = '"$here"/' + shell.sh(baked_name(mount))
            lines.append(f'    mkdir -p "$(dirname {target})"')
            lines.append(f"    cp -R {_posix_source(mount)} {target}")
    lines.append(f'    {deployment.engine.name} build -t "{built_image(deployment)}:$project" "$here"')
    return lines


def _posix_source(mount: Mount) -> str:
    if mount.source.startswith("./"):
        return '"$here"/' + shell.sh(mount.source[2:])
    return shell.sh(mount.source)


def _checks(deployment: Deployment) -> Iterator[str]:
    """Docker would silently create an empty directory for a missing mount source, so the script refuses first."""
    for process in deployment.processes:
        for mount in process.mounts:
            source = _posix_source(mount)
            yield f"    [ -e {source} ] || {{ printf '%s is missing\\n' {source} >&2; exit 1; }}"


def _project(deployment: Deployment) -> Iterator[str]:
    """The name that Compose uses for the folder's deployment, as `$project`, if it is needed."""
    if deployment.networks or _baked(deployment):
        setting = rf"^[[:space:]]*\(export[[:space:]]\{{1,\}}\)\{{0,1\}}{identity.KEY}[[:space:]]*=[[:space:]]*"
        # If there are several, the last counts, without quotes; a copied folder often lacks its .env.
        yield f"    project=$(sed -n 's/{setting}//p' \"$here/{identity.FILE_NAME}\" 2>/dev/null |"
        yield "        sed -n '$p' | tr -d '\"\\047' | sed 's/[[:space:]].*//')"
        yield "    [ -n \"$project\" ] || project=$(basename \"$here\" | tr '[:upper:]' '[:lower:]' |"
        yield "        tr -cd 'a-z0-9_-' | sed 's/^[_-]*//')"


def _networks(deployment: Deployment) -> Iterator[str]:
    """Labelled as Compose does it: Compose refuses a network of the same name without these labels."""
    for network in deployment.networks:
        yield f"    {deployment.engine.name} network create{_network_options(network)} \\"
        yield f"        --label com.docker.compose.network={network.name} \\"
        yield '        --label com.docker.compose.project="$project" \\'
        yield f"        {project(deployment)}-{network.name} >/dev/null"


def _network_options(network: Network) -> str:
    """Quoted in a way that means the same in every shell."""
    hidden = f" --opt {'='.join(HIDDEN_NETWORK)}" if network.hidden else ""
    return (" --internal" if network.internal else "") + hidden


def _powershell_or_why_not(deployment: Deployment) -> str:
    """The script, or one that says why there is none: PowerShell cannot pass some names on unchanged."""
    try:
        return _powershell(deployment)
    except WizardError as problem:
        why = f"{problem.title}. {problem.detail}".replace("\n", " ")
        said = f"{NO_POWERSHELL} {''.join(c if c.isprintable() else '?' for c in why)}"
        return f"Write-Error {shell.powershell(said)}\nexit 1\n"


def _powershell(deployment: Deployment) -> str:
    name = project(deployment)
    containers = "\n".join(_powershell_containers(deployment))
    lines = [
        f"# {deployment.title} {deployment.plan.version} in Docker: .\\run.ps1 up | down | logs",
        "param([ValidateSet('up', 'down', 'logs')][string]$Action = 'up')",
        "$here = $PSScriptRoot",
        *ownership.powershell(deployment),
        *starting.powershell(),
        shown.POWERSHELL,
        *([shell.POWERSHELL_EMPTY] if " $empty" in containers else []),
        "function Up {",
        "    Down",
        "    if ($other = Others) {",
        '        Write-Error "$other is of another folder. Remove it there, or give the model another name."',
        "        exit 1",
        "    }",
        *identity.POWERSHELL,
        *_powershell_networks(deployment),
        containers,
        "    Write-Output 'Started. Who can reach what: EXPOSURE.md. Stop: .\\run.ps1 down'",
        "}",
        "switch ($Action) {",
        "    'up' { Up }",
        "    'down' { Down; Tell }",
        f"    'logs' {{ docker logs -f '{name}-server' 2>&1 | ForEach-Object {{ Shown $_ }} }}",
        "}",
        "",
    ]
    return "\n".join(lines)


def _powershell_networks(deployment: Deployment) -> Iterator[str]:
    """Labelled as Compose does it: Compose refuses a network of the same name without these labels."""
    for network in deployment.networks:
        labels = f"--label com.docker.compose.network={network.name} --label com.docker.compose.project=$project"
        options = f"{_network_options(network)} {labels}"
        yield f"    docker network create{options} '{project(deployment)}-{network.name}' | Out-Null"


def _powershell_containers(deployment: Deployment) -> Iterator[str]:
    name = project(deployment)
    for process in deployment.processes:
        lines = _create(deployment, process, _powershell_mount)
        yield "    " + " `\n        ".join(" ".join(map(_powershell_word, line)) for line in lines) + " | Out-Null"
        yield from (f"    docker network connect '{name}-{n}' '{name}-{process.name}'" for n in process.networks[1:])
        yield f"    StartContainer '{name}-{process.name}'"


def _powershell_word(argument: str) -> str:
    if argument.startswith(_RAW):
        return argument.removeprefix(_RAW)
    return shell.powershell_argument(argument) if argument else "$empty"


def _powershell_mount(mount: Mount, container: Container) -> tuple[str, str]:
    rest = f":{volume(mount, container)}"
    if mount.source.startswith("./"):
        return "--volume", f"{_RAW}($here + {shell.powershell(mount.source[1:] + rest)})"
    return "--volume", mount.source + rest
