#!/bin/sh
# native-torchserve.sh [DIR] : TorchServe 0.12.0 in a virtual environment of its own (default
# .cache/torchserve), for the tests that run it without a container. Needs Python 3.11; the tests
# also need a Java runtime.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=${1:-$root/.cache/torchserve}
list=$root/requirements/torchserve.txt
cmp -s "$list" "$dir/installed.txt" && exit 0
python=$(command -v python3.11 || command -v python3)
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "native-torchserve.sh: Python 3.11 is needed, $python is another version" >&2
    exit 1
}
"$python" -m venv --clear "$dir"
"$dir/bin/python" -m pip install -qqq --disable-pip-version-check --no-deps --no-compile --only-binary=:all: -r "$list"
cp "$list" "$dir/installed.txt"
