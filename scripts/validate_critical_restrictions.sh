#!/usr/bin/env bash
# The customer's restrictions (RNF-002 and others). Needs a Python from 3.11 on and nothing installed into it.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python=python3
if [ -x "$root/.venv/bin/python" ]; then
    python="$root/.venv/bin/python"
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "validate_critical_restrictions.sh: needs Python 3.11 or newer on the PATH as python3." >&2
    exit 1
fi
# PYTHONPATH, so that a relative --root means what the caller means by it.
if [ $# -eq 0 ]; then
    set -- --root "$root"
fi
PYTHONPATH="$root" PYTHONDONTWRITEBYTECODE=1 exec "$python" -m scripts.restrictions "$@"
