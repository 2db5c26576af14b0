"""What call.sh looks for before it waits: the containers of its folder, or a trial that is kept in their place."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.artifacts.names import TRIAL_FOLDER, TRIAL_LABEL, TRIAL_NAME, project
from wizard.deployment import Deployment, Endpoint

SERVER = '"$server"'
"""The container of the server, as a word of the script."""


def posix(deployment: Deployment, endpoint: Endpoint, inside: bool, beside: bool) -> Iterator[str]:
    """Lines for a deployment in Docker that set `$server` and define `missing`. They know `$url` and `$start`.

    `inside`, `beside`: secrets are read in the container, or in `$here`, which is then the folder of a trial.
    """
    yield f"server={project(deployment)}-server"
    if endpoint.published and (inside or beside):
        yield "# A trial that is kept running answers at the same port, with secrets of its own."
        yield f"""label='{{{{.Label "{TRIAL_LABEL}"}}}} {{{{.Label "{TRIAL_FOLDER}"}}}}'"""
        yield f"trial=$(docker ps --filter label={TRIAL_LABEL} --filter publish={endpoint.host_port} \\"
        yield '    --format "$label" 2>/dev/null | head -n 1) || trial='
        folder = "; here=${trial#* }" if beside else ""
        yield f'[ -z "$trial" ] || {{ server={TRIAL_NAME}${{trial%% *}}-server{folder}; }}'
    yield "# Whether Docker can be asked and has no such container; waiting would be in vain."
    yield "missing() {"
    yield '    found=$(docker ps -q --filter "name=^$server\\$" 2>/dev/null) && [ -z "$found" ] || return 1'
    yield '    echo "No answer from $url: the container $server is not running. Start it: $start" >&2'
    yield "}"
