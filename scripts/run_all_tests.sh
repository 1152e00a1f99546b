#!/usr/bin/env bash
# Every suite, one after the other, whatever the one before said; then a table; last of all pytest's own summary.
# No `set -e` on purpose: one failing suite must not keep the next from running.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
WORKERS=2           # the smallest supported machine has two cores
COVERAGE_CHANGED=85 # percent of the lines that changed; the overall 80 stands in .coveragerc
LOG_LINES=60        # of a failed suite, enough for the first message of every tool
SHARED_MIN_GIB=8    # free in /dev/shm before the tests' databases go there: four times what they ever held
MEMORY_MIN_GIB=12   # available on the machine: that, and what the servers and browsers take themselves
PACKAGES=(shared services gateway iact tests scripts)
# shellcheck source=scripts/common.sh
. "$ROOT/scripts/common.sh"

usage() {
    cat <<'HELP'
Usage: ./scripts/run_all_tests.sh [OPTIONS]

Installs what the tests need (.venv, the page's packages; as root also MariaDB, Chromium, shellcheck and
shfmt by apt), runs every suite even when one fails, and prints a table. The last line is pytest's summary.

  --skip-backend     leave out Python linters, types and tests
  --skip-frontend    leave out the page's linter, types, tests and build (also --skip-ui)
  --skip-security    leave out the check of the critical restrictions
  --verbose          show what every suite says, not only what failed
  --help             this text

The tests bring their own databases: variables DB_* are ignored.
IACT_TEST_DATA names the folder of real data; tests that need it are skipped where it is missing.

Exit codes: 0 everything passed, 1 something failed, 2 wrong usage.
HELP
}

BACKEND=yes FRONTEND=yes SECURITY=yes VERBOSE=''
for argument in "$@"; do
    case $argument in
    --skip-backend) BACKEND='' ;;
    --skip-frontend | --skip-ui) FRONTEND='' ;;
    --skip-security) SECURITY='' ;;
    --verbose) VERBOSE=yes ;;
    --help | -h)
        usage
        exit 0
        ;;
    *)
        printf 'run_all_tests.sh: unknown option "%s"; see ./scripts/run_all_tests.sh --help\n' "$argument" >&2
        exit 2
        ;;
    esac
done

cd "$ROOT" || exit 1
# The operator's databases and settings are none of the tests' business, nor is another project's environment.
for name in $(compgen -e); do
    case $name in
    IACT_TEST_DATA) ;;
    DB_* | IACT_* | VIRTUAL_ENV | PYTHONHOME | PYTHONPATH) unset "$name" ;;
    esac
done
export PYTHONDONTWRITEBYTECODE=1 NO_COLOR=1 COLORS=false
# The page's tests would print a document a failure: of LOG_LINES none would be left for the message.
[[ -n $VERBOSE ]] || export DEBUG_PRINT_LIMIT=0

# In memory where there is enough: a database of a test is a copy of eight hundred files, which takes a disk twenty
# times as long. Short names, because sockets below may have no more than 107 characters.
scratch_folder() {
    local shared=/dev/shm free_kib available_kib made
    free_kib=$(df --output=avail "$shared" 2>/dev/null | tail -n 1)
    available_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null)
    if ((${free_kib:-0} >= SHARED_MIN_GIB << 20 && ${available_kib:-0} >= MEMORY_MIN_GIB << 20)) &&
        made=$(mktemp -d "$shared/iXXXXXX" 2>/dev/null); then
        # Containers often mount it so that nothing can be run there, and servers are.
        if install -m 755 /bin/true "$made/probe" 2>/dev/null && "$made/probe" 2>/dev/null; then
            echo "$made"
            return
        fi
        rm -rf "$made"
    fi
    mktemp -d
}

SCRATCH=$(scratch_folder)
chmod 755 "$SCRATCH" # a database that tests start as another user may have to pass through
export TMPDIR=$SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT
trap 'exit 130' INT TERM

