"""Figures of the sessions service, and the long forms of its tests.

`python -m tests.benchmarks.sessions [--only PART …] [--rows N] [--events N] [--samples N] [--races N] [--tamperings N]
[--json -]`. Parts: lookup, audit, flood, kill (the default); timing, races, tampering take minutes and are asked for.
PostgreSQL runs with the settings it comes with; client and service share the machine's cores with it.
"""

import argparse
import asyncio
import json
import logging
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from services.sessions.accounts import create_superuser
from services.sessions.settings import Settings
from services.sessions.statements import load
from services.sessions.store import trail
from services.sessions.store.trail import Filters
from shared.embedded_postgres import EmbeddedPostgres, place, stop, wheel_install
from shared.identity import write_key_pair
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.postgres import PostgresServer, build_template
from tests.benchmarks.sessions_load import CLASSES, RIGHT, flood, ms, progress, quantile, refusals
from tests.sessions.process import sessions_process
from tests.sessions.racing import race
from tests.sessions.standing import stand_up
from tests.sessions.tampering import make_trail, proof_after

PARTS = ("lookup", "audit", "flood", "kill", "timing", "races", "tampering")
DEFAULT = PARTS[:4]
IN_FLIGHT = 8
LOOK_UPS = 100_000
PAGES = 200
KILLS = 5
SESSIONS_KEPT = 50
APP = "tests.benchmarks.sessions_app:app"


@dataclass(frozen=True)
class Bench:
    """A database of this run's own, and a folder with keys."""

    database: DatabaseSettings
    folder: Path

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(**self.database.connect_arguments())

    def process(self, **settings: str) -> Any:
        return sessions_process(self.database, self.folder, self.folder, **settings)


