"""Answers cut into packets: by guess where it can be proved, step by step elsewhere, the same however they arrive."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.ivr.rows import pack_row
from services.ivr.sources import packets
from services.ivr.sources.packets import WIDE_PACKET, PacketSplitter

pytestmark = pytest.mark.unit

END = b"\xfe\x00\x00\x02\x00"
ERROR = b"\xff\x6a\x04#HY000boom"


def answer(rows: list[bytes], end: bytes = END) -> bytes:
    """As the server writes it; the sequence number runs on and is no secret of any row."""
    parts: list[bytes] = []
    for row in [*rows, end]:
        for begin in range(0, len(row) + 1, WIDE_PACKET):
            part = row[begin : begin + WIDE_PACKET]
            parts.append(len(part).to_bytes(3, "little") + bytes((len(parts) % 256,)) + part)
            if len(part) < WIDE_PACKET:
                break
    return b"".join(parts)


def read(stream: bytes, sizes: Iterator[int], chunk_bytes: int = 1 << 20) -> list[bytes]:
    """Every row, taken whenever a chunk is full."""
    splitter = PacketSplitter(chunk_bytes)
    rows: list[bytes] = []
    while stream:
        assert not splitter.ended
        size = next(sizes)
        room = splitter.room()
        part = stream[: min(size, len(room))]
        room[: len(part)] = part
        splitter.received(len(part))
        stream = stream[len(part) :]
        if splitter.worth_a_look:
            splitter.look()
        if splitter.full:
            rows += splitter.take()
    splitter.look()
    assert splitter.ended
    assert splitter.error is None
    return rows + list(splitter.take())


fields = st.one_of(st.none(), st.just(b""), st.just(b"\x00\x00\x00\n"), st.binary(max_size=20), st.just(b"x" * 260))
legacy_like = st.lists(fields, min_size=1, max_size=6).map(lambda row: pack_row([b"2025-07-01", *row]))
any_row = st.binary(min_size=1, max_size=40).filter(lambda row: row[0] < 0xFE)


@settings(deadline=None)
@given(
    st.one_of(st.lists(legacy_like, max_size=120), st.lists(any_row, max_size=40)),
    st.lists(st.integers(1, 700), min_size=1, max_size=8),
    st.sampled_from([1, 64, 900, 1 << 20]),
)
@example([b"\n2025-07-01\x00\x00\x05\n1234"] * 40, [9], 64)  # looks like headers inside
@example([b"\xfe" + bytes(8)], [3], 64)  # a row may begin as the end does, but is longer
def test_rows_survive_any_cut(rows: list[bytes], sizes: list[int], chunk_bytes: int) -> None:
    def endless() -> Iterator[int]:
        while True:
            yield from sizes

    assert read(answer(rows), endless(), chunk_bytes) == rows


def test_many_rows_are_guessed_and_wide_ones_walked_over(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [pack_row([b"2025-07-01", str(n).encode() * (n % 9 + 1), None, b""]) for n in range(5_000)]
    rows[100::700] = [pack_row([b"2025-07-01", b"y" * 300])] * len(rows[100::700])
    walked = 0
    walk = PacketSplitter._walk

    def counted(self: PacketSplitter, most: int) -> packets._Walked:
        nonlocal walked
        before = self.rows
        result = walk(self, most)
        walked += self.rows - before
        return result

    monkeypatch.setattr(PacketSplitter, "_walk", counted)
    assert read(answer(rows), iter([1 << 18] * 99), 1 << 16) == rows
    assert walked <= len(rows) // 50


@pytest.mark.parametrize("width", [WIDE_PACKET - 1, WIDE_PACKET, WIDE_PACKET + 1, 2 * WIDE_PACKET])
def test_a_row_of_several_packets_between_narrow_ones(width: int) -> None:
    rows = [b"\x01a", b"\x02" * width, b"\x01b", b"\x03" * (width // 2), b"\x01c"]
    sizes = iter([1 << 18] * 1_000)
    assert [hash(row) for row in read(answer(rows), sizes, 1 << 16)] == [hash(row) for row in rows]


def test_an_error_ends_an_answer_and_says_why() -> None:
    splitter = PacketSplitter()
    stream = answer([b"\x01a"] * 200, ERROR)
    splitter.feed(stream[:-9])
    assert (splitter.ended, splitter.rows) == (False, 200)
    splitter.feed(stream[-9:])
    assert splitter.ended
    assert splitter.error is not None
    assert splitter.error.args == (1130, "boom")


def test_the_end_is_noticed_without_waiting_for_a_chunk() -> None:
    splitter = PacketSplitter()
    stream = answer([b"\x01a"] * 3)
    splitter.room()[: len(stream)] = stream
    splitter.received(len(stream) - 9)
    assert not splitter.worth_a_look
    splitter.received(9)
    assert splitter.worth_a_look
