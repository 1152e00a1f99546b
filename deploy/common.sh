#!/usr/bin/env bash
# What install.sh, upgrade.sh and rollback.sh share; to be sourced. They set NAME (of the script) before.
# Releases lie in PREFIX.releases/; PREFIX itself is a link to the one that runs, PREFIX.previous to the one before.
set -euo pipefail

SYSTEMD_DIR=${SYSTEMD_DIR:-/etc/systemd/system}
SYSUSERS_DIR=${SYSUSERS_DIR:-/etc/sysusers.d}
KINDS=(sessions ivr analytics dora gateway) # the gateways last: they ask the others
INSTANCES=(0 1)
READY_TIMEOUT_S=180 # a start beside nine busy processes on one slow core takes a third of it
SETTLE_S=2          # the gateways look after a process that was gone every 0.3 s

say() {
    printf '[%4d s] %s\n' "$SECONDS" "$1"
}

fail() {
    printf '%s: %s\n' "$NAME" "$1" >&2
    exit 1
}

wrong_usage() {
    printf '%s: %s; see deploy/%s --help\n' "$NAME" "$1" "$NAME" >&2
    exit 2
}

absolute() { # PATH
    [[ $1 == /* ]] && printf '%s' "${1%/}" || printf '%s' "${PWD%/}/${1%/}"
}

# Sets the variable of one option that has a value.
take_value() { # OPTION VALUE
    [[ -n $2 ]] || wrong_usage "$1 needs a value"
    case $1 in
    --source) SOURCE=$(absolute "$2") ;;
    --prefix) PREFIX=$(absolute "$2") ;;
    --etc) ETC=$(absolute "$2") ;;
    --venv) VENV=$(absolute "$2") ;;
    --data-dir) DATA_DIR=$(absolute "$2") ;;
    esac
}

# Two of these at once would switch the link under each other.
lock() {
    mkdir -p "$(dirname "$PREFIX")" "$PREFIX.releases" || fail "$PREFIX.releases cannot be made; run this as root or give --prefix"
    exec 9>"$PREFIX.releases/.lock"
    flock --nonblock 9 || fail "another install, upgrade or rollback of $PREFIX works right now"
}

# --- releases ---------------------------------------------------------------------------------

# A release's name is its version and what is in it: the same tree has the same name, and is not copied twice.
release_name() { # TREE
    local version sum
    version=$(sed -nE 's/^version = "([^"]+)"/\1/p' "$1/pyproject.toml" | head -n 1)
    sum=$(tree_files "$1" | LC_ALL=C sort -z | (cd "$1" && xargs -0 sha256sum) | sha256sum)
    printf '%s-%s' "$version" "${sum:0:12}"
}

PARTS=(deploy docs gateway iact scripts services shared ui/dist pyproject.toml requirements.txt README.md)

tree_files() { # TREE
    (cd "$1" && find "${PARTS[@]}" -name __pycache__ -prune -o -type f -print0)
}

check_source() {
    local part
    for part in "${PARTS[@]}"; do
        [[ $part == ui/dist || -e $SOURCE/$part ]] || fail "--source $SOURCE is no release of IACT: it has no $part"
    done
    [[ -f $SOURCE/ui/dist/index.html ]] ||
        fail "the page of $SOURCE is not built; do that first: npm --prefix $SOURCE/ui ci && npm --prefix $SOURCE/ui run build"
}

# Copies the tree and installs its packages beside it; RELEASE is the folder.
prepare_release() {
    check_source
    RELEASE=$PREFIX.releases/$(release_name "$SOURCE")
    if [[ -f $RELEASE/.complete ]]; then
        say "$RELEASE is there"
        return
    fi
    # What an interrupted attempt left has no mark.
    rm -rf "$RELEASE"
    mkdir -p "$RELEASE"
    tree_files "$SOURCE" | tar -C "$SOURCE" --null --files-from=- -cf - | tar -C "$RELEASE" -xf - ||
        fail "$SOURCE cannot be copied to $RELEASE"
    install_packages
    : >"$RELEASE/.complete"
    say "$RELEASE is prepared"
}

install_packages() {
    if [[ -n $VENV ]]; then
        [[ -x $VENV/bin/python ]] || fail "--venv $VENV has no bin/python"
        ln -s "$VENV" "$RELEASE/.venv"
        return
    fi
    local log=$RELEASE.install.log
    {
        python3 -m venv "$RELEASE/.venv" &&
            "$RELEASE/.venv/bin/python" -m pip install --no-input --require-hashes -r "$RELEASE/requirements.txt" &&
            "$RELEASE/.venv/bin/python" -m pip install --no-input --no-deps --no-build-isolation -e "$RELEASE"
    } >"$log" 2>&1 </dev/null || {
        tail -n 15 "$log" >&2
        fail "installing packages failed; everything it said is in $log"
    }
    rm -f "$log"
}

# Makes PREFIX the link to a release, in one step that nobody can see half of.
point_to() { # LINK RELEASE
    [[ ! -e $1 || -L $1 ]] || fail "$1 is a folder; move it away, releases lie in $PREFIX.releases"
    ln -sfn "$2" "$1.new"
    mv -T "$1.new" "$1"
}

current_release() {
    # Of a path that is not there -f makes an answer too.
    [[ ! -L $PREFIX ]] || readlink -f "$PREFIX"
}

# --- what runs --------------------------------------------------------------------------------

iact() { # RELEASE ARGUMENTS
    local release=$1
    shift
    (
        if [[ -z $DATA_DIR && -f $ETC/iact.env ]]; then
            set -a
            # shellcheck disable=SC1091 # the operator's file
            . "$ETC/iact.env"
            set +a
            : "${DB_ANALYTICS_PASSWORD:=$(cat "$ETC/secrets/db_password_owner" 2>/dev/null)}"
            export DB_ANALYTICS_PASSWORD
        fi
        cd "$release" && exec .venv/bin/python -m iact "$@" --data-dir "${DATA_DIR:-$ETC}"
    )
}

port_of() { # KIND INSTANCE
    case $1 in
    gateway) printf '8%s00' "$2" ;;
    sessions) printf '8%s01' "$2" ;;
    ivr) printf '8%s02' "$2" ;;
    analytics) printf '8%s03' "$2" ;;
    dora) printf '8%s04' "$2" ;;
    esac
}

wait_ready() { # UNIT PORT
    local deadline=$((SECONDS + READY_TIMEOUT_S))
    until curl --silent --fail --output /dev/null --max-time 2 "http://127.0.0.1:$2/health/ready"; do
        ((SECONDS < deadline)) ||
            fail "$1 does not become ready; look at journalctl -u $1. Those before it are replaced: deploy/rollback.sh takes them back"
        sleep 0.2
    done
}

install_units() { # RELEASE
    install -D -m 644 -t "$SYSUSERS_DIR" "$1/deploy/systemd/iact.sysusers.conf"
    mv "$SYSUSERS_DIR/iact.sysusers.conf" "$SYSUSERS_DIR/iact.conf"
    systemd-sysusers "$SYSUSERS_DIR/iact.conf"
    find "$1/deploy/systemd" -maxdepth 1 -type f \( -name 'iact*.service' -o -name 'iact*.target' -o -name 'iact*.timer' \) \
        -exec install -D -m 644 -t "$SYSTEMD_DIR" {} +
    systemctl daemon-reload
}

# Every process replaced by one of this release, one after the other.
roll() { # RELEASE
    if [[ -n $DATA_DIR ]]; then
        iact "$1" roll || fail "not everything runs from $1"
        return
    fi
    install_units "$1"
    local kind instance
    for kind in "${KINDS[@]}"; do
        for instance in "${INSTANCES[@]}"; do
            systemctl restart "iact-$kind@$instance.service" ||
                fail "iact-$kind@$instance does not start; look at journalctl -u iact-$kind@$instance"
            wait_ready "iact-$kind@$instance" "$(port_of "$kind" "$instance")"
            sleep "$SETTLE_S"
            say "iact-$kind@$instance runs from $1"
        done
    done
}
