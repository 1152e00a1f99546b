"""Keeps Python from looking for cycles among a hundred thousand tuples of text, which hold none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection within: a third of the time of reading a long history went into it.

    It is a switch of the whole process, so it is for scripts, which do one thing and end, and never for a service.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
