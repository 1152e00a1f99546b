"""Events of one call become the steps of its caller through the menus. Pure.

A step begins where a dialplan names a menu (CELGenUserEvent) or asks for keys (Background, Read, WaitExten), and ends
with the first thing its channel does elsewhere. The order of events is known per channel only, so each channel is told
by itself. A call can be handed in parts and in any batches: it is told again whenever an event of it arrives.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from services.ivr.cdr import hash64, micros
from services.ivr.cel import APP_START, CALL_OVER, PRESSED, USER_DEFINED, CelEvent
from services.ivr.keys import Keys

Ended = Literal[
    "digit", "typed", "timeout", "invalid", "repeated", "moved", "queue", "dialled", "voicemail", "connected",
    "hung_up", "open",
]  # fmt: skip

CLOSED_KEPT_S: Final = (
    600  # LINKEDID_END is the last event of a call; what a transaction held back comes within minutes
)
OPEN_KEPT_S: Final = 86_400  # a call of before a restart never closes; nobody is in a menu for a day
PROMPTS: Final = frozenset({"background", "backgrounddetect", "speechbackground"})
QUESTIONS: Final = frozenset({"read", "waitexten"})
ONWARD: Final[dict[str, Ended]] = {"queue": "queue", "dial": "dialled", "voicemail": "voicemail"}
BY_EXTEN: Final[dict[str, Ended]] = {
    **dict.fromkeys(("t", "T"), "timeout"),
    **dict.fromkeys(("i", "e"), "invalid"),
    "h": "hung_up",
}
BEGINNINGS: Final = frozenset({USER_DEFINED, APP_START})
HANG_UPS: Final = frozenset({"HANGUP", "CHAN_END", CALL_OVER})
_NULL: Final = b"\xff"
_NO_TEXT: Final = "\x1e"
_HEAD: Final = struct.Struct(">qqiq")


class Step(NamedTuple):
    """One stay in one menu."""

    step_id: int
    caller_id: int
    linked_id: str
    unique_id: str
    number: int
    at: float
    left_at: float | None
    context: str | None
    exten: str | None
    menu: str
    app: str
    digit: str | None
    ended: Ended


@dataclass(slots=True)
class _Stay:
    """A step while its channel is followed."""

    event: CelEvent
    menu: str
    app: str
    digit: str | None
    asked: bool
    ended: Ended = "open"
    left_at: float | None = None

    def leave(self, how: Ended, at: float) -> None:
        self.ended, self.left_at = how, at


def tell(events: Sequence[CelEvent], source: str, keys: Keys) -> list[Step]:
    """The steps of one linkedid, from all of its events in any order."""
    ordered = sorted(events, key=lambda event: (event.at, event.stream, event.position))
    channels: dict[str, list[_Stay]] = {}
    for event in ordered:
        _follow(channels.setdefault(event.unique_id, []), event)
    over = next((event.at for event in ordered if event.kind == CALL_OVER), None)
    stays = [stay for stays in channels.values() for stay in stays]
    stays.sort(key=lambda stay: (stay.event.at, stay.event.stream, stay.event.position))
    caller = next((event.caller_id for event in ordered if event.caller_id), 0)
    for stay in stays:
        if over is not None and stay.ended == "open":
            stay.leave("hung_up", max(over, stay.event.at))
    return [_step(stay, number, caller, source, keys) for number, stay in enumerate(stays, 1)]


def _follow(stays: list[_Stay], event: CelEvent) -> None:
    """What one event says about the channel's stays so far."""
    stay = stays[-1] if stays and stays[-1].ended == "open" else None
    if stay is None and event.kind not in BEGINNINGS:
        return
    if event.kind == USER_DEFINED and stay is not None and _answers(event):
        stay.digit = event.digit
        stay.leave("digit", event.at)
        return
    begins = _begins(event)
    if stay is not None and begins is not None and _goes_on(stay, event):
        stay.asked = stay.asked or event.app.casefold() in QUESTIONS
        return
    if stay is not None and (how := _left(stay, event, begins)) is not None:
        if how == "digit":
            stay.digit = event.exten
        stay.leave(how, event.at)
    if begins is not None:
        stays.append(begins)


def _begins(event: CelEvent) -> _Stay | None:
    if event.kind == USER_DEFINED:
        stay = _Stay(event, event.menu or event.app or USER_DEFINED, event.app, event.digit, asked=True)
        if event.digit is not None:
            stay.leave("digit", event.at)
        return stay
    if event.kind == APP_START and ((app := event.app.casefold()) in PROMPTS or app in QUESTIONS):
        place = event.context if event.exten in {"", "s"} else f"{event.context},{event.exten}"
        return _Stay(event, place or event.app, event.app, None, asked=app in QUESTIONS)
    return None


def _answers(event: CelEvent) -> bool:
    """A dialplan that tells the menu first and the key in an event of its own."""
    return event.digit is not None and not event.menu


def _goes_on(stay: _Stay, event: CelEvent) -> bool:
    """More prompts, or the wait for keys after them: the same stay as long as it has not asked yet."""
    prompted = stay.event.kind == APP_START and event.kind == APP_START and not stay.asked
    return prompted and _same_place(stay, event) and event.app.casefold() != "read"


def _left(stay: _Stay, event: CelEvent, begins: _Stay | None) -> Ended | None:
    """How this event ends the stay; None when it does not."""
    if event.kind in HANG_UPS:
        return "hung_up"
    if not _same_place(stay, event):
        how = _moved(stay, event)
        onward = ONWARD.get(event.app.casefold()) if event.kind == APP_START else None
        return onward if how == "moved" and onward is not None else how
    if begins is not None:
        return "repeated" if begins.menu == stay.menu else "moved"
    if event.kind == APP_START:
        return ONWARD.get(event.app.casefold())
    return "connected" if event.kind == "BRIDGE_ENTER" else None


