# Shared by the build scripts. Sourced, never run.
#
# The images are put together from Debian packages and Python wheels, because the tests must work
# where no image registry can be reached. They carry the names of the images they stand in for, so
# the program under test uses them without knowing. Where a registry is at hand, `docker pull` of
# the same names does as well.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
SUITE=bookworm
# An image is rebuilt only when what it is made of has changed; this label remembers what that was.
BUILD_LABEL=serving-wizard.build
TEST_LABEL="serving-wizard.test=image"

say() { printf '%s\n' "$*" >&2; }

# A scratch folder, WORK, that goes away with the script.
scratch() {
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/serving-wizard-image.XXXXXX")
    chmod 755 "$WORK"
    trap 'rm -rf "$WORK"' EXIT
    trap 'exit 130' INT TERM
}

# digest [WORD...] : one hash of the words and of the contents of the files named on stdin.
digest() {
    { printf '%s\n' "$@"; xargs -r -d '\n' sha256sum | cut -d' ' -f1; } | sha256sum | cut -c1-16
}

# built TAG HASH : true when the image exists and was made from the same inputs, or was not made here at all:
# a real one from a registry is never replaced.
built() {
    made_of=$(docker image inspect -f "{{with .Config.Labels}}{{index . \"$BUILD_LABEL\"}}{{end}}" "$1" 2>/dev/null) ||
        return 1
    [ -n "$made_of" ] || say "keeping $1, which was not built here"
    [ -z "$made_of" ] || [ "$made_of" = "$2" ]
}

need_mmdebstrap() {
    command -v mmdebstrap >/dev/null && return
    say "installing mmdebstrap"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >&2
}

# The apt sources of this host if it runs the same Debian release, else mmdebstrap's own default.
apt_sources() {
    grep -q "^VERSION_CODENAME=$SUITE" /etc/os-release || return 0
    for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
        [ -s "$file" ] && { echo "$file"; return; }
    done
}

# rootfs OUT.tar [mmdebstrap options] : a small Debian without documentation or locales.
# /usr/share/man/man1 must exist: openjdk's installation fails without it.
rootfs() {
    out=$1
    shift
    mmdebstrap --variant=apt \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/man*/*' \
        --setup-hook='mkdir -p "$1/usr/share/man/man1"' \
        "$@" "$SUITE" "$out" $(apt_sources) 2>"$WORK/mmdebstrap.log" >&2 || {
        tail -n 30 "$WORK/mmdebstrap.log" >&2
        return 1
    }
}

# build_on TAG HASH CONTEXT < Dockerfile : layers on top of an image, with no network inside.
# The classic builder is asked for because a client without the buildx plug-in has no other.
build_on() {
    DOCKER_BUILDKIT=0 docker build -q --network none --label "$TEST_LABEL" --label "$BUILD_LABEL=$2" \
        -t "$1" -f - "$3" >/dev/null 2>"$WORK/build.log" || {
        tail -n 30 "$WORK/build.log" >&2
        return 1
    }
}
