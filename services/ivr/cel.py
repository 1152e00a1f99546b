"""Events of a PBX's cel: what a row says about one channel at one moment. Pure.

No telephone leaves this module: callers become keyed ids, other numbers keyed words, and of the keys that a caller
pressed no more than a menu asks for.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.ivr.clock import LocalClock
from services.ivr.keys import Keys
from services.ivr.names import NULL_WORDS, BadRow, Names, epoch_of

USER_DEFINED: Final = "USER_DEFINED"
APP_START: Final = "APP_START"
CALL_OVER: Final = "LINKEDID_END"
KINDS: Final = frozenset(
    {
        *("CHAN_START", "CHAN_END", "ANSWER", "HANGUP", APP_START, "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT"),
        *("BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE", "CONF_ENTER", "CONF_EXIT", "CONF_START", "CONF_END"),
        *("PARK_START", "PARK_END", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "PICKUP", "FORWARD"),
        *("LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END", "DTMF", "3WAY_START", "3WAY_END"),
        *("HOOKFLASH", CALL_OVER, USER_DEFINED),
    }
)
KEYS_MAX: Final = 2  # a menu asks for one key or two; more is an account, a secret or a telephone, and is not kept
PRESSED: Final = re.compile(rf"[0-9*#A-D]{{1,{KEYS_MAX}}}")

_EPOCH: Final = re.compile(r"[0-9]{9,10}(?:\.[0-9]*)?")
_PARTS: Final = re.compile(r"[,;|]")
_KEYS: Final = re.compile(r"[0-9*#]+|[A-D]")


class CelEvent(NamedTuple):
    """One row. `menu` and `digit` are what a dialplan said by CELGenUserEvent; its event's name stands as `app`."""

    stream: str
    position: int
    at: float
    kind: str
    linked_id: str
    unique_id: str
    caller_id: int = 0
    context: str = ""
    exten: str = ""
    app: str = ""
    menu: str = ""
    digit: str | None = None


class CelReader:
    """Makes events of one stream's rows. `places` says which of our columns stands where in a row."""

    def __init__(self, *, keys: Keys, clock: LocalClock, stream: str, places: Mapping[str, int]) -> None:
        self.keys = keys
        self.clock = clock
        self.stream = stream
        self.places = places
        self.names = Names(keys)
        self._callers: dict[str, int] = {}

    def read(self, position: int, row: Sequence[str]) -> CelEvent:
        """BadRow when it has no time, no type or no channel, a NUL in it, or a name that is none."""
        values = {name: ("" if row[at] in NULL_WORDS else row[at]) for name, at in self.places.items()}
        if any("\x00" in value for value in values.values()):
            raise BadRow("the row contains a NUL byte")
        names = self.names
        unique_id = names.unique_id(values["uniqueid"])
        linked_id = names.unique_id(values["linkedid"]) or unique_id
        if not linked_id:
            raise BadRow("the event names no channel")
        kind = values["eventtype"].strip()
        if not kind or kind.isdigit():
            raise BadRow("the type of the event is missing, or a number where the PBX should write a name")
        named = kind.upper() in KINDS
        if named and kind.upper() != USER_DEFINED:
            app, menu, digit = names.name(values["appname"]), "", None
        else:
            app, menu, digit = self.said(values, "" if named else kind)
        return CelEvent(
            self.stream,
            position,
            self._moment(values["eventtime"], epoch_of(unique_id)),
            kind.upper() if named else USER_DEFINED,
            linked_id,
            unique_id or linked_id,
            self._caller(values.get("cid_num", "")),
            names.name(values["context"]),
            names.name(values["exten"]),
            app,
            menu,
            digit,
        )

    def said(self, values: Mapping[str, str], shown: str = "") -> tuple[str, str, str | None]:
        """The name of a user event, the menu and the key that it tells: `menu,key`, a menu, a key alone, or nothing.

        The text is in `extra`, by older versions in `appdata`; a PBX may be set to show the event's name as its type.
        """
        event = values.get("userdeftype", "").strip() or shown
        text = _extra(values.get("extra", "")) or values.get("appdata", "").strip()
        said = [part.strip() for part in _PARTS.split(text)]
        if said[0] == event and len(said) > 1:  # appdata repeats all arguments of CELGenUserEvent
            said = said[1:]
        menu = "" if _KEYS.fullmatch(said[0]) else said[0]
        digit = next((part for part in said if PRESSED.fullmatch(part)), None)
        return self.names.name(event or USER_DEFINED), self.names.name(menu), digit

    def _moment(self, text: str, made: int | None) -> float:
        at = self.not_before(made, text)
        if at is None:
            raise BadRow("the time of the event cannot be read")
        return at

    def not_before(self, made: float | None, text: str) -> float | None:
        """An epoch, or a local time with or without a fraction; a channel has no event before it was made."""
        text = text.strip()
        if _EPOCH.fullmatch(text):
            return float(text)
        at = self.clock.epoch_after(text.encode("ascii", "replace"), made)
        fraction = text[len("2025-07-01 09:00:00") :]
        return None if at is None else at + float(f"0{fraction}" if len(fraction) > 1 else 0)

    def _caller(self, number: str) -> int:
        caller = self._callers.get(number)
        if caller is None:
            if len(self._callers) >= _CALLERS_REMEMBERED_MAX:
                self._callers.clear()
            caller = self._callers[number] = self.keys.caller_id(number.encode("utf-8", "surrogateescape"))
        return caller


_CALLERS_REMEMBERED_MAX: Final = 10_000  # a call's events stand near one another


def _extra(text: str) -> str:
    """What CELGenUserEvent was given: bare, or wrapped in JSON by newer versions."""
    text = text.strip()
    if not text.startswith("{"):
        return text
    try:
        wrapped = json.loads(text)
    except ValueError:
        return text
    said = wrapped.get("extra", "") if isinstance(wrapped, dict) else ""
    return said.strip() if isinstance(said, str) else ""
