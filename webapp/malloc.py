"""glibc's handling of freed memory."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

#: `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of glibc's <malloc.h>.
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE_BYTES = 1_048_576


@cache
def return_freed_memory() -> bool:
    """Make malloc return freed memory to the system, and use one arena. Return whether it is set.

    By default glibc raises its mmap threshold to the largest freed block (up to 32 MiB). Later blocks of that size then
    come from the arena of the calling thread and stay there: 19 MiB for each thread that compares a password. glibc
    also creates up to eight arenas per core, each with free memory that no other thread uses. Python's global lock lets
    one thread at a time allocate, so one arena is enough (mallopt(3)). Other C libraries need no call.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)) and bool(mallopt(_M_ARENA_MAX, 1))
    return False
