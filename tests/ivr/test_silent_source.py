"""A source that accepts connections and says nothing: every wait for it ends."""

import asyncio
from dataclasses import replace

import pytest

from services.ivr.config import MariaDbLogin, Source
from services.ivr.sources import protocol
from services.ivr.sources.errors import SourceUnavailable
from services.ivr.sources.protocol import Reader
from shared.ports import free_port
from shared.testing.fault_proxy import FaultProxy
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import fill_mariadb, legacy_row, mariadb_source

GIVEN_UP_S = 60.0  # far beyond the limits that the tests set, far below those of operating systems


@pytest.mark.unit
async def test_a_server_that_never_greets_is_given_up_and_its_socket_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "CONNECT_TIMEOUT_S", 0.2)
    closed = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        closed.set()

    login = MariaDbLogin("127.0.0.1", free_port(), "ivr", "reader", "secret")
    source = Source(id="ivr-db", kind="legacy", zone="UTC", login=login)
    async with await asyncio.start_server(say_nothing, login.host, login.port), asyncio.timeout(GIVEN_UP_S):
        with pytest.raises(SourceUnavailable, match="does not answer"):
            async with Reader.open(source, login):
                pass
        await closed.wait()


@pytest.mark.integration
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_source_that_falls_silent_before_it_answers_is_given_up(
    mariadb: MariaDbSchema, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    fill_mariadb(mariadb, "tbl_historico_t3_2025", [legacy_row()])
    source = mariadb_source(mariadb)
    assert source.login is not None
    with FaultProxy.before(source.login.port) as proxy:
        login = replace(source.login, port=proxy.port)
        async with asyncio.timeout(GIVEN_UP_S), Reader.open(source, login) as reader:
            proxy.faults.silent = True
            monkeypatch.setattr(protocol, "ANSWER_TIMEOUT_S", 0.2)
            with pytest.raises(SourceUnavailable, match="does not answer"):
                await ask(reader, streamed=streamed)


async def ask(reader: Reader, *, streamed: bool) -> None:
    if streamed:
        async for _ in reader.stream("SELECT * FROM tbl_historico_t3_2025"):
            pass
    else:
        await reader.rows("SELECT count(*) FROM tbl_historico_t3_2025")
