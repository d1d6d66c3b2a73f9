#!/bin/sh
# Compile requirements*.txt from pyproject.toml. What is pinned stays, unless pyproject.toml asks for something else.
#   scripts/requirements.sh              after a change of pyproject.toml
#   scripts/requirements.sh --upgrade    newer versions of what the direct requirements pull in
set -eu
cd "$(dirname "$0")/.."

compiled() { .venv/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --no-header --no-annotate --strip-extras "$@"; }
named() {  # FILE HEADER OPTIONS: the requirements themselves, at their versions in the lock, without what they pull in
    file=$1 header=$2
    shift 2
    found=$(compiled --no-deps --constraints requirements-lock.txt "$@")
    printf '%s\n%s\n' "$header" "$found" >"$file"
}

made="Made by scripts/requirements.sh from pyproject.toml."
compiled "$@" --all-extras --group dev pyproject.toml --output-file requirements-lock.txt
{ printf '# Every package that the direct requirements pull in. %s\n' "$made" && cat requirements-lock.txt; } >requirements-lock.new
mv requirements-lock.new requirements-lock.txt
named requirements.txt "# What the platform runs on: all parts. $made
-c requirements-lock.txt" --extra server --extra engine pyproject.toml
named requirements-dev.txt "# What the checks and tests need besides. $made
-r requirements.txt" --group dev
