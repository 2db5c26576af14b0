#!/bin/sh
# serving-wizard-test/base: a neighbour container to send requests from (Python, curl, ip).
. "$(dirname "$0")/common.sh"
TAG=serving-wizard-test/base:latest
hash=$(printf '%s\n' "$here/base.sh" "$here/common.sh" | digest)
built "$TAG" "$hash" && exit 0
scratch
need_mmdebstrap
rootfs "$WORK/root.tar" --include=python3,iproute2,curl
docker import -c 'CMD ["bash"]' -c "LABEL $TEST_LABEL" -c "LABEL $BUILD_LABEL=$hash" \
    "$WORK/root.tar" "$TAG" >/dev/null
say "built $TAG"
