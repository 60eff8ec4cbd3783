# Sourced by script/demo and script/test: makes .venv with the extra named in $1, and makes sure
# that the system packages named after it are there. Quick when nothing has changed.
set -eu
cd "$(dirname "$0")/.."
extra=$1
shift

say() { printf '%s\n' "vigbox: $*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else return 127
    fi
}

need() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "installing$missing"
    if ! as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        "apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing" >build/apt.log 2>&1; then
        say "these system packages are needed:$missing. Install them, then run this again (build/apt.log says why it did not work)."
        exit 1
    fi
}

command -v python3 >/dev/null 2>&1 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "python3 of version 3.11 or newer is needed. Install it, then run this again."
    exit 1
}
mkdir -p build
wanted=$(cat pyproject.toml script/setup.sh | sha256sum)
if [ "$(cat "build/setup-$extra" 2>/dev/null)" != "$wanted $*" ] || [ ! -x .venv/bin/python ]; then
    python3 -c 'import ensurepip' 2>/dev/null || need python3-venv
    [ "$#" = 0 ] || need "$@"
    [ -x .venv/bin/python ] || python3 -m venv .venv
    say "installing vigbox[$extra] into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]"
    printf '%s' "$wanted $*" >"build/setup-$extra"
fi
.venv/bin/python script/catalogues.py
.venv/bin/python script/weights.py ||
    say "the face detector's weights could not be fetched: faces are not found, masks are drawn by finger"
