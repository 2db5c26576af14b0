#!/bin/sh
# Give Podman the small images that Docker has, where it does not have them yet.
set -eu
for image in ghcr.io/ggml-org/llama.cpp:server-b11669 nginx:1.28-alpine; do
    case $image in
    nginx:*) name=docker.io/library/$image ;;
    *) name=$image ;;
    esac
    id=$(docker image inspect -f '{{.Id}}' "$image")
    [ "$(podman image inspect -f '{{.Id}}' "$name" 2>/dev/null)" = "${id#sha256:}" ] && continue
    docker save "$image" | podman load -q >/dev/null
    podman tag "${id#sha256:}" "$name"
done
