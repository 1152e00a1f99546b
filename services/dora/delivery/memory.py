"""Keeps Python from looking for cycles among a hundred thousand tuples of text, which hold none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection within: a third of the time of reading a long history went into it.

    It is a switch of the whole process. Where two threads are within, the first to have come switches it on again,
    which costs the other time and nothing else.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
