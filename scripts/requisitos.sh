#!/usr/bin/env bash
# The requirements in docs/requisitos, from anywhere: scripts/requisitos/ has the code.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python="$root/.venv/bin/python"
if [ ! -x "$python" ]; then
    echo "requisitos.sh: there is no .venv; run ./scripts/run_all_tests.sh once, it makes one." >&2
    exit 1
fi
case " $* " in
*" --root"*) ;;
*) set -- "$@" --root "$root" ;;
esac
PYTHONPATH="$root" PYTHONDONTWRITEBYTECODE=1 exec "$python" -m scripts.requisitos "$@"
