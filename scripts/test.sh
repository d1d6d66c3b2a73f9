#!/bin/sh
# Every check and test. Real Chromium, Redis and PostgreSQL: installed where apt and root allow it.
set -eu
cd "$(dirname "$0")/.."
# What is imported is compiled once, not by every process anew.
unset PYTHONDONTWRITEBYTECODE

missing=
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing$missing"
        apt-get update -qq
        # shellcheck disable=SC2086  # a list of package names
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "Not here, so the tests that need them are skipped:$missing"
        echo "To enable them: sudo apt-get install$missing"
    fi
fi

scripts/setup.sh requirements-dev.txt
bin=.venv/bin
# Several test processes share the cores; more threads inside them only get in each other's way.
export OMP_NUM_THREADS=1

step() { printf '\n== %s\n' "$1"; shift; "$@"; }
step "Style" $bin/ruff check .
step "Format" $bin/ruff format --check .
# Types take longest of the checks and nobody's attention: they are checked beside all that follows, and shown last.
found=
types=
trap 'exit 130' INT
trap 'exit 143' TERM
trap '[ -z "$types" ] || kill "$types" 2>/dev/null || :; rm -f "$found"' EXIT
found=$(mktemp)
$bin/mypy >"$found" 2>&1 &
types=$!
step "Import contracts" $bin/lint-imports
step "Migrations" $bin/python manage.py makemigrations --check --dry-run
step "Documentation" $bin/sphinx-build --fail-on-warning --quiet docs docs/_build/html
# Compiles what the tests import, which each of their processes would do else; the tests themselves say what was wrong.
$bin/pytest --collect-only --quiet >/dev/null || :
failed=0
# Some tests wait for servers and browsers, so three processes keep two cores busy.
step "Tests" $bin/pytest -n 3 --dist loadgroup --no-loadscope-reorder "$@" || failed=$?
wait $types || failed=1
types=
step "Types" cat "$found"
exit $failed
