"""run.sh of a native run: the server, and the gateway if there is one, as processes that end together."""

from __future__ import annotations

from wizard.deployment import Deployment, Process
from wizard.formats import shell


def script(deployment: Deployment) -> str:
    """The whole script. Everything it starts runs in the folder of the script and ends with it."""
    lines = [
        "#!/bin/sh",
        f"# {deployment.title} {deployment.plan.version} on this machine. Ctrl-C stops everything it started.",
        "set -eu",
        'here=$(cd "$(dirname "$0")" && pwd)',
        'cd "$here"',
        "mkdir -p run/tmp",
        "pids=",
        'stop() { trap - EXIT INT TERM; [ -z "$pids" ] || kill $pids 2>/dev/null || :; wait; }',
        "trap stop EXIT INT TERM",
        "",
    ]
    for process in deployment.processes:
        lines += [*_environment(process), _command(process) + " &", 'pids="$pids $!"', ""]
    lines += ["wait", ""]
    return "\n".join(lines)


def _environment(process: Process) -> list[str]:
    return [f"export {key}={shell.sh(value)}" for key, value in process.environment]


def _command(process: Process) -> str:
    words = [shell.sh(word) for word in process.command]
    if not process.isolated:
        return " ".join(words)
    # The server listens on every interface whatever it is told. In a network namespace of its own there is none
    # but loopback; the gateway reaches it through a unix socket.
    inner = "ip link set lo up && " + " ".join(words)
    return f"unshare --user --map-root-user --net -- sh -c {shell.sh(inner)}"
