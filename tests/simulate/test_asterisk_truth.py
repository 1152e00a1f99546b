"""The manifest must equal what an independent reader finds in queue_log, cdr and cel."""

from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.manifest import AsteriskManifest
from iact.simulate.targets import FolderTarget
from tests.simulate.asterisk_oracle import QueueReading, Row, read_table

pytestmark = pytest.mark.unit

ZONES = ["America/Mexico_City", "Europe/Madrid", "America/Havana", "UTC"]
DAY_EXITS = ("answered", "abandoned", "timeout", "key_exit", "empty", "withdrawn", "open")


def run(options: AsteriskOptions, folder: Path) -> tuple[AsteriskManifest, QueueReading]:
    manifest = simulate_asterisk(options, FolderTarget(folder))
    reading = QueueReading()
    reading.read(read_table(folder, "queue_log"))
    return manifest, reading


def same(manifest: AsteriskManifest, read: QueueReading) -> None:
    calls = list(read.calls.values())
    exits = Counter(call.exit for call in calls)
    assert manifest.calls == len(calls) == sum(manifest.exits.values())
    assert manifest.exits == {name: exits[name] for name in manifest.exits}
    assert manifest.open == exits["open"]
    assert manifest.uncompleted == sum(1 for call in calls if call.exit == "answered" and call.talk is None)
    assert manifest.transfers == sum(call.transferred for call in calls)
    assert manifest.blind_transfers == read.verbs["BLINDTRANSFER"]
    assert manifest.attended_transfers == read.verbs["ATTENDEDTRANSFER"]
    assert manifest.ring_no_answer == read.verbs["RINGNOANSWER"] == sum(call.rings for call in calls)
    assert manifest.abandoned_with_agent == read.abandoned_with_agent
    assert manifest.restarts == read.verbs["QUEUESTART"]
    assert manifest.wait_s_sum == sum(call.wait for call in calls)
    assert manifest.talk_s_sum == sum(call.talk or 0 for call in calls)
    waits = Counter((call.exit, str(call.wait)) for call in calls if call.exit != "open")
    assert {(name, s): n for name, by in manifest.wait_s_histogram.items() for s, n in by.items()} == dict(waits)
    assert manifest.by_hour == [sum(call.entered.hour == hour for call in calls) for hour in range(24)]
    same_queues(manifest, read)
    same_agents(manifest, read)


def same_queues(manifest: AsteriskManifest, read: QueueReading) -> None:
    calls = list(read.calls.values())
    by_day: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    callers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        day = call.entered.date().isoformat()
        by_day[day, call.queue][call.exit] += 1
        for key in (("queue", call.queue), ("day", day), ("month", day[:7]), ("total", "")):
            callers[key].add(call.caller)
    found = {(str(row[0]), str(row[1])): row[2:] for row in manifest.by_day_queue}
    assert found == {key: [n.total(), *(n[name] for name in DAY_EXITS)] for key, n in by_day.items()}
    days = Counter(call.entered.date().isoformat() for call in calls)
    assert manifest.by_day == dict(days)
    assert manifest.unique_callers["total"] == len(callers["total", ""])
    for name in ("queue", "day", "month"):
        counted = {key: n for key, n in manifest.unique_callers[f"by_{name}"].items() if n}
        assert counted == {key[1]: len(who) for key, who in callers.items() if key[0] == name}
    for queue, numbers in manifest.by_queue.items():
        own = [call for call in calls if call.queue == queue]
        answered = [call for call in own if call.exit == "answered"]
        assert numbers["calls"] == numbers["offered"] == len(own)
        assert numbers["wait_s_sum"] == sum(call.wait for call in own)
        assert numbers["answered_wait_s_sum"] == sum(call.wait for call in answered)
        assert numbers["ring_s_sum"] == sum(call.ring for call in answered)
        assert numbers["talk_s_sum"] == sum(call.talk or 0 for call in own)
        assert numbers["transfers"] == sum(call.transferred for call in own)
        assert numbers["ring_no_answer"] == sum(call.rings for call in own)


