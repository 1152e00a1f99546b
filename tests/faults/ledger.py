"""What was really committed at the source, known without reading it, and what must be in the warehouse because of it.

Nothing here is the product's: a ledger that used the product's own interpretation would agree with its mistakes.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

BASE = datetime(2025, 7, 1, 6, 0, 0)  # noqa: DTZ001 - local time of the source, as a PBX writes it
EPOCH = 1_751_371_200  # the same moment in America/Mexico_City
QUEUES = ("sales", "support", "billing")
MENUS = ("RES-FallaInternet", "COM-Pagos", "SinOpcion_Cabecera", "cliente_colgo")
DIDS = ("19028031", "19020001", "19020084")
LEGACY_DAYS = 20
Row = tuple[object, ...]
BAD_ROW_EVERY = 101  # one row in so many cannot be read
OPEN_CALL_EVERY = 37  # one call in so many never ends


class QueueRow(NamedTuple):
    """One line of queue_log as it is inserted; `time` None is a row that nobody can read."""

    time: datetime | None
    callid: str
    queue: str
    agent: str
    event: str
    data1: str = ""
    data2: str = ""
    data3: str = ""


class ExpectedCall(NamedTuple):
    callid: str
    queue: str
    exit: str
    wait_s: float | None
    talk_s: float | None
    agent: str | None


class LegacyRow(NamedTuple):
    """One row of a legacy table; `number` is the writer's own and goes into the caller's telephone."""

    number: int
    day: int
    start_s: int
    duration_s: int
    did: str
    menu: str
    option: str

    @property
    def started(self) -> datetime:
        return BASE + timedelta(days=self.day, seconds=self.start_s)

    @property
    def values(self) -> tuple[object, ...]:
        ended = self.started + timedelta(seconds=self.duration_s)
        origin = f"55{self.number:08}"
        return (self.started.date(), self.started, ended, self.did, None, self.menu, self.option, origin, None, None)

    @property
    def expected(self) -> tuple[str, int, int, str, str, str]:
        epoch = EPOCH + self.day * 86_400 + self.start_s
        return (str(self.started.date()), epoch, self.duration_s, self.did, self.menu, self.option)


@dataclass
class Ledger:
    """Rows are entered when their commit was answered, and only then."""

    seed: int
    queue_rows: int = 0
    bad_rows: int = 0
    calls: list[ExpectedCall] = field(default_factory=list)
    legacy: dict[int, LegacyRow] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._noise = random.Random(self.seed)
        self._number = 0

    def committed(self, row: QueueRow) -> None:
        with self._lock:
            self.queue_rows += 1
            self.bad_rows += row.time is None

    def next_call(self) -> list[QueueRow]:
        """The lines of one more call; what must become of it is in `calls` from now on."""
        noise, n = self._noise, self._number
        self._number += 1
        callid, queue, agent = f"{EPOCH + n}.{n}", noise.choice(QUEUES), f"Agent/{noise.randrange(20)}"
        wait_s, talk_s = noise.randrange(1, 50), noise.randrange(5, 300)
        entered = BASE + timedelta(seconds=n)
        left = entered + timedelta(seconds=wait_s)
        rows = [QueueRow(entered, callid, queue, "NONE", "ENTERQUEUE", "", f"55{n:08}", "1")]
        if n % OPEN_CALL_EVERY == 0:
            self.calls.append(ExpectedCall(callid, queue, "open", None, None, None))
        elif noise.random() < 0.3:
            rows.append(QueueRow(left, callid, queue, "NONE", "ABANDON", "1", "1", str(wait_s)))
            self.calls.append(ExpectedCall(callid, queue, "abandoned", float(wait_s), None, None))
        else:
            rows.append(QueueRow(left, callid, queue, agent, "CONNECT", str(wait_s), "channel", "2"))
            done = left + timedelta(seconds=talk_s)
            rows.append(QueueRow(done, callid, queue, agent, "COMPLETEAGENT", str(wait_s), str(talk_s), "1"))
            self.calls.append(ExpectedCall(callid, queue, "answered", float(wait_s), float(talk_s), agent))
        if n % BAD_ROW_EVERY == 0:
            rows.append(QueueRow(None, callid, queue, agent, "CONNECT", "1"))
        return rows

    def legacy_rows(self, count: int, days: range = range(LEGACY_DAYS)) -> Iterator[LegacyRow]:
        """New rows; they are in the ledger from `enter` on."""
        noise = self._noise
        first = len(self.legacy)
        for number in range(first, first + count):
            yield LegacyRow(
                number,
                noise.choice(days),
                noise.randrange(17 * 3600),
                noise.randrange(600),
                noise.choice(DIDS),
                noise.choice(MENUS),
                f"OP{noise.randrange(9)}",
            )

    def enter(self, rows: list[LegacyRow]) -> None:
        self.legacy.update({row.number: row for row in rows})

    def some_changed(self, count: int) -> list[LegacyRow]:
        """Rows of the ledger with another option each; they are in the ledger from `enter` on."""
        if not self.legacy:
            return []
        chosen = [self.legacy[self._noise.randrange(len(self.legacy))] for _ in range(count)]
        return [
            row._replace(option=f"CH{self._noise.randrange(99)}")
            for row in {row.number: row for row in chosen}.values()
        ]


@dataclass(frozen=True)
class Verdict:
    """Rows that the warehouse has not, has too often, or tells otherwise than the ledger."""

    lost: int
    duplicated: int
    changed: int
    examples: list[str]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.changed)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            self.lost + other.lost,
            self.duplicated + other.duplicated,
            self.changed + other.changed,
            self.examples + other.examples,
        )


def judge(expected: Counter[Row], found: Counter[Row], key_fields: int) -> Verdict:
    """Compare two multisets; rows with the same first `key_fields` are the same row, told otherwise."""
    missing, surplus = expected - found, found - expected
    lost = Counter({row[:key_fields]: 0 for row in missing})
    more: Counter[Row] = Counter()
    for row, n in missing.items():
        lost[row[:key_fields]] += n
    for row, n in surplus.items():
        more[row[:key_fields]] += n
    changed = sum((lost & more).values())
    examples = [f"not there: {row}" for row in list(missing)[:3]] + [f"too many: {row}" for row in list(surplus)[:3]]
    return Verdict(sum((lost - more).values()), sum((more - lost).values()), changed, examples)
