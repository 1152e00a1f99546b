"""Freed arrays stay with the process until it gives them back, where the C library has the switches."""

import ctypes
import gc
import subprocess
import sys

import pytest

from services.ivr.memory import collecting_rarely, give_memory_back, keep_freed_memory

pytestmark = pytest.mark.unit

# Faults of pages while an array of two megabytes is made and freed again and again.
PROGRAM = """
import resource, sys
import numpy as np
from services.ivr.memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
np.ones(1 << 18)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    blocks = [np.ones(1 << 18) for _ in range(4)]
    del blocks
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

FREED_BETWEEN_WHAT_STAYS = """
import numpy as np
from services.ivr.memory import collecting_rarely, give_memory_back, keep_freed_memory

def resident():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) >> 10

keep_freed_memory()
arrays = [np.ones(1 << 17) for _ in range(256)]  # of a mebibyte each
del arrays[:250:2]
before = resident()
give_memory_back()
print(before - resident(), sum(int(each.sum()) >> 17 for each in arrays))
"""

# How often Python looks for garbage while a batch's tuples are made.
LOOKS = """
import gc, sys
from contextlib import ExitStack
from services.ivr.memory import collecting_rarely

def looks():
    return sum(each["collections"] for each in gc.get_stats())

with ExitStack() as within:
    if sys.argv[1] == "rarely":
        within.enter_context(collecting_rarely())
    before = looks()
    batch = [(number, [number]) for number in range(45_000)]
    print(looks() - before)
"""


def faults(mode: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, mode], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_arrays_of_the_next_chunk_are_not_faulted_in_again() -> None:
    assert faults("kept") < 5_000 < faults("given back")


def test_what_a_batch_makes_is_not_looked_at_again_and_again() -> None:
    looks = [
        int(subprocess.run([sys.executable, "-c", LOOKS, how], check=True, capture_output=True, text=True).stdout)
        for how in ("rarely", "as ever")
    ]
    assert looks[0] <= 1
    assert looks[1] > 50


def test_the_last_of_several_loads_leaves_python_as_it_was() -> None:
    before = gc.get_threshold()
    with collecting_rarely():
        rarely = gc.get_threshold()
        with pytest.raises(ZeroDivisionError), collecting_rarely():
            raise ZeroDivisionError
        assert gc.get_threshold() == rarely != before
    assert gc.get_threshold() == before


def test_other_libraries_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed, and nothing is raised."""
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    keep_freed_memory.__wrapped__()
    give_memory_back()


@pytest.mark.skipif(sys.platform != "linux", reason="what is resident is read from /proc")
def test_memory_that_was_freed_between_other_memory_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREED_BETWEEN_WHAT_STAYS], capture_output=True, text=True, check=True)
    given_back_mib, still_there = map(int, done.stdout.split())
    assert given_back_mib > 100
    assert still_there == 131
