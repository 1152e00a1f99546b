"""What is kept of a question: the same result for the same question, and nothing of one that carries much."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.analytics.catalog import Catalog, catalog
from services.analytics.kept import KEPT_MAX, TEXT_MAX, VALUES_MAX, kept
from services.analytics.question import Filter, Question

pytestmark = pytest.mark.unit

QUESTION = Question(
    kind="legacy",
    metrics=("calls",),
    since=datetime(2025, 7, 1, tzinfo=UTC),
    until=datetime(2025, 8, 1, tzinfo=UTC),
    zone="UTC",
)


class Counted:
    def __init__(self) -> None:
        self.times = 0
        self.made = kept(self.make)

    def make(self, _: Catalog, question: Question, factor: int = 1) -> int:
        self.times += 1
        return len(question.metrics) * factor


def filtered(*values: str) -> Question:
    return replace(QUESTION, filters=(Filter("menu", "in", values),))


def test_a_question_asked_again_is_worked_out_once_until_it_is_forgotten() -> None:
    counted = Counted()
    assert [counted.made(catalog(), replace(QUESTION)) for _ in range(3)] == [1, 1, 1]
    assert counted.times == 1
    assert counted.made(catalog(), QUESTION, 2) == 2
    assert counted.made(catalog(), filtered("VACIO")) == 1
    assert counted.times == 3
    counted.made.forget()
    counted.made(catalog(), QUESTION)
    assert counted.times == 4


@pytest.mark.parametrize(
    ("question", "times"),
    [
        (filtered(*(str(n) for n in range(VALUES_MAX))), 1),
        (filtered(*(str(n) for n in range(VALUES_MAX + 1))), 2),
        (filtered("x" * TEXT_MAX), 1),
        (filtered("x" * TEXT_MAX, "x"), 2),
        (replace(QUESTION, after=("x" * (TEXT_MAX + 1),)), 2),
    ],
)
def test_what_carries_much_is_worked_out_each_time(question: Question, times: int) -> None:
    counted = Counted()
    for _ in range(2):
        counted.made(catalog(), question)
    assert counted.times == times


def test_only_the_last_questions_are_kept() -> None:
    counted = Counted()
    for limit in range(KEPT_MAX + 1):
        counted.made(catalog(), replace(QUESTION, limit=limit + 1))
    counted.made(catalog(), replace(QUESTION, limit=1))
    assert counted.times == KEPT_MAX + 2
