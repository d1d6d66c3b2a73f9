#!/bin/sh
# Checks and tests, in three tiers. What else is given goes to pytest.
#   scripts/test.sh check   what a developer repeats: under a minute, no browser, server or licensed data
#   scripts/test.sh         every check and test
#   scripts/test.sh all     also what takes longer: fresh environments, the platform on PostgreSQL, calibration
set -eu
cd "$(dirname "$0")/.."
tier=full
case "${1:-}" in check | all)
    tier=$1
    shift
    ;;
esac
# What is imported is compiled once, not by every process anew.
unset PYTHONDONTWRITEBYTECODE

# Real Chromium, Redis, PostgreSQL and TeX: installed where apt and root allow it.
install_servers() {
    missing=
    command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
    command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
    command -v strace >/dev/null 2>&1 || missing="$missing strace"
    command -v pdflatex >/dev/null 2>&1 || missing="$missing texlive-latex-recommended"
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing$missing"
        apt-get update -qq
        # shellcheck disable=SC2086  # a list of package names
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "Not here, so the tests that need them are skipped:$missing"
        echo "To enable them: sudo apt-get install$missing"
    fi
}

[ $tier = check ] || install_servers
scripts/setup.sh requirements-dev.txt
bin=.venv/bin
# Several test processes share the cores; more threads inside them only get in each other's way.
export OMP_NUM_THREADS=1
failed=0

step() { printf '\n== %s\n' "$1"; shift; "$@"; }
# Each file, or named group of files, in one process; their order is random, and the seed stands at the top.
tests() { step "$@" --dist loadgroup --no-loadscope-reorder || failed=1; }
step "Style" $bin/ruff check .
step "Format" $bin/ruff format --check .
# Types take longest of the checks and nobody's attention: they are checked beside all that follows, and shown last.
beside=
said=$(mktemp -d)
trap 'exit 130' INT
trap 'exit 143' TERM
trap '[ -z "$beside" ] || kill $beside 2>/dev/null || :; rm -rf "$said"' EXIT
$bin/mypy >"$said/types" 2>&1 &
types=$!
beside=$types
step "Import contracts" $bin/lint-imports
step "Migrations" $bin/python manage.py makemigrations --check --dry-run
step "Scripts of the pages" scripts/npm.sh run --silent check || failed=1
if [ $tier = check ]; then
    # One process each: neither loads what only the other needs.
    quick() { $bin/pytest -q -p no:xdist -m "not slow and not browser and not golden and not fresh" "$@"; }
    quick evaluation cmp_engine tests/evaluation tests/cmp_engine "$@" >"$said/libraries" 2>&1 &
    libraries=$!
    beside="$beside $libraries"
    step "Quick tests of the server" quick tests/studyserver tests/test_*.py "$@" || failed=1
    wait $libraries || failed=1
    step "Quick tests of evaluation and engine" cat "$said/libraries"
else
    step "Documentation" $bin/sphinx-build --fail-on-warning --quiet docs docs/_build/html
    # Compiles what the tests import, which each of their processes would do else; they themselves say what was wrong.
    $bin/pytest --collect-only --quiet >/dev/null || :
    # Some tests wait for servers and browsers, so three processes keep two cores busy.
    tests "Tests" $bin/pytest -n 3 "$@"
fi
if [ $tier = all ]; then
    tests "The platform on PostgreSQL" $bin/python -m tests.postgresql $bin/pytest -n 3 tests/studyserver "$@"
    tests "Fresh environments, with what the package index has" $bin/pytest -m fresh "$@"
    step "Calibration of the statistics" $bin/python -m evaluation.operating_characteristics || failed=1
fi
wait $types || failed=1
beside=
step "Types" cat "$said/types"
exit $failed
