"""A bounded cache whose entries die by age. Pure: the clock is the caller's."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TtlCache(Generic[Key, Value]):
    """Keeps each value for `ttl_s`; beyond `entries_max` the entry put in first goes."""

    def __init__(self, *, ttl_s: float, entries_max: int) -> None:
        self._ttl_s = ttl_s
        self._entries_max = entries_max
        self._entries: dict[Key, tuple[float, Value]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key, now: float) -> Value | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= now:
            del self._entries[key]
            return None
        return entry[1]

    def expires_at(self, key: Key) -> float:
        """When this value dies; -inf when it is not there."""
        entry = self._entries.get(key)
        return float("-inf") if entry is None else entry[0]

    def put(self, key: Key, value: Value, now: float) -> None:
        if self._ttl_s <= 0:
            return
        self._entries.pop(key, None)
        if len(self._entries) >= self._entries_max:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (now + self._ttl_s, value)

    def drop(self, key: Key) -> None:
        self._entries.pop(key, None)

    def drop_where(self, doomed: Callable[[Key, Value], bool]) -> None:
        for key in [key for key, (_, value) in self._entries.items() if doomed(key, value)]:
            del self._entries[key]

    def clear(self) -> None:
        self._entries.clear()
