"""Every interpretation rule of a legacy row, as tables: what stands in the source, what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr import rules
from services.ivr.rules import Unusable

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("raw", "centre", "kind"),
    [
        (None, "CASO_NULL", "null"),
        ("", "CASO_NULL", "null"),
        ("   ", "CASO_NULL", "null"),
        ("cliente_colgo", "CLIENTE_COLGO", "hung_up"),  # 13 characters: not cut as if a telephone were glued to it
        ("Cliente_Colgo ", "CLIENTE_COLGO", "hung_up"),
        ("0", "CASO_ERROR_CEROS", "zeros"),
        ("00000000000000000000", "CASO_ERROR_CEROS", "zeros"),
        ("x10928253", "ERROR_CARACTER_INICIAL", "bad_start"),
        ("x109282535512345678", "ERROR_CARACTER_INICIAL", "bad_start"),
        ("٣0928253", "ERROR_CARACTER_INICIAL", "bad_start"),
        ("10928253", "10928253", "vdn"),
        (" 10928253 ", "10928253", "vdn"),
        ("109282", "109282", "vdn"),
        ("1234567890", "1234567890", "vdn"),
        ("109282535512345678", "10928253", "vdn"),
        ("1092825312345678901234567890", "10928253", "vdn"),
        ("15512345678", "1", "vdn"),
        ("00000015512345678", "0000001", "vdn"),
    ],
)
@pytest.mark.requirement("RF-002")
def test_transfer_centre(raw: str | None, centre: str, kind: str) -> None:
    assert rules.transfer_centre(raw) == (centre, kind)


@pytest.mark.parametrize(
    ("raw", "menu", "kind"),
    [
        (None, "VACIO", "empty"),
        ("", "VACIO", "empty"),
        ("  ", "VACIO", "empty"),
        ("sin cMenu", "VACIO", "empty"),
        ("SIN CMENU ", "VACIO", "empty"),
        ("5512345", "TELEFONO_EN_MENU", "phone"),
        (" 5512345678 ", "TELEFONO_EN_MENU", "phone"),
        ("123456", "123456", "menu"),
        ("٣٣٣٣٣٣٣", "٣٣٣٣٣٣٣", "menu"),
        ("5512345x", "5512345x", "menu"),
        ("Numero Telmex", "Numero Telmex", "menu"),
        ("ANI", "ANI", "menu"),
        ("cliente_colgo", "cliente_colgo", "menu"),
        ("marque 55 1234 5678 ya", "marque TELEFONO ya", "menu"),
    ],
)
@pytest.mark.requirement("RF-002")
def test_menu_reached(raw: str | None, menu: str, kind: str) -> None:
    assert rules.menu_reached(raw) == (menu, kind)


@pytest.mark.parametrize(
    ("raw", "option"),
    [(None, "SIN_OPCION"), (" ", "SIN_OPCION"), (" DEFAULT ", "DEFAULT"), ("ADEUDO22222", "ADEUDO22222")],
)
@pytest.mark.requirement("RF-002")
def test_option_chosen(raw: str | None, option: str) -> None:
    assert rules.option_chosen(raw) == option


@pytest.mark.parametrize(
    ("raw", "labels"),
    [
        (None, ()),
        ("", ()),
        (" , ,", ()),
        ("VIP", ("VIP",)),
        (" VIP , MOROSO,VIP", ("VIP", "MOROSO", "VIP")),
        ("tel 5512345678", ("tel TELEFONO",)),
    ],
)
@pytest.mark.requirement("RF-002")
def test_customer_labels(raw: str | None, labels: tuple[str, ...]) -> None:
    assert rules.customer_labels(raw) == labels


@pytest.mark.parametrize(
    ("origin", "typed", "kind"),
    [
        (b"5512345678", b"", rules.NO_LINE),
        (b"", b"", rules.NO_LINE),
        (b"5512345678", b"5512345678", rules.SAME_LINE),
        (b"5512345678", b"5587654321", rules.DIFFERENT_LINE),
        (b"", b"5587654321", rules.DIFFERENT_LINE),
    ],
)
@pytest.mark.requirement("RF-002")
def test_line_kind(origin: bytes, typed: bytes, kind: int) -> None:
    assert rules.line_kind(origin, typed) == kind


def test_menus_are_compared_without_case_and_shown_as_seen() -> None:
    one, other = (rules.interpret("1", None, menu, None) for menu in ("RES-Falla", "res-FALLA"))
    assert one.menu_key == other.menu_key
    assert (one.menu, other.menu) == ("RES-Falla", "res-FALLA")


@pytest.mark.parametrize(
    ("did", "menu", "option"), [("1" * 201, "a", "a"), ("1", "a" * 201, "a"), ("1", "a", "a" * 201)]
)
def test_a_name_that_is_too_long_is_refused(did: str, menu: str, option: str) -> None:
    with pytest.raises(Unusable, match="longer than 200"):
        rules.interpret(did, "1", menu, option)


words = st.one_of(st.none(), st.text(max_size=40), st.from_regex(r"\A[0-9]{1,40}\Z"))


@given(words)
def test_a_centre_is_always_named_and_never_hides_a_glued_telephone(raw: str | None) -> None:
    centre, kind = rules.transfer_centre(raw)
    assert centre
    if kind == "vdn":
        assert len(centre) <= rules.TELEPHONE_DIGITS
        assert (raw or "").strip().startswith(centre)


@given(words, words, words, words)
def test_a_meaning_holds_no_ten_digits_but_a_did_or_a_vdn(
    did: str | None, centre: str | None, menu: str | None, option: str | None
) -> None:
    meaning = rules.interpret(did, centre, menu, option)
    for name in (meaning.menu, meaning.option):
        assert sum(run.isdigit() and run.isascii() for run in _runs(name)) == 0
        assert "\x00" not in name


def _runs(text: str) -> list[str]:
    return [text[n : n + 10] for n in range(len(text) - 9)]


@given(words)
def test_reading_a_menu_twice_gives_the_same(raw: str | None) -> None:
    menu, kind = rules.menu_reached(raw)
    assert rules.menu_reached(menu) == (menu, kind)
