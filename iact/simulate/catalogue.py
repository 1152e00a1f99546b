"""Menus, options, centres and shares of a large telephone company's IVR, quarter by quarter.

A share is a percentage of all calls of a segment in the profiles Q1, Q2, Q3 and Q4 of 2025 (earlier quarters look like
the first, later ones like the last); 0 means the menu is not there: catalogues drift. Shares are scaled, they need not
add up to 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from iact.simulate.text import Ints

SEGMENTS = ("nacional_A", "nacional_B", "puebla", "desconocido")
NATIONAL_A, NATIONAL_B, PUEBLA, UNKNOWN = range(4)
PROFILES = 4
FIRST_PROFILE_QUARTER = 2025 * 4  # the quarter number of 2025-Q1
LATER_CENTRE_PROFILE = 2  # from Q3 on a menu's later centre takes half of its calls
LATER_CENTRE_SHARE = 0.5

DIDS = ("19028031", "19020001", "19020084", "1902001", "19020099", "8005550100")
DID_SEGMENT = (NATIONAL_A, NATIONAL_B, PUEBLA, UNKNOWN, UNKNOWN, UNKNOWN)
# nacional_B dries up in Q3: an operational event that an analyst should find.
DID_SHARES = (
    (60.0, 22.0, 17.5, 0.2, 0.2, 0.1),
    (59.0, 23.0, 17.5, 0.2, 0.2, 0.1),
    (78.0, 4.0, 17.5, 0.2, 0.2, 0.1),
    (69.5, 12.5, 17.5, 0.2, 0.2, 0.1),
)

EMPTY_MENU = "VACIO"
PHONE_MENU = "TELEFONO_EN_MENU"
EMPTY_FORMS = (None,) * 12 + ("",) * 2 + ("sin cMenu",) * 3 + ("Sin cMenu", "  ")
ABANDONED_MENUS = frozenset({EMPTY_MENU, "cliente_colgo", "SinOpcion_Cabecera"})

NO_OPTION = "SIN_OPCION"
HUNG_UP = "cliente_colgo"
CENTRE_SENTINELS = {
    "hung_up": "CLIENTE_COLGO",
    "null": "CASO_NULL",
    "zeros": "CASO_ERROR_CEROS",
    "bad_start": "ERROR_CARACTER_INICIAL",
}
ZEROS = ("00000000", "0", "0000000", "000000000000")
BAD_STARTS = ("#10828091", "*19020086", "x", "-1", "T10728487", "SIP/10828091", "N/A", "A1082809155512345")
# Centres that are found with telephones glued behind them, by the number of telephones.
GLUED_ONCE = ("1309004", "1309001", "1902008", "1507001")
GLUED_ONCE_SHORT = ("130900", "150700")
GLUED_ONCE_LONG = ("10828091", "15070013")
GLUED_TWICE = ("1309", "13090")

LABELS: tuple[tuple[str | None, float], ...] = (
    (None, 55.0),
    ("REGULAR", 18.0),
    ("VIP", 6.0),
    ("MOROSO", 7.0),
    ("NUEVO", 5.0),
    ("BAJA_RIESGO", 4.0),
    ("RETENCION", 2.0),
    ("VIP,RETENCION", 1.0),
    ("REGULAR, MOROSO", 1.0),
    (" NUEVO , BAJA_RIESGO", 0.6),
    ("MOROSO,RETENCION,REGULAR", 0.4),
)

AREAS = ("55", "55", "55", "55", "33", "33", "81", "443", "722", "998", "664", "618", "614", "771", "442", "477")
AREA_PUEBLA = "222"

# Calls by hour of the day, Monday to Friday, Saturday and Sunday: nearly all between 07 and 21 h.
HOURS = (
    (
        0.25, 0.15, 0.1, 0.1, 0.1, 0.2, 0.6, 3.0, 5.8, 8.2, 9.6, 9.9,
        9.2, 8.1, 7.2, 6.9, 7.0, 6.9, 6.2, 5.0, 3.4, 1.5, 0.8, 0.4,
    ),
    (
        0.3, 0.2, 0.15, 0.1, 0.1, 0.2, 0.5, 2.2, 4.8, 8.0, 10.0, 10.6,
        10.0, 8.8, 7.4, 6.4, 6.0, 5.8, 5.6, 5.0, 3.6, 1.9, 1.0, 0.5,
    ),
    (
        0.4, 0.25, 0.2, 0.1, 0.1, 0.2, 0.4, 1.6, 3.6, 6.6, 9.0, 10.2,
        10.4, 9.6, 8.0, 6.8, 6.4, 6.6, 6.6, 6.0, 4.4, 2.4, 1.2, 0.6,
    ),
)  # fmt: skip
WEEKDAYS = (1.16, 1.10, 1.06, 1.04, 1.05, 0.83, 0.62)  # Monday to Sunday

Lookup = NDArray[np.int16]  # small enough to stay in the processor's cache
Weighted = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Menu:
    name: str
    shares: tuple[float, float, float, float]
    centres: Weighted
    options: Weighted = ()
    puebla: float = 1.0  # factor in the segment puebla
    national: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)  # factor elsewhere, by profile
    later_centre: str | None = None


USUAL: Weighted = (
    ("DEFAULT", 82.0), ("2L", 7.0), ("CECOR", 4.0), ("CERCOR", 1.0), ("NOBOT", 3.0), ("PQ_389", 2.0), ("ML", 1.0),
)  # fmt: skip
FAULTS: Weighted = (
    ("DEFAULT", 80.0), ("NOBOT", 7.0), ("POSIBLE_FALLA_DSLAM_P", 6.5), ("FM_CFE_P", 2.5), ("FM_ROBO_P", 1.5),
    ("FALLA_AMBAS_P", 1.0), ("ADEUDO22222", 0.7), ("CECOR", 0.5), ("FALLA_CENTRAL_P", 0.3),
)  # fmt: skip
OVERFLOW: Weighted = (
    ("QJA_AB_DAT_1", 15.0), ("TELECOBRA", 15.0), ("TELVICOBRA", 13.0), ("QJA_AB_2", 10.0), ("ECATEPEC", 8.0),
    ("QJA_AB_3", 6.0),
    *((f"DESB_{number:02d}", 1.4) for number in range(1, 24)),
)  # fmt: skip
DEFAULT_BUCKET: Weighted = (("19020086", 1.0),)
SALES: Weighted = (("15070059", 8.0), ("15070060", 2.0))
ACCOUNT: Weighted = (("14929014", 7.0), ("1309004", 2.0), ("14929015", 1.0))
REPAIR: Weighted = (("10828091", 5.0), ("19010000", 2.0), ("15070019", 2.0), ("10728000", 1.0))
OFFICE: Weighted = (("15070004", 6.0), ("10628002", 3.0), ("150700", 1.0))
NOWHERE = (0.0, 0.0, 0.0, 0.0)

# Menus of a few calls in ten thousand each.
TAIL = (
    (0.08, ("RES_Cambios", "RES_CambioTit", "RES_Otros", "RES-Aparatos", "RES-DISH", "RES-SegurosInbursa", "RES-TAE")),
    (0.05, ("RES_OcultaVta", "RES-Falla-AntivirusMcAfee", "RES-Falla-Dish", "RES-Falla-MVSHUB", "RES-ClaroDrive")),
    (0.03, ("RES-StartGo", "RES-MADT-MVSHUB", "RES-SegInst_2024", "RES-SaldosPagos_2024")),
    (0.02, ("RES-FallaInternet_2024", "RES-AsistenciaTelmexcom", "default")),
)

MENUS: tuple[Menu, ...] = (
    Menu(EMPTY_MENU, (8.0, 7.6, 7.4, 7.3), (("19020086", 8.0), (HUNG_UP, 2.0))),
    Menu("cliente_colgo", (22.6, 21.8, 21.0, 21.3), (("19020086", 9.1), (HUNG_UP, 0.9))),
    Menu("RES-FallaInternet", (14.3, 13.0, 5.9, 7.0), REPAIR, FAULTS),
    Menu("Desborde_Cabecera", (13.3, 13.0, 12.5, 12.4), ((HUNG_UP, 7.2), ("10928253", 2.8)), OVERFLOW),
    Menu("NOTMX-SeguimientoInstalacion", (9.9, 9.6, 10.2, 9.8), (("10728487", 1.0),), USUAL, later_centre="19020088"),
    Menu("RES-MADT-Detalle", (4.7, 4.6, 4.4, 4.5), (("15070013", 9.0), ("150700", 1.0)), USUAL),
    Menu("RES-SaldooPagos", (4.1, 4.2, 4.0, 4.1), ACCOUNT, USUAL),
    Menu("SinOpcion_Cabecera", (3.3, 3.4, 3.5, 3.4), DEFAULT_BUCKET),
    Menu("Desborde_Promocional", (2.9, 2.7, 2.5, 2.6), DEFAULT_BUCKET),
    Menu("RES-FallasLinea", (2.9, 2.8, 2.6, 2.6), (("15070019", 1.0),), USUAL),
    Menu("NOTMX-CONT-Contratacion", (2.7, 2.8, 3.0, 3.1), SALES, USUAL),
    Menu("Marque3", (2.1, 2.0, 1.9, 1.9), DEFAULT_BUCKET),
    Menu("NOTMX-CONT-Portabilidad", (1.4, 1.5, 1.6, 1.6), (("10728485", 1.0),), USUAL),
    Menu("RES-FallaSegQja", (1.0, 1.0, 0.9, 0.9), REPAIR, USUAL),
    Menu("RES-Fallas_2024", (5.0, 4.0, 3.0, 2.0), REPAIR, FAULTS, national=NOWHERE),
    Menu("RES-Saldos-WT", (0.9, 0.9, 0.9, 0.8), ACCOUNT, USUAL),
    Menu("RES_CambioDom", (0.8, 0.8, 0.8, 0.8), OFFICE, USUAL),
    Menu("RES-Entr", (0.7, 0.7, 0.6, 0.6), REPAIR, USUAL),
    Menu("RES-FallaEntretiene", (0.7, 0.7, 0.6, 0.6), REPAIR, USUAL),
    Menu("RES-ContratacionInfinitum", (0.5, 0.5, 0.5, 0.5), SALES, USUAL),
    Menu("RES-ContratacionInfinitum_2024", (0.5, 0.4, 0.3, 0.2), SALES, USUAL),
    *(Menu(name, (share, share, share, share), OFFICE, USUAL) for share, names in TAIL for name in names),
    Menu("RES_FALLA_STOP", (0.0, 2.0, 9.1, 8.6), REPAIR, FAULTS),
    Menu("MASI_RepiteBoleta", (0.0, 0.6, 0.7, 0.7), ACCOUNT, USUAL),
    Menu("NoTMX_SinOp", (0.0, 0.5, 0.6, 0.6), DEFAULT_BUCKET),
    Menu("RES-ContratacionInfinitum_FM", (0.0, 0.3, 0.4, 0.4), SALES, USUAL),
    Menu("Tmx_SOMO", (0.0, 0.2, 0.3, 0.3), OFFICE, USUAL),
    Menu("ANI", (0.0, 0.9, 0.9, 0.8), DEFAULT_BUCKET, puebla=2.0, national=(0.0, 0.0, 0.3, 0.3)),
    Menu("Numero Telmex", (0.0, 1.1, 1.1, 1.0), DEFAULT_BUCKET, puebla=2.0, national=(0.0, 0.0, 0.3, 0.3)),
    Menu("RES-SaldosPagos_FM", (0.0, 0.4, 0.5, 0.5), ACCOUNT, USUAL),
    Menu("KIPSOLCOM", (0.0, 0.0, 0.5, 0.6), OFFICE, USUAL),
    Menu("SaldoCabecera", (0.0, 0.0, 0.8, 0.9), ACCOUNT, USUAL),
    Menu("Saldos1_Pagar", (0.0, 0.0, 0.6, 0.7), ACCOUNT, USUAL),
    Menu("Saldos3_Otra", (0.0, 0.0, 0.3, 0.3), ACCOUNT, USUAL),
    Menu("MenuSaldosCabecera", (0.0, 0.0, 0.4, 0.4), ACCOUNT, USUAL),
    Menu("RES-FallaInternet_FM", (0.0, 0.0, 0.0, 1.2), REPAIR, FAULTS),
    Menu("Saldos2_Aclaracion", (0.0, 0.0, 0.0, 0.4), ACCOUNT, USUAL),
)

MENU_NAMES = (*(menu.name for menu in MENUS), PHONE_MENU)
PHONE_MENU_CODE = len(MENUS)


def phone_menu_share(segment: int, year: int, month: int) -> float:
    """Share of calls whose menu is a telephone: 1.2 % over all, with the flood of Puebla in August 2025."""
    if segment != PUEBLA:
        return 0.005
    return 0.128 if (year, month) == (2025, 8) else 0.026


def profile_of(quarter: int) -> int:
    """The profile of a quarter number (four times the year + quarter - 1)."""
    return min(max(quarter - FIRST_PROFILE_QUARTER, 0), PROFILES - 1)


@dataclass(frozen=True, slots=True)
class Combinations:
    """Every (menu, option, centre) that can occur, as codes; the look-up is by profile, segment and 16 random bits."""

    menus: Ints
    options: Ints
    centres: Ints
    option_names: tuple[str, ...]
    centre_names: tuple[str, ...]
    lookup: Lookup


@cache
def combinations() -> Combinations:
    found = [
        Combination(code, option, option_share, centre)
        for code, menu in enumerate(MENUS)
        for option, option_share in _fractions(menu.options or ((NO_OPTION, 1.0),)).items()
        for centre in (*dict(menu.centres), *filter(None, [menu.later_centre]))
    ]
    extra = (*GLUED_ONCE, *GLUED_ONCE_SHORT, *GLUED_ONCE_LONG, *GLUED_TWICE)
    centre_names = tuple(dict.fromkeys([HUNG_UP, *(row.centre for row in found), *extra]))
    option_names = tuple(dict.fromkeys([NO_OPTION, *(row.option for row in found)]))
    tables = [
        lookup16([row.weight(profile, segment) for row in found])
        for profile in range(PROFILES)
        for segment in range(len(SEGMENTS))
    ]
    return Combinations(
        menus=np.array([row.menu for row in found]),
        options=np.array([option_names.index(row.option) for row in found]),
        centres=np.array([centre_names.index(row.centre) for row in found]),
        option_names=option_names,
        centre_names=centre_names,
        lookup=np.concatenate(tables),
    )


@dataclass(frozen=True, slots=True)
class Combination:
    menu: int
    option: str
    option_share: float
    centre: str

    def weight(self, profile: int, segment: int) -> float:
        menu = MENUS[self.menu]
        factor = menu.puebla if segment == PUEBLA else menu.national[profile]
        moved = LATER_CENTRE_SHARE if menu.later_centre and profile >= LATER_CENTRE_PROFILE else 0.0
        if self.centre == menu.later_centre:
            centre_share = moved
        else:
            centre_share = (1 - moved) * _fractions(menu.centres)[self.centre]
        return menu.shares[profile] * factor * self.option_share * centre_share


def _fractions(weighted: Weighted) -> dict[str, float]:
    total = sum(weight for _, weight in weighted)
    return {name: weight / total for name, weight in weighted}


def lookup16(weights: Sequence[float]) -> Lookup:
    """65 536 codes in proportion to the weights; what has a weight has a place, or it would never be drawn."""
    size = 1 << 16
    shares = np.array(weights) / sum(weights) * size
    counts = np.where(shares > 0, np.maximum(np.floor(shares), 1), 0).astype(np.int64)
    # The largest entry takes up the difference: it is thousands of places wide.
    counts[int(np.argmax(counts))] += size - int(counts.sum())
    return np.repeat(np.arange(len(weights), dtype=np.int16), counts)


HUNG_UP_CODE = 0  # the first of Combinations.centre_names
SPELLED_MENU = 2  # the menu whose every spelling is written at least once
SPELLINGS_PER_MENU = 256


@dataclass(frozen=True, slots=True)
class MenuForms:
    """Every text that can stand in cMenu, and which of them a menu and eight random bits choose."""

    texts: tuple[str | None, ...]
    table: Ints  # menu by 256 spellings

    def of(self, menu: int) -> list[int]:
        """One value of the random bits for each spelling of a menu."""
        _, first = np.unique(self.table[menu], return_index=True)
        return [int(place) for place in first]


@cache
def menu_forms() -> MenuForms:
    texts: list[str | None] = []
    rows = []
    for menu in MENUS:
        spellings = _spellings(menu.name)
        repeated = [spellings[number * len(spellings) // SPELLINGS_PER_MENU] for number in range(SPELLINGS_PER_MENU)]
        for text in repeated:
            if text not in texts:
                texts.append(text)
        rows.append([texts.index(text) for text in repeated])
    # A telephone is written by its digits, not from a table.
    rows.append([0] * SPELLINGS_PER_MENU)
    return MenuForms(tuple(texts), np.array(rows))


def _spellings(name: str) -> Sequence[str | None]:
    if name == EMPTY_MENU:
        return EMPTY_FORMS
    return (name,) * 60 + (name.upper(), name.lower(), name.capitalize(), name + " ")
