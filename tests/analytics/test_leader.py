"""One process of all evaluates alerts and runs schedules, and another follows it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from services.analytics import schedule_watch
from services.analytics.leader import CONNECTIONS_MAX, Leader
from services.analytics.settings import Settings
from shared.postgres import Database
from shared.settings import DatabaseSettings
from tests.analytics.conftest import Analyst, People, settings_for, until

pytestmark = pytest.mark.integration


class Counting(Leader):
    """A process that only counts how often it is its turn."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__(database, settings)
        self.ticks = 0

    @override
    async def tick(self, now: datetime) -> None:
        self.ticks += 1


@pytest.fixture
def config(analyst: Analyst, database_settings: DatabaseSettings, identity_keys: Path) -> Settings:
    """The service's settings; its own leader is stopped."""
    for task in analyst.app.state.background:
        task.cancel()
    return settings_for(database_settings, identity_keys)


async def test_one_leads_and_another_follows(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.analytics.leader.TICK_S", 0.02)
    databases = [Database(config.database(), connections_max=CONNECTIONS_MAX) for _ in range(2)]
    for database in databases:
        await database.open()
    leaders = [Counting(database, config) for database in databases]
    tasks = [asyncio.create_task(leader.run()) for leader in leaders]

    async def has_led() -> bool:
        return sum(leader.ticks for leader in leaders) >= 10

    try:
        await until(has_led)
        first, second = sorted(range(2), key=lambda index: -leaders[index].ticks)
        assert leaders[second].ticks == 0
        # As a kill would: its connections go, and nobody unlocks anything.
        await databases[first].hang_up()
        tasks[first].cancel()

        async def follows() -> bool:
            return leaders[second].ticks > 0

        await until(follows)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for database in databases:
            await database.close()


@pytest.mark.requirement("RF-044")
async def test_two_processes_at_the_same_moment_run_a_schedule_once(
    config: Settings, analyst: Analyst, people: People
) -> None:
    ana = await people.add("ana", "RPT-001", "RPT-004", "RPT-009")
    calendar = {"every": "week", "at": "07:30", "weekday": 1}
    wanted = {"name": "Semanal", "calendar": calendar, "report": "calls-by-day", "format": "csv"}
    schedule = (await ana.post("/schedules", wanted)).json()
    due = datetime.fromisoformat(schedule["next_at"]).astimezone(UTC) + timedelta(seconds=1)
    databases = [Database(config.database(), connections_max=1) for _ in range(4)]
    for database in databases:
        await database.open()
    try:
        runs = await asyncio.gather(*(schedule_watch.tick(database, config, due) for database in databases))
    finally:
        for database in databases:
            await database.close()
    assert sum(runs) == 1
    assert len((await ana.get("/exports")).json()["items"]) == 1
