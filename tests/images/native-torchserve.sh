#!/bin/sh
# native-torchserve.sh [DIR] : TorchServe 0.12.0 in a virtual environment of its own (default
# .cache/torchserve), for the tests that run it without a container. Needs Python 3.11 (PYTHON chooses which); the
# tests also need a Java runtime.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=${1:-$root/.cache/torchserve}
list=$root/requirements/torchserve.txt
# Quick starts: torch is loaded when it is used, and Java's classes are kept ready.
quick() {
    site=$("$dir/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    cp "$root/tests/images/torchserve/later_torch.py" "$site"
    echo 'import later_torch' >"$site/later_torch.pth"
    command -v java >/dev/null || return 0
    JAVA_HOME=$root/tests/images/torchserve/jvm "$dir/bin/python" "$root/tests/images/torchserve/archive.py" \
        "$root/src/wizard/servers/torchserve/sample/model-store/echo.mar"
}
cmp -s "$list" "$dir/installed.txt" && { quick; exit; }
python=${PYTHON:-$(command -v python3.11 || command -v python3)}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "native-torchserve.sh: Python 3.11 is needed, $python is another version" >&2
    exit 1
}
"$python" -m venv --clear "$dir"
"$dir/bin/python" -m pip install -qqq --disable-pip-version-check --no-deps --no-compile --only-binary=:all: -r "$list"
cp "$list" "$dir/installed.txt"
quick
