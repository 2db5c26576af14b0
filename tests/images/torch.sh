#!/bin/sh
# serving-wizard-test/torch: the big layer that both TorchServe images stand on: a JRE and a
# virtual environment with CPU torch at /home/venv, under the official image's account.
. "$(dirname "$0")/common.sh"
TAG=serving-wizard-test/torch:latest
scratch
# All of the list but TorchServe itself, which comes in as many versions as there are images.
grep -v '^torchserve==' "$root/requirements/torchserve.txt" >"$WORK/list.txt"
hash=$(printf '%s\n' "$here/torch.sh" "$here/common.sh" "$here/wheels.sh" "$here/torchserve/inside.sh" \
    "$WORK/list.txt" | digest)
built "$TAG" "$hash" && exit 0
need_mmdebstrap
mkdir "$WORK/wheels"
sh "$here/wheels.sh" "$WORK/wheels" -r "$WORK/list.txt"
rootfs "$WORK/root.tar" \
    --include=openjdk-17-jre-headless,python3,python3-venv \
    --customize-hook="copy-in $WORK/wheels $here/torchserve/inside.sh /" \
    --customize-hook='chroot "$1" sh /inside.sh'
docker import \
    -c 'ENV PATH=/home/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    -c 'ENV PYTHONUNBUFFERED=TRUE' -c 'ENV TEMP=/home/model-server/tmp' \
    -c "LABEL $TEST_LABEL" -c "LABEL $BUILD_LABEL=$hash" "$WORK/root.tar" "$TAG" >/dev/null
say "built $TAG"
