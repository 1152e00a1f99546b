"""When agents were signed in and paused, told as a table of what the PBX logged."""

import random
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr import store_agents
from services.ivr.agents import spans_of
from services.ivr.queue_events import AGENT_VERBS, AgentEvent
from shared.postgres import Database
from tests.ivr.conftest import Ingest, files_source

START = 1_751_371_200


def spans(text: str) -> list[str]:
    """Lines of `second verb queue reason seconds`; - is an empty field. Spans as `kind queue reason since until`."""
    events = []
    for position, line in enumerate(text.strip().splitlines()):
        second, verb, queue, reason, signed_in, *_ = [*line.split(), "-", "-", "-"]
        agent = "" if verb == "QUEUESTART" else "Agent/1"
        events.append(
            AgentEvent(
                *("s", position, float(second), agent, verb),
                queue="" if queue == "-" else queue,
                reason="" if reason == "-" else reason,
                signed_in_s=None if signed_in == "-" else float(signed_in),
            )
        )
    return [
        " ".join(
            (
                span.kind,
                span.queue or "all",
                span.reason or "-",
                f"{span.since:g}",
                f"{span.until:g}" if span.until else "-",
            )
        )
        for span in spans_of("Agent/1", events)
    ]


@pytest.mark.unit
def test_a_member_of_a_queue_pauses_for_lunch() -> None:
    assert spans("""
        0    ADDMEMBER     sales
        100  PAUSE         sales  lunch
        400  UNPAUSE       sales
        900  REMOVEMEMBER  sales
    """) == ["signed_in sales - 0 900", "paused sales lunch 100 400"]


@pytest.mark.unit
def test_what_has_not_ended_is_open() -> None:
    assert spans("""
        0    ADDMEMBER  sales
        100  PAUSE      sales  Auto-Pause
    """) == ["signed_in sales - 0 -", "paused sales Auto-Pause 100 -"]


@pytest.mark.unit
def test_a_member_may_be_added_paused() -> None:
    assert spans("""
        0   ADDMEMBER  sales  PAUSED
        50  UNPAUSE    sales
    """) == ["paused sales - 0 50", "signed_in sales - 0 -"]


@pytest.mark.unit
def test_another_reason_is_another_pause() -> None:
    assert spans("""
        0    PAUSE    sales  lunch
        10   PAUSE    sales  lunch
        60   PAUSE    sales  training
        100  UNPAUSE  sales
    """) == ["paused sales lunch 0 60", "paused sales training 60 100"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("login", "logoff"), [("AGENTLOGIN", "AGENTLOGOFF"), ("AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF")]
)
def test_a_login_is_to_all_queues(login: str, logoff: str) -> None:
    assert spans(f"""
        0    {login}
        100  PAUSEALL    -  break
        200  UNPAUSEALL
        900  {logoff}    -  -  900
    """) == ["signed_in all - 0 900", "paused all break 100 200"]


@pytest.mark.unit
def test_a_logoff_without_its_login_says_how_long_it_lasted() -> None:
    assert spans("900 AGENTLOGOFF - - 600") == ["signed_in all - 300 900"]
    assert spans("900 AGENTLOGOFF") == []


@pytest.mark.unit
def test_coming_back_queue_by_queue_ends_the_pause_of_all() -> None:
    # Upstream logs PAUSE for each queue and PAUSEALL after them.
    assert spans("""
        0   PAUSE     sales  break
        0   PAUSE     help   break
        0   PAUSEALL  -      break
        50  UNPAUSE   sales
        70  UNPAUSE   help
    """) == ["paused all break 0 70", "paused help break 0 70", "paused sales break 0 50"]


@pytest.mark.unit
def test_leaving_the_last_queue_ends_every_pause() -> None:
    assert spans("""
        0   ADDMEMBER     sales
        1   ADDMEMBER     help
        10  PAUSEALL      -      break
        20  REMOVEMEMBER  sales
        30  REMOVEMEMBER  help
    """) == ["signed_in sales - 0 20", "signed_in help - 1 30", "paused all break 10 30"]


@pytest.mark.unit
def test_a_restart_ends_a_login_on_a_channel() -> None:
    assert spans("""
        0    AGENTLOGIN
        10   PAUSEALL    -  break
        100  QUEUESTART
        150  AGENTLOGIN
    """) == ["signed_in all - 0 100", "paused all break 10 100", "signed_in all - 150 -"]


@pytest.mark.unit
def test_a_member_survives_a_restart() -> None:
    assert spans("""
        0    ADDMEMBER     sales
        100  QUEUESTART
        300  REMOVEMEMBER  sales
    """) == ["signed_in sales - 0 300"]


@pytest.mark.unit
def test_a_member_that_is_added_again_did_not_survive_the_restart() -> None:
    assert spans("""
        0    ADDMEMBER   sales
        50   PAUSE       sales  lunch
        100  QUEUESTART
        102  ADDMEMBER   sales
    """) == ["signed_in sales - 0 100", "paused sales lunch 50 100", "signed_in sales - 102 -"]


