"""Shares, dirt and drift of the legacy tables, as the old IVR is known to have them."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from iact.simulate.errors import SimulationFailed
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.legacy_truth import DIRT
from iact.simulate.manifest import LegacyManifest
from iact.simulate.targets import FolderTarget
from tests.simulate.legacy_oracle import Row, centre_of, menu_of, read_folder

pytestmark = pytest.mark.unit

ROWS = 200_000
Year = tuple[LegacyManifest, list[tuple[str, Row]]]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    folder = tmp_path_factory.mktemp("year")
    options = LegacyOptions(rows=ROWS, seed=7, first_day=date(2025, 1, 1), quarters=4)
    return simulate_legacy(options, FolderTarget(folder)), list(read_folder(folder))


@pytest.mark.parametrize(
    ("category", "share", "tolerance"),
    [
        ("swapped_times", 0.388, 0.01),
        ("menu_phone", 0.012, 0.005),
        ("typed_null", 0.212, 0.02),
        ("centre_glued_17", 0.053, 0.01),
        ("unknown_did", 0.005, 0.002),
        ("origin_null", 0.004, 0.002),
    ],
)
def test_shares_are_those_of_the_old_ivr(year: Year, category: str, share: float, tolerance: float) -> None:
    assert year[0].dirt[category] / ROWS == pytest.approx(share, abs=tolerance)


def test_more_shares(year: Year) -> None:
    manifest, _ = year
    assert manifest.line_kinds["misma_linea"] / ROWS == pytest.approx(0.282, abs=0.01)
    assert 0.07 < manifest.menu_kinds["empty"] / ROWS < 0.085
    assert manifest.by_menu["cliente_colgo"] / ROWS == pytest.approx(0.21, abs=0.02)
    assert manifest.centre_kinds["hung_up"] / ROWS == pytest.approx(0.121, abs=0.015)
    assert sum(manifest.by_hour[7:21]) / ROWS > 0.9
    saturday, sunday = manifest.by_weekday[5:]
    assert sunday < saturday < manifest.by_weekday[0]
    assert 0.35 < manifest.unique_callers.total / ROWS < 0.6


@pytest.mark.parametrize("rows", [200, 1_000, 40_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_category_of_dirt_is_written_at_every_size(rows: int, seed: int, tmp_path: Path) -> None:
    manifest = simulate_legacy(LegacyOptions(rows=rows, seed=seed), FolderTarget(tmp_path))
    assert set(manifest.dirt) == set(DIRT)
    assert manifest.repeated_rows
    assert manifest.past_quarter
    assert manifest.past_midnight > 1


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("cDID_Centro_Transferencia", r"\d{7}\d{10}"),
        ("cDID_Centro_Transferencia", r"\d{6}\d{10}"),
        ("cDID_Centro_Transferencia", r"\d{24}"),
        ("cDID_Centro_Transferencia", r"\d{25}"),
        ("cDID_Centro_Transferencia", r"0+"),
        ("cDID_Centro_Transferencia", r"[^\d].*"),
        ("cDID_Centro_Transferencia", r"cliente_colgo"),
        ("cMenu", r"\d{10}"),
        ("cMenu", r"\d{7}"),
        ("cMenu", r"sin cMenu"),
        ("cMenu", r"\s+"),
        ("cMenu", r"RES-FALLAINTERNET"),
        ("cMenu", r"res-fallainternet"),
        ("cMenu", r"RES-FallaInternet "),
        ("cOpcion", r"CERCOR"),
        ("cTelefono_Origen", r"55\d{8}"),
        ("cEtiquetacliente", r"REGULAR, MOROSO"),
    ],
)
def test_each_kind_of_dirt_can_be_seen_in_the_text(year: Year, column: str, pattern: str) -> None:
    assert any(re.fullmatch(pattern, row[column] or "") for _, row in year[1])


def test_menus_come_and_go_with_the_quarters(year: Year) -> None:
    menus: dict[str, Counter[str]] = {}
    for table, row in year[1]:
        menus.setdefault(table[-7:], Counter())[menu_of(row["cMenu"]).lower()] += 1
    assert "kipsolcom" not in menus["t2_2025"]
    assert menus["t3_2025"]["kipsolcom"]
    assert "res_falla_stop" not in menus["t1_2025"]
    share = {table: by["res_falla_stop"] / by.total() for table, by in menus.items()}
    assert share["t3_2025"] == pytest.approx(0.09, abs=0.015)
    fault = {table: by["res-fallainternet"] / by.total() for table, by in menus.items()}
    assert fault["t1_2025"] > 2 * fault["t3_2025"]


def test_telephones_flood_the_menus_of_puebla_in_august(year: Year) -> None:
    phones, calls = Counter[str](), Counter[str]()
    for _, row in year[1]:
        if row["cDID_800Transfer"] == "19020084":
            month = str(row["dFecha"])[:7]
            calls[month] += 1
            phones[month] += menu_of(row["cMenu"]) == "TELEFONO_EN_MENU"
    assert phones["2025-08"] / calls["2025-08"] == pytest.approx(0.128, abs=0.03)
    assert phones["2025-05"] / calls["2025-05"] < 0.06


def test_zeros_are_pueblas_and_begin_in_the_second_quarter(year: Year) -> None:
    zeros = [
        (table, row["cDID_800Transfer"])
        for table, row in year[1]
        if centre_of(row["cDID_Centro_Transferencia"]) == "CASO_ERROR_CEROS"
    ]
    elsewhere = [found for found in zeros if found[1] != "19020084" or found[0].endswith("t1_2025")]
    assert len(zeros) > 500
    assert len(elsewhere) <= 1  # the planted one


def test_typed_and_origin_are_numbers_of_ten_digits(year: Year) -> None:
    for _, row in year[1][:20_000]:
        for name in ("cTelefono_Origen", "cTelefono_Digitado"):
            assert row[name] is None or re.fullmatch(r"[1-9]\d{9}", str(row[name]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": -1},
        {"rows": 10, "quarters": 0},
        {"rows": 10, "quarters": 99},
        {"rows": 10, "seed": -1},
        {"rows": 10, "zone": "Nowhere/Else"},
    ],
)
def test_impossible_wishes_are_one_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(SimulationFailed, match=r"^[A-Z][^\n]+\.$"):
        LegacyOptions(**wrong)  # type: ignore[arg-type]  # wrong on purpose
