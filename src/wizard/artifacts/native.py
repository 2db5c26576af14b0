"""run.sh of a native run: the server, and the gateway if there is one, as processes that end together."""

from __future__ import annotations

from collections.abc import Iterator

from wizard import registry
from wizard.deployment import Deployment, Process
from wizard.formats import shell
from wizard.gateway.layout import presented_groups, presented_line, presented_name
from wizard.host import SYSTEM_FOLDERS

_FOUND = "\\1"
"""What sed replaces by the first group of its expression."""

_SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "TERM": 15}
"""Signals by which a terminal or another program asks the script to stop, with their numbers."""

_STOP = """\
# A launcher may leave behind what it started when it is asked to end, with the ports: its children are asked too.
# What is there after ten seconds is killed: Ctrl-C asks all of them first, and a server that is asked twice can hang.
# Until then no further signal ends this: it would leave what does not listen.
stop() {
    trap '' HUP INT QUIT TERM
    trap - EXIT
    # A signal may come when something was started and is not noted yet.
    case "$pids " in *" ${!:-} "*) ;; *) pids="$pids ${!:-}" ;; esac
    theirs=$(ps -A -o ppid= -o pid= 2>/dev/null | awk -v of="$pids " 'index(of, " " $1 " ") { print $2 }') || theirs=
    [ -z "$pids" ] || kill $pids $theirs 2>/dev/null || :
    rounds=0
    for each in $pids $theirs; do
        while kill -0 "$each" 2>/dev/null && [ $((rounds += 1)) -lt 100 ]; do sleep 0.1; done
    done
    [ -z "$pids" ] || kill -9 $pids $theirs 2>/dev/null || :
    wait
    [ -z "$short" ] || rm -rf "$short"
}"""


def script(deployment: Deployment) -> str:
    """The whole script. Everything it starts runs in the folder of the script and ends with it."""
    return "\n".join(_lines(deployment)) + "\n"


def _lines(deployment: Deployment) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# {deployment.title} {deployment.plan.version} on this machine. Ctrl-C stops all it started."
    yield "set -eu"
    # Words such as `down` are those of a run in Docker: here they would start a second server.
    yield '[ "$*" = "" ] || [ "$*" = up ] || { echo "usage: ./run.sh (Ctrl-C stops all it started)" >&2; exit 2; }'
    yield shell.HERE
    yield 'cd "$here"'
    yield from _folders()
    yield from _system_programs(deployment)
    yield "pids="
    yield _STOP
    yield "trap stop EXIT"
    # A terminal that closes sends HUP, which nginx takes for a request to read its configuration again.
    yield from (f"trap 'exit {128 + number}' {name}" for name, number in _SIGNALS.items())
    for process in deployment.processes:
        yield ""
        yield from _environment(process)
        made = _made_tokens(deployment) if process.name == "server" else ""
        if made:
            yield f"rm -f {shell.sh(made)}"
        yield from (
            _isolated(process)
            if process.isolated
            else [shell.sh_command([[*(process.entrypoint or ()), *process.command]]) + " &"]
        )
        yield 'pids="$pids $!"'
        if made:
            yield from _hand_over(deployment, made)
    yield ""
    yield from _ends(len(deployment.processes))


def _environment(process: Process) -> Iterator[str]:
    notes = dict(process.notes)
    for key, value in process.environment:
        yield from [f"# {notes[key]}"] if key in notes else []
        yield f"export {key}={shell.sh(value)}"
    words = (*(process.entrypoint or ()), *process.command)
    # A command is one line, so what is to say about its words stands above it.
    yield from (f"# {word}: {why}" for word, why in process.notes if word in words)


def _folders() -> Iterator[str]:
    """The folders of what runs, and who may enter them."""
    yield "# The sockets that a server makes take their mode from here: nobody else may connect."
    yield "umask 022"
    yield "mkdir -p run/tmp run/gateway run/relay"
    yield "chmod 700 run/tmp"
    yield "# nginx lets everybody use its sockets. As root, its workers run as another user, who needs access."
    yield '[ "$(id -u)" = 0 ] || chmod 700 run/relay'
    yield "# A server may keep one pid file per temporary folder, and refuse a second one there."
    yield 'export TMPDIR="$here/run/tmp"'
    yield "# Some servers use another variable for it, and make sockets there, whose paths may have at most 107 bytes."
    yield 'export TEMP="$TMPDIR"'
    yield "short="
    yield '[ "$(printf %s "$TMPDIR" | wc -c)" -le 88 ] || { short=$(mktemp -d /tmp/serving.XXXXXX); TEMP=$short; }'


