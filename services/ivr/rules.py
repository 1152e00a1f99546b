"""What a legacy row means: every interpretation rule, as plain functions of the words in the row.

The rules run once per combination of (DID, centre, menu, option), not once per row; the two rules that would make
combinations as many as telephones (a glued or misplaced number) are applied to the row first. Pure.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

MenuKind = Literal["menu", "empty", "phone"]
CentreKind = Literal["vdn", "hung_up", "null", "zeros", "bad_start"]

TELEPHONE_DIGITS = 10  # a Mexican telephone, and what the IVR glues behind a VDN
MENU_TELEPHONE_DIGITS_MIN = 7  # a menu of only digits, this long, is a telephone typed at the wrong moment
NAME_CHARS_MAX = 200  # twice the widest source column; longer is not a name but damage
LABELS_CHARS_MAX = 1_000  # five times the source column

PARTS_MAX = 10_000  # of each column; real quarters have some hundred

EMPTY_MENU: Final = "VACIO"
PHONE_MENU: Final = "TELEFONO_EN_MENU"
NO_OPTION: Final = "SIN_OPCION"
NO_CENTRE: Final = "CASO_NULL"
HUNG_UP_CENTRE: Final = "CLIENTE_COLGO"
ZEROS_CENTRE: Final = "CASO_ERROR_CEROS"
BAD_START_CENTRE: Final = "ERROR_CARACTER_INICIAL"
PHONE_CENTRE: Final = "TELEFONO_EN_CENTRO"
HIDDEN: Final = "TELEFONO"

NO_LINE, SAME_LINE, DIFFERENT_LINE = 0, 1, 2

_ASCII_DIGITS = frozenset("0123456789")
_TELEPHONE_INSIDE = re.compile(r"\+?[0-9](?:[ ().-]{0,2}[0-9]){9,}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One combination, interpreted. `menu_key` is how menus are compared: without case."""

    did: str
    menu: str
    menu_key: str
    menu_kind: MenuKind
    option: str
    centre: str
    centre_kind: CentreKind


class Unusable(ValueError):  # noqa: N818 - reads as what it is
    """The row cannot become a call; the text is the reason that its reject carries."""


def interpret(did: str | None, centre: str | None, menu: str | None, option: str | None) -> Meaning:
    """The meaning of one combination. Unusable when a name is too long to be one."""
    did_name = _did(did)
    menu_name, menu_key, menu_kind = _menu(menu)
    option_name = _option(option)
    centre_name, centre_kind = _centre(centre)
    return Meaning(did_name, menu_name, menu_key, menu_kind, option_name, centre_name, centre_kind)


# Combinations are many, their parts are few: each is interpreted once.
@lru_cache(PARTS_MAX)
def _did(raw: str | None) -> str:
    return _bounded("cDID_800Transfer", (raw or "").strip())


@lru_cache(PARTS_MAX)
def _menu(raw: str | None) -> tuple[str, str, MenuKind]:
    name, kind = menu_reached(raw)
    return _bounded("cMenu", name), clean(name.casefold()), kind


@lru_cache(PARTS_MAX)
def _option(raw: str | None) -> str:
    return _bounded("cOpcion", option_chosen(raw))


@lru_cache(PARTS_MAX)
def _centre(raw: str | None) -> tuple[str, CentreKind]:
    name, kind = transfer_centre(raw)
    return _bounded("cDID_Centro_Transferencia", name), kind


def transfer_centre(raw: str | None) -> tuple[str, CentreKind]:
    """The order matters: `cliente_colgo` has 13 characters and must not be cut as if a telephone were glued to it."""
    centre = (raw or "").strip()
    if not centre:
        return NO_CENTRE, "null"
    if centre.casefold() == "cliente_colgo":
        return HUNG_UP_CENTRE, "hung_up"
    if centre == PHONE_CENTRE:
        return PHONE_CENTRE, "bad_start"  # the caller's own number, alone: the destination cannot be read from it
    if not centre.strip("0"):
        return ZEROS_CENTRE, "zeros"
    if centre[0] not in _ASCII_DIGITS:
        return BAD_START_CENTRE, "bad_start"
    return without_glued_telephone(centre), "vdn"


def without_glued_telephone(centre: str) -> str:
    """A VDN with typed telephones behind it is longer than 10: the last 10 are taken off until it is not."""
    while len(centre) > TELEPHONE_DIGITS:
        centre = centre[:-TELEPHONE_DIGITS]
    return centre


def menu_reached(raw: str | None) -> tuple[str, MenuKind]:
    menu = (raw or "").strip()
    if not menu or menu.casefold() in {"sin cmenu", "vacio"}:
        return EMPTY_MENU, "empty"
    if is_telephone_in_menu(menu) or menu == PHONE_MENU:
        return PHONE_MENU, "phone"
    return hide_telephones(menu), "menu"


def is_telephone_in_menu(menu: str) -> bool:
    return len(menu) >= MENU_TELEPHONE_DIGITS_MIN and _ASCII_DIGITS.issuperset(menu)


def option_chosen(raw: str | None) -> str:
    option = (raw or "").strip()
    return hide_telephones(option) if option else NO_OPTION


def customer_labels(raw: str | None) -> tuple[str, ...]:
    """The labels in their order, trimmed, without empty ones. Unusable when they are absurdly long."""
    text = clean(raw or "")
    if len(text) > LABELS_CHARS_MAX:
        raise Unusable(f"cEtiquetacliente is longer than {LABELS_CHARS_MAX} characters")
    return tuple(hide_telephones(label) for part in text.split(",") if (label := part.strip()))


def line_kind(origin: bytes, typed: bytes) -> int:
    """Both trimmed; the three kinds always add up to the total, an unknown origin makes a typed number different."""
    if not typed:
        return NO_LINE
    return SAME_LINE if typed == origin else DIFFERENT_LINE


def hide_telephones(text: str) -> str:
    """A name with a telephone in it keeps the rest of the name; the number is nobody's business."""
    return _TELEPHONE_INSIDE.sub(HIDDEN, text)


def clean(text: str) -> str:
    """PostgreSQL has no NUL in text."""
    return text.replace("\x00", "")


def _bounded(column: str, name: str) -> str:
    if len(name) > NAME_CHARS_MAX:
        raise Unusable(f"{column} is longer than {NAME_CHARS_MAX} characters")
    return clean(name)
