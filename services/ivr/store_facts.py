"""Calls read back from PostgreSQL as columns, in portions of bounded memory."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.ivr.cells import Subject, Subjects
from services.ivr.rollup_rows import EPOCH_2000_S, HEADER
from services.ivr.store_rollups import REBUILD_TIMEOUT_S, load
from shared.postgres import Connection

Ints = NDArray[np.int64]

PORTION_BYTES = 1 << 23  # 90 000 calls
_SUBJECT = ("did_id", "menu_id", "option_id", "centre_id")
_COLUMNS = (
    *(("unit_id", 4), *((name, 4) for name in _SUBJECT), ("duration_s", 4)),
    *(("started_at", 8), ("caller_id", 8), ("call_id", 8), ("line", 2)),
)
_RECORD = np.dtype(
    [("columns", ">i2")] + [each for name, size in _COLUMNS for each in ((f"{name}_bytes", ">i4"), (name, f">i{size}"))]
)


@dataclass(frozen=True, slots=True)
class StoredCalls:
    """Calls as columns; `unit_id` is the database's number, `subject` a place. Whole numbers of 64 bits."""

    unit_id: Ints
    subject: Ints
    started: Ints
    duration_s: Ints
    line: Ints
    caller_id: Ints
    call_id: Ints


class FactsReader:
    """Reads calls by COPY; subjects that are new to `subjects` get their place on the way."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects
        self._menus: dict[int, tuple[bool, str]] = {}
        self._centres: dict[int, str] = {}

    async def learn(self, conn: Connection, flags: dict[int, bool] | None = None) -> None:
        """Read what menus and centres count as: while calls are being read the connection answers nothing else.

        `flags` says of menus, by number, whether they are about to count as abandoned.
        """
        menus = await conn.fetch("SELECT menu_id, menu_abandoned, menu_kind FROM ivr.menus")
        wanted = flags or {}
        self._menus = {
            row["menu_id"]: (wanted.get(row["menu_id"], row["menu_abandoned"]), row["menu_kind"]) for row in menus
        }
        centres = await conn.fetch("SELECT centre_id, centre_kind FROM ivr.centres")
        self._centres = {row["centre_id"]: row["centre_kind"] for row in centres}

    async def read(
        self,
        conn: Connection,
        units: Sequence[int],
        since: datetime,
        until: datetime,
        take: Callable[[StoredCalls], None],
    ) -> None:
        """Hand over the calls of these units that began in [since, until], portion after portion, in a thread."""
        held = bytearray()
        skip = len(HEADER)

        async def output(part: bytes) -> None:
            nonlocal skip
            held.extend(part)
            if len(held) >= PORTION_BYTES + skip:
                whole = (len(held) - skip) // _RECORD.itemsize * _RECORD.itemsize
                portion = bytes(held[skip : skip + whole])
                del held[: skip + whole]
                skip = 0
                await asyncio.to_thread(self._hand_over, portion, take)

        await conn.copy_from_query(
            load("unit_facts"),
            *(list(units), since, until),
            output=output,
            format="binary",
            timeout=REBUILD_TIMEOUT_S,
        )
        rest = bytes(held[skip:])
        await asyncio.to_thread(self._hand_over, rest[: len(rest) // _RECORD.itemsize * _RECORD.itemsize], take)

    def _hand_over(self, portion: bytes, take: Callable[[StoredCalls], None]) -> None:
        records = np.frombuffer(portion, dtype=_RECORD)
        if len(records):
            columns = {name: records[name].astype(np.int64) for name, _ in _COLUMNS}
            take(
                StoredCalls(
                    unit_id=columns["unit_id"],
                    subject=self._places(np.stack([columns[name] for name in _SUBJECT])),
                    started=columns["started_at"] // 1_000_000 + EPOCH_2000_S,
                    duration_s=columns["duration_s"],
                    line=columns["line"],
                    caller_id=columns["caller_id"],
                    call_id=columns["call_id"],
                )
            )

    def _places(self, numbers: Ints) -> Ints:
        """The place of each call's subject; `numbers` has a row for each part of a subject."""
        widths = [int(row.max()).bit_length() for row in numbers]
        if sum(widths) < 64:  # noqa: PLR2004 - bits of a positive number
            keys = np.zeros(numbers.shape[1], dtype=np.int64)
            for row, width in zip(numbers, widths, strict=True):
                keys = keys << width | row
            _, first, at = np.unique(keys, return_index=True, return_inverse=True)
        else:
            _, first, at = np.unique(numbers, axis=1, return_index=True, return_inverse=True)
        places = self._subjects.add(self._subject(each) for each in numbers[:, first].T.tolist())
        return places[at]

    def _subject(self, numbers: list[int]) -> Subject:
        did_id, menu_id, option_id, centre_id = numbers
        return Subject(did_id, menu_id, option_id, centre_id, *self._menus[menu_id], self._centres[centre_id])
