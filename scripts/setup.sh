#!/bin/sh
# Make .venv with the given requirements file and build the browser bundle; does nothing when both are up to date.
#   scripts/setup.sh requirements.txt
set -eu
cd "$(dirname "$0")/.."
requirements=$1
python=${PYTHON:-python3}

fail() { printf '\n%s\n' "$*" >&2; exit 1; }
fingerprint() { cat "$@" | cksum; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Python 3.11 or newer is needed, '$python' is $("$python" --version 2>&1). Set PYTHON to another one, as in: make run PYTHON=python3.12"
"$python" -m pip --version >/dev/null 2>&1 ||
    fail "pip is missing for '$python'. On Debian: apt-get install python3-pip"

# Debian splits ensurepip off, so the environment gets its pip from the one that is there.
if [ ! -x .venv/bin/pip ]; then
    "$python" -m venv --without-pip .venv
    "$python" -m pip --quiet --disable-pip-version-check --python .venv/bin/python install pip==26.3
fi

stamp=.venv/installed-$(basename "$requirements")
wanted=$(fingerprint requirements*.txt)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Installing the Python packages of $requirements; the first time takes some minutes."
    # Python compiles what it imports; compiling everything beforehand would take longer than the installation.
    .venv/bin/pip install --quiet --disable-pip-version-check --no-compile -r "$requirements"
    printf '%s\n' "$wanted" >"$stamp"
fi

stamp=static/dist/built
wanted=$(find static/js package.json package-lock.json -type f | sort | xargs cat | cksum)
# What checks the scripts is for developers only.
case $requirements in
*-dev.txt) parts=--include=dev checker=node_modules/.bin/tsc ;;
*) parts=--omit=dev checker=package.json ;;
esac
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || [ ! -e $checker ]; then
    echo "Building the browser bundle."
    scripts/npm.sh ci $parts --no-audit --no-fund --loglevel=error
    scripts/npm.sh run --silent build
    printf '%s\n' "$wanted" >"$stamp"
fi