NAMES=() RESULTS=() TIMES=() FAILED=0

say() {
    printf '[%4d s] %s\n' "$SECONDS" "$1"
}

record() { # NAME RESULT SECONDS
    NAMES+=("$1") RESULTS+=("$2") TIMES+=("$3")
}

skip() { # NAME REASON
    say "$1: skipped, $2"
    record "$1" "skipped: $2" 0
}

# Runs one suite; its output is shown when it fails, or with --verbose.
suite() { # NAME COMMAND…
    local name=$1 began=$SECONDS log=$SCRATCH/suite.log code shown teller
    shift
    say "$name"
    if [[ -n $VERBOSE ]]; then
        # Not at the end of a pipe, in a shell of its own: what a suite sets (PATH, certificates) is for those after it.
        exec {shown}> >(exec tee "$log")
        teller=$!
        "$@" >&"$shown" 2>&1 </dev/null
        code=$?
        exec {shown}>&-
        wait "$teller"
    else
        "$@" >"$log" 2>&1 </dev/null
        code=$?
        ((code == 0)) || tail -n "$LOG_LINES" "$log"
    fi
    verdict "$name" "$code" "$began"
}

verdict() { # NAME CODE BEGAN
    local seconds=$((SECONDS - $3))
    if (($2 == 0)); then
        say "$1: passed in $seconds s"
        record "$1" passed "$seconds"
    else
        say "$1: FAILED after $seconds s (exit $2)"
        record "$1" FAILED "$seconds"
        FAILED=$((FAILED + 1))
    fi
}

table() {
    printf '\n%-34s %8s  %s\n' suite seconds result
    local index
    for index in "${!NAMES[@]}"; do
        printf '%-34s %8d  %s\n' "${NAMES[index]}" "${TIMES[index]}" "${RESULTS[index]}"
    done
    if ((FAILED)); then
        printf '\n%d of %d suites failed.\n' "$FAILED" "${#NAMES[@]}"
    else
        printf '\nAll suites passed (%d s).\n' "$SECONDS"
    fi
}

# Programs of the system: name of the command, then the Debian package that has it.
# my_print_defaults: mariadb-install-db calls it, and its package does not ask for the one that has it.
NEEDED=(mariadbd mariadb-server-core my_print_defaults mariadb-client-core chromium chromium shellcheck shellcheck
    shfmt shfmt git git pdftotext poppler-utils ruby ruby)

