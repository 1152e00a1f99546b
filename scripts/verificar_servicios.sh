#!/usr/bin/env bash
# Looks at everything that IACT needs, changes nothing, and says what is wrong with the way out.
# Passwords reach the clients in files that only we may read, never as arguments: arguments are visible to all.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TIMEOUT_S=5            # a database that takes longer to accept a connection is not usable either
CLOCK_DIFFERENCE_MAX=2 # seconds; signed identities live for 60 and are refused when they come from the future
POSTGRES_MIN=15        # oldest major version that the migrations are tested with
POSTGRES_MAX=18
SERVICES=(gateway sessions ivr analytics dora)
READING=' USAGE SELECT SHOW_VIEW SHOW_DATABASES PROCESS '
PARTS=' postgres mariadb services disk clock '

usage() {
    cat <<'HELP'
Usage: ./scripts/verificar_servicios.sh [OPTIONS]

Checks PostgreSQL, MariaDB (and that its login can only read), the five services, disk and clock.
Nothing is written anywhere.

  --postgres-host HOST      default DB_ANALYTICS_HOST, else 127.0.0.1
  --postgres-port PORT      default DB_ANALYTICS_PORT, else 15432
  --postgres-db NAME        default DB_ANALYTICS_NAME, else iact_analytics
  --postgres-user USER      default DB_ANALYTICS_USER, else iact_owner
  --postgres-password-file FILE   default: the variable DB_ANALYTICS_PASSWORD
  --mariadb-host HOST       default DB_IVR_HOST, else 127.0.0.1
  --mariadb-port PORT       default DB_IVR_PORT, else 3306
  --mariadb-db NAME         default DB_IVR_NAME, else ivr_data
  --mariadb-user USER       default DB_IVR_USER, else iact_reader
  --mariadb-password-file FILE    default: the variable DB_IVR_PASSWORD
  --host HOST               where the services listen, 127.0.0.1 by default
  --port PORT               the gateway's port, 8000 by default; services take the four after it
  --data-dir DIR            the folder whose disk is looked at, .iact or the repository by default
  --disk-free-min PERCENT   how much of that disk has to be free, 10 by default
  --skip PART               leave out postgres, mariadb, services, disk or clock; can be repeated
  --dry-run                 say what would be asked, ask nothing
  --json                    one JSON document instead of lines
  --help                    this text

Exit codes: 0 all good, 1 something failed, 2 wrong usage, 3 a client program is missing.
HELP
}

wrong_usage() {
    printf '[ERROR] verificar_servicios.sh: %s; see ./scripts/verificar_servicios.sh --help\n' "$1" >&2
    exit 2
}

need_port() { # OPTION VALUE
    [[ $2 =~ ^[1-9][0-9]{0,4}$ && $2 -le 65535 ]] || wrong_usage "$1 needs a port (1 to 65535), not \"$2\""
}

defaults() {
    PG_HOST=${DB_ANALYTICS_HOST:-127.0.0.1} PG_PORT=${DB_ANALYTICS_PORT:-15432}
    PG_DB=${DB_ANALYTICS_NAME:-iact_analytics} PG_USER=${DB_ANALYTICS_USER:-iact_owner} PG_FILE=''
    MY_HOST=${DB_IVR_HOST:-127.0.0.1} MY_PORT=${DB_IVR_PORT:-3306}
    MY_DB=${DB_IVR_NAME:-ivr_data} MY_USER=${DB_IVR_USER:-iact_reader} MY_FILE=''
    HOST=127.0.0.1 PORT=8000 DISK_FREE_MIN=10 SKIP=' ' DRY_RUN='' JSON=''
    DATA_DIR=$ROOT/.iact
    [[ -d $DATA_DIR ]] || DATA_DIR=$ROOT
}

take_value() { # OPTION VALUE
    [[ -n $2 ]] || wrong_usage "$1 needs a value"
    case $1 in
    --postgres-host) PG_HOST=$2 ;;
    --postgres-port) PG_PORT=$2 ;;
    --postgres-db) PG_DB=$2 ;;
    --postgres-user) PG_USER=$2 ;;
    --postgres-password-file) PG_FILE=$2 ;;
    --mariadb-host) MY_HOST=$2 ;;
    --mariadb-port) MY_PORT=$2 ;;
    --mariadb-db) MY_DB=$2 ;;
    --mariadb-user) MY_USER=$2 ;;
    --mariadb-password-file) MY_FILE=$2 ;;
    --host) HOST=$2 ;;
    --port) PORT=$2 ;;
    --data-dir) DATA_DIR=$2 ;;
    --disk-free-min) DISK_FREE_MIN=$2 ;;
    --skip)
        [[ $PARTS == *" $2 "* ]] || wrong_usage "--skip knows$PARTS, not \"$2\""
        SKIP+="$2 "
        ;;
    esac
}

