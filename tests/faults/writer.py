"""The source at work: connections that insert at the same time and commit when they like, out of order and late."""

import contextlib
import random
import threading
import time
from collections import deque

import pymysql

from shared.testing.mariadb import MariaDbSchema
from tests.faults.ledger import Ledger, LegacyRow, QueueRow

LATE_COMMIT_S_MAX = 0.4
LATE_SHARE = 0.3
WRITERS = 4
RETRY_S = 0.05
LEGACY_TABLE = "tbl_historico_t3_2025"
CREATE_QUEUE_LOG = """CREATE TABLE queue_log (
    id bigint PRIMARY KEY AUTO_INCREMENT, time datetime, callid varchar(80), queuename varchar(256), agent varchar(80),
    event varchar(32), data1 varchar(100), data2 varchar(100), data3 varchar(100), data4 varchar(100),
    data5 varchar(100), KEY (callid)) ENGINE=InnoDB"""
CREATE_LEGACY = f"""CREATE TABLE {LEGACY_TABLE} (
    dFecha DATE NOT NULL, dHoraInicio DATETIME NOT NULL, dHoraFin DATETIME NOT NULL,
    cDID_800Transfer VARCHAR(20) NOT NULL, cDID_Centro_Transferencia VARCHAR(50), cMenu VARCHAR(100),
    cOpcion VARCHAR(100), cTelefono_Origen VARCHAR(20), cTelefono_Digitado VARCHAR(20), cEtiquetacliente VARCHAR(200)
) ENGINE=InnoDB"""
INSERT_QUEUE = (
    "INSERT INTO queue_log (time, callid, queuename, agent, event, data1, data2, data3) VALUES"
    " (%s, %s, %s, %s, %s, %s, %s, %s)"
)
INSERT_LEGACY = f"INSERT INTO {LEGACY_TABLE} VALUES ({', '.join(['%s'] * 10)})"
FAILURES = (pymysql.Error, OSError)


class SourceWriter:
    """Writes into MariaDB past every fault proxy, and into the ledger what was committed."""

    def __init__(self, schema: MariaDbSchema, ledger: Ledger, *, rows_per_s: float = 150.0) -> None:
        self._schema = schema
        self._ledger = ledger
        self._rows_per_s = rows_per_s
        self._planned: deque[QueueRow] = deque()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.failures: list[BaseException] = []

    def create(self, legacy_rows: int) -> None:
        with self._schema.connect() as connection, connection.cursor() as cursor:
            cursor.execute(CREATE_QUEUE_LOG)
            cursor.execute(CREATE_LEGACY)
            rows = list(self._ledger.legacy_rows(legacy_rows))
            cursor.executemany(INSERT_LEGACY, [row.values for row in rows])
        self._ledger.enter(rows)

    def start(self) -> None:
        for n in range(WRITERS):
            thread = threading.Thread(target=self._work, args=(n,), name=f"writer-{n}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def finish(self) -> None:
        """Write what is planned, and no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def touch_legacy(self, rows: int, days: range) -> None:
        """New and changed rows of the legacy table, in one transaction that is known to be committed or not."""
        new, changed = list(self._ledger.legacy_rows(rows, days)), self._ledger.some_changed(max(1, rows // 10))
        while True:
            with contextlib.suppress(*FAILURES):
                self._write_legacy(new, changed)
                self._ledger.enter([*new, *changed])
                return
            time.sleep(RETRY_S)
            with contextlib.suppress(*FAILURES):
                if not new or self._has(new[0]):
                    self._ledger.enter([*new, *changed])
                    return

    def _write_legacy(self, new: list[LegacyRow], changed: list[LegacyRow]) -> None:
        with self._schema.connect() as connection, connection.cursor() as cursor:
            connection.begin()
            cursor.executemany(INSERT_LEGACY, [row.values for row in new])
            for row in changed:
                update = f"UPDATE {LEGACY_TABLE} SET cOpcion = %s WHERE dFecha = %s AND cTelefono_Origen = %s"
                cursor.execute(update, (row.option, row.values[0], row.values[7]))
            connection.commit()

    def _has(self, row: LegacyRow) -> bool:
        with self._schema.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {LEGACY_TABLE} WHERE cTelefono_Origen = %s", (row.values[7],))
            return bool(cursor.fetchone()[0])

    def _work(self, number: int) -> None:
        noise = random.Random(self._ledger.seed * 100 + number)
        connection = None
        try:
            while (row := self._next()) is not None:
                while True:
                    try:
                        connection = connection or self._schema.connect()
                        self._insert(connection, row, noise)
                        break
                    except FAILURES:
                        connection = None
                        time.sleep(RETRY_S)
                        if self._committed(row):
                            break
                self._ledger.committed(row)
                time.sleep(noise.uniform(0, 2 * WRITERS / self._rows_per_s))
        except BaseException as failure:  # noqa: BLE001 - told by the main thread
            self.failures.append(failure)
        finally:
            if connection is not None:
                connection.close()

    def _insert(self, connection: "pymysql.connections.Connection", row: QueueRow, noise: random.Random) -> None:
        with connection.cursor() as cursor:
            connection.begin()
            cursor.execute(INSERT_QUEUE, row)
            if noise.random() < LATE_SHARE:
                time.sleep(noise.uniform(0, LATE_COMMIT_S_MAX))
            connection.commit()

    def _committed(self, row: QueueRow) -> bool:
        """Whether a commit that was not answered happened: a call has each of its lines once."""
        while True:
            with contextlib.suppress(*FAILURES), self._schema.connect() as connection, connection.cursor() as cursor:
                statement = "SELECT count(*) FROM queue_log WHERE callid = %s AND event = %s AND time <=> %s"
                cursor.execute(statement, (row.callid, row.event, row.time))
                return bool(cursor.fetchone()[0])
            time.sleep(RETRY_S)

    def _next(self) -> QueueRow | None:
        with self._ledger._lock:
            if not self._planned and not self._stop.is_set():
                self._planned.extend(self._ledger.next_call())
            return self._planned.popleft() if self._planned else None
