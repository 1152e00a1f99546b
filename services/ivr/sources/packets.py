"""An answer of MariaDB, cut into packets without looking at them one by one. Pure.

Bytes stay where they were received: a chunk of rows is a piece of memory, and where its rows begin and end. Where
packets lie is guessed from the form of their headers and then proved: each must end where the next begins. Where the
proof fails packets are walked over one by one until it holds again.
"""

import struct
from enum import Enum, auto
from typing import Final

import numpy as np
import pymysql

from services.ivr.columns import PAD, Block, Bytes, Ints

CHUNK_BYTES: Final = 1 << 20  # some ten thousand rows
RECEIVE_BYTES: Final = 1 << 18  # room for what the socket holds
HEADER_BYTES: Final = 4  # three of length, one of sequence
_HEADER: Final = struct.Struct("<I")
WIDE_PACKET: Final = 0xFFFFFF  # a row goes on in the next packet
WALK_MAX: Final = 64  # packets; then the guess is asked again
_EOF_PACKET, _ERROR_PACKET = 0xFE, 0xFF
_EOF_LENGTH_MAX: Final = 9
_EOF_BYTES: Final = 9  # with its header
_EOF_FIRST, _EOF_KIND = b"\x05", b"\xfe"


class PacketSplitter:
    """Takes bytes in by `room` and `received` (or `feed`), gives rows out by `take`."""

    def __init__(self, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._chunk_bytes = chunk_bytes
        self.ended = False
        self.error: pymysql.err.OperationalError | None = None
        self._filled = 0
        self._at = 0  # the next packet's header
        self._needed = chunk_bytes
        self._buffer = bytearray()
        self._begin(b"")

    @property
    def full(self) -> bool:
        return self._filled >= self._chunk_bytes and self.rows > 0

    @property
    def worth_a_look(self) -> bool:
        """As much as a chunk is there and the row that was cut off last time, or what may be the answer's end."""
        if self._filled >= self._needed:
            return True
        tail = self._buffer[max(self._filled - _EOF_BYTES, 0) : self._filled]
        return tail[:1] == _EOF_FIRST and tail[HEADER_BYTES:][:1] == _EOF_KIND

    def room(self) -> memoryview:
        """Where the next bytes belong."""
        if len(self._buffer) - PAD - self._filled < RECEIVE_BYTES:
            self._buffer = self._buffer + bytes(len(self._buffer))  # a row wider than a chunk
        return memoryview(self._buffer)[self._filled : len(self._buffer) - PAD]

    def received(self, size: int) -> None:
        self._filled += size

    def feed(self, data: bytes) -> None:
        for begin in range(0, len(data), RECEIVE_BYTES):
            part = data[begin : begin + RECEIVE_BYTES]
            self.room()[: len(part)] = part
            self.received(len(part))
        self.look()

    def look(self) -> None:
        """Find the rows in what was received; sets `ended` and `error`."""
        chain: _Chain | None = None
        while not self.ended:
            chain = chain or _Chain(np.frombuffer(self._buffer, dtype=np.uint8)[: self._filled], self._at)
            found = chain.proved(self._at)
            if found.stop > found.start:
                self._add(chain.places[found] + HEADER_BYTES, chain.ends[found])
                self._at = int(chain.ends[found.stop - 1])
            walked = self._walk(1 if found.stop - found.start > WALK_MAX else WALK_MAX)
            if walked is _Walked.CUT_OFF:
                return
            if walked is _Walked.JOINED:
                chain = None  # what lies behind the joined row has moved

    def take(self) -> Block:
        """The rows found. Bytes of the next one begin the next chunk."""
        none = np.zeros(0, dtype=np.int64)
        starts, ends = np.concatenate([none, *self._starts]), np.concatenate([none, *self._ends])
        buffer = self._buffer
        self._begin(buffer[self._at : self._filled])
        return Block(buffer, starts, ends)

    def _begin(self, rest: bytes | bytearray) -> None:
        self._buffer = bytearray(max(self._chunk_bytes, len(rest)) + RECEIVE_BYTES + PAD)
        self._buffer[: len(rest)] = rest
        self._filled = len(rest)
        self._at = 0
        self._needed = self._chunk_bytes
        self._starts: list[Ints] = []
        self._ends: list[Ints] = []
        self.rows = 0  # found and not taken yet

    def _add(self, starts: Ints, ends: Ints) -> None:
        self._starts.append(starts)
        self._ends.append(ends)
        self.rows += len(starts)

    def _walk(self, packets: int) -> "_Walked":
        """Step over some packets one by one."""
        buffer, at, end = self._buffer, self._at, self._filled
        header = _HEADER.unpack_from
        starts: list[int] = []
        stops: list[int] = []
        result = _Walked.ON
        for _ in range(packets):
            begin = at + HEADER_BYTES
            length = header(buffer, at)[0] & WIDE_PACKET if begin <= end else 0
            stop = begin + length
            if stop > end:
                self._needed = max(stop, self._chunk_bytes)
                result = _Walked.CUT_OFF
                break
            if length == WIDE_PACKET:
                stop = self._joined(begin)
                result = _Walked.JOINED if stop else _Walked.CUT_OFF
                if not stop:
                    break
            elif length and buffer[begin] >= _EOF_PACKET and self._special(bytes(buffer[begin:stop])):
                self.ended = True
                break
            starts.append(begin)
            stops.append(stop)
            at = stop
            if result is _Walked.JOINED:
                break
        self._at = at
        if starts:
            self._add(np.array(starts, dtype=np.int64), np.array(stops, dtype=np.int64))
        return result

    def _joined(self, begin: int) -> int:
        """A row above 16 MiB comes in several packets; the first one shorter than that is its last. Its end, or 0."""
        headers = []
        at, length = begin - HEADER_BYTES, WIDE_PACKET
        while length == WIDE_PACKET:
            at += HEADER_BYTES + WIDE_PACKET
            headers.append(at)
            length = int.from_bytes(self._buffer[at : at + 3], "little")
            stop = at + HEADER_BYTES + length
            if stop > self._filled:
                self._needed = max(stop, self._chunk_bytes)
                return 0
        for at in reversed(headers):
            self._buffer[at : self._filled - HEADER_BYTES] = self._buffer[at + HEADER_BYTES : self._filled]
            self._filled -= HEADER_BYTES
        return stop - HEADER_BYTES * len(headers)

    def _special(self, packet: bytes) -> bool:
        """Whether a packet that begins like one ends the answer; a row may begin so too."""
        if packet[0] == _EOF_PACKET:
            return len(packet) < _EOF_LENGTH_MAX
        text = packet[9:] if packet[3:4] == b"#" else packet[3:]
        code = int.from_bytes(packet[1:3], "little")
        self.error = pymysql.err.OperationalError(code, text.decode("utf-8", "replace"))
        return True


class _Walked(Enum):
    ON = auto()
    CUT_OFF = auto()  # the next packet is not there whole
    JOINED = auto()


class _Chain:
    """Places that look like headers of packets below 256 bytes that begin as the first one does."""

    def __init__(self, text: Bytes, at: int) -> None:
        self.places: Ints = np.zeros(0, dtype=np.int64)
        if len(text) - at > HEADER_BYTES and text[at + HEADER_BYTES] < _EOF_PACKET:
            zero = text[at:] == 0
            places = np.flatnonzero(zero[1:-3] & zero[2:-2]) + at
            self.places = places[(text[places + HEADER_BYTES] == text[at + HEADER_BYTES]) & (text[places] != 0)]
        self.ends: Ints = self.places + HEADER_BYTES + text[self.places]
        self._size = len(text)
        self._breaks = np.flatnonzero(self.places[1:] != self.ends[:-1])

    def proved(self, at: int) -> slice:
        """The places from `at` on that are headers for sure, because each is where the packet before it ends."""
        first = int(np.searchsorted(self.places, at))
        if first == len(self.places) or self.places[first] != at:
            return slice(first, first)
        following = int(np.searchsorted(self._breaks, first))
        last = int(self._breaks[following]) if following < len(self._breaks) else len(self.places) - 1
        while last >= first and self.ends[last] > self._size:
            last -= 1
        return slice(first, last + 1)
