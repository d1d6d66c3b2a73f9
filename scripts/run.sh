#!/bin/sh
# From a fresh clone to a running demo: packages, browser bundle, then everything `manage.py run_demo` does.
#   PORT=8001 scripts/run.sh
set -eu
cd "$(dirname "$0")/.."
# What is imported is compiled once, not by every process anew.
unset PYTHONDONTWRITEBYTECODE

start=$(date +%s)
printf '[1/6] Python packages and browser bundle\n'
scripts/setup.sh requirements.txt
printf '      done in %d s\n' $(($(date +%s) - start))
# The server takes this process over, so that Ctrl-C and a signal to this one reach it.
exec .venv/bin/python manage.py run_demo --port "${PORT:-8000}" "$@"
