"""Freed arrays stay with the process, where the C library has the switch."""

import ctypes
import subprocess
import sys

import pytest

from services.ivr.memory import keep_freed_memory

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


def faults(mode: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, mode], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_arrays_of_the_next_chunk_are_not_faulted_in_again() -> None:
    assert faults("kept") < 5_000 < faults("given back")


def test_other_libraries_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed, and nothing is raised."""
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    keep_freed_memory.__wrapped__()
