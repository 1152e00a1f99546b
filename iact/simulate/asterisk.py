"""An Asterisk with queues: queue_log, cdr and cel of the same calls.

`simulate_asterisk` is what the command, the demo and tests call. It plays day after day until queue_log has the rows
asked for and stops there, in the middle of whatever is going on: an export always has calls that are still open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

import numpy as np

from iact.simulate import asterisk_day as ad
from iact.simulate import asterisk_events as ae
from iact.simulate import asterisk_legs as al
from iact.simulate.asterisk_rows import QUEUE_LOG, QUEUE_LOG_PIPES, QueueLogText
from iact.simulate.asterisk_truth import AsteriskTruth
from iact.simulate.callers import Callers
from iact.simulate.catalogue import WEEKDAYS
from iact.simulate.errors import SimulationFailed
from iact.simulate.legacy_plan import EPOCH, generator
from iact.simulate.manifest import AsteriskManifest
from iact.simulate.tables import Target, Writer
from iact.simulate.text import SECONDS_A_DAY, Dates, Ints
from iact.simulate.zones import MARGIN_DAYS, WallClock, zone_info

KIND = "asterisk"
ROWS_MAX = 1_000_000_000  # more is a slip of the keyboard
DAYS_MAX = 3_660  # ten years
ROWS_A_DAY = 50_000  # a busy centre; more rows take more days unless told otherwise
ROWS_PER_CALL = 3.02  # rows of queue_log, agents included; low, so that the rows are full before the last day is over
DAYS_BEYOND = 400  # a few calls a day may take longer than planned to fill the rows
CHUNK_ROWS = 1 << 15
RESTART_ONE_IN_DAYS = 7
RESTART_FROM_S, RESTART_WIDTH_S = 10 * 3600, 8 * 3600
FIRST_CHANNEL = 100

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskOptions:
    """What to simulate: `rows` of queue_log over `days` from `first_day`; without `days`, as many as the rows need.

    cdr and cel hold the same calls; `cel=False` leaves out the largest table.
    """

    rows: int
    seed: int = 1
    first_day: date = date(2025, 7, 1)
    days: int | None = None
    zone: str = "America/Mexico_City"
    cel: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.rows <= ROWS_MAX:
            raise SimulationFailed(f"The number of rows must lie between 0 and {ROWS_MAX}.")
        if self.days is not None and not 1 <= self.days <= DAYS_MAX:
            raise SimulationFailed(f"The number of days must lie between 1 and {DAYS_MAX}.")
        if self.seed < 0:
            raise SimulationFailed("The seed must not be negative.")
        zone_info(self.zone)

    @property
    def days_planned(self) -> int:
        return self.days or max(1, -(-self.rows // ROWS_A_DAY))


def simulate_asterisk(options: AsteriskOptions, target: Target, progress: Progress | None = None) -> AsteriskManifest:
    """Write the tables and return their exact truth; `progress` hears rows of queue_log done and in all."""
    tables = [QUEUE_LOG, al.CDR, *([al.CEL] if options.cel else []), *([QUEUE_LOG_PIPES] if target.takes_pipes else [])]
    centre = Centre(options)
    with target.writing(KIND, tables) as writer:
        pen = Pen(centre, target, writer, cel=options.cel)
        number = 0
        while pen.rows < options.rows:
            centre.play(number)
            pen.write(until=centre.midnight(number + 1) - ad.IVR_S_MAX, rows_max=options.rows)
            number += 1
            if progress is not None:
                progress(pen.rows, options.rows)
    return pen.truth.manifest(
        seed=options.seed,
        rows=options.rows,
        days=(options.first_day, options.first_day + timedelta(days=max(number - 1, 0))),
        tables=pen.written(),
    )


R = TypeVar("R", ae.Events, al.Legs, al.Steps)


class Sorter(Generic[R]):
    """Holds back what a day did after midnight until the next day's rows are there to be sorted in."""

    def __init__(self) -> None:
        self._held: list[R] = []

    def add(self, rows: R) -> None:
        self._held.append(rows)

    def release(self, before: int) -> R:
        kind = type(self._held[0])
        rows = kind.together(self._held).in_order()
        end = int(np.searchsorted(rows.time, before))
        self._held = [rows.take(slice(end, None))]
        return rows.take(slice(0, end))


