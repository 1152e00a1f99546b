import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iact import databases
from iact.errors import CommandFailed
from shared.ports import free_port
from shared.settings import DatabaseSettings, ServiceSettings

unit = pytest.mark.unit
integration = pytest.mark.integration


@unit
def test_the_verifier_is_the_one_of_rfc_7677() -> None:
    # the salt of the RFC's example exchange; keys as PostgreSQL stores them for the password "pencil"
    verifier = databases.scram_verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    assert verifier == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
        "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@unit
@given(st.text(alphabet="0123456789abcdef", min_size=1, max_size=64))
def test_the_verifier_never_holds_the_password(password: str) -> None:
    first, second = databases.scram_verifier(password), databases.scram_verifier(password)
    assert first != second
    assert f"'{password}'" not in first


@unit
def test_without_a_host_the_embedded_server_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DB_ANALYTICS_HOST", raising=False)
    assert databases.external_owner(ServiceSettings(_env_file=None)) is None


@unit
def test_a_host_without_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_ANALYTICS_HOST", "db.example")
    monkeypatch.delenv("DB_ANALYTICS_PASSWORD", raising=False)
    with pytest.raises(CommandFailed, match="DB_ANALYTICS_PASSWORD is not"):
        databases.external_owner(ServiceSettings(_env_file=None))


@integration
async def test_nobody_listens(database_settings: DatabaseSettings) -> None:
    with pytest.raises(CommandFailed, match=r"cannot be reached .*refused"):
        await databases.connect(replace(database_settings, port=free_port()))


@integration
async def test_a_wrong_password_is_told(database_settings: DatabaseSettings) -> None:
    with pytest.raises(CommandFailed, match=r"refuses the user .*check DB_ANALYTICS_USER and DB_ANALYTICS_PASSWORD"):
        await databases.connect(replace(database_settings, password="wrong"))
