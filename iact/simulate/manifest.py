"""The exact truth of a simulated source, from the generator's knowledge before dirt was applied.

`manifest.json` is an object keyed by kind (`legacy`, `asterisk`); writing one kind keeps the other.
Days are half-open local days of the source's `zone`; a call belongs to the day of its start (the earlier of the two
times, or entering the queue). No legacy call straddles a change of the clock, because nobody could tell its length from
local times; a wall time that happens twice stands for its first occurrence (calls enter queues in that one only).

`legacy`
    seed, rows, zone, first_day, last_day (days on which a call starts; inclusive)
    tables             {table: rows}
    units              {table: {dFecha: rows}}: the units of replacement
    calls              = rows: every row is a call, identical rows too
    abandoned          menu is VACIO, cliente_colgo or SinOpcion_Cabecera
    transferred        centre is a VDN
    ended_in_ivr       centre is CLIENTE_COLGO or CASO_NULL (zeros and bad starts are neither)
    swapped            dHoraInicio > dHoraFin
    menu_errors        menu is a telephone
    date_mismatches    dFecha is not the local date of the start
    past_midnight      the call ended on a later local day than it started
    past_quarter       the call ended in a later quarter than it started
    repeated_rows      rows that were written twice on purpose
    line_kinds         {no_digito, misma_linea, linea_diferente}: calls
    centre_kinds       {vdn, hung_up, null, zeros, bad_start}: calls
    menu_kinds         {menu, empty, phone}: calls
    dirt               {category: rows}: every category of dirt that was written
    by_did             {did: calls}
    by_segment         {segment: {calls, abandoned, duration_s_sum, swapped, menu_errors, and the line kinds}}
    by_menu            {menu, VACIO or TELEFONO_EN_MENU: calls}; in the catalogue's spelling: compare without case
    by_option          {option or SIN_OPCION: calls}
    by_centre          {normalised VDN, CASO_NULL, CLIENTE_COLGO, CASO_ERROR_CEROS or ERROR_CARACTER_INICIAL: calls}
    by_label           {label: calls that carry it}; labelled_calls: calls with any label
    by_hour            24 counts; by_weekday: 7 counts, Monday first; weekday_calls, weekend_calls
    duration_s_sum, duration_s_histogram {seconds: calls}
    calls_by_day       {day: calls}; calls_by_segment: {segment: calls}
    by_day_segment     [[day, segment, calls, abandoned, unique_callers, duration_s_sum]]; only where there are calls
    calls_without_caller  calls whose origin number is null
    unique_callers     distinct origin numbers, the null one not counted: {total, by_segment {segment: n},
                       by_day {day: n}, by_month {YYYY-MM: n}, by_quarter {YYYY-Qn: n},
                       by_month_segment {YYYY-MM: {segment: n}}, by_quarter_segment {YYYY-Qn: {segment: n}}}
    in_zones           {zone: {by_day_segment: [[day, segment, calls, abandoned, unique_callers]]}}: the same calls cut
                       into the days of another zone, for questions asked from elsewhere

`asterisk`
    seed, rows (of queue_log), zone, first_day, last_day, last_event_at (UTC)
    tables             {table: rows}
    calls              ENTERQUEUE rows; each has a callid of its own
    open               no CONNECT and no exit was logged (cut off by the end of the export, or by a restart)
    exits              {answered, abandoned, timeout, key_exit, empty, withdrawn, flow_out, open}: they add up to calls
    uncompleted        answered, but the end of the conversation was not logged: no talk time
    transfers, blind_transfers, attended_transfers: calls; ring_no_answer, restarts: rows
    abandoned_with_agent  ABANDON rows that carry an agent
    wait_s_sum         over all calls that left the queue (CONNECT's hold, or the exit's wait)
    talk_s_sum         over answered calls whose end was logged, transfers included
    wait_s_histogram   {exit: {seconds: calls}}
    by_queue           {queue: {calls, offered (the same), each exit, wait_s_sum, answered_wait_s_sum, talk_s_sum,
                       ring_s_sum (of CONNECT), transfers, ring_no_answer}}
    by_agent           {agent: {answered, talk_s_sum, ring_no_answer}}: every agent that queue_log names
    by_day             {day: calls}
    by_day_queue       [[day, queue, calls, answered, abandoned, timeout, key_exit, empty, withdrawn, open]]
    by_hour            24 counts of calls by the local hour of entering
    unique_callers     {total, by_queue {queue: n}, by_day {day: n}, by_month {YYYY-MM: n}}
    agents             {signed_in: distinct agents, pauses: PAUSE rows, paused_s_sum: of pauses that ended,
                       signed_in_by_day: {day: distinct agents that signed in that day}}
    dispositions       {disposition: cdr rows}
    legs               of cdr, a leg a row: {total, by_day {day: n}, by_queue {queue: n}, by_agent {agent: n},
                       duration_s_sum, billsec_sum}; a leg counts on the day of its start
    steps              of cel, a step for each menu that a caller heard: {total, by_menu {menu: n}, by_day {day: n},
                       queued: those after which the caller entered a queue}; null without cel
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from iact.simulate.errors import SimulationFailed

Counts = dict[str, int]

MANIFEST_MODE = 0o644  # counts only: nothing in a manifest is private


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueCallers:
    total: int
    by_segment: Counts
    by_day: Counts
    by_month: Counts
    by_quarter: Counts
    by_month_segment: dict[str, Counts]
    by_quarter_segment: dict[str, Counts]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyManifest:
    seed: int
    rows: int
    zone: str
    first_day: str
    last_day: str
    tables: Counts
    units: dict[str, Counts]
    calls: int
    abandoned: int
    transferred: int
    ended_in_ivr: int
    swapped: int
    menu_errors: int
    date_mismatches: int
    past_midnight: int
    past_quarter: int
    repeated_rows: int
    line_kinds: Counts
    centre_kinds: Counts
    menu_kinds: Counts
    dirt: Counts
    by_did: Counts
    by_segment: dict[str, Counts]
    by_menu: Counts
    by_option: Counts
    by_centre: Counts
    by_label: Counts
    labelled_calls: int
    by_hour: list[int]
    by_weekday: list[int]
    weekday_calls: int
    weekend_calls: int
    duration_s_sum: int
    duration_s_histogram: Counts
    calls_by_day: Counts
    calls_by_segment: Counts
    by_day_segment: list[list[str | int]]
    calls_without_caller: int
    unique_callers: UniqueCallers
    in_zones: dict[str, dict[str, list[list[str | int]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskManifest:
    seed: int
    rows: int
    zone: str
    first_day: str
    last_day: str
    last_event_at: str
    tables: Counts
    calls: int
    open: int
    exits: Counts
    uncompleted: int
    transfers: int
    blind_transfers: int
    attended_transfers: int
    ring_no_answer: int
    abandoned_with_agent: int
    restarts: int
    wait_s_sum: int
    talk_s_sum: int
    wait_s_histogram: dict[str, Counts]
    by_queue: dict[str, Counts]
    by_agent: dict[str, Counts]
    by_day: Counts
    by_day_queue: list[list[str | int]]
    by_hour: list[int]
    unique_callers: dict[str, Any]
    agents: dict[str, Any]
    dispositions: Counts
    legs: dict[str, Any]
    steps: dict[str, Any] | None


def read_manifest(path: Path) -> dict[str, Any]:
    """What stands in the file, or nothing when there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SimulationFailed(f"{path} cannot be read: {error.strerror}.") from error
    try:
        content = json.loads(text)
    except ValueError as error:
        raise SimulationFailed(f"{path} is not JSON; move it away or name another manifest.") from error
    if not isinstance(content, dict):
        raise SimulationFailed(f"{path} is not a manifest; move it away or name another manifest.")
    return content


def write_manifest(path: Path, kind: str, manifest: LegacyManifest | AsteriskManifest) -> None:
    """Put one kind's truth into the file, keeping the other kind; the old file stays until the new one is whole."""
    content = read_manifest(path) | {kind: asdict(manifest)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".manifest-")
    except OSError as error:
        raise SimulationFailed(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.write("\n")
            os.fchmod(file.fileno(), MANIFEST_MODE)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise SimulationFailed(f"{path} cannot be written: {error.strerror}.") from error
