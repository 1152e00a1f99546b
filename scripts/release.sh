#!/usr/bin/env bash
# What a release consists of: the tree as git has it, a list of what is in it, and checksums of both.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: ./scripts/release.sh [--out DIR] [--ref REF]

Writes iact-VERSION.tar.gz, iact-VERSION.sbom.json (CycloneDX 1.5, from the locks) and SHA256SUMS.

  --out DIR  dist by default
  --ref REF  the commit or tag to pack, HEAD by default
  --help     this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
HELP
}

wrong_usage() {
    printf 'release.sh: %s; see ./scripts/release.sh --help\n' "$1" >&2
    exit 2
}

OUT=dist REF=HEAD
while (($#)); do
    case $1 in
    --out | --ref)
        [[ -n ${2-} ]] || wrong_usage "$1 needs a value"
        if [[ $1 == --out ]]; then OUT=$2; else REF=$2; fi
        shift
        ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) wrong_usage "unknown option \"$1\"" ;;
    esac
    shift
done

mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
git rev-parse --verify --quiet "$REF^{commit}" >/dev/null || wrong_usage "there is no commit $REF"
VERSION=$(git show "$REF:pyproject.toml" | sed -nE 's/^version = "([^"]+)"/\1/p' | head -n 1)
NAME=iact-$VERSION
# git writes the same bytes for the same commit; gzip without a name and time does, too.
git archive --format=tar --prefix="$NAME/" "$REF" | gzip -n >"$OUT/$NAME.tar.gz"
{
    git show "$REF:requirements.txt"
    printf '\0'
    git show "$REF:ui/package-lock.json"
} | python3 scripts/sbom.py "$VERSION" >"$OUT/$NAME.sbom.json"
(cd "$OUT" && sha256sum "$NAME.tar.gz" "$NAME.sbom.json" >SHA256SUMS)
printf 'Wrote %s, %s and SHA256SUMS to %s.\n' "$NAME.tar.gz" "$NAME.sbom.json" "$OUT"
