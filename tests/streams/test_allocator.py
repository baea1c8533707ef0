"""Freed pictures go back to the system, and what the installation says about that stands."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes
from streams import allocator

class Told(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks mapped bytes usm fsm used free top".split()]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Told
allocator.give_back()
large = bytearray(20 << 20)
del large
before = libc.mallinfo2().mapped
picture = bytearray(3 << 20)
print(libc.mallinfo2().mapped - before)
"""


def mapped(**environment: str) -> int:
    """How many blocks of their own a picture takes in a program that has freed a larger one."""
    if not hasattr(ctypes.CDLL(None), "mallinfo2"):
        pytest.skip("the C library is not glibc 2.33 or later, so it does not tell")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**kept, **environment}, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_a_picture_is_mapped_alone_so_that_it_leaves_no_hole() -> None:
    assert mapped() == 1


def test_what_the_environment_says_stands() -> None:
    assert mapped(MALLOC_MMAP_THRESHOLD_=str(30 << 20)) == 0
