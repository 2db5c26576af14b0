#!/bin/bash
# "serve" starts TorchServe from the usual file; anything else is evaluated.
# Either way the container stays up afterwards, as the official image does.
set -e
case ${1-} in
serve)
    torchserve --start @TOKEN_FLAG@ --ts-config /home/model-server/config.properties
    ;;
*)
    eval "$@"
    ;;
esac
tail -f /dev/null
