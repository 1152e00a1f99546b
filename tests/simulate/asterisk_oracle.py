"""A slow, obvious reading of the emitted queue_log, written from its documentation and nothing in the simulator."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

EXITS = {
    "CONNECT": "answered",
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "timeout",
    "EXITWITHKEY": "key_exit",
    "EXITEMPTY": "empty",
    "WITHDRAW": "withdrawn",
}
WAIT_COLUMN = {
    "CONNECT": "data1",
    "ABANDON": "data3",
    "EXITWITHTIMEOUT": "data3",
    "EXITWITHKEY": "data4",
    "EXITEMPTY": "data3",
    "WITHDRAW": "data3",
}
TALK_COLUMN = {
    "COMPLETECALLER": "data2",
    "COMPLETEAGENT": "data2",
    "BLINDTRANSFER": "data4",
    "ATTENDEDTRANSFER": "data4",
}

Row = dict[str, str]


def read_table(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@dataclass
class Call:
    queue: str
    entered: datetime
    caller: str
    exit: str = "open"
    wait: int = 0
    ring: int = 0
    talk: int | None = None
    agent: str = ""
    transferred: bool = False
    rings: int = 0


@dataclass
class QueueReading:
    calls: dict[str, Call] = field(default_factory=dict)
    verbs: Counter[str] = field(default_factory=Counter)
    agents: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    abandoned_with_agent: int = 0

    def read(self, rows: list[Row]) -> None:
        for row in rows:
            verb, agent = row["event"], row["agent"]
            self.verbs[verb] += 1
            if agent != "NONE":
                self.agents[agent][verb] += 1
            if verb == "ENTERQUEUE":
                assert row["callid"] not in self.calls
                self.calls[row["callid"]] = Call(row["queuename"], datetime.fromisoformat(row["time"]), row["data2"])
            elif row["callid"] != "NONE":
                self._go_on(self.calls[row["callid"]], row)

    def _go_on(self, call: Call, row: Row) -> None:
        verb, agent = row["event"], row["agent"]
        assert row["queuename"] == call.queue
        if verb in EXITS:
            assert call.exit == "open"
            call.exit, call.wait = EXITS[verb], int(row[WAIT_COLUMN[verb]])
            if verb == "CONNECT":
                call.ring, call.agent = int(row["data3"]), agent
            self.abandoned_with_agent += verb == "ABANDON" and agent != "NONE"
        elif verb in TALK_COLUMN:
            assert call.exit == "answered"
            assert agent == call.agent
            call.talk, call.transferred = int(row[TALK_COLUMN[verb]]), verb.endswith("TRANSFER")
        else:
            assert verb in {"RINGNOANSWER", "RINGCANCELED"}
            call.rings += verb == "RINGNOANSWER"
