"""Rows as the MariaDB text protocol writes them: each field behind its length. Pure.

Rows of files are brought into the same form, so that everything behind the sources sees one form only, and the hash
of a row is the hash of its bytes (a null differs from an empty text, no delimiter can be forged).
"""

from collections.abc import Iterable

NULL = 0xFB
_NULL_BYTE = b"\xfb"
_ONE_BYTE_MAX = 250
_TWO_BYTES_MAX = 0xFFFF
_THREE_BYTES_MAX = 0xFFFFFF
_WIDTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}
_SHORT_LENGTHS = [bytes((n,)) for n in range(_ONE_BYTE_MAX + 1)]


def pack_row(fields: Iterable[bytes | None]) -> bytes:
    """The fields of one row in the form of the protocol."""
    parts: list[bytes] = []
    for field in fields:
        if field is None:
            parts.append(_NULL_BYTE)
            continue
        length = len(field)
        if length <= _ONE_BYTE_MAX:
            parts.append(_SHORT_LENGTHS[length])
        elif length <= _TWO_BYTES_MAX:
            parts.append(b"\xfc" + length.to_bytes(2, "little"))
        elif length <= _THREE_BYTES_MAX:
            parts.append(b"\xfd" + length.to_bytes(3, "little"))
        else:
            parts.append(b"\xfe" + length.to_bytes(8, "little"))
        parts.append(field)
    return b"".join(parts)


def unpack_row(row: bytes) -> list[bytes | None]:
    """The fields of one row; ValueError when its lengths do not add up."""
    fields: list[bytes | None] = []
    at, end = 0, len(row)
    while at < end:
        length = row[at]
        at += 1
        if length == NULL:
            fields.append(None)
            continue
        if length > _ONE_BYTE_MAX:
            width = _WIDTHS[length]
            length = int.from_bytes(row[at : at + width], "little")
            at += width
        fields.append(row[at : at + length])
        at += length
    if at != end:
        raise ValueError("a row ends in the middle of a field")
    return fields


def first_field(row: bytes) -> bytes | None:
    """The first field alone, when it is short: the unit's date, for the pass that only makes digests."""
    length = row[0] if row else NULL
    return None if length > _ONE_BYTE_MAX else row[1 : 1 + length]