class Centre:
    """Plays days and hands out what was logged, in order."""

    def __init__(self, options: AsteriskOptions) -> None:
        self._options = options
        self._first_day = options.first_day.toordinal() - EPOCH
        last = self._first_day + options.days_planned + DAYS_BEYOND
        self.clock = WallClock(options.zone, self._first_day, last)
        self.dates = Dates(self._first_day - MARGIN_DAYS, last + MARGIN_DAYS)
        self._calls = max(1, round(options.rows / ROWS_PER_CALL))
        self.callers = Callers(self._calls)
        planned = self._first_day + np.arange(options.days_planned)
        self._weight = float(np.array(WEEKDAYS)[_weekday(planned)].sum())
        self._next_channel = FIRST_CHANNEL
        self.events: Sorter[ae.Events] = Sorter()
        self.legs: Sorter[al.Legs] = Sorter()
        self.steps: Sorter[al.Steps] = Sorter()

    def midnight(self, number: int) -> int:
        return int(self.clock.to_utc(np.array([(self._first_day + number) * SECONDS_A_DAY]))[0])

    def play(self, number: int) -> None:
        """One day more."""
        local_day = self._first_day + number
        weight = WEEKDAYS[int(_weekday(np.array([local_day]))[0])]
        day = ad.simulate_day(
            seed=self._options.seed,
            number=number,
            day=local_day,
            calls=max(1, round(self._calls * weight / self._weight)),
            callers=self.callers,
            clock=self.clock,
        )
        restarts = self._restarts(number)
        caller, agent, self._next_channel = ae.channels(day, self._next_channel)
        self.events.add(ae.events(day, caller, agent, restarts))
        self.legs.add(al.legs(day, caller, restarts))
        if self._options.cel:
            self.steps.add(al.steps(day, caller, agent, restarts))

    def _restarts(self, number: int) -> Ints:
        """Once on the first day, then about once a week, in the middle of the day."""
        rng = generator(self._options.seed, ad.STREAM, number, 1)
        if number and rng.integers(RESTART_ONE_IN_DAYS):
            return np.empty(0, dtype=np.int64)
        return np.array([self.midnight(number) + RESTART_FROM_S + int(rng.integers(RESTART_WIDTH_S))])


class Pen:
    """Turns what was logged into rows of the tables, and counts it."""

    def __init__(self, centre: Centre, target: Target, writer: Writer, *, cel: bool) -> None:
        self._centre, self._writer, self._cel, self._pipes = centre, writer, cel, target.takes_pipes
        self._queue_log = QueueLogText(target.dialect, centre.callers, centre.dates, centre.clock)
        self._legs = al.LegText(target.dialect, centre.callers, centre.dates, centre.clock)
        self.truth = AsteriskTruth(centre.callers.count, centre.clock, cel=cel)
        self.rows = self._cdr_rows = self._cel_rows = 0

    def write(self, *, until: int, rows_max: int) -> None:
        events = self._centre.events.release(until)
        room = rows_max - self.rows
        if len(events) >= room:
            events = events.take(slice(0, room))
            until = int(events.time[-1]) + 1
        for chunk in _chunks(events):
            self._writer.write(QUEUE_LOG, self._queue_log.table(chunk, self.rows + 1))
            if self._pipes:
                self._writer.write(QUEUE_LOG_PIPES, self._queue_log.pipes(chunk))
            self.truth.add(chunk)
            self.rows += len(chunk)
        for legs in _chunks(self._centre.legs.release(until)):
            self._writer.write(al.CDR, self._legs.cdr(legs, self._cdr_rows))
            self.truth.add_legs(legs)
            self._cdr_rows += len(legs)
        if self._cel:
            for steps in _chunks(self._centre.steps.release(until)):
                self._writer.write(al.CEL, self._legs.cel(steps, self._cel_rows + 1))
                self.truth.add_steps(steps)
                self._cel_rows += len(steps)

    def written(self) -> dict[str, int]:
        return {"queue_log": self.rows, "cdr": self._cdr_rows} | ({"cel": self._cel_rows} if self._cel else {})


def _chunks(rows: R) -> list[R]:
    return [rows.take(slice(start, start + CHUNK_ROWS)) for start in range(0, len(rows), CHUNK_ROWS)]


def _weekday(days: Ints) -> Ints:
    return (days + 3) % 7
