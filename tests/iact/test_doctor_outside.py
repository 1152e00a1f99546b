"""What lies beside the database is broken on purpose, and `iact doctor` has to find it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from iact.backups import DONE, Store
from iact.doctor import keeping, machine, source
from iact.doctor.finding import Finding, Severity, sentences
from iact.doctor.target import Target
from iact.process_table import identify
from shared.ports import free_port
from shared.testing.mariadb import MariaDbSchema

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)
GOOD, NOTE, WARNING, CRITICAL = Severity


def only(findings: list[Finding], severity: Severity) -> Finding:
    """The single finding, of this severity; one that needs hands says what it means and the way out."""
    assert [found.severity for found in findings] == [severity], sentences(findings)
    if findings[0].needs_hands:
        assert findings[0].meaning
        assert findings[0].way_out
    return findings[0]


def utc_now() -> datetime:
    return datetime.now(UTC)


# --- this machine ---


@pytest.mark.unit
@pytest.mark.parametrize(
    ("free_bytes", "inodes", "severity"),
    [(50e9, 0.5, GOOD), (9e9, 0.5, WARNING), (50e9, 0.01, WARNING), (1e9, 0.5, CRITICAL), (0, 0.0, CRITICAL)],
)
def test_room_on_a_disk(free_bytes: float, inodes: float, severity: Severity) -> None:
    only([machine.judge_disk(Path("/srv"), int(free_bytes), inodes)], severity)


@pytest.mark.unit
def test_a_disk_is_told_once_and_folders_to_come_count(tmp_path: Path) -> None:
    found = machine.look_at_disks([tmp_path, tmp_path / "not" / "yet"])
    assert len(found) == 1
    assert str(tmp_path) in found[0].what


def certificate(file: Path, since: datetime, until: datetime) -> Path:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "iact.example")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .sign(key, None)
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.unit
@pytest.mark.parametrize(
    ("begins", "days_left", "severity", "words"),
    [
        (-60, 40, GOOD, "in 40 days"),
        (-60, 20, WARNING, "in 20 days"),
        (-60, 6, CRITICAL, "in 6 days"),
        (-60, -1, CRITICAL, "has ended"),
        (1, 90, CRITICAL, "begins on"),
    ],
)
def test_the_end_of_a_certificate_that_nginx_has(
    tmp_path: Path, begins: int, days_left: int, severity: Severity, words: str
) -> None:
    file = certificate(tmp_path / "chain.pem", NOW + timedelta(days=begins), NOW + timedelta(days=days_left, hours=1))
    (tmp_path / "iact.conf").write_text(f"server {{\n    ssl_certificate {file};\n    ssl_certificate_key /k;\n}}\n")
    files = machine.certificate_files([], [tmp_path / "iact.conf"])
    assert files == [file]
    assert words in only(machine.look_at_certificates(files, NOW), severity).what


@pytest.mark.unit
def test_a_certificate_that_is_none_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    for name, words in (("text.pem", "no PEM certificate"), ("away.pem", "No such file")):
        assert words in only(machine.look_at_certificates([tmp_path / name], NOW), CRITICAL).what
    only(machine.look_at_certificates([], NOW), NOTE)


@pytest.mark.unit
def test_a_process_older_than_its_code_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    me = identify(os.getpid())
    assert me is not None
    target = Target(Path("/"), started=(("dora", me.as_json()),))
    monkeypatch.setattr(machine, "newest_code", lambda _: me.started_at - timedelta(seconds=1))
    only(machine.look_at_processes(target), GOOD)
    monkeypatch.setattr(machine, "newest_code", lambda _: me.started_at + timedelta(seconds=1))
    assert "dora was started" in only(machine.look_at_processes(target), WARNING).what


@pytest.mark.unit
def test_the_newest_code_counts_statements_and_modules(tmp_path: Path) -> None:
    for name, second in (("a.py", 100), ("b.sql", 200), ("c.txt", 300)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (second, second))
    assert machine.newest_code([tmp_path]).timestamp() == 200


@pytest.mark.integration
def test_a_service_that_does_not_answer_is_named() -> None:
    target = Target(Path("/"), service_urls=(("dora", f"http://127.0.0.1:{free_port()}"),))
    assert "dora at" in only(machine.look_at_processes(target), CRITICAL).what


# --- sources ---


def sources_file(folder: Path, schema: MariaDbSchema, *, admin: bool = False, **more: object) -> Path:
    (folder / "password").write_text(schema.admin_password if admin else schema.reader_password)
    user = schema.admin_user if admin else schema.reader_user
    fields: dict[str, Any] = {
        "id": "centre",
        "kind": "legacy",
        "host": schema.host,
        "port": schema.port,
        "name": schema.name,
        "user": user,
        "password_file": str(folder / "password"),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in (fields | more).items()]
    file = folder / "sources.toml"
    file.write_text("[[source]]\n" + "\n".join(lines))
    return file


@pytest.mark.integration
async def test_a_source_that_may_only_be_read(tmp_path: Path, mariadb: MariaDbSchema) -> None:
    found = await source.look_at_sources(sources_file(tmp_path, mariadb), utc_now)
    assert [(each.check, each.severity) for each in found] == [("grants", GOOD), ("clock", GOOD)], sentences(found)
    late = await source.look_at_sources(sources_file(tmp_path, mariadb), lambda: utc_now() - timedelta(seconds=90))
    only(late[1:], CRITICAL)


@pytest.mark.integration
async def test_a_source_that_may_be_written(tmp_path: Path, mariadb: MariaDbSchema) -> None:
    found = await source.look_at_sources(sources_file(tmp_path, mariadb, admin=True), utc_now)
    assert "may do more than SELECT" in only(found[:1], CRITICAL).what
    allowed = sources_file(tmp_path, mariadb, admin=True, allow_privileged=True)
    only((await source.look_at_sources(allowed, utc_now))[:1], WARNING)


@pytest.mark.integration
async def test_a_source_that_is_down(tmp_path: Path, mariadb: MariaDbSchema) -> None:
    file = sources_file(tmp_path, mariadb, port=free_port())
    assert "centre at" in only(await source.look_at_sources(file, utc_now), CRITICAL).what


@pytest.mark.unit
async def test_a_sources_file_that_is_wrong_or_names_nothing(tmp_path: Path) -> None:
    only(await source.look_at_sources(tmp_path / "none.toml", utc_now), NOTE)
    (tmp_path / "s.toml").write_text('[[source]]\nid = "x"\nkind = "tape"\n')
    assert "kind must be" in only(await source.look_at_sources(tmp_path / "s.toml", utc_now), CRITICAL).what
    (tmp_path / "s.toml").write_text(f'[[source]]\nid = "x"\nkind = "asterisk"\npaths = ["{tmp_path}/log*"]\n')
    assert "no file is called" in only(await source.look_at_sources(tmp_path / "s.toml", utc_now), WARNING).what
    (tmp_path / "log1").touch()
    only(await source.look_at_sources(tmp_path / "s.toml", utc_now), GOOD)


# --- copies and the audit trail ---


@pytest.mark.requirement("RF-051")
@pytest.mark.unit
@pytest.mark.parametrize(("age_h", "severity"), [(None, CRITICAL), (25, GOOD), (27, WARNING)])
def test_the_age_of_the_newest_copy(tmp_path: Path, age_h: int | None, severity: Severity) -> None:
    Store(tmp_path).prepare()
    if age_h is not None:
        at = (NOW - timedelta(hours=age_h)).isoformat()
        (tmp_path / "base" / "one").mkdir()
        content = {"started_at": at, "finished_at": at, "size_bytes": 1, "first_segment": "0" * 24}
        (tmp_path / "base" / "one" / DONE).write_text(json.dumps(content))
    only(keeping.look_at_copies(tmp_path, NOW), severity)


@pytest.mark.unit
def test_a_folder_of_copies_that_is_not_named_or_not_readable(tmp_path: Path) -> None:
    only(keeping.look_at_copies(None, NOW), NOTE)
    (tmp_path / "base" / "one").mkdir(parents=True)
    (tmp_path / "base" / "one" / DONE).write_text("{")
    only(keeping.look_at_copies(tmp_path, NOW), CRITICAL)
