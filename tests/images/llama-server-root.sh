#!/bin/sh
# llama-server-root.sh [DIR] : a small Debian with llama.cpp build 11669 (default .cache/llama-server/root), which both
# the image and the run without a container are made from. The suite is the one that carries the package; its
# Release file may have expired by the time this runs, and that is no reason to refuse it.
. "$(dirname "$0")/common.sh"
dir=${1:-$root/.cache/llama-server/root}
hash=$(printf '%s\n' "$here/llama-server-root.sh" "$here/common.sh" | digest)
mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock"
flock 9 # the image and the run without a container may ask for it at the same time
[ "$(cat "$dir.made" 2>/dev/null)" = "$hash" ] && exit 0
scratch
need_mmdebstrap
SUITE=forky
rm -rf "$dir" "$dir.made"
rootfs "$WORK/root.tar" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --include=llama.cpp-tools,curl
mkdir "$dir"
tar -C "$dir" -xf "$WORK/root.tar" --exclude='./dev/*'
build=$(chroot "$dir" llama-server --version 2>&1 | sed -nE 's/.*build ([0-9]+).*/\1/p')
[ "$build" = 11669 ] || {
    say "the suite $SUITE has llama.cpp build ${build:-unknown} now, not 11669: record its answers first"
    exit 1
}
printf '%s\n' "$hash" >"$dir.made"
say "unpacked llama.cpp build $build"