def same_agents(manifest: AsteriskManifest, read: QueueReading) -> None:
    assert set(manifest.by_agent) == set(read.agents)
    talk = Counter[str]()
    for call in read.calls.values():
        talk[call.agent] += call.talk or 0
    for agent, numbers in manifest.by_agent.items():
        assert numbers["answered"] == read.agents[agent]["CONNECT"]
        assert numbers["ring_no_answer"] == read.agents[agent]["RINGNOANSWER"]
        assert numbers["talk_s_sum"] == talk[agent]
    signed_in = [agent for agent, verbs in read.agents.items() if verbs["ADDMEMBER"] or verbs["AGENTLOGIN"]]
    assert manifest.agents["signed_in"] == len(signed_in)
    assert manifest.agents["pauses"] == read.verbs["PAUSE"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.integers(0, 4_000),
    seed=st.integers(0, 2**32),
    zone=st.sampled_from(ZONES),
    first_day=st.dates(date(2024, 12, 1), date(2026, 5, 1)),
    days=st.none() | st.integers(1, 5),
)
def test_manifest_equals_an_independent_reading(
    rows: int, seed: int, zone: str, first_day: date, days: int | None
) -> None:
    options = AsteriskOptions(rows=rows, seed=seed, zone=zone, first_day=first_day, days=days)
    with TemporaryDirectory() as name:
        manifest, read = run(options, Path(name))
        assert manifest.tables["queue_log"] == read.verbs.total() == rows
        same(manifest, read)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, AsteriskManifest, QueueReading]:
    folder = tmp_path_factory.mktemp("busy")
    return (folder, *run(AsteriskOptions(rows=40_000, seed=11, days=3), folder))


Busy = tuple[Path, AsteriskManifest, QueueReading]


def test_every_exit_and_trap_occurs(busy: Busy) -> None:
    _, manifest, read = busy
    same(manifest, read)
    assert all(number for name, number in manifest.exits.items() if name != "flow_out")
    traps = ("RINGNOANSWER", "RINGCANCELED", "BLINDTRANSFER", "ATTENDEDTRANSFER", "PAUSE", "UNPAUSE", "QUEUESTART")
    assert all(read.verbs[verb] for verb in (*traps, "ADDMEMBER", "REMOVEMEMBER", "AGENTLOGIN", "AGENTLOGOFF"))
    assert manifest.abandoned_with_agent
    assert manifest.uncompleted
    assert manifest.open


def test_ring_no_answer_is_in_milliseconds_and_hold_in_seconds(busy: Busy) -> None:
    rows = read_table(busy[0], "queue_log")
    assert all(15_000 <= int(row["data1"]) < 15_010 for row in rows if row["event"] == "RINGNOANSWER")
    assert all(int(row["data1"]) >= int(row["data3"]) for row in rows if row["event"] == "CONNECT")


def test_ids_count_up_and_times_never_go_back(busy: Busy) -> None:
    rows = read_table(busy[0], "queue_log")
    assert [int(row["id"]) for row in rows] == list(range(1, len(rows) + 1))
    times = [row["time"] for row in rows]
    assert times == sorted(times)


def test_unique_ids_start_with_the_epoch_of_the_local_time(busy: Busy) -> None:
    zone = ZoneInfo("America/Mexico_City")
    for row in read_table(busy[0], "queue_log"):
        if row["event"] == "ENTERQUEUE":
            local = datetime.fromisoformat(row["time"]).replace(tzinfo=zone)
            assert 0 < local.timestamp() - int(row["callid"].split(".")[0]) < 60


