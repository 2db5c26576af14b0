"""run.sh of a native run: the server, and the gateway if there is one, as processes that end together."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment, Process
from wizard.formats import shell


def script(deployment: Deployment) -> str:
    """The whole script. Everything it starts runs in the folder of the script and ends with it."""
    return "\n".join(_lines(deployment)) + "\n"


def _lines(deployment: Deployment) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# {deployment.title} {deployment.plan.version} on this machine. Ctrl-C stops all it started."
    yield "set -eu"
    yield 'here=$(cd "$(dirname "$0")" && pwd)'
    yield 'cd "$here"'
    yield "mkdir -p run/tmp run/gateway run/relay"
    # nginx opens its sockets to everybody. As root its workers change to another user, who has to get through.
    yield '[ "$(id -u)" = 0 ] || chmod 700 run/relay'
    # A server may keep one pid file per temporary folder, and refuse a second one there.
    yield 'export TMPDIR="$here/run/tmp"'
    yield "pids="
    yield 'stop() { trap - EXIT INT TERM; [ -z "$pids" ] || kill $pids 2>/dev/null || :; wait; }'
    yield "trap stop EXIT"
    yield "trap 'exit 130' INT"
    yield "trap 'exit 143' TERM"
    for process in deployment.processes:
        yield ""
        yield from (f"export {key}={shell.sh(value)}" for key, value in process.environment)
        yield from _isolated(process) if process.isolated else [shell.sh_command([process.command]) + " &"]
        yield 'pids="$pids $!"'
    yield ""
    yield "wait"


def _isolated(process: Process) -> Iterator[str]:
    """Run it in a network namespace of its own.

    The server listens on every interface whatever it is told; in that namespace there is none but loopback. A relay
    inside hands on what arrives at unix sockets, which the gateway outside can reach.
    """
    inner = (
        "ip link set lo up; rm -f run/relay/*.sock; nginx -p . -c gateway/relay.conf & children=$!; "
        + " ".join(shell.sh(word) for word in process.command)
        + ' & children="$children $!"; trap "kill $children" INT TERM; wait'
    )
    yield 'if [ "$(id -u)" = 0 ]; then user=; else user="--user --map-root-user"; fi'
    yield f"unshare $user --net -- sh -c {shell.sh(inner)} &"
