"""How a process that loads treats its memory."""

import contextlib
import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

KEPT_BYTES: Final = 256 << 20  # the arrays of some chunks, several times
ARRAY_BYTES_MAX: Final = 32 << 20  # larger ones are not of a chunk and go back to the system; glibc takes no more
ARENAS_MAX: Final = 2  # each thread of the pool would keep megabytes of its own: one for the loop, one for all others
OBJECTS_MIN: Final = 100_000  # some ten megabytes of them
LATER_GENERATIONS: Final = (20, 20)  # and after so many such looks at the young ones one at the older, and so again
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of mallopt(3)


class _Loads:
    """How many loads of this process are under way, and what Python's thresholds were before the first of them."""

    running = 0
    before = gc.get_threshold()


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Within, Python looks for garbage in cycles after so many new objects only.

    A batch makes hundreds of thousands of tuples that live as long as the batch and are in no cycle. By its own numbers
    Python looks at them again and again: measured at a fifth of the time of a load of cel.
    """
    if not _Loads.running:
        _Loads.before = gc.get_threshold()
        gc.set_threshold(OBJECTS_MIN, *LATER_GENERATIONS)
    _Loads.running += 1
    try:
        yield
    finally:
        _Loads.running -= 1
        if not _Loads.running:
            gc.set_threshold(*_Loads.before)


@cache
def keep_freed_memory() -> None:
    """Let the C library keep freed arrays instead of giving each back to the system.

    Every chunk needs the same megabytes again. Given back, each page of them is faulted in anew: measured at a third
    of the whole time of a load. Other C libraries than glibc have no such switch and are left as they are.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, ARRAY_BYTES_MAX)
        mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(_ARENA_MAX, ARENAS_MAX)


def forget_failed_load() -> None:
    """Find what a failed load has left in cycles of frames and tasks: slices of it would stay for hours."""
    gc.collect()


def give_memory_back() -> None:
    """Return what was freed to the system, wherever it lies between what is in use: at the end of a phase of a load.

    A load of a quarter frees some 200 MiB between two phases, in pieces that the next phase does not need.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
