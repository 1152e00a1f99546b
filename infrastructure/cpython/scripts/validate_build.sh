#!/usr/bin/env bash
# Everything that can be known of an artefact without installing it, all of it even when one check fails.
set -euo pipefail

# shellcheck source=infrastructure/cpython/scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'HELP'
Usage: validate_build.sh ARTEFACT [OPTIONS]

ARTEFACT is a file, or its name in ARTIFACT_DIR.

  --min-mb N         smallest believable size, 30 by default; above 200 is a warning
  --allow-missing M  accept a build without this standard module; can be repeated
  --help             this text

Checks: name, checksum file, checksum, size, paths inside, root folder, binary, version, standard modules, pip,
.build-info; a missing LICENSE is a warning.
Exit codes: 0 valid, 1 not, 2 wrong usage.
HELP
}

parse() {
    ARTEFACT='' MIN_MB=30 ALLOWED=()
    while (($#)); do
        case $1 in
        --min-mb | --allow-missing)
            [[ -n ${2-} ]] || wrong_usage "$1 needs a value"
            if [[ $1 == --min-mb ]]; then MIN_MB=$2; else ALLOWED+=("$2"); fi
            shift
            ;;
        --help | -h)
            usage
            exit 0
            ;;
        -*) wrong_usage "unknown option \"$1\"" ;;
        *)
            [[ -z $ARTEFACT ]] || wrong_usage "one artefact at a time"
            ARTEFACT=$1
            ;;
        esac
        shift
    done
    [[ -n $ARTEFACT ]] || wrong_usage "an artefact is missing"
    [[ $MIN_MB =~ ^[0-9]{1,4}$ ]] || wrong_usage "--min-mb needs a number, not \"$MIN_MB\""
    [[ -e $ARTEFACT ]] || ARTEFACT=$ARTIFACT_DIR/$ARTEFACT
}

CHECKS=0 FAILED=0

check() { # SENTENCE COMMAND…
    local sentence=$1
    shift
    CHECKS=$((CHECKS + 1))
    if "$@"; then
        say "ok: $sentence"
    else
        say "FAILED: $sentence"
        FAILED=$((FAILED + 1))
        return 1
    fi
}

checksum_fits() {
    [[ $(expected_sha256 "$ARTEFACT.sha256") == "$(sha256_of "$ARTEFACT")" ]]
}

large_enough() {
    local mb=$(($(stat -c %s -- "$ARTEFACT") / 1000000))
    ((mb <= 200)) || say "warning: $mb MB is more than usual"
    ((mb >= MIN_MB))
}

# Nothing may land outside the root folder, whoever unpacks it.
paths_stay_inside() {
    local listing
    listing=$(tar -tzf "$ARTEFACT" 2>/dev/null) || return 1
    ! grep -vqE "^python-$VERSION(/|\$)" <<<"$listing" && ! grep -qE '(^|/)\.\.(/|$)' <<<"$listing"
}

unpacks() {
    tar -xzf "$ARTEFACT" -C "$SCRATCH" --no-same-owner 2>/dev/null && [[ -d $TREE ]]
}

says_its_version() {
    [[ $("$TREE/bin/python3" --version 2>&1) == "Python $VERSION" ]]
}

has_pip() {
    "$TREE/bin/python3" -m pip --version >/dev/null 2>&1
}

build_info_fits() {
    grep -qx "version=$VERSION" "$TREE/.build-info" 2>/dev/null && grep -qx "build=$BUILD" "$TREE/.build-info"
}

parse "$@"
[[ -f $ARTEFACT ]] || fail "there is no artefact $ARTEFACT"
NAME=$(basename "$ARTEFACT")
[[ $NAME =~ ^cpython-(3\.[0-9]+\.[0-9]+)-[a-z]+[a-z0-9.]*-build([0-9]+)\.tgz$ ]] ||
    fail "$NAME is not called cpython-VERSION-DISTRO-buildN.tgz"
VERSION=${BASH_REMATCH[1]} BUILD=${BASH_REMATCH[2]}
check "it is called as artefacts are" true
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
TREE=$SCRATCH/python-$VERSION
check "there is a checksum file $NAME.sha256" test -f "$ARTEFACT.sha256" || true
if check "the checksum fits" checksum_fits; then
    check "it has $MIN_MB MB or more" large_enough || true
    if check "everything in it is below python-$VERSION" paths_stay_inside && check "it unpacks" unpacks; then
        if check "bin/python3 runs" test -x "$TREE/bin/python3" && check "it is Python $VERSION" says_its_version; then
            check "every standard module is there" check_modules "$TREE/bin/python3" "${ALLOWED[@]}" || true
            check "pip is there" has_pip || true
        fi
        check ".build-info names version and build" build_info_fits || true
        [[ -f $TREE/LICENSE ]] || say "warning: no LICENSE"
    fi
fi
((FAILED == 0)) || fail "$FAILED of $CHECKS checks failed: do not install $NAME"
say "$NAME is valid ($CHECKS checks)"
