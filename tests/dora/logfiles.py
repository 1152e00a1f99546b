"""Records of the logs as a person writes them, to be changed one field at a time."""

import json
from pathlib import Path
from typing import Any

DEPLOYMENT: dict[str, Any] = {
    "timestamp": "2026-03-10T12:00:00Z",
    "deployment_id": "d-1",
    "environment": "production",
    "version": "1.4.0",
    "status": "success",
}
INCIDENT: dict[str, Any] = {
    "timestamp": "2026-03-10T14:00:00Z",
    "incident_id": "i-1",
    "severity": "high",
    "status": "resolved",
    "title": "Calls are not routed",
    "detected_at": "2026-03-10T13:00:00Z",
    "resolved_at": "2026-03-10T13:35:00Z",
}


def write(folder: Path, name: str, *records: Any) -> Path:
    """A log of these records."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(records), encoding="utf-8")
    return file