def _same_place(stay: _Stay, event: CelEvent) -> bool:
    """Events that carry no place say nothing about a move."""
    if not event.context and not event.exten:
        return True
    return (event.context, event.exten) == (stay.event.context, stay.event.exten)


def _moved(stay: _Stay, event: CelEvent) -> Ended:
    if event.exten in BY_EXTEN:
        return BY_EXTEN[event.exten]
    if event.context != stay.event.context or (not event.exten[:1].isdigit() and event.exten[:1] not in {"*", "#"}):
        return "moved"
    return "digit" if PRESSED.fullmatch(event.exten) else "typed"


def _step(stay: _Stay, number: int, caller: int, source: str, keys: Keys) -> Step:
    event = stay.event
    return Step(
        step_id=keys.text_id("step", source, event.linked_id, event.unique_id, event.stream, str(event.position)),
        caller_id=caller,
        linked_id=event.linked_id,
        unique_id=event.unique_id,
        number=number,
        at=event.at,
        left_at=stay.left_at,
        context=event.context or None,
        exten=event.exten or None,
        menu=stay.menu,
        app=stay.app,
        digit=stay.digit,
        ended=stay.ended,
    )


def step_hash(step: Step) -> int:
    """Everything a step says, as 64 bits: the bytes that ivr.call_step_hashes makes in PostgreSQL."""
    context, exten, digit = (_NO_TEXT if each is None else each for each in (step.context, step.exten, step.digit))
    words = (step.linked_id, step.unique_id, context, exten, step.menu, step.app, digit, step.ended)
    head = _HEAD.pack(step.step_id, step.caller_id, step.number, micros(step.at))
    left = _NULL if step.left_at is None else struct.pack(">q", micros(step.left_at))
    return hash64(head + left + "\x1f".join(words).encode())


@dataclass(slots=True)
class _Call:
    events: list[CelEvent]
    last_at: float
    closed: bool
    before: frozenset[Step] = frozenset()  # what is published of it
    stored: int = 0  # how many of its events are kept in PostgreSQL

    def over(self, now: float) -> bool:
        """Nothing that comes now belongs to this call any more."""
        return now - self.last_at > (CLOSED_KEPT_S if self.closed else OPEN_KEPT_S)

    def add(self, event: CelEvent) -> None:
        self.events.append(event)
        self.last_at = max(self.last_at, event.at)
        if event.kind == CALL_OVER:
            self.closed = True


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch changes: steps that are no more and steps to write; calls to forget, then events to keep."""

    gone: list[Step]
    steps: list[Step]
    forgotten: list[str]
    kept: list[CelEvent]


class CallsInMenus:
    """The calls that one batch touches, with their events of earlier batches."""

    def __init__(self, source: str, keys: Keys, newest_at: float | None, kept: Iterable[CelEvent] = ()) -> None:
        self._source = source
        self._keys = keys
        self._calls: dict[str, _Call] = {}
        self._touched: set[str] = set()
        self._left: list[tuple[_Call, list[Step]]] = []  # calls that the batch itself outlived
        self.newest_at = newest_at
        for event in kept:
            self._calls.setdefault(event.linked_id, _Call([], event.at, closed=False)).add(event)
        for call in self._calls.values():
            call.before = frozenset(self._tell(call))
            call.stored = len(call.events)

    def add(self, event: CelEvent) -> None:
        """Take one event, in the order of its stream."""
        now, call = self.newest_at, self._calls.get(event.linked_id)
        # Where a batch ends must not matter: a call that a shorter batch would have let go of is let go of here.
        if call is not None and now is not None and call.over(now):
            self._left.append((self._calls.pop(event.linked_id), self._tell(call)))
            call = None
        if call is None:
            call = self._calls[event.linked_id] = _Call([], event.at, closed=False)
        call.add(event)
        self._touched.add(event.linked_id)
        if now is None or event.at > now:
            self.newest_at = event.at

    def changes(self) -> Changes:
        """To be asked once, at the end of the batch."""
        told = [*self._left, *((self._calls[key], self._tell(self._calls[key])) for key in sorted(self._touched))]
        gone, steps = [], []
        for call, after in told:
            places = {_place(step) for step in after}
            gone += [step for step in call.before if _place(step) not in places or step not in after]
            steps += [step for step in after if step not in call.before]
        now = self.newest_at
        kept = [
            event
            for key in sorted(self._touched)
            if now is not None and not self._calls[key].over(now)
            for event in self._calls[key].events[self._calls[key].stored :]
        ]
        forgotten = sorted({call.events[0].linked_id for call, _ in self._left if call.stored})
        return Changes(gone, steps, forgotten, kept)

    def _tell(self, call: _Call) -> list[Step]:
        return tell(call.events, self._source, self._keys)


def is_over(events: Iterable[CelEvent], now: float) -> bool:
    """Whether nothing that comes now belongs to the call of these events any more; SQL prunes by the same rule."""
    known = list(events)
    closed = any(event.kind == CALL_OVER for event in known)
    return now - max(event.at for event in known) > (CLOSED_KEPT_S if closed else OPEN_KEPT_S)


def _place(step: Step) -> tuple[int, float, int]:
    """The key of a step in PostgreSQL."""
    return step.caller_id, step.at, step.step_id
