"""Every telephone number of full runs is looked for, as a maximal run of digits, wherever something is kept or said."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pymysql
import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import FolderTarget, MariaDbTarget
from services.ivr.legacy import COLUMNS
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.test_interruptions import Service
from tests.ivr.test_poison import LEGACY_POISON, legacy

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

ROWS = 6_000
TELEPHONE_DIGITS_MIN = 8  # shorter numbers are extensions, service numbers and codes
DIGITS = re.compile(rb"[0-9]+")
HEX = re.compile(rb"\\\\?x((?:[0-9a-f]{2})+)")
# Columns of the sources whose digits are somebody's telephone.
TELEPHONE_COLUMNS = {
    "cTelefono_Origen",
    "cTelefono_Digitado",
    "cMenu",
    "src",
    "dst",
    "clid",
    "cid_num",
    "cid_name",
    "cid_ani",
    "exten",
}
GLUED_COLUMN = "cDID_Centro_Transferencia"  # a transfer centre, with a telephone behind it when it is longer than one
GLUED_DIGITS = 10
OUTSIDE_AGENTS = ("5587650001", "5587650002")  # reached by telephone, in rows that are refused


def digits_in(data: bytes) -> set[bytes]:
    """Every maximal run of digits, in the text and in what hexadecimal stands for."""
    found = set(DIGITS.findall(data))
    for text in HEX.findall(data):
        found.update(DIGITS.findall(bytes.fromhex(text.decode())))
    return found


def telephones(row: dict[str, Any]) -> Iterator[bytes]:
    """The telephone numbers of one row of a source."""
    texts = {name: value if isinstance(value, bytes) else str(value or "").encode() for name, value in row.items()}
    if texts.get("event") == b"ENTERQUEUE":
        yield from DIGITS.findall(texts["data2"])
    for number in DIGITS.findall(texts.get(GLUED_COLUMN, b"")):
        if len(number) > GLUED_DIGITS:
            yield number[-GLUED_DIGITS:]
    for name in TELEPHONE_COLUMNS & texts.keys():
        yield from (number for number in DIGITS.findall(texts[name]) if len(number) >= TELEPHONE_DIGITS_MIN)


def numbers_of(schema: MariaDbSchema) -> set[bytes]:
    found: set[bytes] = set()
    with schema.connect() as connection, connection.cursor(pymysql.cursors.DictCursor) as cursor:
        cursor.execute("SHOW TABLES")
        for table in [next(iter(row.values())) for row in cursor.fetchall()]:
            cursor.execute(f"SELECT * FROM `{table}`")
            for row in cursor.fetchall():
                found.update(telephones(row))
    return found


def poison(schema: MariaDbSchema) -> None:
    """Rejects are written for people to read: they too must not hold a number."""
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES LIKE 'tbl\\_historico\\_%'")
        table = cursor.fetchone()[0]
        cursor.execute("SET SESSION sql_mode = ''")
        for column in ("cMenu", "cTelefono_Origen", "cTelefono_Digitado", "cEtiquetacliente"):
            cursor.execute(f"ALTER TABLE `{table}` MODIFY {column} LONGBLOB")
        for n, (damage, _) in enumerate(LEGACY_POISON.values()):
            row = damage(legacy(n))
            row[8] = row[8] or b"+52 (55) 8765 4321"
            cursor.execute(f"INSERT INTO `{table}` ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * 10)})", row)
        cursor.execute("SELECT max(id) FROM queue_log")
        last = cursor.fetchone()[0]
        fields = "(id, time, callid, queuename, agent, event, data2, data3)"
        for time, number in zip(("0000-00-00", "2025-07-01 09:00:00"), OUTSIDE_AGENTS, strict=True):
            cursor.execute(
                f"INSERT INTO queue_log {fields} VALUES (%s, %s, %s, 'sales', %s, '', %s, '1')",
                (last := last + 1, time, "1751371200.77", f"Local/{number}@agents", number),
            )


def api_answers(service: Service, runs: list[str]) -> Iterator[str]:
    paths = ["/sources", "/runs", "/freshness", "/segments", "/menus", "/holidays", "/rejects?limit=1000"]
    paths += [f"/runs/{run}" for run in runs]
    for path in paths:
        yield str(service.call("GET", path))
    for source in ("legacy", "pbx", "legacy-files", "pbx-files"):
        yield str(service.call("GET", f"/sources/{source}/check"))
        asked = service.call("POST", "/reconciliations", {"source": source, "deep": True})
        while (found := service.call("GET", f"/reconciliations/{asked['id']}"))["state"] == "running":
            pass
        assert found["state"] == "equal", found
        yield str(found)


async def tables_of(settings: DatabaseSettings) -> dict[str, bytes]:
    """Every row of every table of the warehouse as text."""
    conn = await asyncpg.connect(**settings.connect_arguments())
    try:
        names = await conn.fetch(
            "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = {}
        for (name,) in names:
            rows = await conn.fetch(f"SELECT t::text FROM {name} t")
            found[name] = "\n".join(row[0] for row in rows).encode("utf-8", "surrogateescape")
        return found
    finally:
        await conn.close()


@pytest.fixture
def sources(mariadb: MariaDbSchema, tmp_path: Path) -> Path:
    """Both kinds in MariaDB and as files, with rows that are refused."""
    theirs, data = tmp_path / "theirs", tmp_path / "data"
    data.mkdir()
    for database in (MariaDbTarget(mariadb.dsn_admin), FolderTarget(theirs / "legacy")):
        simulate_legacy(LegacyOptions(rows=ROWS, quarters=1), database)
    for database in (MariaDbTarget(mariadb.dsn_admin), FolderTarget(theirs / "asterisk")):
        simulate_asterisk(AsteriskOptions(rows=ROWS), database)
    poison(mariadb)
    (data / "password").write_text(mariadb.reader_password)
    login = (
        f'host = "{mariadb.host}"\nport = {mariadb.port}\nname = "{mariadb.name}"\nuser = "{mariadb.reader_user}"\n'
        f'password_file = "{data / "password"}"\n'
    )
    file = data / "sources.toml"
    file.write_text(
        f'[[source]]\nid = "legacy"\nkind = "legacy"\nschedule = "off"\n{login}'
        f'[[source]]\nid = "pbx"\nkind = "asterisk"\nschedule = "off"\n{login}'
        f'[[source]]\nid = "legacy-files"\nkind = "legacy"\npaths = ["{theirs}/legacy/*.csv"]\n'
        f'[[source]]\nid = "pbx-files"\nkind = "asterisk"\npaths = ["{theirs}/asterisk/*.csv"]\n'
    )
    return file


@pytest.mark.requirement("RNF-004")
def test_no_telephone_number_is_kept_or_said(
    sources: Path, mariadb: MariaDbSchema, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    numbers = numbers_of(mariadb) | {number.encode() for number in OUTSIDE_AGENTS}
    assert len(numbers) > 1_000
    log = sources.parent / "log"
    service = Service(database_settings, identity_keys, sources, log)
    try:
        runs = []
        for source in ("legacy", "pbx", "legacy-files", "pbx-files"):
            runs.append(service.call("POST", "/runs", {"source": source})["id"])
            ended = service.wait_for_end()
            assert (ended["state"], ended["error"]) == ("succeeded", None)
            detail = service.call("GET", f"/runs/{runs[-1]}")
            assert all(each["adds_up"] for each in (*detail["proof"], *detail["by_table"]))
            assert sum(each["read"] for each in detail["by_table"]) == detail["read"]
        assert service.call("GET", "/rejects?limit=1000")["items"], "nothing was refused: the test looks at too little"
        answers = "\n".join(api_answers(service, runs)).encode()
    finally:
        service.kill()
    said: dict[str, bytes] = {"API": answers, **asyncio.run(tables_of(database_settings))}
    said |= {str(path): path.read_bytes() for path in sources.parent.rglob("*") if path.is_file()}
    assert len(said["ivr.rejects"]) > 100
    assert log.stat().st_size > 1_000
    found = {where: sorted(numbers & digits_in(data))[:5] for where, data in said.items() if numbers & digits_in(data)}
    assert found == {}


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        (b"cTelefono=5512345678;", True),
        (b"{Agent/5512345678}", True),
        (rb"\x35353132333435363738", True),
        (b"155123456789", False),
        (b"55-1234-5678", False),
    ],
    ids=["text", "in a name", "bytes", "part of a longer number", "not in one run"],
)
def test_the_search_finds_what_it_looks_for(kept: bytes, found: bool) -> None:
    assert (b"5512345678" in digits_in(kept)) == found


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        ({"cDID_Centro_Transferencia": "109282535512345678"}, {b"5512345678"}),
        ({"cDID_Centro_Transferencia": "10928253"}, set()),
        ({"event": "ENTERQUEUE", "data2": "5512345678"}, {b"5512345678"}),
        ({"event": "CONNECT", "data2": "1751371200.5"}, set()),
        ({"dst": "100"}, set()),
    ],
)
def test_numbers_of_a_source_are_those_of_people(row: dict[str, Any], numbers: set[bytes]) -> None:
    assert set(telephones(row)) == numbers
