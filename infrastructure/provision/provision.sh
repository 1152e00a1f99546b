#!/usr/bin/env bash
# Prepares a Debian or Ubuntu server for IACT: PostgreSQL, MariaDB with a login that only reads, users, passwords,
# settings. `vagrant up` runs it in the VM; a server without Vagrant runs the same. Safe to run again: what is there stays.
set -euo pipefail

SCRIPT_NAME=$(basename "$0")
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

usage() {
    cat <<'HELP'
Usage: provision.sh [--postgres-port N] [--mariadb-port N] [--listen ADDRESS] [--allow NETWORK]
                    [--without-mariadb] [--sample-data ROWS] [--venv FOLDER]
                    [--etc FOLDER]

  --postgres-port N    port of the PostgreSQL cluster "iact" (15432)
  --mariadb-port N     port of MariaDB (13306)
  --listen ADDRESS     address on which both listen (127.0.0.1)
  --allow NETWORK      who may sign in besides this machine, as 10.0.2.0/24; needed with another --listen
  --without-mariadb    the source is on another machine already
  --sample-data ROWS   fill MariaDB with ROWS rows of a simulated IVR, when its database is still empty
  --venv FOLDER        the Python packages that write the sample (.venv of this tree; made when missing)
  --etc FOLDER         where settings and passwords go (/etc/iact)
  --help               this text

Needs root, Debian 12 or Ubuntu 24.04 (PostgreSQL 15 or newer from the distribution), and its package archive.
Exit codes: 0 done, 1 failed, 2 wrong usage.
HELP
}

say() {
    printf '[%4d s] %s\n' "$SECONDS" "$1"
}

fail() {
    printf '%s: %s\n' "$SCRIPT_NAME" "$1" >&2
    exit 1
}

wrong_usage() {
    printf '%s: %s; see %s --help\n' "$SCRIPT_NAME" "$1" "$SCRIPT_NAME" >&2
    exit 2
}

need_port() { # OPTION TEXT
    [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || wrong_usage "$1 needs a port from 1 to 65535, not \"$2\""
    ((10#$2 <= 65535)) || wrong_usage "$1 needs a port from 1 to 65535, not $2"
}

POSTGRES_PORT=15432 MARIADB_PORT=13306 LISTEN=127.0.0.1 ALLOW='' WITH_MARIADB=yes SAMPLE_ROWS='' VENV=$ROOT/.venv ETC=/etc/iact
while (($#)); do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --without-mariadb)
        WITH_MARIADB=''
        shift
        continue
        ;;
    --postgres-port | --mariadb-port | --listen | --allow | --sample-data | --venv | --etc) ;;
    *) wrong_usage "unknown option \"$1\"" ;;
    esac
    (($# >= 2)) || wrong_usage "$1 needs a value"
    case $1 in
    --postgres-port) need_port "$1" "$2" && POSTGRES_PORT=$2 ;;
    --mariadb-port) need_port "$1" "$2" && MARIADB_PORT=$2 ;;
    --listen)
        [[ $2 =~ ^[0-9.]+$ ]] || wrong_usage "--listen needs an IPv4 address such as 0.0.0.0, not \"$2\""
        LISTEN=$2
        ;;
    --allow)
        [[ $2 =~ ^[0-9.]+/[0-9]{1,2}$ ]] || wrong_usage "--allow needs a network such as 10.0.2.0/24, not \"$2\""
        ALLOW=$2
        ;;
    --sample-data)
        [[ $2 =~ ^[1-9][0-9]{0,7}$ ]] || wrong_usage "--sample-data needs a number of rows up to 99999999, not \"$2\""
        SAMPLE_ROWS=$2
        ;;
    --venv) VENV=$2 ;;
    --etc) ETC=$2 ;;
    esac
    shift 2
