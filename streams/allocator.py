"""What the C library does with memory that is given back, and Python with what stays."""

from __future__ import annotations

import ctypes
import gc
import os

LARGE_BYTES = 1 << 20
"""Blocks from this size on (pictures, tensors) are mapped one by one. A quarter of it would save little more and cost
page faults at every look [measured]."""
ARENAS = 4
"""Heaps that threads share; a program reads cameras on hundreds of threads, and works on one a core [given]."""
SMALL = {"MALLOC_MMAP_THRESHOLD_": str(64 << 10), "MALLOC_ARENA_MAX": "2"}
"""Environment of a process that only reads: what FFmpeg takes to get to know a stream goes back afterwards."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8


def give_back() -> None:
    """Have glibc return large blocks to the system as soon as they are freed; other libraries are left as they are.

    By itself glibc puts blocks of up to 32 MB into the heaps of its threads once one of that size was freed
    (mallopt(3), M_MMAP_THRESHOLD), where pictures leave holes between what is kept: a program of 24 cameras held
    200 MB of them. What the environment says (`MALLOC_MMAP_THRESHOLD_`, `MALLOC_ARENA_MAX`) is left to stand.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    if "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
    if "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(_M_ARENA_MAX, ARENAS)


def settle() -> None:
    """Take what is there now, code above all, out of the garbage collector's rounds: with the packets of a hundred
    cameras a full one holds every thread up."""
    gc.collect()
    gc.freeze()
