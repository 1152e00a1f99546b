import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.menus import as_stored, names_menus
from services.analytics.question import Filter, Operator

pytestmark = pytest.mark.unit

NAMES = st.text(alphabet="aAbBñÑéÉßİ_-", min_size=1, max_size=4)
# Ingestion keys menus by their folded name, so no two stored menus fold to the same.
MENUS = st.lists(NAMES, max_size=6, unique_by=str.casefold)


@given(MENUS, st.lists(st.none() | NAMES, min_size=1, max_size=4), st.sampled_from(("in", "not_in")))
def test_a_menu_is_found_in_any_case_and_nothing_else_is(
    menus: list[str], asked: list[str | None], operator: Operator
) -> None:
    (found,) = as_stored((Filter("menu", operator, tuple(asked)),), menus)
    folded = {value.casefold() for value in asked if value is not None}
    assert [menu for menu in menus if menu in found.values] == [menu for menu in menus if menu.casefold() in folded]
    assert (None in found.values) == (None in asked)
    assert found.operator == operator


@given(MENUS, NAMES | st.just(""))
def test_a_prefix_becomes_the_menus_that_it_begins(menus: list[str], prefix: str) -> None:
    (found,) = as_stored((Filter("menu", "prefix", (prefix,)),), menus)
    expected = tuple(menu for menu in menus if menu.casefold().startswith(prefix.casefold()))
    assert found == Filter("menu", "in", expected)


@pytest.mark.parametrize(
    "each",
    [
        Filter("menu", "between", ("A", "b")),
        Filter("menu", "is_null", (True,)),
        Filter("option", "in", ("MENU",)),
    ],
)
def test_every_other_filter_stays_as_it_is(each: Filter) -> None:
    assert not names_menus([each])
    assert as_stored((each,), ["menu"]) == (each,)
