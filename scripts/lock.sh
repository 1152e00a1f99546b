#!/usr/bin/env bash
# Writes requirements.txt and requirements-dev.txt from pyproject.toml: pins with hashes, no host in them.
# Versions that still fit stay; --upgrade takes the newest; --check changes nothing and fails on a difference.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

MODE=write UPGRADE=()
for argument in "$@"; do
    case $argument in
    --check) MODE=check ;;
    --upgrade) UPGRADE=(--upgrade) ;;
    --help | -h)
        cat <<'HELP'
Usage: ./scripts/lock.sh [--check | --upgrade]

Writes requirements.txt and requirements-dev.txt from pyproject.toml: pins with hashes, no host in them.

  --check    change nothing, fail on a difference
  --upgrade  take the newest versions that fit
  --help     this text

Exit codes: 0 done, 1 they differ, 2 wrong usage or no answer of the package index.
HELP
        exit 0
        ;;
    *)
        printf 'lock.sh: unknown option "%s"; see ./scripts/lock.sh --help\n' "$argument" >&2
        exit 2
        ;;
    esac
done

UV=$(command -v uv || echo .venv/bin/uv)
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

compile() { # FILE [OPTIONS]
    local file=$1
    shift
    cp "$file" "$SCRATCH/$file" 2>/dev/null || true
    # The annotations and the order are uv's own; without a header no command line with paths is kept.
    "$UV" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
        --python-version 3.11 "${UPGRADE[@]}" "$@" pyproject.toml --output-file "$SCRATCH/$file" >/dev/null
    if [[ $MODE == write ]]; then
        cp "$SCRATCH/$file" "$file"
    elif ! diff -u "$file" "$SCRATCH/$file"; then
        printf 'lock.sh: %s does not agree with pyproject.toml; run ./scripts/lock.sh\n' "$file" >&2
        exit 1
    fi
}

compile requirements.txt
compile requirements-dev.txt --extra dev
