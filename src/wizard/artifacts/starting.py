"""A container that cannot start because a port is taken: which port, by whom, and what to do.

Docker words this differently in each version; only the port is taken from its message.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment.engines import Engine

_SENTENCES = (
    r"Bind for [^ ]*:\([0-9]*\) failed: port is already allocated",
    r"listen tcp[46]* [^ ]*:\([0-9]*\): bind: address already in use",
    r"failed to bind host port [a-z ]*[0-9.]*:\([0-9]*\)[:\/].*address already in use",
    r"failed to bind host port [a-z ]*\[[^]]*\]:\([0-9]*\)[:\/].*address already in use",
)
"""What Docker 20.10 to 29 print, as basic regular expressions whose only group is the port."""


def posix(engine: Engine) -> Iterator[str]:
    """A shell function `start CONTAINER`, which needs `$here`, `down` and `pasted`."""
    yield "start() {"
    yield f'    said=$({engine.name} start "$1" 2>&1 >/dev/null) && return'
    yield """    taken=$(printf '%s\\n' "$said" | sed -n \\"""
    yield from (f"        -e 's/.*{sentence}.*/\\1/p' \\" for sentence in _SENTENCES)
    yield "        | sed -n 1p)"
    yield "    down"
    yield '    [ -n "$taken" ] || { printf \'%s\\n\' "$said" >&2; exit 1; }'
    if engine.ports:
        yield """    by=$(docker ps --filter "publish=$taken" --format 'the container {{.Names}}' | sed -n 1p)"""
    else:
        yield f"    by=$({engine.name} ps --format '{{{{.Names}}}} {{{{.Ports}}}}' |"
        yield """        sed -n "s/^\\([^ ]*\\) .*:$taken->.*/the container \\1/p" | sed -n 1p)"""
    yield """    [ -n "$by" ] || by=$(ss -Hltnp "sport = :$taken" 2>/dev/null |"""
    yield """        sed -n 's/.*users:(("\\([^"]*\\)",pid=\\([0-9]*\\).*/\\1, process \\2/p' | sed -n 1p)"""
    yield """    printf 'Port %s is taken by %s. Stop that, or choose another port: serving-wizard %s\\n' \\"""
    yield '        "$taken" "${by:-another program}" "$(pasted "$here")" >&2'
    yield "    exit 1"
    yield "}"


def powershell() -> Iterator[str]:
    """The same for PowerShell: `StartContainer`, which needs `$here` and `Down`."""
    yield "function StartContainer([string]$Name) {"
    yield "    $said = (docker start $Name 2>&1 | Out-String)"
    yield "    if ($LASTEXITCODE -eq 0) { return }"
    yield "    Down"
    yield "    $where = '(?:Bind for |listen tcp[46]* |host port [a-z ]*)(?:\\[[^\\]]*\\]|[0-9.]*):([0-9]+)'"
    yield "    if ($said -notmatch $where) {"
    yield "        Write-Error $said"
    yield "        exit 1"
    yield "    }"
    yield "    $taken = $Matches[1]"
    yield '    $quoted = "\'" + ($here -replace "\'", "\'\'") + "\'"'
    yield '    $by = docker ps --filter "publish=$taken" --format "the container {{.Names}}" | Select-Object -First 1'
    yield "    if (-not $by) { $by = 'another program' }"
    yield '    Write-Error "Port $taken is taken by $by. Stop that, or choose another port: serving-wizard $quoted"'
    yield "    exit 1"
    yield "}"