def _system_programs(deployment: Deployment) -> Iterator[str]:
    """Have them found where an ordinary user's PATH lacks their folders."""
    if any(process.name == "gateway" or process.isolated for process in deployment.processes):
        yield "# nginx and ip are often where only root's PATH leads."
        yield f'PATH="$PATH:{":".join(SYSTEM_FOLDERS)}"'


def _ends(processes: int) -> Iterator[str]:
    """How the script ends: with its server. If there are several processes, the first that ends stops the others."""
    if processes == 1:
        yield "code=0"
        yield 'wait "$!" || code=$?'
        yield 'exit "$code"'
        return
    yield "while :; do"
    yield "    for each in $pids; do"
    yield '        kill -0 "$each" 2>/dev/null && continue'
    yield "        code=0"
    yield '        wait "$each" || code=$?'
    yield '        echo "One of the processes ended (exit code $code); the others are stopped." >&2'
    yield '        exit "$code"'
    yield "    done"
    yield "    sleep 1 &"
    # Unlike a program in the foreground, this is interrupted by a signal at once.
    yield '    wait "$!"'
    yield "done"


def _made_tokens(deployment: Deployment) -> str:
    """The file with the tokens that the server makes at startup, if the gateway has to present one; else ""."""
    adapter = registry.adapter(deployment.plan.server)
    known = adapter.given_token_file(deployment) is not None
    return "" if known or not presented_groups(deployment) else adapter.token_file(deployment) or ""


def _hand_over(deployment: Deployment, made: str) -> Iterator[str]:
    """Wait for the tokens that the server makes, and write them where the gateway reads them. They are never shown."""
    yield ""
    yield "# The server makes its tokens at each start. The gateway presents them: nobody else here gets past it."
    yield "present() {"
    yield f'    until found=$(tr -d \'\\n\' 2>/dev/null <{shell.sh(made)} | sed -nE "$2") && [ -n "$found" ]; do'
    yield '        kill -0 "$!" 2>/dev/null || { wait "$!"; exit; }'
    yield "        sleep 0.2"
    yield "    done"
    yield '    (umask 077; rm -f "$1"; printf "%s\\n" "$found" >"$1")'
    yield "}"
    yield "mkdir -p secrets"
    for group in presented_groups(deployment):
        pattern = registry.adapter(deployment.plan.server).token_pattern(group)
        expression = f"s/.*{pattern}.*/{presented_line(_FOUND)}/p"
        yield f"present {shell.sh(f'secrets/{presented_name(group)}')} {shell.sh(expression)}"


def _isolated(process: Process) -> Iterator[str]:
    """Run the server in its own network namespace.

    The server listens on every interface whatever it is told; this namespace has only loopback. A relay inside passes
    on what arrives at unix sockets, which the gateway outside can reach. Whichever of the two ends, stops the other:
    without the relay nobody would reach the server.
    """
    # A process that was only just started can miss a signal: each is asked until it is gone.
    inner = (
        'end() { for each in $both ${!:-}; do while kill "$each" 2>/dev/null; do sleep 0.1; done; done; }; '
        'both=; trap "end; exit 143" HUP INT QUIT TERM; '
        "ip link set lo up; rm -f run/relay/*.sock; nginx -p . -c gateway/relay.conf & both=$!; "
        + " ".join(shell.sh(word) for word in process.command)
        + ' & both="$both $!"; while :; do for each in $both; do kill -0 "$each" 2>/dev/null && continue; '
        'code=0; wait "$each" || code=$?; end; exit "$code"; done; sleep 1 & wait "$!"; done'
    )
    yield "# The server listens on every interface, whatever it is told. So it has a network of its own, in which it is"
    yield "# alone with a relay: that passes on what the gateway sends to a socket file."
    yield 'if [ "$(id -u)" = 0 ]; then user=; else user="--user --map-root-user"; fi'
    yield f"unshare $user --net -- sh -c {shell.sh(inner)} &"