done
[[ $LISTEN == 127.* || -n $ALLOW ]] || wrong_usage "--listen $LISTEN needs --allow NETWORK: who may sign in"
[[ -z $SAMPLE_ROWS || -n $WITH_MARIADB ]] || wrong_usage "--sample-data and --without-mariadb contradict each other"
[[ $EUID -eq 0 ]] || fail "needs root: it installs packages and makes users"
command -v apt-get >/dev/null || fail "needs apt-get: Debian 12 or Ubuntu 24.04"
[[ $ETC == /* ]] || wrong_usage "--etc needs a whole path, not \"$ETC\""
SECRETS=$ETC/secrets

install_packages() {
    local wanted=(postgresql postgresql-client python3-venv git openssl ca-certificates) missing=() package
    [[ -z $WITH_MARIADB ]] || wanted+=(mariadb-server mariadb-client)
    for package in "${wanted[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null
    apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

# A file is written only when it says something else: 0 when it changed, so that a server restarts only then.
write_file() { # PATH MODE, text on standard input
    local text
    text=$(cat)
    [[ ! -f $1 || $(<"$1") != "$text" ]] || return 1
    say "writing $1"
    install -m "$2" /dev/null "$1"
    printf '%s\n' "$text" >"$1"
}

secret() { # NAME: the secret of that name, made when it is missing
    local file=$SECRETS/$1
    [[ -s $file ]] || (umask 077 && openssl rand -hex 24 >"$file")
    cat "$file"
}

has_systemd() {
    [[ -d /run/systemd/system ]]
}

# --- PostgreSQL --------------------------------------------------------------------------------------------------------
as_postgres() { # psql's arguments; statements on standard input, so that no password is in a list of processes
    runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 -p "$POSTGRES_PORT" "$@"
}

provision_postgres() {
    local version folder changed='' lines='' state
    version=$(pg_lsclusters -h | awk '$2 == "iact" { print $1 }')
    if [[ -z $version ]]; then
        version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -n 1)
        ((version >= 15)) || fail "PostgreSQL $version is too old; IACT needs 15 or newer"
        say "making the cluster $version/iact on port $POSTGRES_PORT"
        pg_createcluster --locale C.UTF-8 --port "$POSTGRES_PORT" "$version" iact -- --data-checksums --auth-host=scram-sha-256 >/dev/null
    fi
    folder=/etc/postgresql/$version/iact
    mkdir -p "$folder/conf.d"
    write_file "$folder/conf.d/iact.conf" 644 <<CONF && changed=yes
# Written by infrastructure/provision/provision.sh; your own settings go into a file of a later name.
port = $POSTGRES_PORT
listen_addresses = '$LISTEN'
password_encryption = scram-sha-256
# A load writes a month of rollups at once: fewer, longer checkpoints.
max_wal_size = 4GB
checkpoint_timeout = 15min
CONF
    [[ -z $ALLOW ]] || lines="host iact_analytics all $ALLOW scram-sha-256"
    if [[ -n $lines ]] && ! grep -qxF "$lines" "$folder/pg_hba.conf"; then
        say "letting $ALLOW sign in to PostgreSQL"
        printf '%s\n' "$lines" >>"$folder/pg_hba.conf"
        changed=yes
    fi
    state=$(pg_lsclusters -h | awk '$2 == "iact" { print $4 }')
    if [[ $state != online* ]]; then
        start_postgres "$version" start
    elif [[ -n $changed ]]; then
        start_postgres "$version" restart
    fi
    make_database
}

start_postgres() { # VERSION ACTION
    say "PostgreSQL $1/iact: $2"
    if has_systemd; then
        systemctl enable --quiet "postgresql@$1-iact"
        systemctl "$2" "postgresql@$1-iact"
    else
        pg_ctlcluster "$1" iact "$2"
    fi
}

make_database() {
    local password role
    password=$(secret db_password_owner)
    as_postgres -d postgres <<SQL
SELECT 'CREATE ROLE iact_owner LOGIN CREATEROLE' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'iact_owner') \gexec
ALTER ROLE iact_owner PASSWORD '$password';
SELECT 'CREATE DATABASE iact_analytics OWNER iact_owner ENCODING ''UTF8'' LOCALE ''C.UTF-8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'iact_analytics') \gexec
SQL
    as_postgres -d iact_analytics -f - <"$ROOT/deploy/roles.sql"
    for role in iact_sessions iact_ivr iact_analytics iact_dora; do
        password=$(secret "db_password_$role")
        as_postgres -d iact_analytics <<<"ALTER ROLE $role PASSWORD '$password';"
    done
    say "PostgreSQL: database iact_analytics, its owner and the four services' roles are there"
}

# --- MariaDB -----------------------------------------------------------------------------------------------------------
as_root_of_mariadb() {
    mariadb --protocol=socket --user=root "$@"
}

provision_mariadb() {
    local changed='' password from=localhost
    write_file /etc/mysql/mariadb.conf.d/90-iact.cnf 644 <<CONF && changed=yes
# Written by infrastructure/provision/provision.sh.
[mariadbd]
port = $MARIADB_PORT
bind-address = $LISTEN
character-set-server = utf8mb4
CONF
    if ! mariadb-admin --protocol=socket --user=root ping >/dev/null 2>&1; then
        start_mariadb start
    elif [[ -n $changed ]]; then
        start_mariadb restart
    fi
    password=$(secret db_ivr_password)
    [[ -z $ALLOW ]] || from=%
    # Only SELECT, and only on this database: more is refused by the service that reads.
    as_root_of_mariadb <<SQL
CREATE DATABASE IF NOT EXISTS ivr_data CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'iact_reader'@'$from' IDENTIFIED BY '$password';
ALTER USER 'iact_reader'@'$from' IDENTIFIED BY '$password' WITH MAX_USER_CONNECTIONS 4;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'iact_reader'@'$from';
GRANT SELECT ON ivr_data.* TO 'iact_reader'@'$from';
SQL
    say "MariaDB: database ivr_data and the login iact_reader, which may SELECT and nothing else"
}

start_mariadb() { # ACTION
    say "MariaDB: $1"
    if has_systemd; then
        systemctl enable --quiet mariadb
        systemctl "$1" mariadb
    else
        service mariadb "$1" >/dev/null
    fi
    for _ in $(seq 60); do
        ! mariadb-admin --protocol=socket --user=root ping >/dev/null 2>&1 || return 0
        sleep 1
    done
    fail "MariaDB does not answer after 60 s; see /var/log/mysql or journalctl -u mariadb"
}

# The simulator writes by a login of its own that lives only as long as the filling.
fill_with_sample() {
    local tables password code=0
    tables=$(as_root_of_mariadb -N -e "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'ivr_data'")
    if ((tables)); then
        say "ivr_data has $tables tables already: no sample is written"
        return
    fi
    [[ -x $VENV/bin/python ]] || {
        say "installing the packages of IACT for the sample"
        python3 -m venv "$VENV"
        "$VENV/bin/python" -m pip install -q --require-hashes -r "$ROOT/requirements.txt"
    }
    password=$(openssl rand -hex 24)
    as_root_of_mariadb <<<"CREATE OR REPLACE USER 'iact_sample'@'127.0.0.1' IDENTIFIED BY '$password';
        GRANT ALL ON ivr_data.* TO 'iact_sample'@'127.0.0.1';"
    say "writing $SAMPLE_ROWS rows of a simulated IVR"
    (cd "$ROOT" && "$VENV/bin/python" -m iact simulate --kind legacy --rows "$SAMPLE_ROWS" \
        --to-dsn "mysql://iact_sample:$password@127.0.0.1:$MARIADB_PORT/ivr_data" --manifest "$ETC/sample-manifest.json") || code=$?
    as_root_of_mariadb <<<"DROP USER 'iact_sample'@'127.0.0.1';"
    ((code == 0)) || fail "the sample could not be written (exit code $code); ivr_data may be half filled: drop its tables and run again"
}

# --- Settings ----------------------------------------------------------------------------------------------------------
write_settings() {
    write_file "$ETC/iact.env" 644 <<CONF || true
# Written by infrastructure/provision/provision.sh; passwords are in $SECRETS, one file each.
DB_ANALYTICS_HOST=127.0.0.1
DB_ANALYTICS_PORT=$POSTGRES_PORT
DB_ANALYTICS_NAME=iact_analytics
DB_ANALYTICS_USER=iact_owner
DB_IVR_HOST=127.0.0.1
DB_IVR_PORT=$MARIADB_PORT
DB_IVR_NAME=ivr_data
DB_IVR_USER=iact_reader
CONF
}

install -d -m 755 "$ETC"
install -d -m 700 "$SECRETS"
install_packages
provision_postgres
[[ -z $WITH_MARIADB ]] || provision_mariadb
write_settings
[[ -z $SAMPLE_ROWS ]] || fill_with_sample
say "done: PostgreSQL on $LISTEN:$POSTGRES_PORT${WITH_MARIADB:+, MariaDB on $LISTEN:$MARIADB_PORT}; passwords in $SECRETS"