@contextmanager
def bench() -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="iact-benchmark-"))
    folder.chmod(0o755)
    write_key_pair(folder)
    install, cluster = place(folder / "pg")
    server = EmbeddedPostgres(install, cluster, free_port())
    server.create("password")
    child = server.start(folder / "log", shared_buffers="512MB", max_wal_size="4GB")
    try:
        owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, "password")
        template = asyncio.run(build_template(owner))
        yield Bench(PostgresServer(owner, server, child).login(template), folder)
    finally:
        stop(child)
        shutil.rmtree(cluster, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


async def crowd(at: Bench, rows: int) -> None:
    """`rows` live sessions of a tenth as many people, who all hold a group; the key of each is sha256 of its number."""
    conn = await at.connect()
    people = max(1, rows // 10)
    await conn.execute(
        "INSERT INTO sessions.users (username) SELECT 'crowd.' || n FROM generate_series(1, $1::integer) AS n", people
    )
    await conn.execute(
        """INSERT INTO sessions.sessions (token_hash, user_id, expires_at)
           SELECT sha256(n::text::bytea), u.user_id, now() + interval '1 hour'
           FROM generate_series(1, $1::integer) AS n
           JOIN sessions.users AS u ON u.username = 'crowd.' || 1 + n % $2""",
        rows,
        people,
    )
    await conn.execute(
        "INSERT INTO sessions.user_groups (user_id, group_code) SELECT user_id, 'AGR-004' FROM sessions.users"
    )
    await conn.execute("VACUUM ANALYZE sessions.sessions, sessions.users, sessions.user_groups")
    await conn.execute("CHECKPOINT")  # what filling the tables left to be written is no part of a look-up
    await conn.close()


async def lookup(at: Bench, rows: int) -> dict[str, Any]:
    """The statement of an introspection, eight in flight, each for another of `rows` sessions.

    PostgreSQL's own client asks: a client in Python answers one at a time, and measures itself beyond three in flight.
    """
    await crowd(at, rows)
    statement = load("introspect_session")
    for number, value in enumerate(("sha256((:n)::text::bytea)", "interval '15 min'", "interval '1 min'"), start=1):
        statement = re.sub(rf"\${number}\b", value, statement)
    script = at.folder / "look_up.sql"
    script.write_text(f"\\set n random(1, {rows})\n{statement.strip()};\n")
    pgbench(at, script, clients=IN_FLIGHT, look_ups=LOOK_UPS)  # warm: the tables are in memory afterwards
    began = time.perf_counter()
    eight = pgbench(at, script, clients=IN_FLIGHT, look_ups=LOOK_UPS)
    elapsed = time.perf_counter() - began
    one = pgbench(at, script, clients=1, look_ups=LOOK_UPS // IN_FLIGHT)
    nothing = at.folder / "nothing.sql"
    nothing.write_text("\\set n random(1, 2)\nSELECT :n;\n")
    floor = pgbench(at, nothing, clients=IN_FLIGHT, look_ups=LOOK_UPS)
    return {
        "sessions": rows,
        "in_flight": IN_FLIGHT,
        "look_ups_per_s": round(len(eight) / elapsed),
        **{f"ms_p{round(share * 100)}": ms(quantile(eight, share)) for share in (0.5, 0.95, 0.99)},
        "one_in_flight_ms_p99": ms(quantile(one, 0.99)),
        "select_1_ms_p50": ms(quantile(floor, 0.5)),
        "select_1_ms_p99": ms(quantile(floor, 0.99)),
    }


def pgbench(at: Bench, script: Path, *, clients: int, look_ups: int) -> list[float]:
    """Seconds of each of `look_ups` runs of a script, prepared once a connection, as the service's role."""
    login = at.database.as_role("iact_sessions")
    log = at.folder / f"times-{secrets.token_hex(4)}"
    subprocess.run(
        [
            *(str(wheel_install() / "bin" / "pgbench"), "--no-vacuum", "--protocol=prepared", "--log"),
            *("--log-prefix", str(log), "--client", str(clients), "--jobs", str(min(2, clients))),
            *("--transactions", str(look_ups // clients), "--file", str(script)),
            *("--host", login.host, "--port", str(login.port), "--username", login.user, login.name),
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "PGPASSWORD": login.password},
    )
    lines = [line for part in at.folder.glob(f"{log.name}.*") for line in part.read_text().splitlines()]
    return [int(line.split()[2]) / 1e6 for line in lines]


FILL_EVENTS = """
    INSERT INTO audit.events (at, service, event, actor_id, target_kind, target_id, request_id, address, details)
    SELECT now() - n * interval '3 seconds', (ARRAY['sessions', 'sessions', 'sessions', 'analytics', 'ivr'])[1 + n % 5],
           'EVENT_' || (n % 40), 1 + (n::bigint * 7919) % 2000, 'session', (n % 100000)::text, md5(n::text),
           '192.0.2.1'::inet + n % 200, '{"reason": "benchmark"}'
    FROM generate_series($1::integer, $2::integer) AS n"""


async def audit(at: Bench, events: int) -> dict[str, Any]:
    """Pages of fifty over a year of events, newest and deep, alone and by each thing that people look for."""
    conn = await at.connect()
    for month in range(1, 14):
        low, high = [
            str(await conn.fetchval("SELECT date_trunc('month', now()) - make_interval(months => $1)", back))
            for back in (month, month - 1)
        ]
        name = f"audit.past_{month}"
        await conn.execute(f"CREATE TABLE {name} PARTITION OF audit.events FOR VALUES FROM ('{low}') TO ('{high}')")
    await conn.execute("SET session_replication_role = replica")
    began = time.perf_counter()
    for first in range(0, events, 250_000):
        await conn.execute(FILL_EVENTS, first, min(first + 250_000, events) - 1, timeout=3_600)
    filled_s = time.perf_counter() - began
    await conn.execute("VACUUM ANALYZE audit.events", timeout=3_600)
    now = datetime.now(UTC)
    deep = now - timedelta(seconds=3 * events * 0.9)
    asked = {
        "newest": (Filters(), None),
        "deep": (Filters(), (deep, 1)),
        "by_actor": (Filters(actor_id=77), None),
        "by_event": (Filters(event="EVENT_7"), None),
        "by_target": (Filters(target_kind="session", target_id="4711"), None),
        "by_service_deep": (Filters(service="ivr"), (deep, 1)),
        "by_request": (Filters(request_id="c4ca4238a0b923820dcc509a6f75849b"), None),
        "between": (Filters(since=deep - timedelta(days=1), until=deep), None),
        "by_nobody": (Filters(actor_id=999_999), None),
        "by_event_and_actor": (Filters(event="EVENT_7", actor_id=77), None),
    }
    await conn.execute("SET ROLE iact_sessions")
    figures: dict[str, Any] = {"events": events, "filled_s": round(filled_s), "page_rows": 50}
    for name, (filters, before) in asked.items():
        times = []
        for _ in range(PAGES):
            async with conn.transaction():
                await trail.plan_for_values(conn)
                began = time.perf_counter()
                await trail.listed(conn, filters, before=before, limit=51)
                times.append(time.perf_counter() - began)
        figures[f"{name}_ms_p99"] = ms(quantile(times, 0.99))
    await conn.close()
    return figures


async def make_people(at: Bench, *names: str) -> asyncpg.Connection:
    conn = await at.connect()
    async with conn.transaction():
        for name in names:
            await create_superuser(conn, Settings(_env_file=None), username=name, password=RIGHT)
    return conn


async def flooded(at: Bench) -> dict[str, Any]:
    """Two hundred sign-ins a second, as they come from everywhere: what everybody else notices."""
    conn = await make_people(at, "ana.admin")
    await conn.execute(
        """INSERT INTO sessions.users (username, password_hash) SELECT 'person.' || n, password_hash
           FROM sessions.users, generate_series(0, 499) AS n WHERE username = 'ana.admin'"""
    )
    await conn.close()
    with at.process() as process:
        process.start(APP)
        cookie = process.sign_in("ana.admin", RIGHT)
        return await flood(process, cookie)


async def killed(at: Bench) -> dict[str, Any]:
    """Killed again and again: how long until it is ready, and which sessions it has lost."""
    conn = await make_people(at, "eva.admin")
    with at.process() as process:
        process.start()
        await conn.execute(
            """INSERT INTO sessions.users (username, password_hash) SELECT 'kept.' || n, password_hash
               FROM sessions.users, generate_series(1, $1) AS n WHERE username = 'eva.admin'""",
            SESSIONS_KEPT,
        )
        cookies = [process.sign_in(f"kept.{n}", RIGHT) for n in range(1, SESSIONS_KEPT + 1)]
        ready, lost = [], 0
        for _ in range(KILLS):
            process.kill()
            ready.append(process.start())
            lost += sum(not process.is_active(cookie) for cookie in cookies)
    await conn.close()
    return {"kills": KILLS, "ready_s_max": round(max(ready), 2), "sessions_lost": lost}


async def timed(at: Bench, samples: int) -> dict[str, Any]:
    """Refused sign-ins of every class, timed."""
    conn = await make_people(at, *(f"{name}.person" for name in CLASSES[1:]))
    await conn.execute("UPDATE sessions.users SET password_hash = NULL WHERE username = 'unopened.person'")
    for state in ("blocked", "inactive"):
        await conn.execute("UPDATE sessions.users SET state = $1 WHERE username = $1 || '.person'", state)
    with at.process(IACT_ARGON2_WORKERS="1") as process:
        process.start()
        figures = await refusals(process, conn, samples)
    await conn.close()
    return figures


async def raced(at: Bench, races: int) -> dict[str, Any]:
    """Requests against the sign-out of their session."""
    conn = await make_people(at, "race.admin")
    await conn.execute("UPDATE sessions.users SET username = 'ana.admin' WHERE username = 'race.admin'")
    await conn.close()
    async with AsyncExitStack() as stack:
        service = await stand_up(stack, at.database, at.folder, at.folder)
        logging.getLogger().setLevel(logging.WARNING)  # a line a request would hide the progress
        revived = 0
        for number in range(races):
            revived += await race(service, number)
            progress("races", number + 1, races)
    return {"races": races, "revived": revived}


async def tampered(at: Bench, tamperings: int) -> dict[str, Any]:
    """Falsifications by somebody with every right in the database."""
    conn = await at.connect()
    folder = at.folder / secrets.token_hex(4)
    await conn.execute("SET session_replication_role = replica")
    await conn.execute("TRUNCATE audit.events, audit.seals, audit.unsealed")
    await conn.execute("SET session_replication_role = origin")
    file = await make_trail(conn, folder)
    missed = []
    for seed in range(tamperings):
        name, found = await proof_after(conn, file, seed)
        if found.intact:
            missed.append((seed, name))
        progress("tamperings", seed + 1, tamperings)
    await conn.close()
    return {"tamperings": tamperings, "found": tamperings - len(missed), "missed": missed}


Work = Callable[[Bench, argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]]
WORK: dict[str, Work] = {
    "lookup": lambda at, options: lookup(at, options.rows),
    "audit": lambda at, options: audit(at, options.events),
    "flood": lambda at, _: flooded(at),
    "kill": lambda at, _: killed(at),
    "timing": lambda at, options: timed(at, options.samples),
    "races": lambda at, options: raced(at, options.races),
    "tampering": lambda at, options: tampered(at, options.tamperings),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=DEFAULT)
    parser.add_argument("--rows", type=int, default=1_000_000, help="sessions")
    parser.add_argument("--events", type=int, default=10_000_000, help="audit events")
    parser.add_argument("--samples", type=int, default=2_000, help="timing samples a class")
    parser.add_argument("--races", type=int, default=10_000)
    parser.add_argument("--tamperings", type=int, default=1_000)
    parser.add_argument("--json", help="- prints figures as the last line")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    # Each part in a database of its own: one part's rows must not weigh on another's.
    for part in options.only:
        with bench() as at:
            figures[part] = uvloop.run(WORK[part](at, options))
            print(part, json.dumps(figures[part]), flush=True)
    if options.json == "-":
        print(json.dumps({"ratios": {}, "figures": figures}))


if __name__ == "__main__":
    main()
