"""Names in rows of a PBX: cleaned of telephones, remembered, refused when they are none. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from services.ivr.charset import readable
from services.ivr.keys import Keys, mask

NAME_CHARS_MAX: Final = 256  # the widest name column of upstream's tables
REMEMBERED_MAX: Final = 100_000  # channels come and go; contexts, queues and applications are few
NULL_WORDS: Final = frozenset({"NULL", "\\N"})  # what exports write for null

_UNIQUE_ID: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9_.-]*-)?([0-9]{9,10})\.[0-9]+")
# `PJSIP/1115-0000012a`: what the PBX appends to tell channels apart. A telephone of eight digits begins with no 0.
_CHANNEL_SUFFIX: Final = re.compile(r"-(?:[0-9a-f]{1,6}|0[0-9a-f]{7}|(?=[0-9a-f]*[a-f])[0-9a-f]{8})(?:;[12])?$")


class BadRow(ValueError):  # noqa: N818 - reads as what it is
    """The row cannot be used; the text is the reason of its reject."""


class Names:
    """The names of one stream."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._names: dict[str, str] = {}
        self._channels: dict[str, str] = {}

    def name(self, raw: str) -> str:
        """The name without spaces around it and without a telephone in it; empty when there is none."""
        name = self._names.get(raw)
        if name is None:
            name = _remember(self._names, raw, self._keys.text_without_numbers(_readable(raw)))
        return name

    def unique_id(self, raw: str) -> str:
        """A unique id as it is: it begins with an epoch of ten digits, which is no telephone."""
        text = _readable(raw)
        return text if _UNIQUE_ID.fullmatch(text) else self._keys.text_without_numbers(text)

    def channel(self, raw: str) -> str:
        """A channel: what the PBX appended stays, a telephone before it goes."""
        name = self._channels.get(raw)
        if name is None:
            text = _readable(raw)
            suffix = _suffix(text)
            kept = text.removesuffix(suffix) if suffix else text
            name = _remember(self._channels, raw, self._keys.text_without_numbers(kept) + suffix)
        return name

    def interface(self, raw: str) -> str:
        """What a channel belongs to: `PJSIP/2001` of PJSIP/2001-0000012a."""
        text = _readable(raw)
        return self._keys.text_without_numbers(text.removesuffix(_suffix(text) or "\x00"))


def epoch_of(unique_id: str) -> int | None:
    """The moment at which the channel of a unique id was made."""
    found = _UNIQUE_ID.fullmatch(unique_id)
    return None if found is None else int(found[1])


def masked_row(row: Mapping[str, str] | str) -> str:
    """The row as a person may see it; its position finds the original."""
    text = row if isinstance(row, str) else "; ".join(f"{name}={value}" for name, value in row.items() if value)
    return mask(readable(text.encode("utf-8", "surrogateescape")).rstrip())


def _readable(raw: str) -> str:
    text = raw.strip()
    if len(text) > NAME_CHARS_MAX:
        raise BadRow(f"a name is longer than {NAME_CHARS_MAX} characters")
    return readable(text.encode("utf-8", "surrogateescape"))


def _suffix(text: str) -> str:
    found = _CHANNEL_SUFFIX.search(text)
    return "" if found is None else found[0]


def _remember(known: dict[str, str], raw: str, name: str) -> str:
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[raw] = name
    return name
