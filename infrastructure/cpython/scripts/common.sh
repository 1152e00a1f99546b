#!/usr/bin/env bash
# What the scripts of this folder share. Sourced, not run: names of artefacts, folders, checks of a built tree.
set -euo pipefail

CPYTHON_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# One place for artefacts and state, on a host and in the VM: beside the scripts, wherever the tree is mounted.
ARTIFACT_DIR=${ARTIFACT_DIR:-$CPYTHON_DIR/artifacts}
BUILD_STATE_DIR=${BUILD_STATE_DIR:-$CPYTHON_DIR/.build_state}
INSTALLPREFIX=${INSTALLPREFIX:-/opt/python}
SCRIPT_NAME=$(basename "$0")

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

need_version() { # TEXT
    [[ $1 =~ ^3\.[0-9]{1,2}\.[0-9]{1,2}$ ]] || wrong_usage "\"$1\" is no version; give one such as 3.12.6"
}

need_number() { # NAME TEXT
    [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || wrong_usage "$1 needs a number from 1 to 9999, not \"$2\""
}

distro() { # ubuntu20.04, debian12: an artefact fits the C library of its distribution
    local name=${CPYTHON_DISTRO:-}
    if [[ -z $name ]]; then
        # Not sourced: the file sets VERSION, which is ours.
        name=$(sed -nE 's/^(ID|VERSION_ID)="?([^"]*)"?$/\1=\2/p' /etc/os-release 2>/dev/null | sort | sed 's/.*=//' | tr -d '\n')
    fi
    [[ $name =~ ^[a-z]+[a-z0-9.]*$ ]] || fail "the distribution is unknown; set CPYTHON_DISTRO, such as ubuntu20.04"
    printf '%s' "$name"
}

artefact_name() { # VERSION BUILD
    printf 'cpython-%s-%s-build%s.tgz' "$1" "$(distro)" "$2"
}

sha256_of() { # FILE
    sha256sum -- "$1" | cut -d ' ' -f 1
}

# The first word of a checksum file, or nothing.
expected_sha256() { # FILE
    grep -oiE '^[0-9a-f]{64}' "$1" 2>/dev/null | head -n 1 | tr 'A-F' 'a-f' || true
}

# Names of standard modules that cannot be imported, one a line. What only other systems have is left out, and what
# would open a window, a game of words or a test when imported.
missing_modules() { # PYTHON
    "$1" - <<'PYTHON'
import importlib
import sys

ELSEWHERE = set("msvcrt winreg winsound nt _winapi _overlapped _msi msilib _scproxy nturl2path _wmi _ios_support "
                "_android_support _apple_support".split())
ASIDE = {"antigravity", "this", "idlelib", "turtledemo", "__main__"}
for name in sorted(sys.stdlib_module_names - ELSEWHERE - ASIDE):
    if name.startswith("_"):
        continue  # parts of the modules with a name
    try:
        importlib.import_module(name)
    except ImportError:
        print(name)
PYTHON
}

# Graphics and line editing: a server does without.
OPTIONAL_MODULES=' tkinter turtle readline curses rlcompleter '

check_modules() { # PYTHON [ALLOWED…]: prints what is missing; fails when something is that may not be
    local python=$1 module wrong=0 missing
    shift
    missing=$(missing_modules "$python") || return 1
    for module in $missing; do
        if [[ "$OPTIONAL_MODULES $* " == *" $module "* ]]; then
            say "module $module is missing (optional)"
        else
            say "module $module is MISSING"
            wrong=1
        fi
    done
    return "$wrong"
}
