#!/bin/sh
# What is inside the images that the tests run, one line each.
set -eu
inside() { # IMAGE COMMAND
    docker image inspect "$1" >/dev/null 2>&1 || { echo "$1: not built"; return; }
    printf '%s: %s\n' "$1" "$(docker run --rm --network none --entrypoint sh "$1" -c "$2" 2>&1 | paste -sd ';')"
}
python='import sys, torch, PIL, ts; print("python", sys.version.split()[0], "torch", torch.__version__, "torchserve", ts.__version__)'
docker version --format 'docker engine {{.Server.Version}}, client {{.Client.Version}}'
inside serving-wizard-test/base:latest 'cat /etc/debian_version; python3 --version; curl --version | head -n 1'
inside nginx:1.28-alpine 'nginx -v'
for version in 0.12.0 0.9.0; do
    inside "pytorch/torchserve:$version-cpu" "java -version 2>&1 | head -n 1; python -W ignore -c '$python'"
done
inside ghcr.io/ggml-org/llama.cpp:server-b11669 'llama-server --version 2>&1 | head -n 1'
inside tensorflow/serving:2.19.1 'tensorflow_model_server --version 2>/dev/null'
