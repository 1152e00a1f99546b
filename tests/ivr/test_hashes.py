"""Keyed hashes: SipHash-2-4 by its published vectors, rows and callers alike one by one and as columns."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ivr.columns import Block
from services.ivr.keys import NUMBER_BYTES_MAX, Keys
from services.ivr.rowhash import ROW_WORDS_MAX, USUAL_WORDS, RowHash
from services.ivr.siphash import SipHash

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
# Of the reference implementation: key 00..0f; the n-th is the hash of the first n bytes of 00, 01, 02, ...
PUBLISHED = re.findall(
    "[0-9a-f]{16}",
    """
    310e0edd47db6f72 fd67dc93c539f874 5a4fa9d909806c0d 2d7efbd796666785 b7877127e09427cf 8da699cd64557618
    cee3fe586e46c9cb 37d1018bf50002ab 6224939a79f5f593 b0e4a90bdf82009e f3b9dd94c5bb5d7a a7ad6b22462fb3f4
    fbe50e86bc8f1e75 903d84c02756ea14 eef27a8e90ca23f7 e545be4961ca29a1 db9bc2577fcc2a3f 9447be2cf5e99a69
    9cd38d96f0b3c14b bd6179a71dc96dbb 98eea21af25cd6be c7673b2eb0cbf2d0 883ea3e395675393 c8ce5ccd8c030ca8
    94af49f6c650adb8 eab8858ade92e1bc f315bb5bb835d817 adcf6b0763612e2f a5c91da7acaa4dde 716595876650a2a6
    28ef495c53a387ad 42c341d8fa92d832 ce7cf2722f512771 e37859f94623f3a7 381205bb1ab0e012 ae97a10fd434e015
    b4a31508beff4d31 81396229f0907902 4d0cf49ee5d4dcca 5c73336a76d8bf9a d0a704536ba93e0e 925958fcd6420cad
    a915c29bc8067318 952b79f3bc0aa6d4 f21df2e41d4535f9 87577519048f53a9 10a56cf5dfcd9adb eb75095ccd986cd0
    51a9cb9ecba312e6 96afadfc2ce666c7 72fe52975a4364ee 5a1645b276d592a1 b274cb8ebf87870a 6f9bb4203de7b381
    eaecb2a30b22a87f 9924a43cc1315724 bd838d3aafbf8db7 0b1a2a3265d51aea 135079a3231ce660 932b2846e4d70666
    e1915f5cb1eca46c f325965ca16d629f 575ff28e60381be5 724506eb4c328a95
    """,
)
texts = st.lists(st.binary(max_size=40), max_size=30)


def test_siphash_gives_the_published_values() -> None:
    function = SipHash(bytes(range(16)))
    assert [function.one(bytes(range(n))).to_bytes(8, "little").hex() for n in range(len(PUBLISHED))] == PUBLISHED
    block = Block.of([bytes(range(n)) for n in range(len(PUBLISHED))])
    length = block.ends - block.starts
    many = function.many(block.words(block.starts, length, 8), length)
    assert [int(each).to_bytes(8, "little").hex() for each in many] == PUBLISHED


@settings(deadline=None)
@given(st.binary(min_size=16, max_size=16), texts)
def test_siphash_of_a_column_is_that_of_its_values(key: bytes, values: list[bytes]) -> None:
    function = SipHash(key)
    block = Block.of(values)
    length = block.ends - block.starts
    assert function.many(block.words(block.starts, length, 5), length).tolist() == [function.one(v) for v in values]


rows_of_any_width = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.integers(0, 8 * ROW_WORDS_MAX + 40).map(lambda size: bytes(n * 7 % 251 for n in range(size))),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(rows_of_any_width)
def test_rows_are_hashed_alike_one_by_one_and_together(rows: list[bytes]) -> None:
    function = KEYS.rows("s", "t")
    many = function.many(Block.of(rows)).tolist()
    assert [high << 64 | low for low, high in many] == [function.one(row) for row in rows]


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=8 * ROW_WORDS_MAX + 40), st.data())
def test_any_changed_byte_gives_another_hash(row: bytes, data: st.DataObject) -> None:
    function = KEYS.rows("s", "t")
    at = data.draw(st.integers(0, len(row) - 1))
    changed = row[:at] + bytes((row[at] ^ data.draw(st.integers(1, 255)),)) + row[at + 1 :]
    others = {function.one(other) for other in (changed, row[:-1], row + b"\x00", b"\x00" + row)}
    assert function.one(row) not in others


def test_no_two_of_many_rows_that_hardly_differ_meet() -> None:
    rows = [f"2025-07-01 5510{n:06} {'x' * (n % 40)}".encode() for n in range(50_000)]
    rows += [bytes(n) for n in range(8 * USUAL_WORDS + 9)]
    hashes = KEYS.rows("s", "t").many(Block.of(rows))
    assert [len(np.unique(hashes[:, half])) for half in (0, 1)] == [len(rows)] * 2


def test_hashes_look_like_chance() -> None:
    """Each bit of the hash is set in half of some rows that differ in one digit."""
    hashes = KEYS.rows("s", "t").many(Block.of([f"2025-07-01 09:00:00 {n:09}".encode() for n in range(20_000)]))
    bits = np.unpackbits(np.ascontiguousarray(hashes).view(np.uint8).reshape(len(hashes), -1), axis=1)
    assert abs(bits.mean(axis=0) - 0.5).max() < 0.025  # seven standard deviations


def test_another_secret_table_or_source_gives_other_hashes() -> None:
    row = b"a row of a table"
    functions = [KEYS.rows("s", "t"), KEYS.rows("s", "u"), KEYS.rows("r", "t"), Keys(bytes(32)).rows("s", "t")]
    assert len({function.one(row) for function in functions}) == len(functions)
    assert RowHash(b"1" * 32).one(row) != RowHash(b"2" * 32).one(row)


numbers = st.one_of(
    st.binary(max_size=24),
    st.from_regex(rb" ?\+?[0-9]{1,16} ?", fullmatch=True),
    st.just(b"5" * (NUMBER_BYTES_MAX + 1)),
)


@settings(deadline=None)
@given(st.lists(numbers, max_size=30))
def test_callers_are_hashed_alike_one_by_one_and_together(values: list[bytes]) -> None:
    assert KEYS.caller_ids(values) == [KEYS.caller_id(value) for value in values]


def test_a_remembered_caller_keeps_his_id_and_does_not_become_that_of_another_key() -> None:
    first, again = KEYS.caller_id(b"5512345678"), KEYS.caller_id(b" 5512345678 ")
    assert first == again
    assert Keys(bytes(range(1, 33))).caller_id(b"5512345678") != first
