#!/usr/bin/env bash
# Another release in place of the one that runs, unnoticed: expand the schemas, roll the processes, contract the schemas.
set -euo pipefail
NAME=upgrade.sh
# shellcheck source=deploy/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'HELP'
Usage: deploy/upgrade.sh [--source DIR] [--prefix DIR] [--etc DIR] [--venv DIR] [--data-dir DIR] [--no-contract]

  1 prepare   copies the release to PREFIX.releases/ and installs its packages there
  2 expand    migrations that only add: the release that runs works on with them
  3 roll      PREFIX becomes the link to it; each process is replaced, one after the other, the gateways last
  4 contract  migrations that take away what only the release before used

With two processes of each kind, and nginx before the two gateways, no request fails. Interrupted or failed, the same
command goes on where it was; up to 3 deploy/rollback.sh goes back. After a contract that took something away only a
backup goes back: make one first, or leave that step for another day.

  --source DIR    the release, with its page built (the tree that this script is in)
  --prefix DIR    where the release in use is found (/opt/iact)
  --etc DIR       iact.env and secrets/ (/etc/iact)
  --venv DIR      packages that are installed already, instead of installing them
  --data-dir DIR  without systemd: the data folder that it runs from
  --no-contract   stop after 3; the same command without this does 4
  --help          this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
HELP
}

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) PREFIX=/opt/iact ETC=/etc/iact VENV='' DATA_DIR='' CONTRACT=yes
while (($#)); do
    case $1 in
    --source | --prefix | --etc | --venv | --data-dir)
        take_value "$1" "${2-}"
        shift
        ;;
    --no-contract) CONTRACT='' ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) wrong_usage "unknown option \"$1\"" ;;
    esac
    shift
done

[[ -L $PREFIX ]] || fail "$PREFIX is no link to a release; deploy/install.sh makes the first installation"
lock
BEFORE=$(current_release)
say "1/4 prepare"
prepare_release
say "2/4 expand"
iact "$RELEASE" migrate --phase expand || fail "the schemas cannot be expanded; $BEFORE runs on as it was"
say "3/4 roll"
if [[ $BEFORE != "$RELEASE" ]]; then
    point_to "$PREFIX.previous" "$BEFORE"
    point_to "$PREFIX" "$RELEASE"
fi
roll "$RELEASE"
if [[ -z $CONTRACT ]]; then
    say "stopped before 4/4 contract: deploy/rollback.sh can go back"
    exit 0
fi
say "4/4 contract"
iact "$RELEASE" migrate --phase contract || fail "the schemas cannot be contracted; everything runs from $RELEASE already"
say "upgraded: $PREFIX is $RELEASE"
