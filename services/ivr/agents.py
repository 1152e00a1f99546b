"""When an agent was signed in and paused, from the events of one agent in the order in which they happened. Pure.

A restart ends a login that lives on a channel. Members of queues survive it (`persistentmembers`) unless they are
added again afterwards: then they had gone with it. Only a later event tells, so such a span ends in hindsight.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, assert_never

from services.ivr.queue_events import RESTART, AgentEvent

Kind = Literal["signed_in", "paused"]
ADDED_PAUSED = "PAUSED"


class Span(NamedTuple):
    """queue '' is all queues. `settled_at` is when the event that ended it came: after `until` in hindsight."""

    agent: str
    queue: str
    kind: Kind
    reason: str
    since: float
    until: float | None = None
    settled_at: float | None = None


@dataclass(slots=True)
class _Open:
    since: float
    reason: str = ""
    on_channel: bool = False
    restarted_at: float | None = None  # since then nothing has shown that it still lasts


@dataclass(slots=True)
class _Agent:
    name: str
    signed_in: dict[str, _Open] = field(default_factory=dict)
    paused: dict[str, _Open] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)

    def begin(self, kind: Kind, queue: str, begun: _Open) -> None:
        spans = self._spans_of(kind)
        spans.setdefault(queue, begun)

    def end(self, kind: Kind, queue: str, at: float, settled_at: float | None = None) -> bool:
        last = self._spans_of(kind).pop(queue, None)
        if last is not None:
            until = max(at, last.since)
            self.spans.append(Span(self.name, queue, kind, last.reason, last.since, until, settled_at or at))
        return last is not None

    def end_pauses(self, queues: Iterable[str], at: float, settled_at: float | None = None) -> None:
        for queue in list(queues):
            self.end("paused", queue, at, settled_at)

    def _spans_of(self, kind: Kind) -> dict[str, _Open]:
        match kind:
            case "signed_in":
                return self.signed_in
            case "paused":
                return self.paused
            case _:
                assert_never(kind)


def spans_of(agent: str, events: Iterable[AgentEvent]) -> list[Span]:
    """The spans of one agent from its events and the restarts between them, open ones too."""
    state = _Agent(agent)
    for event in sorted(events, key=lambda event: (event.at, event.stream, event.position)):
        if event.verb == RESTART:
            _restart(state, event.at)
        else:
            _apply(state, event)
    for kind, spans in (("signed_in", state.signed_in), ("paused", state.paused)):
        for queue, last in spans.items():
            state.spans.append(
                Span(agent, queue, "signed_in" if kind == "signed_in" else "paused", last.reason, last.since)
            )
    return sorted(state.spans, key=lambda span: (span.since, span.kind, span.queue))


def _restart(state: _Agent, at: float) -> None:
    for queue, span in list(state.signed_in.items()):
        if span.on_channel:
            state.end("signed_in", queue, at)
            _leave(state, queue, at)
        elif span.restarted_at is None:
            span.restarted_at = at


def _apply(state: _Agent, event: AgentEvent) -> None:
    match event.verb:
        case "ADDMEMBER" | "AGENTLOGIN" | "AGENTCALLBACKLOGIN":
            _sign_in(state, event)
        case "REMOVEMEMBER":
            state.end("signed_in", event.queue, event.at)
            _leave(state, event.queue, event.at)
        case "AGENTLOGOFF" | "AGENTCALLBACKLOGOFF":
            _sign_off(state, event)
        case "PAUSE" | "PAUSEALL":
            _pause(state, event)
        case _:
            _resume(state, event)


def _sign_in(state: _Agent, event: AgentEvent) -> None:
    queue = event.queue if event.verb == "ADDMEMBER" else ""
    before = state.signed_in.get(queue)
    if before is not None and before.restarted_at is not None:
        # Added again: it did not survive the restart, and neither did its pause.
        state.end("signed_in", queue, before.restarted_at, event.at)
        state.end("paused", queue, before.restarted_at, event.at)
    state.begin("signed_in", queue, _Open(event.at, on_channel=event.verb == "AGENTLOGIN"))
    if event.verb == "ADDMEMBER" and event.reason == ADDED_PAUSED:
        state.begin("paused", queue, _Open(event.at))


def _sign_off(state: _Agent, event: AgentEvent) -> None:
    if not state.end("signed_in", "", event.at) and event.signed_in_s is not None:
        # The login was never seen, but the log says how long it lasted.
        since = event.at - event.signed_in_s
        state.spans.append(Span(state.name, "", "signed_in", "", since, event.at, event.at))
    _leave(state, "", event.at)


def _leave(state: _Agent, queue: str, at: float) -> None:
    """Whoever has left a queue is not paused in it; whoever has left all is not paused at all."""
    state.end("paused", queue, at)
    if not state.signed_in:
        state.end_pauses(state.paused, at)


def _pause(state: _Agent, event: AgentEvent) -> None:
    _seen(state, event.queue)
    before = state.paused.get(event.queue)
    if before is not None and before.reason != event.reason:
        state.end("paused", event.queue, event.at)
    state.begin("paused", event.queue, _Open(event.at, event.reason))


def _resume(state: _Agent, event: AgentEvent) -> None:
    _seen(state, event.queue)
    if event.queue == "":
        state.end_pauses(state.paused, event.at)
        return
    state.end("paused", event.queue, event.at)
    if set(state.paused) == {""}:
        state.end("paused", "", event.at)  # PAUSEALL, then back queue by queue: nothing of it is left


def _seen(state: _Agent, queue: str) -> None:
    """Who pauses or resumes after a restart was still signed in."""
    for each in [queue] if queue else list(state.signed_in):
        if each in state.signed_in:
            state.signed_in[each].restarted_at = None
