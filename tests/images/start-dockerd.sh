#!/bin/sh
# Make sure a Docker engine answers; start Debian's if none does. Prints the engine's version, or
# exits 1 with the engine's last lines. Safe to run again and again, and at the same time twice.
set -eu
SOCKET=/var/run/docker.sock
PIDFILE=/var/run/docker.pid
LOG=${DOCKERD_LOG:-/var/log/dockerd.log}
WAIT=${DOCKERD_WAIT:-60} # seconds

# Ask the socket itself: a client might follow a context or DOCKER_HOST to another engine.
ask() { curl -fsS --max-time 5 --unix-socket "$SOCKET" "http://docker/$1" 2>/dev/null; }
answers() { ask _ping >/dev/null; }
done_if_answering() {
    answers || return 0
    ask version | sed -n 's/.*"Version":"\([^"]*\)".*/\1/p'
    exit 0
}

command -v curl >/dev/null && done_if_answering

command -v dockerd >/dev/null && command -v curl >/dev/null || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        docker.io iptables ca-certificates curl >&2
}
done_if_answering # the package may have started it

exec 9>/run/lock/serving-wizard-dockerd.lock
flock 9
done_if_answering # somebody else started it meanwhile

# A machine without systemd may not have mounted the control groups.
if ! mountpoint -q /sys/fs/cgroup && grep -qw cgroup2 /proc/filesystems; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi

# A killed engine leaves its pid file behind, and a new one refuses to start while the number is in use.
if [ -s "$PIDFILE" ] && [ "$(cat "/proc/$(cat "$PIDFILE")/comm" 2>/dev/null)" != dockerd ]; then
    rm -f "$PIDFILE"
fi
if [ ! -s "$PIDFILE" ]; then
    setsid dockerd >>"$LOG" 2>&1 </dev/null 9>&- &
fi

deadline=$(($(date +%s) + WAIT))
until answers; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
        echo "no Docker engine answered within $WAIT s; the end of $LOG:" >&2
        tail -n 15 "$LOG" >&2 || true
        exit 1
    fi
    sleep 0.2
done
done_if_answering