parse() {
    while (($#)); do
        case $1 in
        --postgres-password | --postgres-password=* | --mariadb-password | --mariadb-password=*)
            # The value is not repeated: whoever typed it should not see it in a log as well.
            wrong_usage "${1%%=*} would show the password to every user of this machine; use a variable or ${1%%=*}-file"
            ;;
        --postgres-host | --postgres-port | --postgres-db | --postgres-user | --postgres-password-file | \
            --mariadb-host | --mariadb-port | --mariadb-db | --mariadb-user | --mariadb-password-file | \
            --host | --port | --data-dir | --disk-free-min | --skip)
            (($# > 1)) || wrong_usage "$1 needs a value"
            take_value "$1" "$2"
            shift
            ;;
        --postgres-*=* | --mariadb-*=* | --host=* | --port=* | --data-dir=* | --disk-free-min=* | --skip=*)
            known_option "${1%%=*}"
            take_value "${1%%=*}" "${1#*=}"
            ;;
        --dry-run) DRY_RUN=yes ;;
        --json) JSON=yes ;;
        --help | -h)
            usage
            exit 0
            ;;
        *) wrong_usage "unknown option \"$1\"" ;;
        esac
        shift
    done
    need_port --postgres-port "$PG_PORT"
    need_port --mariadb-port "$MY_PORT"
    need_port --port "$PORT"
    ((PORT + ${#SERVICES[@]} - 1 <= 65535)) || wrong_usage "--port leaves no room for the four services after $PORT"
    [[ $DISK_FREE_MIN =~ ^[0-9]{1,2}$ ]] || wrong_usage "--disk-free-min needs 0 to 99, not \"$DISK_FREE_MIN\""
}

known_option() { # OPTION
    usage | grep -qE "^ +$1( |\$)" || wrong_usage "unknown option \"$1\""
}

NAMES=() STATES=() DETAILS=()

tell() { # NAME STATE DETAIL
    NAMES+=("$1") STATES+=("$2") DETAILS+=("$3")
    [[ -z $JSON ]] || return 0
    local tag
    case $2 in
    ok) tag=OK ;;
    failed) tag=FAIL ;;
    warning) tag=ATENCION ;;
    planned) tag=DRY-RUN ;;
    *) tag=INFO ;;
    esac
    printf '[%s] %s: %s\n' "$tag" "$1" "$3"
}

json_text() { # TEXT
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    printf '"%s"' "$(printf '%s' "$text" | tr -d '\000-\037')"
}

json_report() { # OK
    local index comma='' dry_run=false
    [[ -z $DRY_RUN ]] || dry_run=true
    printf '{"ok": %s, "dry_run": %s, "checks": [' "$1" "$dry_run"
    for index in "${!NAMES[@]}"; do
        printf '%s{"name": %s, "state": %s, "detail": %s}' "$comma" "$(json_text "${NAMES[index]}")" \
            "$(json_text "${STATES[index]}")" "$(json_text "${DETAILS[index]}")"
        comma=', '
    done
    printf ']}\n'
}

wanted() { # PART
    [[ $SKIP != *" $1 "* ]]
}

mariadb_client() {
    command -v mariadb || command -v mysql
}

