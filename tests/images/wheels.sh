#!/bin/sh
# wheels.sh DIR REQUIREMENT... : fetch wheels for the images (Debian 12: CPython 3.11, x86_64),
# whatever Python this host runs. Nothing is resolved: the lists are complete as they stand.
set -eu
dir=$1
shift
exec python3 -m pip download -qqq --disable-pip-version-check -d "$dir" --no-deps --only-binary=:all: \
    --implementation cp --python-version 3.11 --abi cp311 --abi abi3 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    --platform any "$@"
