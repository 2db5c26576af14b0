#!/bin/sh
# Stands in for nginx:1.28-alpine: same paths, account, ports, command and stop signal.
# Inside is Debian's nginx 1.22, so directives newer than that are unknown to it.
. "$(dirname "$0")/common.sh"
TAG=nginx:1.28-alpine
hash=$(printf '%s\n' "$here/nginx.sh" "$here/common.sh" "$here"/nginx/* | digest)
built "$TAG" "$hash" && exit 0
scratch
need_mmdebstrap
# busybox is what gives the Alpine image its wget; health checks may call it.
rootfs "$WORK/root.tar" --include=nginx-light,busybox \
    --customize-hook="copy-in $here/nginx/inside.sh $here/nginx/nginx.conf $here/nginx/default.conf /" \
    --customize-hook='chroot "$1" sh /inside.sh'
# `docker import` takes no stop signal; a build without RUN adds it.
id=$(docker import "$WORK/root.tar")
mkdir "$WORK/empty"
build_on "$TAG" "$hash" "$WORK/empty" <<IN
FROM $id
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
IN
say "built $TAG (Debian nginx 1.22)"
