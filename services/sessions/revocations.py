"""Who has just lost a right, told to every gateway that listens: one stream of lines over HTTP, with a heartbeat.

PostgreSQL tells every instance at commit (LISTEN/NOTIFY, sent by triggers). A heartbeat is sent only after the
listening connection has answered a question, so a reader may rely on it: as long as lines come, nothing was missed;
when they stop, it must not trust what it remembers. After an interruption the first thing told is `all`.
"""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType

import asyncpg

from shared.errors import Unavailable
from shared.loops import Rounds
from shared.postgres import CONNECT_TIMEOUT_S
from shared.settings import DatabaseSettings

CHANNEL = "iact_revocations"
HEARTBEAT_S = 0.25
ANSWER_S = 0.5  # a listening connection that is slower than this is taken for dead: a half-open one never says so
RECONNECT_S = 0.25
LINES_WAITING_MAX = 1_000  # a reader that is further behind is told to begin anew, by closing its stream
SUBSCRIBERS_MAX = 64  # gateway processes
ALL = b'{"type": "all"}\n'


class StreamUnavailable(Unavailable):
    """Revocations cannot be followed at this moment; ask about each request until they can."""


class Subscription:
    """One reader's queue."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, line: bytes | None) -> None:
        """Add a line (None: the end); a reader that is too far behind loses all of them and the stream."""
        if line is not None and self._lines.qsize() < LINES_WAITING_MAX:
            self._lines.put_nowait(line)
            return
        while not self._lines.empty():
            self._lines.get_nowait()
        self._lines.put_nowait(None)

    async def lines(self) -> AsyncIterator[bytes]:
        while (line := await self._lines.get()) is not None:
            yield line


class Hub:
    """Listens to the database and passes on to the readers of this instance."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._subscriptions: set[Subscription] = set()
        self._closing = False
        self.listening = False
        self._rounds = Rounds("revocations")

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """A subscription whose first line is a heartbeat. StreamUnavailable when there would be none."""
        if not self.listening or self._closing or len(self._subscriptions) >= SUBSCRIBERS_MAX:
            raise StreamUnavailable(retry_after_s=1)
        subscription = Subscription()
        subscription.put(heartbeat())
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def run_forever(self) -> None:
        """Listen until cancelled, again and again; whatever was missed in between is covered by `all`."""
        while True:
            try:
                with self._rounds:
                    await self._listen()
            finally:
                self.listening = False
            await asyncio.sleep(RECONNECT_S)

    def close(self) -> None:
        """End every stream: a server that shuts down waits for them."""
        self._closing = True
        self._tell(None)

    async def _listen(self) -> None:
        conn = await asyncpg.connect(**self._settings.connect_arguments(), timeout=CONNECT_TIMEOUT_S)
        try:
            await conn.add_listener(CHANNEL, self._heard)
            self._tell(ALL)
            self.listening = True
            while True:
                # The answer comes after every notification that was committed before the question.
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with the answer.
                async with asyncio.timeout(ANSWER_S):
                    await conn.execute("SELECT 1")
                self._tell(heartbeat())
                self._rounds.well()
                await asyncio.sleep(HEARTBEAT_S)
        finally:
            conn.terminate()

    def _heard(self, _conn: object, _pid: int, _channel: str, payload: object) -> None:
        self._tell(f"{payload}\n".encode())

    def _tell(self, line: bytes | None) -> None:
        for subscription in self._subscriptions:
            subscription.put(line)


def heartbeat() -> bytes:
    return json.dumps({"type": "heartbeat", "at": datetime.now(UTC).isoformat()}).encode() + b"\n"


@contextmanager
def closed_on_signal(hub: Hub) -> Iterator[None]:
    """End the streams as soon as the process is told to stop; whoever handled the signal before still does."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(hub.close)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    installed = []
    for number, handler in before.items():
        # Outside the main thread (tests), and where nobody handles the signal, its default must stay.
        with suppress(ValueError):
            if callable(handler):
                signal.signal(number, stop)
                installed.append(number)
    try:
        yield
    finally:
        for number in installed:
            if signal.getsignal(number) is stop:
                signal.signal(number, before[number])
