#!/usr/bin/env bash
# Puts an artefact to PREFIX-VERSION. Safe to run again: what is installed is known by the artefact's checksum.
set -euo pipefail

# shellcheck source=infrastructure/cpython/scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'HELP'
Usage: VERSION=3.12.6 install_prebuilt_cpython.sh [--help]

Everything is a variable, so that Vagrantfile and provisioning can pass it on:
  VERSION          3.12.6 by default
  INSTALLPREFIX    /opt/python by default: installs to PREFIX-VERSION
  BUILDNUMBER      1 by default
  ARTIFACTURL      where the artefact is when ARTIFACT_DIR does not have it (https, or file for a share)
  CHECKSUMURL      its checksum, ARTIFACTURL.sha256 by default
  CPYTHON_DISTRO   this machine's by default
  SKIPVALIDATION   yes: only the checksum is compared
  MINMB            smallest believable size, 30 by default
  LINKDIR          folder for a command pythonX.Y, /usr/local/bin by default; empty for none

Exit codes: 0 installed, or installed before; 1 failed, nothing was changed; 2 wrong usage.
HELP
}

case ${1-} in
'') ;;
--help | -h)
    usage
    exit 0
    ;;
*) wrong_usage "unknown option \"$1\"" ;;
esac

readonly OURS='# made by install_prebuilt_cpython.sh'
VERSION=${VERSION:-3.12.6} BUILDNUMBER=${BUILDNUMBER:-1} LINKDIR=${LINKDIR-/usr/local/bin}
need_version "$VERSION"
need_number BUILDNUMBER "$BUILDNUMBER"
TARGET=$INSTALLPREFIX-$VERSION
NAME=$(artefact_name "$VERSION" "$BUILDNUMBER")

fetch() { # URL FILE
    [[ $1 == https://* || $1 == file://* ]] || fail "$1 is neither https nor file: nobody could vouch for what comes"
    curl -fsSL --proto '=https,file' --retry 3 --max-time 600 -o "$2" "$1" || fail "cannot fetch $1"
}

find_artefact() {
    ARTEFACT=$ARTIFACT_DIR/$NAME
    if [[ ! -f $ARTEFACT ]]; then
        [[ -n ${ARTIFACTURL:-} ]] || fail "$ARTEFACT does not exist; build it (build_cpython.sh) or set ARTIFACTURL"
        ARTEFACT=$SCRATCH/$NAME
        say "fetching $ARTIFACTURL"
        fetch "$ARTIFACTURL" "$ARTEFACT"
        fetch "${CHECKSUMURL:-$ARTIFACTURL.sha256}" "$ARTEFACT.sha256"
    fi
    SUM=$(sha256_of "$ARTEFACT")
    [[ $(expected_sha256 "$ARTEFACT.sha256") == "$SUM" ]] || fail "the checksum of $NAME does not fit, or is missing"
}

validate() {
    [[ ${SKIPVALIDATION:-} != yes ]] || return 0
    "$(dirname "${BASH_SOURCE[0]}")/validate_build.sh" "$ARTEFACT" --min-mb "${MINMB:-30}"
}

# Unpacked beside the target and renamed: a reader sees the old tree or the new one. Only what we installed is replaced.
unpack() {
    if [[ -e $TARGET && ! -f $TARGET/.installed ]]; then
        fail "$TARGET exists and was not installed by this script; move it away, or take another INSTALLPREFIX"
    fi
    mkdir -p "$(dirname "$TARGET")"
    FRESH=$(mktemp -d "$TARGET.new-XXXXXX")
    tar -xzf "$ARTEFACT" -C "$FRESH" --strip-components=1 --no-same-owner
    chmod 755 "$FRESH"
    printf '%s\n' "$SUM" >"$FRESH/.installed"
    "$FRESH/bin/python3" --version >/dev/null || fail "python3 does not run here; was it built for another distribution?"
    if [[ -e $TARGET ]]; then
        mv "$TARGET" "$FRESH.old"
    fi
    mv "$FRESH" "$TARGET"
    rm -rf "$FRESH.old"
}

link() {
    [[ -n $LINKDIR ]] || return 0
    local name=python${VERSION%.*}
    if [[ -e $LINKDIR/$name && ! -L $LINKDIR/$name ]] && ! grep -qsxF "$OURS" "$LINKDIR/$name"; then
        say "$LINKDIR/$name belongs to somebody else and is left alone"
        return
    fi
    mkdir -p "$LINKDIR"
    # No symbolic link: a virtual environment made through one looks for its library where the build was made.
    rm -f "$LINKDIR/$name"
    printf '#!/bin/sh\n%s\nexec "%s" "$@"\n' "$OURS" "$TARGET/bin/python3" >"$LINKDIR/$name"
    chmod 0755 "$LINKDIR/$name"
}

SCRATCH=$(mktemp -d) FRESH=''
trap 'rm -rf "$SCRATCH" ${FRESH:+"$FRESH"}' EXIT
find_artefact
if [[ -f $TARGET/.installed && $(cat "$TARGET/.installed") == "$SUM" ]]; then
    link
    say "$TARGET has this build already"
    exit 0
fi
validate
unpack
link
say "installed Python $VERSION to $TARGET"
