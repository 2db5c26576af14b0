"""Which folder a container belongs to: names come from the model, and another folder may have a model of the same name.

Compose writes the folder of its file into a label of each container. The scripts write the same label and remove only
containers that carry their own folder, so neither removes what the other folder runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.artifacts.names import project
from wizard.deployment import Deployment
from wizard.deployment.labels import FOLDER_LABEL

MINE = '"$owner=$here"'
"""The label and its value, as both scripts write it."""
_WHY = "Compose tells by this label whose a container is; so does this script. Another folder's are left alone."
_WHY_ALONE = "This label tells whose a container is. Another folder's are left alone."


def containers(deployment: Deployment) -> list[str]:
    """The names of the containers that the written files make."""
    name = project(deployment)
    return [f"{name}-{process.name}" for process in deployment.processes]


def networks(deployment: Deployment) -> list[str]:
    """The names of their networks."""
    name = project(deployment)
    return [f"{name}-{network.name}" for network in deployment.networks]


def posix(deployment: Deployment) -> Iterator[str]:
    """Lines of a POSIX script that knows `$here` and ends at errors.

    `others` tells of another folder's and fails, `down` removes ours, `tell` says what `down` did and fails if it could
    not.
    """
    tool, label = deployment.engine.name, deployment.engine.label.format('\\"$owner\\"')
    yield f"# {_WHY if deployment.engine.compose else _WHY_ALONE}"
    yield f"owner={FOLDER_LABEL}"
    yield f"names='{' '.join(containers(deployment))}'"
    yield "others() {"
    yield "    for name in $names; do"
    names = f'{tool} ps -a --filter "name=^$name\\$" --format "{{{{.Names}}}} of {{{{{label}}}}}"'
    yield f"        other=$({names})"
    yield '        [ -z "$other" ] || {'
    yield "            printf 'There is %s. Remove it there, or give the model another name.\\n' \"$other\" >&2"
    yield "            return 1"
    yield "        }"
    yield "    done"
    yield "}"
    yield ""
    yield "down() {"
    yield "    gone='' left=''"
    yield "    for name in $names; do"
    yield f"""        ids=$({tool} ps -aq --filter "name=^$name\\$" --filter "label=$owner=$here")"""
    yield "        for id in $ids; do"
    yield f'            if {tool} rm -f "$id" >/dev/null 2>&1; then gone="$gone $name"; else left="$left $name"; fi'
    yield "        done"
    yield "    done"
    if deployment.networks:
        yield "    others 2>/dev/null || return 0"
    yield from (f"    {tool} network rm {each} >/dev/null 2>&1 || :" for each in networks(deployment))
    yield "}"
    yield ""
    yield "tell() {"
    yield '    [ -z "$gone" ] || echo "Stopped and removed:$gone"'
    yield '    [ -z "$left" ] || { echo "Could not be removed:$left" >&2; return 1; }'
    yield '    [ -n "$gone" ] || echo "Nothing to stop: no container of this folder is there."'
    yield "}"


def powershell(deployment: Deployment) -> Iterator[str]:
    """The same for PowerShell: Others, which names another folder's, Down, and Tell."""
    yield f"# {_WHY}"
    yield f"$owner = '{FOLDER_LABEL}'"
    yield f"$names = @({_listed(containers(deployment))})"
    yield 'function Others { foreach ($c in $names) { docker ps -a --filter "name=^$c`$" --format "{{.Names}}" } }'
    yield "function Down {"
    yield "    $script:gone, $script:left = @(), @()"
    yield "    foreach ($c in $names) {"
    yield '        $ids = @(docker ps -aq --filter "name=^$c`$" --filter "label=$owner=$here")'
    yield "        if ($LASTEXITCODE) { exit 1 }"
    yield "        foreach ($id in $ids) {"
    yield "            docker rm -f $id 2>$null | Out-Null"
    yield "            if ($LASTEXITCODE -eq 0) { $script:gone += $c } else { $script:left += $c }"
    yield "        }"
    yield "    }"
    yield "    if (Others) { return }"
    yield f"    foreach ($n in @({_listed(networks(deployment))})) {{ docker network rm $n 2>$null | Out-Null }}"
    yield "}"
    yield "function Tell {"
    yield '    if ($gone) { Write-Output "Stopped and removed: $gone" }'
    yield '    if ($left) { Write-Error "Could not be removed: $left"; exit 1 }'
    yield "    if (-not $gone) { Write-Output 'Nothing to stop: no container of this folder is there.' }"
    yield "}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{each}'" for each in names)
