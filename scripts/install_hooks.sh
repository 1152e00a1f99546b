#!/usr/bin/env bash
# Points git at .githooks/. The hooks are files of the repository, so they change with it; nothing is copied.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/install_hooks.sh [--check | --uninstall | --help]

Makes git run the hooks in .githooks/ for this clone:
  pre-commit  linters on the staged files, restrictions
  commit-msg  Conventional Commits
  pre-push    types, layers, messages of all commits

  --check      say whether they are installed (exit 0 yes, 1 no)
  --uninstall  take them out again
  --help       this text

Exit codes: 0 done, 1 not possible or not installed, 2 wrong usage.
TEXT
}

action=install
case "${1:-}" in
"") ;;
--check | --uninstall) action="${1#--}" ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    echo "install_hooks.sh: unknown option $1; see --help." >&2
    exit 2
    ;;
esac
if [ $# -gt 1 ]; then
    echo "install_hooks.sh: one option at most; see --help." >&2
    exit 2
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! git rev-parse --git-dir >/dev/null 2>&1; then
    echo "install_hooks.sh: this folder is not a git clone, there is nothing to install into." >&2
    exit 1
fi
current="$(git config --local core.hooksPath || true)"

case "$action" in
check)
    if [ "$current" = .githooks ]; then
        echo "The hooks are installed."
    else
        echo "The hooks are not installed; run scripts/install_hooks.sh." >&2
        exit 1
    fi
    ;;
uninstall)
    if [ "$current" = .githooks ]; then
        git config --local --unset core.hooksPath
    fi
    echo "The hooks are not installed any more."
    ;;
install)
    if [ -n "$current" ] && [ "$current" != .githooks ]; then
        echo "install_hooks.sh: core.hooksPath is already $current; unset it first, it is not ours." >&2
        exit 1
    fi
    git config --local core.hooksPath .githooks
    echo "The hooks of .githooks/ are installed for this clone."
    ;;
esac
