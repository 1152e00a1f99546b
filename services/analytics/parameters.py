"""The bound parameters of a statement: everything in it that comes from outside. Pure."""

from typing import Any

from services.analytics.question import Question

COMPARISONS = {"lt": "<", "lte": "<="}


class Parameters:
    """The arguments of a statement; binding the same value twice gives the same `$n`."""

    def __init__(self) -> None:
        self._bound: dict[tuple[str, Any], int] = {}

    def bind(self, value: Any, sql_type: str) -> str:
        # bool and int are equal in Python (True == 1), so the type is part of the key.
        position = self._bound.setdefault((sql_type, value), len(self._bound) + 1)
        return f"${position}::{sql_type}"

    def fill(self, template: str, question: Question) -> str:
        """An expression of a route with its `{names}` replaced by parameters."""
        level = question.service_level
        for name, value, sql_type in (
            ("zone", question.zone, "text"),
            ("threshold_s", level.threshold_s, "float8"),
            ("short_abandon_s", level.short_abandon_s, "float8"),
        ):
            marker = "{" + name + "}"
            if marker in template:
                template = template.replace(marker, self.bind(value, sql_type))
        return template.replace("{comparison}", COMPARISONS[level.comparison])

    @property
    def arguments(self) -> tuple[Any, ...]:
        return tuple(list(value) if isinstance(value, tuple) else value for _, value in self._bound)
