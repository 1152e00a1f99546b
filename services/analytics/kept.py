"""Results of pure functions of a question that are kept, because pages ask the same questions again and again. Pure."""

from collections.abc import Callable
from functools import lru_cache
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar, cast

from services.analytics.catalog import Catalog
from services.analytics.question import Question

Rest = ParamSpec("Rest")
Made_co = TypeVar("Made_co", covariant=True)

# Of each function; some ten kilobytes each, a hundred where thirty metrics are compared: 50 MB at the very most.
KEPT_MAX: Final = 500
# What a question may carry to be kept: a page's filters have some dozens of values. A request may bring megabytes.
VALUES_MAX: Final = 200
TEXT_MAX: Final = 8_192  # characters of all values together


class Kept(Protocol[Rest, Made_co]):
    """A function whose results are kept, until they are forgotten."""

    def __call__(self, catalog: Catalog, question: Question, *rest: Rest.args, **named: Rest.kwargs) -> Made_co: ...

    def forget(self) -> None: ...


def kept(make: Callable[Concatenate[Catalog, Question, Rest], Made_co]) -> Kept[Rest, Made_co]:
    """`make`, worked out once for each of the last questions; of one that carries much it is worked out each time."""
    cached = lru_cache(maxsize=KEPT_MAX)(make)
    remembered = cast("Callable[Concatenate[Catalog, Question, Rest], Made_co]", cached)

    def made(catalog: Catalog, question: Question, *rest: Rest.args, **named: Rest.kwargs) -> Made_co:
        return (remembered if is_small(question) else make)(catalog, question, *rest, **named)

    made.forget = cached.cache_clear  # type: ignore[attr-defined]  # functions may have attributes
    return cast("Kept[Rest, Made_co]", made)


def is_small(question: Question) -> bool:
    """Whether what somebody chose freely in it is little: the values of filters, and where a page goes on."""
    cells = [*(value for each in question.filters for value in each.values), *(question.after or ())]
    return len(cells) <= VALUES_MAX and sum(len(cell) for cell in cells if isinstance(cell, str)) <= TEXT_MAX
