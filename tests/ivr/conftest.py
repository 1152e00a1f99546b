"""What the tests of ingestion share: keys, a runner on a fresh database, tables written as text."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from services.ivr.config import MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.legacy import COLUMNS
from services.ivr.main import create_service
from services.ivr.reconciler import Reconciler
from services.ivr.runner import Outcome, Runner
from services.ivr.settings import Settings
from services.ivr.work import Request
from shared.identity import HEADER, Identity, Signer
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema

Ingest = Callable[..., Awaitable[Outcome]]
Reconcile = Callable[..., Awaitable[dict[str, Any]]]

CREATE_LEGACY = """CREATE TABLE {} (
    dFecha DATE NOT NULL, dHoraInicio DATETIME NOT NULL, dHoraFin DATETIME NOT NULL,
    cDID_800Transfer VARCHAR(20) NOT NULL, cDID_Centro_Transferencia VARCHAR(50), cMenu VARCHAR(100),
    cOpcion VARCHAR(100), cTelefono_Origen VARCHAR(20), cTelefono_Digitado VARCHAR(20), cEtiquetacliente VARCHAR(200)
) ENGINE=InnoDB"""
LegacyRow = tuple[str | None, ...]


@pytest.fixture
def keys() -> Keys:
    return Keys(bytes(range(32)))


@pytest.fixture
async def database(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    """The service's own login: what grants forbid fails in these tests."""
    opened = Database(database_settings.as_role("iact_ivr"))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def ingest(database: Database, keys: Keys) -> Ingest:
    async def run(source: Source, request: Request | None = None) -> Outcome:
        runner = Runner(database, keys, [source])
        run_id = await runner.submit(source, request or Request(), requested_by="test")
        return await runner.wait(run_id)

    return run


@pytest.fixture
async def as_owner(database_settings: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**database_settings.connect_arguments())
    yield connection
    await connection.close()


@pytest.fixture
def reconcile(database: Database, keys: Keys, as_owner: asyncpg.Connection) -> Reconcile:
    async def run(source: Source, request: Request | None = None, *, deep: bool = False) -> dict[str, Any]:
        job = Reconciler(database, keys)
        number = await job.submit(source, request or Request(), deep=deep, requested_by="test")
        await job.wait(number)
        row = await as_owner.fetchrow("SELECT * FROM ivr.reconciliations WHERE reconciliation_id = $1", number)
        cells = await as_owner.fetch(
            "SELECT * FROM ivr.reconciliation_cells WHERE reconciliation_id = $1 AND verdict <> 'equal'", number
        )
        calls = await as_owner.fetch("SELECT * FROM ivr.reconciliation_rows WHERE reconciliation_id = $1", number)
        assert row is not None
        return {**row, "cells": cells, "calls": calls}

    return run


def legacy_row(
    day: str = "2025-07-01",
    start: str | None = "09:00:00",
    end: str | None = "09:02:00",
    *,
    did: str = "19028031",
    centre: str | None = "10928253",
    menu: str | None = "RES-FallaInternet",
    option: str | None = "DEFAULT",
    origin: str | None = "5510000001",
    typed: str | None = None,
    labels: str | None = None,
) -> LegacyRow:
    return (
        day,
        start and f"{day} {start}",
        end and f"{day} {end}",
        did,
        centre,
        menu,
        option,
        origin,
        typed,
        labels,
    )


def write_csv(path: Path, rows: Sequence[LegacyRow], columns: Sequence[str] = COLUMNS) -> Path:
    order = [COLUMNS.index(column) for column in columns]
    lines = [",".join(columns)]
    lines += [",".join("" if row[n] is None else f'"{row[n]}"' for n in order) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def files_source(*paths: Path, kind: str = "legacy", zone: str = "America/Mexico_City", name: str = "files") -> Source:
    return Source(
        id=name, kind="legacy" if kind == "legacy" else "asterisk", zone=zone, paths=tuple(str(p) for p in paths)
    )


def mariadb_source(schema: MariaDbSchema, kind: str = "legacy", zone: str = "America/Mexico_City") -> Source:
    login = MariaDbLogin(schema.host, schema.port, schema.name, schema.reader_user, schema.reader_password)
    return Source(id="ivr-db", kind="legacy" if kind == "legacy" else "asterisk", zone=zone, login=login)


def fill_mariadb(schema: MariaDbSchema, table: str, rows: Sequence[LegacyRow]) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_LEGACY.format(table))
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(COLUMNS))})", rows)


@pytest.fixture
def sources_file(tmp_path: Path) -> Path:
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", [legacy_row(), legacy_row("2025-07-02", start=None, end=None)])
    path = tmp_path / "sources.toml"
    path.write_text(
        f'[[source]]\nid = "legacy"\nkind = "legacy"\nschedule = "02:00"\npaths = ["{tmp_path}/tbl_*.csv"]\n'
        f'[[source]]\nid = "pbx"\nkind = "asterisk"\npaths = ["{tmp_path}/queue_log*"]\n'
    )
    return path


def settings_of(database: DatabaseSettings, secrets_dir: Path, sources_file: Path) -> Settings:
    """Those of a service on this database; what is not given here is read from the environment."""
    return Settings(
        db_analytics_host=database.host,
        db_analytics_port=database.port,
        db_analytics_name=database.name,
        db_analytics_user=database.user,
        db_analytics_password=SecretStr(database.password),
        iact_secrets_dir=secrets_dir,
        iact_sources_file=sources_file,
        iact_log_format="console",
    )


@pytest.fixture
async def client_as(
    database_settings: DatabaseSettings, identity_keys: Path, sources_file: Path
) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    app = create_service(settings_of(database_settings, identity_keys, sources_file))
    signer = Signer.load(identity_keys)

    def client(*functions: str, user: str = "7", segment: str | None = None) -> httpx.AsyncClient:
        identity = Identity(
            kind="user", user_id=user, username=f"user{user}", functions=frozenset(functions), segment=segment
        )
        headers = {HEADER: signer.sign(identity, "ivr")}
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ivr/api/v1/ivr", headers=headers)

    async with app.router.lifespan_context(app):
        yield client


os.environ.setdefault("IACT_LOG_FORMAT", "console")