def test_an_agent_talks_to_one_caller_at_a_time(busy: Busy) -> None:
    busy_until: dict[str, str] = {}
    for row in read_table(busy[0], "queue_log"):
        if row["event"] == "CONNECT":
            assert busy_until.get(row["agent"], "") <= row["time"]
            busy_until[row["agent"]] = "9999"
        elif row["event"] in {"COMPLETECALLER", "COMPLETEAGENT", "BLINDTRANSFER", "ATTENDEDTRANSFER"}:
            busy_until[row["agent"]] = row["time"]
        elif row["event"] == "QUEUESTART":
            busy_until.clear()


def test_the_pipe_file_says_the_same(busy: Busy) -> None:
    folder, _, _ = busy
    zone = ZoneInfo("America/Mexico_City")
    lines = [line.split("|") for line in (folder / "queue_log").read_text().splitlines()]
    rows = read_table(folder, "queue_log")
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        local = datetime.fromtimestamp(int(line[0]), zone).strftime("%Y-%m-%d %H:%M:%S")
        names = ("callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
        cells = [row[name] for name in names]
        assert [local, *line[1:], *[""] * (10 - len(line))] == [row["time"], *cells]


def test_the_legs_and_steps_of_the_manifest_stand_in_cdr_and_cel(busy: Busy) -> None:
    folder, manifest, _ = busy
    legs, menus = read_table(folder, "cdr"), [row for row in read_table(folder, "cel") if row["userdeftype"]]
    assert manifest.legs == {
        "total": len(legs),
        "by_day": Counter(row["start"][:10] for row in legs),
        "by_queue": Counter(row["lastdata"] for row in legs),
        "by_agent": Counter(row["dstchannel"].rpartition("-")[0] for row in legs if row["dstchannel"]),
        "duration_s_sum": sum(int(row["duration"]) for row in legs),
        "billsec_sum": sum(int(row["billsec"]) for row in legs),
    }
    assert manifest.steps == {
        "total": len(menus),
        "by_day": Counter(row["eventtime"][:10] for row in menus),
        "by_menu": Counter(row["appdata"] for row in menus),
        "queued": sum(row["appname"] == "Queue" for row in read_table(folder, "cel")),
    }


def test_cdr_has_a_record_a_dial_attempt(busy: Busy) -> None:
    folder, manifest, read = busy
    rows = read_table(folder, "cdr")
    assert len(rows) == manifest.tables["cdr"]
    assert Counter(row["disposition"] for row in rows) == Counter(manifest.dispositions)
    keys = [(row["linkedid"], row["uniqueid"], row["sequence"]) for row in rows]
    assert len(set(keys)) == len(keys)
    own = [row for row in rows if row["disposition"] == "ANSWERED"]
    # Calls that an export or a restart cut off have no record of their own yet.
    assert {row["uniqueid"] for row in own} <= set(read.calls)
    for row in own:
        call = read.calls[row["uniqueid"]]
        assert row["src"] == call.caller
        assert row["clid"] == f'"{call.caller}" <{call.caller}>'
        assert bool(row["dstchannel"]) == (call.exit == "answered")
        assert int(row["duration"]) == int(row["billsec"]) + 1


def test_cel_ends_every_finished_call_once(busy: Busy) -> None:
    folder, manifest, _ = busy
    rows: list[Row] = read_table(folder, "cel")
    assert len(rows) == manifest.tables["cel"]
    ended = [row["linkedid"] for row in rows if row["eventtype"] == "LINKEDID_END"]
    assert sorted(ended) == sorted(
        row["uniqueid"] for row in read_table(folder, "cdr") if row["disposition"] == "ANSWERED"
    )
    assert {row["appdata"] for row in rows if row["eventtype"] == "USER_DEFINED"} >= {"menu_ventas", "menu_soporte"}


def test_the_centre_is_as_busy_as_a_real_one() -> None:
    with TemporaryDirectory() as name:
        manifest, _ = run(AsteriskOptions(rows=60_000, seed=2, days=1), Path(name))
    assert 0.75 < manifest.exits["answered"] / manifest.calls < 0.95
    assert 0.03 < manifest.exits["abandoned"] / manifest.calls < 0.2
    assert manifest.first_day == manifest.last_day
