"""Names come out as they were meant, whether a source writes UTF-8 or Windows-1252."""

from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.charset import readable
from services.ivr.names import masked_row
from tests.ivr.conftest import Ingest, files_source, legacy_row, write_csv

LETTERS = "áéíóúüñÁÉÍÓÚÜÑ¿¡ºª€"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"RES-FallaInternet", "RES-FallaInternet"),
        ("Menú y más".encode(), "Menú y más"),
        (b"Men\xfa y m\xe1s", "Menú y más"),
        (b"CAF\xc9", "CAFÉ"),
        (b"caf\xe9", "café"),
        (b"\x93Ventas\x94 \x80", "“Ventas” €"),
        (b"Ca\xff", "Ca\ufffd"),
        (b"a\x81b", "a\ufffdb"),  # no letter of Windows-1252 either
        ("Atención".encode()[:-2], "Atenci\ufffd"),
        ("Año \ufffd".encode() + b"\xff", "Año \ufffd\ufffd"),
    ],
)
def test_text_of_both_kinds(raw: bytes, text: str) -> None:
    assert readable(raw) == text


@pytest.mark.unit
@given(st.text())
def test_utf8_is_read_as_it_is(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    assert readable(raw) == raw.decode()


@pytest.mark.unit
@given(st.lists(st.text("abcXYZ 019-_", min_size=1), min_size=2), st.sampled_from(LETTERS))
def test_spanish_of_windows_is_read_as_it_was_meant(parts: list[str], letter: str) -> None:
    """Letters between others, as in words: two of them beside each other may be UTF-8 by chance."""
    text = letter.join(parts)
    assert readable(text.encode("cp1252")) == text


@pytest.mark.unit
@given(st.binary())
def test_no_byte_breaks_it(raw: bytes) -> None:
    assert "\x00" in readable(raw) or b"\x00" not in raw


@pytest.mark.unit
def test_a_rejected_row_is_shown_as_it_was_meant() -> None:
    assert masked_row(b"Men\xfa".decode("utf-8", "surrogateescape")) == "Menú"


@pytest.mark.integration
async def test_a_file_of_a_spreadsheet_keeps_its_letters(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = write_csv(tmp_path / "tbl_historico_t3_2025.csv", [legacy_row(menu="RES-Atención"), legacy_row(option="Sí")])
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    assert (await ingest(files_source(path))).state == "succeeded"
    menus = [row["menu"] for row in await as_owner.fetch("SELECT menu FROM ivr.menus")]
    options = [row["option"] for row in await as_owner.fetch("SELECT option FROM ivr.options")]
    assert [name for name in menus if name.casefold() == "res-atención"] != []
    assert [name for name in options if name.casefold() == "sí"] != []