may_use_apt() {
    [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null
}

# One by one: a package that another release lacks must not stop the rest.
apt_install() { # PACKAGE…
    local package log=$SCRATCH/apt.log code=0
    export DEBIAN_FRONTEND=noninteractive
    [[ -f $log ]] || apt-get update >"$log" 2>&1
    for package; do
        if ! apt-get install -y --no-install-recommends "$package" >>"$log" 2>&1; then
            code=1
            say "apt-get cannot install $package: $(tail -n 1 "$log")"
        fi
    done
    return "$code"
}

install_programs() {
    local missing=() index
    for ((index = 0; index < ${#NEEDED[@]}; index += 2)); do
        # A normal user's PATH lacks the folders of servers.
        PATH=$PATH:/usr/local/sbin:/usr/sbin command -v "${NEEDED[index]}" >/dev/null || missing+=("${NEEDED[index + 1]}")
    done
    ((${#missing[@]})) || return 0
    if may_use_apt; then
        say "installing by apt: ${missing[*]}"
        apt_install "${missing[@]}" || say "what needs them is skipped"
    else
        say "not installed, and apt is not allowed here: ${missing[*]}; what needs them is skipped"
    fi
}

packages_stamp() {
    printf '%s\n' "$ROOT"
    cat requirements-dev.txt pyproject.toml | sha256sum
}

# Debian keeps ensurepip, which venv needs, in a package of its own.
need_venv_module() { # PYTHON
    local package
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if ! may_use_apt; then
        echo "The Python module venv is missing; install it with: sudo apt-get install $package"
        return 1
    fi
    apt_install "$package"
}

# A moved folder's scripts name their old place.
venv_is_usable() {
    local stamp
    "$VENV/bin/python" -c '' 2>/dev/null || return
    for stamp in "$VENV"/.iact-{dev-,}packages; do
        [[ ! -f $stamp || $(head -n 1 "$stamp") == "$ROOT" ]] || return
    done
}

make_venv() {
    local python
    python=$(newest_python) || {
        echo "Python 3.11 or newer is needed; on Debian 12 and Ubuntu 24.04: apt-get install python3 python3-venv"
        return 1
    }
    need_venv_module "$python" || return
    if venv_is_usable; then
        "$VENV/bin/python" -m ensurepip # uv makes environments without pip
        return
    fi
    # Nothing but a virtual environment is ever removed.
    [[ -f $VENV/pyvenv.cfg ]] && rm -rf "$VENV"
    "$python" -m venv "$VENV"
}

install_packages() {
    local stamp=$VENV/.iact-dev-packages
    if ! venv_is_usable || ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
        make_venv || return
    fi
    [[ $(cat "$stamp" 2>/dev/null) == "$(packages_stamp)" ]] && return 0
    local pip=("$VENV/bin/python" -m pip --disable-pip-version-check --no-input)
    "${pip[@]}" install --require-hashes -r requirements-dev.txt || return
    "${pip[@]}" install --no-deps --no-build-isolation -e . || return
    packages_stamp >"$stamp"
}

install_page_packages() {
    local folder installed=ui/node_modules/.package-lock.json
    folder=$(node_folder) || return
    # The system's own stays where it is in PATH: before it only the tests' tools.
    [[ $folder != "$VENV/node" ]] || PATH=$folder:$PATH
    trust_what_the_system_trusts
    if [[ ! -d ui/node_modules/vitest ]] || ! [[ $installed -nt ui/package-lock.json ]]; then
        npm --prefix ui ci --no-audit --no-fund --prefer-offline --ignore-scripts
    fi
}

shell_files() {
    local folders=() folder
    for folder in scripts infrastructure deploy .githooks .ci; do
        [[ -d $folder ]] && folders+=("$folder")
    done
    find "${folders[@]}" -type f \( -name '*.sh' -o -path '.githooks/*' -o -path '.ci/run' \)
}

shell_suites() {
    local tool files=()
    mapfile -t files < <(shell_files)
    for tool in shellcheck 'shfmt -d'; do
        if command -v "${tool%% *}" >/dev/null; then
            # shellcheck disable=SC2086 # the tool comes with its option
            suite "${tool%% *}" $tool "${files[@]}"
        else
            skip "${tool%% *}" "it is not installed"
        fi
    done
}

# 1: the files differ. Anything else: uv could not ask the package index; tests/iact/test_requirements.py still checks.
locked_requirements() {
    ./scripts/lock.sh --check
    local code=$?
    ((code == 1)) && return 1
    ((code == 0)) || echo "the package index cannot be asked (exit $code)"
    return 0
}

linters() {
    suite "ruff check" "$VENV/bin/ruff" check .
    suite "ruff format" "$VENV/bin/ruff" format --check .
    suite "mypy" "$VENV/bin/mypy" "${PACKAGES[@]}"
    suite "import-linter" "$VENV/bin/lint-imports"
    suite "requirements agree with pyproject" locked_requirements
    suite "openapi.json is up to date" "$VENV/bin/python" -m iact openapi --check
}

page_suites() {
    suite "page: packages" install_page_packages
    local script
    for script in lint types test build; do # the browser tests below need the build
        suite "page: $script" npm --prefix ui run --silent "$script"
    done
}

# The commit to compare with: where this branch left the main one, else the commit before.
base_commit() {
    local head base branch
    head=$(git rev-parse --verify --quiet HEAD 2>/dev/null) || return 1
    for branch in origin/main main; do
        base=$(git merge-base "$head" "$branch" 2>/dev/null)
        [[ -n $base && $base != "$head" ]] && echo "$base" && return
    done
    git rev-parse --verify --quiet HEAD~1
}

changed_coverage() {
    local base
    if ! base=$(base_commit); then
        skip "coverage of changed code" "there is no earlier commit to compare with"
        return
    fi
    suite "coverage of changed code" "$VENV/bin/diff-cover" "$SCRATCH/coverage.xml" \
        --compare-branch "$base" --fail-under "$COVERAGE_CHANGED"
}

python_tests() {
    local began=$SECONDS
    export COVERAGE_FILE=$SCRATCH/coverage.data IACT_PYRAMID_FILE=$SCRATCH/pyramid.json
    # Compiled once for the hundreds of processes that tests start, and outside the working copy.
    unset PYTHONDONTWRITEBYTECODE
    export PYTHONPYCACHEPREFIX=$SCRATCH/bytecode
    say "python tests in $SCRATCH"
    "$VENV/bin/coverage" run -m pytest -n "$WORKERS" -p scripts.together -p scripts.pyramid --color=no \
        --durations 40 -rfEs ${VERBOSE:+-v} 2>&1 </dev/null |
        tee "$SCRATCH/pytest.log"
    verdict "python tests" "${PIPESTATUS[0]}" "$began"
    suite "nothing is left running" "$VENV/bin/python" -m scripts.left_running "$SCRATCH"
    "$VENV/bin/coverage" combine --quiet 2>&1
    suite "coverage of all code" "$VENV/bin/coverage" report
    "$VENV/bin/coverage" xml --quiet --fail-under=0 -o "$SCRATCH/coverage.xml"
    changed_coverage
    unset IACT_PYRAMID_FILE
    suite "pyramid: one marker a test" "$VENV/bin/python" -m scripts.pyramid "$SCRATCH/pyramid.json"
    [[ -n $VERBOSE ]] || cat "$SCRATCH/suite.log"
    keep_figures
}

# For the quality targets of scripts/dora_metrics.py; ignored by git. Limit 0: ruff tells of every function.
keep_figures() {
    local folder=build/quality commit
    mkdir -p "$folder"
    rm -f "$folder"/{coverage.xml,pyramid.json,complexity.json,run.json} # nothing of a run before
    cp "$SCRATCH/coverage.xml" "$SCRATCH/pyramid.json" "$folder/"
    "$VENV/bin/ruff" check --select C901 --config 'lint.mccabe.max-complexity=0' --ignore-noqa --exit-zero \
        --output-format json --output-file "$folder/complexity.json" .
    if commit=$(git rev-parse --verify --quiet HEAD 2>/dev/null); then
        printf '{"commit": "%s", "at": "%s"}\n' "$commit" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$folder/run.json"
    fi
}

say "preparing"
install_programs
suite "python packages" install_packages
PATH=$VENV/bin:$PATH

if [[ -n $FRONTEND ]]; then page_suites; else skip page "as asked"; fi
if [[ -n $BACKEND ]]; then linters; else skip "python linters" "as asked"; fi
shell_suites
if [[ -n $SECURITY ]]; then
    suite "critical restrictions" ./scripts/validate_critical_restrictions.sh
else
    skip "critical restrictions" "as asked"
fi
suite "commit messages" "$VENV/bin/python" scripts/commit_lint.py --history
if [[ -n $BACKEND ]]; then python_tests; else skip "python tests" "as asked"; fi

table
# The run closes with pytest's own summary line, for people and programs that read only the end.
if [[ -f $SCRATCH/pytest.log ]]; then
    tail -n 1 "$SCRATCH/pytest.log"
fi
((FAILED == 0))
