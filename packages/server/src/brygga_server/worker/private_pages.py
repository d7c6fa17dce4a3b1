"""Shared pages made this process's own, where they lie."""

import mmap
import os

_MAYMOVE, _FIXED = 1, 2  # of mremap


def make_private(address: int, size: int) -> None:
    """Put private memory with the same content in the place of shared pages.

    Whatever points there stays valid. Raises `OSError` where that is not possible.

    Args:
        address: Where the first page begins.
        size: In bytes; the last page is taken as a whole.
    """
    try:
        import ctypes
    except ImportError as error:
        raise OSError("this interpreter has no ctypes") from error

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
    length = ctypes.c_size_t(-(-size // mmap.PAGESIZE) * mmap.PAGESIZE)
    failed = ctypes.c_void_p(-1).value
    kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    copy = libc.mmap(None, length, mmap.PROT_READ | mmap.PROT_WRITE, kind, -1, ctypes.c_long(0))
    if copy == failed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    ctypes.memmove(copy, address, size)
    flags = _MAYMOVE | _FIXED
    moved = libc.mremap(ctypes.c_void_p(copy), length, length, flags, ctypes.c_void_p(address))
    if moved == failed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
