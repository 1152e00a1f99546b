"""Menus are compared without case and shown as first seen, so a filter names them in any case. Pure.

The folding is the one that ingestion keys menus by. PostgreSQL's lower() depends on the server's locale and, in the
embedded one, leaves accented letters alone: the few names are folded here and bound as they are stored.
"""

from collections.abc import Iterable, Sequence

from services.analytics.question import Filter

FOLDED = ("in", "not_in", "prefix")


def names_menus(filters: Iterable[Filter]) -> bool:
    return any(_is_folded(each) for each in filters)


def as_stored(filters: Iterable[Filter], menus: Sequence[str]) -> tuple[Filter, ...]:
    """The filters with every spelling of a menu replaced by the stored one; a prefix becomes the menus it begins."""
    return tuple(_stored(each, menus) if _is_folded(each) else each for each in filters)


def _is_folded(each: Filter) -> bool:
    return each.dimension == "menu" and each.operator in FOLDED


def _stored(each: Filter, menus: Sequence[str]) -> Filter:
    asked = {str(value).casefold() for value in each.values if value is not None}
    if each.operator == "prefix":
        return Filter("menu", "in", tuple(menu for menu in menus if menu.casefold().startswith(tuple(asked))))
    found = tuple(menu for menu in menus if menu.casefold() in asked)
    return Filter("menu", each.operator, (*found, None) if None in each.values else found)
