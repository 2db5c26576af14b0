#!/bin/sh
# Build every test image that is missing or out of date. Needs a Docker engine (start-dockerd.sh).
. "$(dirname "$0")/common.sh"

# Installed once, before two builds would ask for it at the same time.
need_mmdebstrap
# Two lanes for two cores: TorchServe's layers stand on each other, the rest is small.
{
    sh "$here/torchserve.sh" 0.12.0
    sh "$here/torchserve.sh" 0.9.0
} &
lane=$!
small=0
{
    sh "$here/base.sh" && sh "$here/nginx.sh" && sh "$here/tfserving.sh" && sh "$here/llama-server.sh"
} || small=$?
wait "$lane"
[ "$small" = 0 ]
# Build stages and images that a rebuild replaced.
docker image prune -f --filter "label=serving-wizard.test=image" >/dev/null
