"""`python -m scripts.reference [--check]` writes docs/reference: settings, endpoints, log events, metrics, tables."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.reference.endpoints import endpoints_page
from scripts.reference.log_events import log_events_page
from scripts.reference.metrics import metrics_page
from scripts.reference.settings import settings_page
from scripts.reference.tables import tables_page

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "docs/reference"
PAGES: dict[str, Callable[[Path], str]] = {
    "settings.md": settings_page,
    "endpoints.md": endpoints_page,
    "log_events.md": log_events_page,
    "process_metrics.md": metrics_page,
    "data_dictionary.md": tables_page,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with --check only compare; 0 good, 1 out of date, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="reference", description="Write docs/reference from the code.", allow_abbrev=False
    )
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a page is out of date")
    options = parser.parse_args(arguments)
    stale = 0
    for name, make in PAGES.items():
        file, text = ROOT / FOLDER / name, make(ROOT)
        if options.check and (not file.is_file() or file.read_text(encoding="utf-8") != text):
            print(f"{FOLDER}/{name} is out of date; run python -m scripts.reference.", file=sys.stderr)
            stale += 1
        elif not options.check:
            file.write_text(text, encoding="utf-8")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