@pytest.mark.unit
def test_who_pauses_after_a_restart_had_survived_it() -> None:
    assert spans("""
        0    ADDMEMBER   sales
        100  QUEUESTART
        150  PAUSE       sales  lunch
        200  ADDMEMBER   sales
    """) == ["signed_in sales - 0 -", "paused sales lunch 150 -"]


@pytest.mark.unit
@pytest.mark.parametrize("verb", ["UNPAUSE", "UNPAUSEALL", "REMOVEMEMBER", "AGENTCALLBACKLOGOFF"])
def test_an_end_without_a_beginning_is_nothing(verb: str) -> None:
    assert spans(f"10 {verb} sales") == []


EVENTS = st.lists(
    st.builds(
        AgentEvent,
        stream=st.just("s"),
        position=st.integers(0, 10_000),
        at=st.integers(0, 300).map(float),
        agent=st.just("Agent/1"),
        verb=st.sampled_from(sorted(AGENT_VERBS)),
        queue=st.sampled_from(["", "sales", "help"]),
        reason=st.sampled_from(["", "lunch", "PAUSED"]),
        signed_in_s=st.sampled_from([None, 40.0]),
    ),
    max_size=30,
)


@pytest.mark.unit
@given(EVENTS)
def test_spans_of_one_kind_and_queue_do_not_overlap_and_only_the_last_is_open(events: list[AgentEvent]) -> None:
    told = spans_of("Agent/1", [event._replace(signed_in_s=None) for event in events])
    for kind, queue in {(span.kind, span.queue) for span in told}:
        mine = [span for span in told if (span.kind, span.queue) == (kind, queue)]
        mine.sort(key=lambda span: (span.since, span.until is None, span.until or 0.0))
        for first, second in pairwise(mine):
            assert first.until is not None
            assert first.until <= second.since


@pytest.mark.integration
@pytest.mark.parametrize("seed", range(6))
async def test_any_batches_in_any_order_give_the_spans_of_the_whole_log(
    database: Database, as_owner: asyncpg.Connection, seed: int
) -> None:
    rng = random.Random(seed)
    source_id = await as_owner.fetchval(
        "INSERT INTO ivr.sources (source, kind, zone) VALUES ('pbx', 'asterisk', 'UTC') RETURNING source_id"
    )
    events = [
        AgentEvent(
            *("s", position, START + float(rng.randrange(2_000)), agent, "QUEUESTART" if not agent else verb),
            queue=rng.choice(["", "sales", "help"]),
            reason=rng.choice(["", "lunch", "PAUSED"]),
            signed_in_s=rng.choice([None, None, 60.0]),
        )
        for position in range(120)
        for agent in [rng.choice(["", "Agent/1", "Agent/1", "Agent/2"])]
        for verb in [rng.choice(sorted(AGENT_VERBS - {"QUEUESTART"}))]
    ]
    if seed % 2:
        events.sort(key=lambda event: event.at)
    rest = list(events)
    while rest:
        size = rng.randrange(1, 25)
        async with database.transaction() as conn:
            await store_agents.add_events(conn, source_id, rest[:size])
            if rng.random() < 0.3:
                await store_agents.add_events(conn, source_id, rest[:size])  # a replay changes nothing
        rest = rest[size:]
    rows = await as_owner.fetch("SELECT * FROM ivr.agent_spans_v1")
    truth = [
        ("pbx", span.agent, span.queue or None, span.kind, span.reason, span.since, span.until)
        for agent in ("Agent/1", "Agent/2")
        for span in spans_of(agent, [event for event in events if event.agent in {agent, ""}])
    ]
    found = [(*list(row.values())[:5], *(at and at.timestamp() for at in (row["since"], row["until"]))) for row in rows]
    assert sorted(found, key=str) == sorted(truth, key=str)


@pytest.mark.integration
async def test_agents_of_a_growing_file(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    path = tmp_path / "queue_log"
    lines = [
        f"{START}|1.1|sales|5512345678|ADDMEMBER|",
        f"{START + 10}|NONE|NONE|5512345678|PAUSEALL|lunch|",
        f"{START + 70}|NONE|NONE|5512345678|UNPAUSEALL|",
        f"{START + 90}|NONE|NONE|NONE|QUEUESTART|",
        f"{START + 99}|MANAGER|sales|5512345678|REMOVEMEMBER|",
    ]
    for count in (1, 2, 4, 5):
        path.write_text("".join(f"{line}\n" for line in lines[:count]))
        await ingest(files_source(path, kind="asterisk"))
    rows = await as_owner.fetch("SELECT * FROM ivr.agent_spans_v1 ORDER BY since")
    agent = rows[0]["agent"]
    assert agent.startswith("tel-")
    at = {second: datetime.fromtimestamp(START + second, UTC) for second in (0, 10, 70, 99)}
    assert [tuple(row) for row in rows] == [
        ("files", agent, "sales", "signed_in", "", at[0], at[99]),
        ("files", agent, None, "paused", "lunch", at[10], at[70]),
    ]
