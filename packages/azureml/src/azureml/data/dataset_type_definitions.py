"""Words for how files are read."""

from __future__ import annotations

from enum import Enum

__all__ = ["HistogramCompareMethod", "PromoteHeadersBehavior"]


class PromoteHeadersBehavior(Enum):
    """Which lines are names of columns."""

    NO_HEADERS = 0
    ONLY_FIRST_FILE_HAS_HEADERS = 1
    COMBINE_ALL_FILES_HEADERS = 2
    ALL_FILES_HAVE_SAME_HEADERS = 3


class HistogramCompareMethod(Enum):
    """Kept for code that names one: no profiles are compared here."""

    WASSERSTEIN = 0
    ENERGY = 1
