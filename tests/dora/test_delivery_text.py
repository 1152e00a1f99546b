"""An answer as Markdown: whatever a commit or a log says, it stays within its cell."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora.delivery import targets
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Deployment, History, Incident, Window
from services.dora.delivery.quality import quality
from services.dora.delivery.text import duration, markdown

pytestmark = pytest.mark.unit

DAY = 86_400.0
WINDOW = Window(since=0, until=30 * DAY, as_of=60 * DAY)


def written(made: list[Deployment], told: list[Incident]) -> str:
    found = measure(History({}), made, told, window=WINDOW)
    about: dict[str, Any] = {"scope": "repository", "source": "tags:v*"}
    wanted = targets.report(targets.targets(None, told, WINDOW), None)
    return markdown(
        {**about, "data_quality": quality(History({}), found, {}), **report(found), "quality_targets": wanted}
    )


@given(st.text(min_size=1, max_size=20))
def test_text_from_elsewhere_neither_ends_its_cell_nor_becomes_markup(name: str) -> None:
    made = [Deployment(id=f"x{name}", at=DAY, version="1")]
    text = written(made, [Incident(id=name, detected_at=2 * DAY, caused_by="1")])
    section = text.partition("## Evidence of failures")[2].partition("## Left out")[0]
    rows = [line for line in section.split("\n") if line]
    assert len(rows) == 3
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", rows[2])) == 5
    assert not re.search(r"(?<!\\)(?:\\\\)*[<`]", rows[2])


def test_what_is_not_known_reads_as_no_data_and_never_as_zero() -> None:
    rows = [line for line in written([], []).split("\n") if re.match(r"\| [a-z_]+ \| (?!value|wanted)", line)]
    assert len(rows) == 5 + 4  # metrics and targets
    assert all("| no data: " in row for row in rows)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 seconds"), (89, "89 seconds"), (90, "1.5 minutes"), (5_400, "1.5 hours"), (172_800, "2 days")],
)
def test_durations_are_told_in_a_unit_that_a_person_reads(seconds: float, told: str) -> None:
    assert duration(seconds) == told
