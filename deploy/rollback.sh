#!/usr/bin/env bash
# The release before, in place of the one that runs: the way back after an upgrade, unnoticed as that is.
set -euo pipefail
NAME=rollback.sh
# shellcheck source=deploy/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'HELP'
Usage: deploy/rollback.sh [--prefix DIR] [--etc DIR] [--data-dir DIR]

Makes PREFIX the link to the release before and replaces each process, one after the other. The schemas stay: what an
upgrade adds does not disturb the release before. Where an upgrade took away something that it uses, this says so and
changes nothing; then a backup is the way back. Interrupted, the same command goes on; called again, it does nothing:
deploy/upgrade.sh goes forward.

  --prefix DIR    where the release in use is found (/opt/iact)
  --etc DIR       iact.env and secrets/ (/etc/iact)
  --data-dir DIR  without systemd: the data folder that it runs from
  --help          this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
HELP
}

PREFIX=/opt/iact ETC=/etc/iact DATA_DIR=''
while (($#)); do
    case $1 in
    --prefix | --etc | --data-dir)
        take_value "$1" "${2-}"
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

[[ -L $PREFIX ]] || fail "$PREFIX is no link to a release; there is nothing to go back from"
lock
CURRENT=$(current_release)
[[ -L $PREFIX.previous ]] || fail "$PREFIX.previous is missing: no upgrade was made here that could be taken back"
RELEASE=$(readlink -f "$PREFIX.previous")
if [[ $RELEASE != "$CURRENT" ]]; then
    [[ -f $RELEASE/.complete ]] || fail "$RELEASE is gone or incomplete; deploy/upgrade.sh --source with that release brings it back"
    # The newer release is asked: the older one does not know what came after it.
    iact "$CURRENT" migrate --fits "$RELEASE" || fail "nothing was changed"
    point_to "$PREFIX" "$RELEASE"
fi
roll "$RELEASE"
say "rolled back: $PREFIX is $RELEASE"
