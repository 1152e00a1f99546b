"""Any order of signing in, out, waiting, working and being blocked: the service agrees with a model of ten lines."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from shared.settings import DatabaseSettings
from tests.sessions.conftest import PASSWORD, Service, Visitor
from tests.sessions.standing import stand_up

pytestmark = pytest.mark.integration

IDLE_MIN = 15
PROVEN_MIN = 10
ABSOLUTE_MIN = 12 * 60
NAMES = ("ana.admin", "leo.viewer")
AGE = """
    UPDATE sessions.sessions SET created_at = created_at - $1::interval, last_seen_at = last_seen_at - $1::interval,
        expires_at = expires_at - $1::interval, authenticated_at = authenticated_at - $1::interval"""


@dataclass
class Model:
    """What should be true of one session; times in minutes."""

    visitor: Visitor
    cookie: str
    username: str
    idle_min: int = 0
    age_min: int = 0
    proven_min: int = 0
    ended: bool = False

    @property
    def alive(self) -> bool:
        return not self.ended and self.idle_min < IDLE_MIN and self.age_min < ABSOLUTE_MIN


class Sessions(RuleBasedStateMachine):
    database: ClassVar[DatabaseSettings]
    secrets: ClassVar[Path]
    data: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.models: list[Model] = []
        self.blocked: set[str] = set()
        self.extended: set[str] = set()
        self.service = self.runner.run(self.start())

    async def start(self) -> Service:
        service = await stand_up(self.stack, self.database, self.secrets, self.data)
        conn = service.conn
        if not await conn.fetchval("SELECT count(*) FROM sessions.users"):
            for name in NAMES:
                await service.administrator(name)
        await conn.execute("UPDATE sessions.users SET state = 'active'")
        await conn.execute("DELETE FROM sessions.sign_in_failures")
        await conn.execute("DELETE FROM sessions.user_groups WHERE group_code = 'AGR-001'")
        await conn.execute("UPDATE sessions.sessions SET revoked_at = now(), revoke_reason = 'CLOSED'")
        return service

    @rule(name=st.sampled_from(NAMES))
    def sign_in(self, name: str) -> None:
        visitor = self.service.visitor()
        answer = self.runner.run(visitor.sign_in(name))
        assert answer.status_code == (401 if name in self.blocked else 201)
        if answer.status_code == 201:
            for model in self.models:
                model.ended |= model.username == name
            assert visitor.cookie is not None
            self.models.append(Model(visitor, visitor.cookie, name))

    @rule(data=st.data())
    def sign_out(self, data: st.DataObject) -> None:
        if self.models:
            model = data.draw(st.sampled_from(self.models))
            was_alive = model.alive
            model.visitor.cookie = model.cookie
            answer = self.runner.run(model.visitor.call("DELETE", "/sessions/current"))
            assert answer.status_code == (204 if was_alive else 401)
            # An asking request is activity, even of a session that it then ends.
            model.ended |= was_alive

    @rule(minutes=st.sampled_from([2, 5, 10, 14, 15, 400]))
    def wait(self, minutes: int) -> None:
        self.runner.run(self.service.conn.execute(AGE, timedelta(minutes=minutes)))
        for model in self.models:
            model.idle_min += minutes
            model.age_min += minutes
            model.proven_min += minutes

    @rule(data=st.data(), background=st.booleans())
    def work(self, data: st.DataObject, background: bool) -> None:
        if self.models:
            model = data.draw(st.sampled_from(self.models))
            was_alive = model.alive
            model.visitor.cookie = model.cookie
            found = self.runner.run(model.visitor.introspect(background=background))
            assert found["active"] is was_alive
            if was_alive and not background:
                model.idle_min = 0

    @rule(data=st.data(), right=st.booleans())
    def reauthenticate(self, data: st.DataObject, right: bool) -> None:
        """A new id in place of the old; a wrong password changes nothing but the idle limit."""
        live = [model for model in self.models if model.alive]
        if live:
            model = data.draw(st.sampled_from(live))
            model.visitor.cookie = model.cookie
            body = {"password": PASSWORD if right else "not the right words"}
            answer = self.runner.run(model.visitor.call("POST", "/sessions/current/reauthentication", body))
            model.idle_min = 0
            assert answer.status_code in ({200, 429} if right else {403, 429})
            if answer.status_code == 200:
                assert model.visitor.cookie not in {None, *(each.cookie for each in self.models)}
                model.ended = True
                self.models.append(Model(model.visitor, str(model.visitor.cookie), model.username))

    @rule(name=st.sampled_from(NAMES))
    def change_roles(self, name: str) -> None:
        """Whoever's permissions change signs in again."""
        admin = self.administrator_beside(name)
        if admin is not None:
            path = f"/users/{NAMES.index(name) + 1}/groups"
            holds = name in self.extended
            asked = ("DELETE", f"{path}/AGR-001", None) if holds else ("POST", path, {"groups": ["AGR-001"]})
            answer = self.runner.run(admin.visitor.call(*asked))
            admin.idle_min = 0
            if admin.proven_min >= PROVEN_MIN:
                assert "reauthentication-required" in answer.text
                return
            assert answer.status_code == (204 if holds else 200), answer.text
            self.extended ^= {name}
            for model in self.models:
                model.ended |= model.username == name

    def administrator_beside(self, name: str) -> Model | None:
        """Somebody else who is signed in and may change `name`."""
        other = next(each for each in NAMES if each != name)
        admin = next((each for each in self.models if each.username == other and each.alive), None)
        if admin is not None:
            admin.visitor.cookie = admin.cookie
        return admin

    @rule(name=st.sampled_from(NAMES))
    def block(self, name: str) -> None:
        admin = self.administrator_beside(name)
        if admin is not None:
            path = f"/users/{NAMES.index(name) + 1}/{'unblock' if name in self.blocked else 'block'}"
            answer = self.runner.run(admin.visitor.call("POST", path))
            admin.idle_min = 0
            if admin.proven_min >= PROVEN_MIN:
                assert "reauthentication-required" in answer.text
                return
            assert answer.status_code == 200, answer.text
            self.blocked ^= {name}
            for model in self.models:
                model.ended |= model.username == name

    @invariant()
    def at_most_one_live_session_a_person(self) -> None:
        for name in NAMES:
            assert sum(model.alive for model in self.models if model.username == name) <= 1

    @invariant()
    def everybody_is_as_alive_as_the_model_says(self) -> None:
        for model in self.models[-4:]:
            model.visitor.cookie = model.cookie
            assert self.runner.run(model.visitor.introspect(background=True))["active"] is model.alive

    @override
    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


def test_sessions_behave_like_the_model(
    database_settings: DatabaseSettings, identity_keys: Path, tmp_path: Path
) -> None:
    bound = {"database": database_settings, "secrets": identity_keys, "data": tmp_path}
    run_state_machine_as_test(
        type("Bound", (Sessions,), bound),
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
