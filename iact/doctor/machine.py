"""This machine: room on the disks, the end of certificates, and whether what runs is what is installed."""

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from cryptography import x509

from iact import services
from iact.doctor.finding import Finding, critical, good, note, warning
from iact.doctor.target import Target
from iact.migrations import ROOT
from iact.process_table import from_json, is_alive

# PostgreSQL stops on a full disk; the log of one large load takes 1 GB (max_wal_size), a copy in the making more.
FREE_BYTES_CRITICAL, FREE_BYTES_WARNING = 2_000_000_000, 10_000_000_000
FREE_INODES_SHARE_WARNING = 0.05
# Certificates of a public authority are renewed 30 days before their end: later, the renewal failed.
CERTIFICATE_WARNING, CERTIFICATE_CRITICAL = timedelta(days=21), timedelta(days=7)
NGINX_FILES = (Path("/etc/nginx/conf.d/iact.conf"), Path("/etc/nginx/sites-enabled/iact.conf"))
CERTIFICATE_LINE = re.compile(r"^\s*ssl_certificate\s+([^\s;]+)\s*;", re.MULTILINE)


def look_at_disks(folders: Iterable[Path]) -> list[Finding]:
    """One finding for each file system below these folders; those that do not exist yet count as their parents."""
    found: dict[int, Finding] = {}
    for folder in folders:
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        device = existing.stat().st_dev
        if device not in found:
            usage, inodes = shutil.disk_usage(existing), os.statvfs(existing)
            share = inodes.f_favail / inodes.f_files if inodes.f_files else 1.0
            found[device] = judge_disk(existing, usage.free, share)
    return list(found.values())


def judge_disk(folder: Path, free_bytes: int, free_inodes_share: float) -> Finding:
    """What this much room means. Pure."""
    room = f"{free_bytes / 1e9:.1f} GB free where {folder} is"
    copies = "old copies: iact backup now --to DIR --keep COPIES"
    way_out = f"free some ({copies}; logs: {folder}/logs) or move it to a larger disk"
    if free_bytes < FREE_BYTES_CRITICAL:
        return critical("disk", room, "PostgreSQL stops when the disk is full, and loads are refused before.", way_out)
    if free_inodes_share < FREE_INODES_SHARE_WARNING:
        share = f"{free_inodes_share:.0%} of the file entries free where {folder} is"
        return warning("disk", share, "A disk without free entries is full, whatever its bytes say.", way_out)
    if free_bytes < FREE_BYTES_WARNING:
        return warning(
            "disk", room, "One large load with its log takes a gigabyte, a copy the whole database.", way_out
        )
    return good("disk", room)


def certificate_files(named: Sequence[Path], nginx_files: Iterable[Path] = NGINX_FILES) -> list[Path]:
    """The certificates that were named, those in nginx's files and that of uvicorn's own settings."""
    files = list(named)
    for file in nginx_files:
        if file.is_file():
            files += [Path(path) for path in CERTIFICATE_LINE.findall(file.read_text(encoding="utf-8"))]
    if own := os.environ.get("UVICORN_SSL_CERTFILE"):
        files.append(Path(own))
    return list(dict.fromkeys(files))


def look_at_certificates(files: Sequence[Path], now: datetime) -> list[Finding]:
    """When each ends. Without any there is nothing to find: TLS may end on another machine."""
    if not files:
        what = "no certificate is named here (nginx, UVICORN_SSL_CERTFILE, --certificate), so its end is not known"
        meaning = "Right where the page is opened on this machine only, or TLS ends on another one."
        return [note("certificate", what, meaning)]
    return [_certificate(file, now) for file in files]


def _certificate(file: Path, now: datetime) -> Finding:
    renew = f"renew {file} with your authority, then reload nginx (nginx -t && nginx -s reload)"
    try:
        first = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no PEM certificate"
        return critical("certificate", f"{file} cannot be read: {reason}", "nginx will not start with it.", renew)
    left = first.not_valid_after_utc - now
    until = f"{file} ends on {first.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if first.not_valid_before_utc > now:
        begins = f"{file} begins on {first.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        return critical("certificate", begins, "Browsers refuse it until then; or this clock is behind.", renew)
    if left <= timedelta(0):
        return critical("certificate", f"{until}: it has ended", "Browsers refuse to open the page.", renew)
    days = f"{until}, in {left.days} days"
    if left < CERTIFICATE_CRITICAL:
        return critical("certificate", days, "After that day browsers refuse to open the page.", renew)
    if left < CERTIFICATE_WARNING:
        return warning("certificate", days, "A renewal that works by itself would have run by now.", renew)
    return good("certificate", days)


def look_at_processes(target: Target) -> list[Finding]:
    """Whether each service answers, and is not older than the code on the disk."""
    findings = [_answer(name, url) for name, url in target.service_urls]
    return findings + [found for name, entry in target.started if (found := _age(name, entry)) is not None]


def _answer(name: str, url: str) -> Finding:
    status, body = services.readiness(url)
    if status == HTTPStatus.OK:
        return good("service", f"{name} at {url} is ready")
    way_out = f"look into its log (logs/{name}.log, or journalctl -u iact-{name}) and start it again"
    if status == 0:
        return critical("service", f"{name} at {url} does not answer", f"What {name} does is not there.", way_out)
    return critical("service", f"{name} at {url} is not ready ({status}): {body[:200]}", "It refuses work.", way_out)


def _age(name: str, entry: dict[str, object]) -> Finding | None:
    known = from_json(entry)
    if not is_alive(known):
        return None  # that it does not answer is told already
    newest = newest_code([ROOT / "shared", ROOT / ("gateway" if name == "gateway" else f"services/{name}")])
    if newest <= known.started_at:
        return good("version", f"{name} runs the code that is installed")
    return warning(
        "version",
        f"{name} was started {known.started_at:%Y-%m-%d %H:%M:%S} UTC, its code is of {newest:%Y-%m-%d %H:%M:%S} UTC",
        "The process still runs what was installed before, and modules that it loads later will not fit.",
        "start it again: deploy/upgrade.sh does so without losing a request",
    )


def newest_code(folders: Iterable[Path]) -> datetime:
    """When the newest module or statement below these folders was written."""
    files = [path for folder in folders for pattern in ("*.py", "*.sql") for path in folder.rglob(pattern)]
    return datetime.fromtimestamp(max((path.stat().st_mtime for path in files), default=0), UTC)
