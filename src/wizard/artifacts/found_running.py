"""How the calling scripts find the server: the containers of their folder, or a trial that is kept running instead."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.artifacts.names import project
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.labels import TRIAL_FOLDER, TRIAL_LABEL, TRIAL_NAME
from wizard.formats import shell

SERVER = '"$server"'
"""The server's container, as a word of call.sh."""
POWERSHELL_SERVER, POWERSHELL_HERE = "$server", "$here"
"""The same for call.ps1, and the folder with the secrets."""
_KEPT = "# A trial that is kept running answers at the same port, with secrets of its own."


def posix(deployment: Deployment, endpoint: Endpoint, inside: bool, beside: bool) -> Iterator[str]:
    """Lines for a deployment in Docker that set `$server` and define `missing`.

    They use `$where` and `$start`. `inside`: secrets are read in the container; `beside`: they are read in `$here`,
    which for a trial is its folder.
    """
    engine = deployment.engine
    yield f"server={project(deployment)}-server"
    if endpoint.published and (inside or beside):
        yield _KEPT
        labels = [engine.label.format(f'"{each}"') for each in (TRIAL_LABEL, TRIAL_FOLDER)]
        yield f"label='{' '.join(f'{{{{{each}}}}}' for each in labels)}'"
        if engine.ports:
            yield f"trial=$(docker ps --filter label={TRIAL_LABEL} --filter publish={endpoint.host_port} \\"
            yield '    --format "$label" 2>/dev/null | head -n 1) || trial='
        else:
            ports = '--format "$label|{{.Ports}}" 2>/dev/null |'
            yield f"trial=$({engine.name} ps --filter label={TRIAL_LABEL} {ports}"
            yield f"    sed -n 's/|.*:{endpoint.host_port}->.*//p' | head -n 1) || trial="
        folder = "; here=${trial#* }" if beside else ""
        yield f'[ -z "$trial" ] || {{ server={TRIAL_NAME}${{trial%% *}}-server{folder}; }}'
    yield f"# Whether {engine.title} can be asked and has no such container; waiting would be in vain."
    yield "missing() {"
    yield f'    found=$({engine.name} ps -q --filter "name=^$server\\$" 2>/dev/null) && [ -z "$found" ] || return 1'
    yield '    echo "No answer from $where: the container $server is not running. Start it: $start" >&2'
    yield "}"


def powershell(deployment: Deployment, endpoint: Endpoint) -> Iterator[str]:
    """Lines for a deployment whose token is read in Docker, or from its folder, that set `$server` and `$here`."""
    yield f"$server = {shell.powershell(f'{project(deployment)}-server')}"
    yield "$here = $PSScriptRoot"
    if not endpoint.published:
        return
    yield _KEPT
    # In backquotes, because older versions lose double quotes when they start a program.
    labels = f"'{{{{.Label `{TRIAL_LABEL}`}}}} {{{{.Label `{TRIAL_FOLDER}`}}}}'"
    yield "try {"
    yield f"    $trial = docker ps --filter label={TRIAL_LABEL} --filter publish={endpoint.host_port} `"
    yield f"        --format {labels} 2>$null | Select-Object -First 1"
    yield "} catch { $trial = '' }"
    yield f"if ($trial) {{ $id, $here = $trial -split ' ', 2; $server = \"{TRIAL_NAME}$id-server\" }}"
