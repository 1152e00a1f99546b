#!/usr/bin/env bash
# The first release on a server: prepared beside the others, made the current one, migrated, started.
set -euo pipefail
NAME=install.sh
# shellcheck source=deploy/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'HELP'
Usage: deploy/install.sh [--source DIR] [--prefix DIR] [--etc DIR] [--venv DIR] [--no-start]
                         [--data-dir DIR [--port N]]

Copies a release to PREFIX.releases/, installs its packages there, makes PREFIX the link to it, brings the schemas up
to date and starts two processes of each service. Repeat it at any time: what is there stays.

  --source DIR    the release, with its page built (the tree that this script is in)
  --prefix DIR    where the release in use is found (/opt/iact)
  --etc DIR       iact.env and secrets/, as infrastructure/provision/provision.sh writes them (/etc/iact)
  --venv DIR      packages that are installed already, instead of installing them
  --no-start      prepare it and go no further
  --data-dir DIR  without systemd: everything runs from this data folder, as `iact up` starts it
  --port N        with --data-dir: the first gateway's port, the second one's is N+100 (8000)
  --help          this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
HELP
}

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) PREFIX=/opt/iact ETC=/etc/iact VENV='' DATA_DIR='' START=yes PORT=''
while (($#)); do
    case $1 in
    --source | --prefix | --etc | --venv | --data-dir)
        take_value "$1" "${2-}"
        shift
        ;;
    --port)
        [[ ${2-} =~ ^[1-9][0-9]{0,4}$ ]] || wrong_usage "--port needs a number, not \"${2-}\""
        PORT=$2
        shift
        ;;
    --no-start) START='' ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) wrong_usage "unknown option \"$1\"" ;;
    esac
    shift
done
[[ -z $PORT || -n $DATA_DIR ]] || wrong_usage "--port needs --data-dir; the units have ports of their own"

start_units() {
    [[ -f $ETC/iact.env ]] || fail "$ETC/iact.env is missing; run infrastructure/provision/provision.sh first"
    iact "$RELEASE" migrate || fail "the schemas cannot be brought up to date"
    install_units "$RELEASE"
    systemctl enable --now iact.target || fail "iact.target does not start; look at systemctl status 'iact-*'"
    local kind instance
    for kind in "${KINDS[@]}"; do
        for instance in "${INSTANCES[@]}"; do
            wait_ready "iact-$kind@$instance" "$(port_of "$kind" "$instance")"
        done
    done
}

lock
BEFORE=$(current_release)
prepare_release
[[ -z $BEFORE || $BEFORE == "$RELEASE" ]] || fail "$PREFIX is $BEFORE already; deploy/upgrade.sh puts another release in its place"
point_to "$PREFIX" "$RELEASE"
if [[ -z $START ]]; then
    say "$PREFIX is $RELEASE; nothing was started"
elif [[ -n $DATA_DIR ]]; then
    iact "$RELEASE" up --processes "${#INSTANCES[@]}" --detach ${PORT:+--port "$PORT"} 9>&- || fail "it does not start"
else
    start_units
fi
say "installed: $PREFIX is $RELEASE"
