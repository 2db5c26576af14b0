#!/bin/sh
# Stands in for ghcr.io/ggml-org/llama.cpp:server-b11669: same program path, entry point, variable, folder and health
# check, root as the account, and curl inside. The program is Debian's build of the same number.
. "$(dirname "$0")/common.sh"
TAG=ghcr.io/ggml-org/llama.cpp:server-b11669
hash=$(printf '%s\n' "$here/llama-server.sh" "$here/llama-server-root.sh" "$here/common.sh" | digest)
built "$TAG" "$hash" && exit 0
sh "$here/llama-server-root.sh"
scratch
id=$(tar -C "$root/.cache/llama-server/root" -c . | docker import -)
mkdir "$WORK/empty"
# The official Dockerfile's last stage, line by line (.devops/cpu.Dockerfile). Its health check asks port 8080 whatever
# the server's own default is.
build_on "$TAG" "$hash" "$WORK/empty" <<IN
FROM $id
RUN mkdir /app && ln -s /usr/bin/llama-server /app/llama-server
ENV LLAMA_ARG_HOST=0.0.0.0
WORKDIR /app
HEALTHCHECK CMD [ "curl", "-f", "http://localhost:8080/health" ]
ENTRYPOINT [ "/app/llama-server" ]
IN
say "built $TAG"
