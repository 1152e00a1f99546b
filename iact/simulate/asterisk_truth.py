"""Counts what happened in the queues while it is written; see manifest.py for the shape.

A call counts by the moment it entered its queue. Only what was logged counts: what a restart or the end of the export
swallowed leaves the call open.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from iact.simulate import asterisk_day as ad
from iact.simulate import asterisk_events as ae
from iact.simulate.asterisk_legs import APP_START, DISPOSITIONS, IVR_MENUS, USER_DEFINED, Legs, Steps
from iact.simulate.asterisk_rows import agent_cells
from iact.simulate.distinct import distinct
from iact.simulate.legacy_plan import EPOCH
from iact.simulate.manifest import AsteriskManifest, Counts
from iact.simulate.text import Ints
from iact.simulate.zones import WallClock

ENDS = (ae.COMPLETECALLER, ae.COMPLETEAGENT, ae.BLINDTRANSFER, ae.ATTENDEDTRANSFER)
TRANSFERS = (ae.BLINDTRANSFER, ae.ATTENDEDTRANSFER)
LOGINS = (ae.ADDMEMBER, ae.AGENTLOGIN)
EXIT_OF_VERB = {ae.CONNECT: ad.ANSWERED} | {verb: code for code, verb in ae.EXIT_VERBS.items()}
DAY_EXITS = ("answered", "abandoned", "timeout", "key_exit", "empty", "withdrawn", "open")

Key = tuple[int, ...]


class AsteriskTruth:
    def __init__(self, callers: int, clock: WallClock, *, cel: bool = True) -> None:
        self._clock = clock
        self._callers = callers
        self.counts: Counter[Key] = Counter()  # verb, queue, local day of entering
        self.waits: Counter[Key] = Counter()  # exit, wait
        self.sums: dict[str, Counter[Key]] = {name: Counter() for name in ("wait", "answered_wait", "talk", "ring")}
        self.agents: Counter[Key] = Counter()  # verb, agent
        self.agent_talk: Counter[Key] = Counter()
        self.hours: Ints = np.zeros(24, dtype=np.int64)
        self.entered: list[Ints] = []  # day, queue and caller of every call in one number
        self.paused_s = 0
        self.abandoned_with_agent = 0
        self.signed_in: set[Key] = set()  # agent, day
        self.last_event = 0
        self.dispositions: Ints = np.zeros(len(DISPOSITIONS), dtype=np.int64)
        self.legs: Counter[Key] = Counter()  # local day of the start, queue, agent
        self.leg_s = self.billed_s = self.queued = 0
        self.steps: Counter[Key] = Counter()  # local day, menu
        self._cel = cel

    def add(self, found: ae.Events) -> None:
        """Count rows of queue_log that were written."""
        entered_wall = self._clock.to_wall(found.entry)
        day = entered_wall // 86_400
        _count(self.counts, (found.verb, found.queue, day))
        called = found.verb == ae.ENTERQUEUE
        self.hours += np.bincount(entered_wall[called] // 3600 % 24, minlength=24)
        self.entered.append((day[called] * len(ad.QUEUES) + found.queue[called]) * self._callers + found.caller[called])
        for verb, code in EXIT_OF_VERB.items():
            chosen = found.take(np.flatnonzero(found.verb == verb))
            _count(self.waits, (np.full(len(chosen), code), chosen.wait))
            _total(self.sums["wait"], chosen.queue, chosen.wait)
        connected = found.take(np.flatnonzero(found.verb == ae.CONNECT))
        _total(self.sums["answered_wait"], connected.queue, connected.wait)
        _total(self.sums["ring"], connected.queue, connected.data[:, 2])
        ended = found.take(np.flatnonzero(np.isin(found.verb, ENDS)))
        _total(self.sums["talk"], ended.queue, ended.talk)
        _total(self.agent_talk, ended.agent, ended.talk)
        self._add_agents(found, day)
        self.last_event = int(found.time.max(initial=self.last_event))

    def _add_agents(self, found: ae.Events, day: Ints) -> None:
        with_agent = found.agent != ae.NOTHING
        _count(self.agents, (found.verb[with_agent], found.agent[with_agent]))
        self.abandoned_with_agent += int(np.count_nonzero(with_agent & (found.verb == ae.ABANDON)))
        self.paused_s += int(found.talk[found.verb == ae.UNPAUSE].sum())
        login = np.isin(found.verb, LOGINS)
        self.signed_in.update(zip(found.agent[login].tolist(), day[login].tolist(), strict=True))

    def add_legs(self, found: Legs) -> None:
        """Count rows of cdr that were written."""
        self.dispositions += np.bincount(found.disposition, minlength=len(DISPOSITIONS))
        _count(self.legs, (self._clock.to_wall(found.start) // 86_400, found.queue, found.agent))
        self.leg_s += int((found.time - found.start).sum())
        answered = found.answer != ae.NOTHING
        self.billed_s += int((found.time - found.answer)[answered].sum())

    def add_steps(self, found: Steps) -> None:
        """Count rows of cel that were written: one names a menu, a later one says that its caller went on."""
        heard = found.take(np.flatnonzero(found.kind == USER_DEFINED))
        _count(self.steps, (self._clock.to_wall(heard.time) // 86_400, heard.choice))
        self.queued += int(np.count_nonzero(found.kind == APP_START))

    def manifest(self, *, seed: int, rows: int, days: tuple[date, date], tables: Counts) -> AsteriskManifest:
        exits = self._exits(self.counts)
        rings = self._verbs((ae.RINGNOANSWER,))
        return AsteriskManifest(
            seed=seed,
            rows=rows,
            zone=self._clock.zone,
            first_day=days[0].isoformat(),
            last_day=days[1].isoformat(),
            last_event_at=datetime.fromtimestamp(self.last_event, UTC).isoformat(),
            tables=tables,
            calls=sum(exits.values()),
            open=exits["open"],
            exits=exits,
            uncompleted=exits["answered"] - self._verbs(ENDS),
            transfers=self._verbs(TRANSFERS),
            blind_transfers=self._verbs((ae.BLINDTRANSFER,)),
            attended_transfers=self._verbs((ae.ATTENDEDTRANSFER,)),
            ring_no_answer=rings,
            abandoned_with_agent=self.abandoned_with_agent,
            restarts=self._verbs((ae.QUEUESTART,)),
            wait_s_sum=sum(self.sums["wait"].values()),
            talk_s_sum=sum(self.sums["talk"].values()),
            wait_s_histogram=self._wait_histogram(),
            by_queue={name: self._queue(code) for code, name in enumerate(ad.QUEUES)},
            by_agent=self._by_agent(),
            by_day=self._by_day(),
            by_day_queue=self._by_day_queue(),
            by_hour=self.hours.tolist(),
            unique_callers=self._unique_callers(),
            agents=self._agents(),
            dispositions=dict(zip(DISPOSITIONS, self.dispositions.tolist(), strict=True)),
            legs=self._legs(),
            steps=self._steps() if self._cel else None,
        )

    def _verbs(self, verbs: Iterable[int], queue: int | None = None) -> int:
        wanted = set(verbs)
        return sum(n for (verb, of, _), n in self.counts.items() if verb in wanted and queue in (None, of))

    def _exits(self, counts: Counter[Key]) -> Counts:
        """Calls by exit; what was entered and never left is open."""
        by_verb: Counter[int] = Counter()
        for (verb, *_), number in counts.items():
            by_verb[verb] += number
        exits = {ad.EXITS[code]: by_verb[verb] for verb, code in EXIT_OF_VERB.items()}
        exits["flow_out"] = 0  # nothing sends a call on without an exit of its own
        exits["open"] = by_verb[ae.ENTERQUEUE] - sum(exits.values())
        return exits

    def _queue(self, code: int) -> Counts:
        counts = Counter({key: number for key, number in self.counts.items() if key[1] == code})
        exits = self._exits(counts)
        return {
            "calls": sum(exits.values()),
            "offered": sum(exits.values()),
            **exits,
            "wait_s_sum": self.sums["wait"][code,],
            "answered_wait_s_sum": self.sums["answered_wait"][code,],
            "talk_s_sum": self.sums["talk"][code,],
            "ring_s_sum": self.sums["ring"][code,],
            "transfers": self._verbs(TRANSFERS, code),
            "ring_no_answer": self._verbs((ae.RINGNOANSWER,), code),
        }

    def _by_agent(self) -> dict[str, Counts]:
        names = agent_cells("")
        found: dict[str, Counts] = {}
        for agent in sorted({agent for _, agent in self.agents}):
            found[names[agent].decode()] = {
                "answered": self.agents[ae.CONNECT, agent],
                "talk_s_sum": self.agent_talk[agent,],
                "ring_no_answer": self.agents[ae.RINGNOANSWER, agent],
            }
        return found

    def _by_day(self) -> Counts:
        by_day: Counter[int] = Counter()
        for (verb, _, day), number in self.counts.items():
            if verb == ae.ENTERQUEUE:
                by_day[day] += number
        return {_name(day): by_day[day] for day in sorted(by_day)}

    def _by_day_queue(self) -> list[list[str | int]]:
        cells: dict[tuple[int, int], Counter[Key]] = {}
        for (verb, queue, day), number in self.counts.items():
            if queue != ae.NOTHING:
                cells.setdefault((day, queue), Counter())[verb, queue, day] += number
        found: list[list[str | int]] = []
        for day, queue in sorted(cells):
            exits = self._exits(cells[day, queue])
            if calls := sum(exits.values()):
                found.append([_name(day), ad.QUEUES[queue], calls, *(exits[name] for name in DAY_EXITS)])
        return found

    def _wait_histogram(self) -> dict[str, Counts]:
        found: dict[str, Counts] = {name: {} for name in ad.EXITS}
        for (code, wait), number in sorted(self.waits.items()):
            found[ad.EXITS[code]][str(wait)] = number
        return found

    def _unique_callers(self) -> "dict[str, int | Counts]":
        keys = distinct(np.concatenate([*self.entered, np.empty(0, dtype=np.int64)]))
        cell, caller = np.divmod(keys, self._callers)
        day, queue = np.divmod(cell, len(ad.QUEUES))
        months = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)

        def by(group: Ints) -> dict[int, int]:
            pairs = distinct(group * self._callers + caller)
            codes, numbers = np.unique(pairs // self._callers, return_counts=True)
            return dict(zip(codes.tolist(), numbers.tolist(), strict=True))

        by_queue = by(queue)
        return {
            "total": len(distinct(caller)),
            "by_queue": {name: by_queue.get(code, 0) for code, name in enumerate(ad.QUEUES)},
            "by_day": {_name(day): number for day, number in by(day).items()},
            "by_month": {str(np.datetime64(month, "M")): number for month, number in by(months).items()},
        }

    def _legs(self) -> dict[str, Any]:
        names = agent_cells("")
        return {
            "total": self.legs.total(),
            "by_day": {_name(day): number for day, number in _by(self.legs, 0).items()},
            "by_queue": {ad.QUEUES[queue]: number for queue, number in _by(self.legs, 1).items()},
            "by_agent": {names[agent].decode(): n for agent, n in _by(self.legs, 2).items() if agent != ae.NOTHING},
            "duration_s_sum": self.leg_s,
            "billsec_sum": self.billed_s,
        }

    def _steps(self) -> dict[str, Any]:
        return {
            "total": self.steps.total(),
            "by_day": {_name(day): number for day, number in _by(self.steps, 0).items()},
            "by_menu": {IVR_MENUS[menu]: number for menu, number in _by(self.steps, 1).items()},
            "queued": self.queued,
        }

    def _agents(self) -> "dict[str, int | Counts]":
        by_day = Counter(day for _, day in self.signed_in)
        return {
            "signed_in": len({agent for agent, _ in self.signed_in}),
            "pauses": self._verbs((ae.PAUSE,)),
            "paused_s_sum": self.paused_s,
            "signed_in_by_day": {_name(day): by_day[day] for day in sorted(by_day)},
        }


def _name(day: int) -> str:
    return date.fromordinal(EPOCH + day).isoformat()


def _by(counter: Counter[Key], place: int) -> dict[int, int]:
    """A counter's numbers by one part of its key, in order."""
    found: Counter[int] = Counter()
    for key, number in counter.items():
        found[key[place]] += number
    return dict(sorted(found.items()))


def _count(counter: Counter[Key], columns: tuple[Ints, ...]) -> None:
    keys, numbers = np.unique(np.stack(columns), axis=1, return_counts=True)
    for key, number in zip(keys.T.tolist(), numbers.tolist(), strict=True):
        counter[tuple(key)] += number


def _total(counter: Counter[Key], codes: Ints, values: Ints) -> None:
    for code in np.unique(codes).tolist():
        counter[code,] += int(values[codes == code].sum())
