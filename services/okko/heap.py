"""How this process keeps the memory of frames: ready for the next one, in place of giving it back to the system."""

import contextlib
import ctypes

# As glibc's malloc.h numbers them; see mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

KEPT_FREE_BYTES = 64 * 1024 * 1024
MAPPED_FROM_BYTES = 32 * 1024 * 1024
"""The greatest that glibc takes. A block from here on, a raw frame of ten megapixels, is mapped alone each time."""


def keep_for_reuse() -> None:
    """Have glibc keep up to 64 MB of freed memory; call it before the first thread. Nothing happens elsewhere.

    By its own rules it gives a picture's memory back after each part and gets it again, page by page: 640 page faults
    for a picture of 640 x 480, which were a quarter of the camera agent's work. One arena, since those of threads are
    small, and given back whole.
    """
    with contextlib.suppress(OSError, AttributeError):  # a C library that is not glibc
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, KEPT_FREE_BYTES)
