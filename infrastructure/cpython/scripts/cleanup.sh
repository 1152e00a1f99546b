#!/usr/bin/env bash
# Takes away what the other scripts made, and nothing else: installed trees carry a marker, artefacts have their names.
set -euo pipefail

# shellcheck source=infrastructure/cpython/scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'HELP'
Usage: cleanup.sh --all | --build | --install | --artifacts [--dry-run]

  --build      what is remembered of builds
  --install    trees INSTALLPREFIX-* with our marker
  --artifacts  all artefacts but the KEEP newest (3 by default)
  --all        all of it, every artefact included
  --dry-run    say what would go
  --help       this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
HELP
}

BUILD='' INSTALL='' ARTIFACTS='' DRY_RUN='' KEEP=${KEEP:-3}
[[ $KEEP =~ ^[0-9]{1,3}$ ]] || wrong_usage "KEEP is a number, not \"$KEEP\""
for argument in "$@"; do
    case $argument in
    --all) BUILD=yes INSTALL=yes ARTIFACTS=yes KEEP=0 ;;
    --build) BUILD=yes ;;
    --install) INSTALL=yes ;;
    --artifacts) ARTIFACTS=yes ;;
    --dry-run) DRY_RUN=yes ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) wrong_usage "unknown option \"$argument\"" ;;
    esac
done
[[ -n $BUILD$INSTALL$ARTIFACTS ]] || wrong_usage "say what: --all, --build, --install or --artifacts"

remove() { # PATH…
    local path
    for path; do
        if [[ -n $DRY_RUN ]]; then
            say "would remove $path"
        else
            say "removing $path"
            rm -rf -- "$path"
        fi
    done
}

if [[ -n $INSTALL ]]; then
    for tree in "$INSTALLPREFIX"-3.*; do
        [[ ! -f $tree/.installed ]] || remove "$tree"
    done
fi
if [[ -n $ARTIFACTS && -d $ARTIFACT_DIR ]]; then
    mapfile -t files < <(find "$ARTIFACT_DIR" -maxdepth 1 -name 'cpython-3.*-build*.tgz' -printf '%T@ %p\n' | sort -rn | cut -d ' ' -f 2-)
    for file in "${files[@]:KEEP}"; do
        remove "$file" "$file.sha256"
    done
fi
if [[ -n $BUILD && -d $BUILD_STATE_DIR ]]; then
    for state in "$BUILD_STATE_DIR"/cpython-*.done; do
        [[ ! -f $state ]] || remove "$state"
    done
fi
