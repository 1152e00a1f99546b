"""The chain without a database: whatever one byte is changed, it is found, and where."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sessions import csvfile
from services.sessions.anchors import AnchorFile
from services.sessions.audit_chain import (
    BREAKS_MAX,
    Anchor,
    Link,
    Walk,
    compare,
    forged_line,
    genesis,
    next_hash,
    parse_anchors,
    signed,
)
from shared.formulas import FORMULA_STARTS

pytestmark = pytest.mark.unit

CHAIN = "5b0c1e9e-0000-4000-8000-000000000000"
KEY = b"k" * 32


def chain_of(texts: list[str]) -> list[Link]:
    links, before = [], genesis(CHAIN)
    for position, text in enumerate(texts, start=1):
        before = next_hash(before, text)
        links.append(Link(position, 100 + position, before, text))
    return links


def walk(links: list[Link]) -> list[tuple[str, int | None]]:
    found = Walk(0, genesis(CHAIN))
    found.follow(links)
    return [(each.kind, each.position) for each in found.breaks]


TEXTS = st.lists(st.text(max_size=8), min_size=1, max_size=12)


@given(TEXTS)
def test_an_untouched_chain_holds(texts: list[str]) -> None:
    assert walk(chain_of(texts)) == []


@given(TEXTS, st.data())
@pytest.mark.requirement("RF-028")
def test_a_changed_event_is_found_at_its_place(texts: list[str], data: st.DataObject) -> None:
    links = chain_of(texts)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = Link(at + 1, 101 + at, links[at].hash, f"{texts[at]}x")
    assert walk(links) == [("CHANGED", at + 1)]


@given(TEXTS, st.data())
def test_a_missing_event_is_found_at_its_place(texts: list[str], data: st.DataObject) -> None:
    links = chain_of(texts)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = Link(at + 1, 101 + at, links[at].hash, None)
    assert walk(links) == [("EVENT_MISSING", at + 1)]


@given(st.lists(st.text(max_size=8), min_size=2, max_size=12), st.data())
def test_a_missing_link_is_found_at_its_place(texts: list[str], data: st.DataObject) -> None:
    links = chain_of(texts)
    at = data.draw(st.integers(0, len(links) - 2))
    del links[at]
    assert walk(links) == [("SEAL_MISSING", at + 1)]


@given(TEXTS, st.data())
def test_any_order_but_the_right_one_is_found(texts: list[str], data: st.DataObject) -> None:
    links = chain_of(texts)
    shuffled = data.draw(st.permutations(links))
    assert (walk(list(shuffled)) == []) is (shuffled == links)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=12), st.integers(0, 13))
def test_any_split_into_pages_finds_the_same(texts: list[str], at: int) -> None:
    links = chain_of(texts)
    links[len(links) // 2] = Link(len(links) // 2 + 1, 7, b"x" * 32, "y")
    whole, parts = Walk(0, genesis(CHAIN)), Walk(0, genesis(CHAIN))
    whole.follow(links)
    parts.follow(links[:at])
    parts.follow(links[at:])
    assert parts == whole


def test_breaks_are_not_collected_without_end() -> None:
    found = Walk(0, genesis(CHAIN))
    found.follow(Link(n, n, b"x" * 32, None) for n in range(1, 1_000))
    assert len(found.breaks) == BREAKS_MAX


def anchors(*positions: int) -> list[Anchor]:
    made: list[Anchor] = []
    for position in positions:
        plain = Anchor(CHAIN, position, f"{position:064x}", "2026-01-01T00:00:00+00:00")
        made.append(signed(plain, KEY, made[-1].mac if made else ""))
    return made


def hashes(*positions: int) -> dict[int, bytes]:
    return {position: bytes.fromhex(f"{position:064x}") for position in positions}


@pytest.mark.parametrize(
    ("chain", "head", "known", "expected"),
    [
        (CHAIN, 300, hashes(100, 200, 300), []),
        (CHAIN, 250, hashes(100, 200), [("CUT", 251)]),
        (CHAIN, 300, {**hashes(100, 300), 200: b"x" * 32}, [("ANCHOR_DIFFERS", 101)]),
        (CHAIN, 300, {**hashes(200, 300), 100: b"x" * 32}, [("ANCHOR_DIFFERS", 1)]),
        ("another", 300, hashes(100, 200, 300), [("OTHER_CHAIN", 100)]),
        (CHAIN, 0, {}, [("CUT", 1)]),
    ],
)
def test_anchors_show_what_a_chain_alone_does_not(
    chain: str, head: int, known: dict[int, bytes], expected: list[tuple[str, int]]
) -> None:
    found = compare(anchors(100, 200, 300), chain=chain, head=head, hashes=known)
    assert [(each.kind, each.position) for each in found] == expected


@given(st.data())
def test_a_forged_or_missing_line_is_found(data: st.DataObject) -> None:
    lines = anchors(*range(1, 8))
    at = data.draw(st.integers(0, 5))
    forged = list(lines)
    if data.draw(st.booleans()):
        del forged[at]
    else:
        forged[at] = Anchor(CHAIN, 99, lines[at].hash, lines[at].at, lines[at].mac)
    assert forged_line(lines, KEY) is None
    assert forged_line(forged, KEY) == at + 1
    assert forged_line(lines, b"another key") == 1


def test_the_file_keeps_what_it_was_given_and_only_goes_forward(tmp_path: Path) -> None:
    file = AnchorFile(tmp_path / "audit" / "anchors.jsonl", KEY)
    assert file.read() is None
    assert file.last() is None
    for position in (5, 9, 9, 3):
        file.append(Anchor(CHAIN, position, "aa", "then"))
    found = file.read()
    assert found is not None
    assert ([anchor.position for anchor in found[0]], found[1]) == ([5, 9], None)
    assert forged_line(found[0], KEY) is None
    assert file.last() == found[0][-1]
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_half_a_line_of_a_crash_goes_and_a_forged_one_does_not(tmp_path: Path) -> None:
    file = AnchorFile(tmp_path / "anchors.jsonl", KEY)
    file.append(Anchor(CHAIN, 5, "aa", "then"))
    with file.path.open("a") as half:
        half.write('{"chain": "5b')
    assert file.last() is not None
    file.append(Anchor(CHAIN, 9, "bb", "later"))
    found = file.read()
    assert found is not None
    assert ([anchor.position for anchor in found[0]], found[1]) == ([5, 9], None)
    assert forged_line(found[0], KEY) is None
    assert parse_anchors("nonsense\n") == ([], 1)
    assert parse_anchors('{"chain": 1}\n') == ([], 1)


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(), st.text()), min_size=1, max_size=4), max_size=4))
def test_csv_never_begins_a_cell_with_a_formula(rows: list[list[object]]) -> None:
    for row in rows:
        for value in row:
            text = csvfile.cell(value)
            assert isinstance(value, int) or not text.startswith(FORMULA_STARTS)
            assert text.replace("'", "") == ("" if value is None else str(value)).replace("'", "")
    assert csvfile.lines([["a", None, 'b"c']]) == 'a,,"b""c"\r\n'