missing_clients() {
    local missing=()
    if wanted postgres && ! command -v psql >/dev/null; then missing+=("psql (apt-get install postgresql-client)"); fi
    if wanted mariadb && ! mariadb_client >/dev/null; then missing+=("mariadb (apt-get install mariadb-client)"); fi
    if wanted services && ! command -v curl >/dev/null; then missing+=("curl (apt-get install curl)"); fi
    ((${#missing[@]} == 0)) || printf '%s\n' "${missing[@]}"
}

first_line() { # FILE
    local line=''
    IFS= read -r line <"$1" || true
    printf '%s' "$line"
}

password_of() { # FILE VARIABLE
    if [[ -n $1 ]]; then
        first_line "$1"
    else
        printf '%s' "${!2-}"
    fi
}

check_password_files() {
    local file
    for file in "$PG_FILE" "$MY_FILE"; do
        [[ -z $file || -r $file ]] || wrong_usage "cannot read the password file $file"
    done
}

write_login_files() {
    SCRATCH=$(mktemp -d)
    trap 'rm -rf "$SCRATCH"' EXIT
    trap 'exit 130' INT TERM
    local password
    umask 077
    password=$(password_of "$PG_FILE" DB_ANALYTICS_PASSWORD)
    password=${password//\\/\\\\}
    printf '*:*:*:*:%s\n' "${password//:/\\:}" >"$SCRATCH/pgpass"
    password=$(password_of "$MY_FILE" DB_IVR_PASSWORD)
    password=${password//\\/\\\\}
    # The readers speak without TLS, as the PBX's network has it; a newer client would insist on it.
    printf '[client]\npassword="%s"\nloose-skip-ssl-verify-server-cert\n' "${password//\"/\\\"}" >"$SCRATCH/my.cnf"
}

postgres() { # STATEMENT
    PGPASSFILE=$SCRATCH/pgpass PGCONNECT_TIMEOUT=$TIMEOUT_S PGOPTIONS='-c default_transaction_read_only=on' \
        PGAPPNAME=verificar_servicios timeout $((TIMEOUT_S * 2)) \
        psql -X -w -q -A -t -h "$PG_HOST" -p "$PG_PORT" -U "$PG_USER" -d "$PG_DB" -c "$1" 2>"$SCRATCH/error"
}

mariadb_ask() { # STATEMENT
    timeout $((TIMEOUT_S * 2)) "$(mariadb_client)" --defaults-file="$SCRATCH/my.cnf" --connect-timeout=$TIMEOUT_S \
        --protocol=tcp -N -B --raw -h "$MY_HOST" -P "$MY_PORT" -u "$MY_USER" -D "$MY_DB" \
        -e "SET SESSION TRANSACTION READ ONLY; $1" 2>"$SCRATCH/error"
}

said() { # what the client wrote, on one line
    local text
    text=$(tr '\n' ' ' <"$SCRATCH/error" | sed 's/  */ /g; s/ $//')
    printf '%s' "${text:-no answer within $((TIMEOUT_S * 2)) s}"
}

check_postgres() {
    local place="$PG_HOST:$PG_PORT/$PG_DB as $PG_USER" answer
    if ! answer=$(postgres "SELECT current_setting('server_version_num')::int / 10000 || ' '
            || (SELECT count(*) FROM pg_namespace WHERE nspname IN ('sessions', 'ivr', 'analytics', 'dora'))"); then
        tell postgres failed "$place: $(said)"
        return
    fi
    local major=${answer% *} schemas=${answer#* }
    if ((major < POSTGRES_MIN)); then
        tell postgres failed "$place: version $major is too old, $POSTGRES_MIN to $POSTGRES_MAX are supported"
    elif ((major > POSTGRES_MAX)); then
        tell postgres warning "$place: version $major is newer than those tested ($POSTGRES_MIN to $POSTGRES_MAX)"
    elif ((schemas < 4)); then
        tell postgres warning "$place: version $major, $schemas of 4 schemas; run iact migrate"
    else
        tell postgres ok "$place: version $major, all schemas there"
    fi
}

# Privileges that are more than reading, from the lines of SHOW GRANTS (which also hold password hashes: never shown).
excessive() {
    local line names name
    while IFS= read -r line; do
        [[ $line =~ ^GRANT\ (.+)\ ON\  ]] || continue
        [[ $line != *'WITH GRANT OPTION'* ]] || printf 'GRANT OPTION\n'
        names=$(sed 's/([^)]*)//g; s/ ON .*//; s/^GRANT //' <<<"$line")
        while IFS= read -r name; do
            name=$(sed 's/^ *//; s/ *$//' <<<"$name")
            [[ $READING == *" ${name// /_} "* ]] || printf '%s\n' "$name"
        done < <(tr ',' '\n' <<<"$names")
    done
}

roles_of() { # the roles that the lines of SHOW GRANTS hand out, quoted
    # shellcheck disable=SC2016 # backticks are MariaDB's quotes
    sed -nE 's/^GRANT (`[^`]+`) TO .*/\1/p'
}

check_mariadb() {
    local place="$MY_HOST:$MY_PORT/$MY_DB as $MY_USER" grants roles role more excess
    if ! mariadb_ask 'SELECT 1' >/dev/null; then
        tell mariadb failed "$place: $(said)"
        return
    fi
    tell mariadb ok "$place: answers"
    if ! grants=$(mariadb_ask 'SHOW GRANTS FOR CURRENT_USER()'); then
        tell mariadb-read-only failed "$place: its grants cannot be read: $(said)"
        return
    fi
    # A role that is not switched on now can be switched on by its holder: its grants count as well.
    roles=$(roles_of <<<"$grants")
    while IFS= read -r role; do
        [[ -n $role ]] || continue
        if ! more=$(mariadb_ask "SET ROLE $role; SHOW GRANTS"); then
            tell mariadb-read-only failed "$place: the grants of its role $role cannot be read: $(said)"
            return
        fi
        grants+=$'\n'$more
    done <<<"$roles"
    excess=$(excessive <<<"$grants" | sort -u | paste -sd, - | sed 's/,/, /g')
    if [[ -n $excess ]]; then
        tell mariadb-read-only failed "$place may do more than read: $excess; revoke it, or use a login with SELECT only"
    else
        tell mariadb-read-only ok "$place may only read"
    fi
}

check_services() {
    local index name url code body
    for index in "${!SERVICES[@]}"; do
        name=${SERVICES[index]} url=http://$HOST:$((PORT + index))/health/ready
        body=$(curl -s --noproxy '*' --max-time $TIMEOUT_S -o - -w '\n%{http_code}' "$url" 2>/dev/null) || true
        code=${body##*$'\n'} body=${body%$'\n'*}
        if [[ $code == 200 && $body =~ \"service\":\ *\"$name\" ]]; then
            tell "$name" ok "$url is ready"
        elif [[ $code == 200 ]]; then
            tell "$name" failed "$url: another program answers there; give the right --port"
        elif [[ $code == 503 ]]; then
            tell "$name" failed "$url: alive, not ready; the failed part is in its body and its log"
        else
            tell "$name" failed "$url: does not answer; start it (./scripts/start.sh, or systemctl start iact-$name)"
        fi
    done
}

check_disk() {
    local free used_inodes
    if ! free=$(df -Pk -- "$DATA_DIR" 2>/dev/null | awk 'NR == 2 { printf "%d", 100 * $4 / ($3 + $4 + 0.1) }'); then
        tell disk failed "$DATA_DIR cannot be looked at; give an existing folder with --data-dir"
        return
    fi
    used_inodes=$(df -Pi -- "$DATA_DIR" 2>/dev/null | awk 'NR == 2 { sub("%", "", $5); print $5 }')
    if ((free < DISK_FREE_MIN)); then
        tell disk failed "$free % free at $DATA_DIR, less than $DISK_FREE_MIN %; make room or drop old partitions"
    elif [[ $used_inodes =~ ^[0-9]+$ ]] && ((100 - used_inodes < DISK_FREE_MIN)); then
        tell disk failed "$((100 - used_inodes)) % of the inodes free at $DATA_DIR, less than $DISK_FREE_MIN %"
    else
        tell disk ok "$free % free at $DATA_DIR"
    fi
}

compare_clock() { # NAME SECONDS-THERE
    local difference
    difference=$(awk -v here="$(date +%s.%N)" -v there="$2" 'BEGIN { d = here - there; printf "%.1f", d < 0 ? -d : d }')
    if awk -v d="$difference" -v max="$CLOCK_DIFFERENCE_MAX" 'BEGIN { exit !(d > max) }'; then
        tell "$1" failed "its clock and ours are $difference s apart, more than $CLOCK_DIFFERENCE_MAX; start NTP on both"
    else
        tell "$1" ok "$difference s from ours"
    fi
}

check_clock() {
    local there
    case $(timedatectl show -p NTPSynchronized --value 2>/dev/null || true) in
    yes) tell clock ok "synchronised by NTP" ;;
    no) tell clock warning "not synchronised by NTP; run timedatectl set-ntp true" ;;
    *) tell clock info "this machine does not say whether NTP keeps its clock" ;;
    esac
    if wanted postgres && there=$(postgres 'SELECT extract(epoch FROM clock_timestamp())'); then
        compare_clock clock-postgres "$there"
    fi
    if wanted mariadb && there=$(mariadb_ask 'SELECT UNIX_TIMESTAMP(SYSDATE(6))'); then
        compare_clock clock-mariadb "$there"
    fi
}

plan() {
    ! wanted postgres || tell postgres planned "would connect to $PG_HOST:$PG_PORT/$PG_DB as $PG_USER (password ****)"
    ! wanted mariadb || tell mariadb planned "would connect to $MY_HOST:$MY_PORT/$MY_DB as $MY_USER (password ****) and read its grants"
    ! wanted services || tell services planned "would ask $HOST, ports $PORT to $((PORT + ${#SERVICES[@]} - 1)), for /health/ready"
    ! wanted disk || tell disk planned "would look at the free space of $DATA_DIR, $DISK_FREE_MIN % at least"
    ! wanted clock || tell clock planned "would compare our clock with those of the databases"
    local missing
    missing=$(missing_clients)
    [[ -z $missing ]] || tell clients warning "missing: $(paste -sd, - <<<"$missing")"
}

finish() {
    local ok=true state
    for state in "${STATES[@]}"; do
        [[ $state != failed ]] || ok=false
    done
    [[ -z $JSON ]] || json_report "$ok"
    [[ $ok == true ]]
}

defaults
parse "$@"
check_password_files
if [[ -n $DRY_RUN ]]; then
    plan
    finish
    exit
fi
missing=$(missing_clients)
if [[ -n $missing ]]; then
    printf '[ERROR] verificar_servicios.sh: a client is missing: %s\n' "$(paste -sd, - <<<"$missing")" >&2
    exit 3
fi
write_login_files
for part in $PARTS; do
    ! wanted "$part" || "check_$part"
done
finish
