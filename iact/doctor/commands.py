"""Commands as whoever reads a finding can type them: by the place of `iact`, for the folder that was looked at."""

import re
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from iact.doctor.finding import Finding
from iact.options import DATA_DIR_DEFAULT

# All that findings name; each takes the folder.
COMMANDS = (
    "audit verify",
    "backup follow",
    "backup now",
    "demo",
    "ingest",
    "migrate",
    "partitions make",
    "reconcile",
    "retention drop",
    "retention plan",
    "rollups rebuild",
    "status",
)
_NAMED = re.compile(rf"(?<![\w/-])iact ({'|'.join(COMMANDS)})\b")


def typable(found: Finding, called: str, data_dir: Path) -> Finding:
    """The finding with its commands in full: they name it as if `iact` were found and the folder the usual one."""
    folder = "" if data_dir == DATA_DIR_DEFAULT else f" --data-dir {shlex.quote(str(data_dir))}"

    def in_full(text: str) -> str:
        return _NAMED.sub(lambda named: f"{called} {named[1]}{folder}", text)

    return replace(found, meaning=in_full(found.meaning), way_out=in_full(found.way_out))


def program() -> str:
    """How this process was called, for a shell of the same folder."""
    called = Path(sys.argv[0])
    if called.name != "iact":
        return f"{shlex.quote(sys.executable)} -m iact"
    found = shutil.which("iact")
    if found is not None and called.exists() and called.samefile(found):
        return "iact"
    return shlex.quote(sys.argv[0])
