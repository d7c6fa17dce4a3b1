"""The Python on this machine that comes nearest to one that is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from brygga.environments.interpreters import calling, found_versions

_OLDEST = 8
"""Of Python 3: scoring works with nothing older."""


def nearest_python(version: str, *, oldest: int = _OLDEST) -> str:
    """X.Y of the interpreter here that is nearest to `version`, as X.Y or X.Y.Z.

    That very one where it is here; of two that are as near, the newer. Nothing is downloaded.

    Args:
        oldest: Of Python 3: the oldest that can be used for what it is for.
    """
    wanted = _minor(version)
    if f"3.{wanted}" == calling().minor:
        return calling().minor
    here = {_minor(found) for found in (*found_versions(), calling().version)}
    return f"3.{_nearest(wanted, here, oldest)}"


def _nearest(wanted: int, found: Iterable[int], oldest: int) -> int:
    usable = [minor for minor in found if minor >= oldest]
    return min(usable, key=lambda minor: (abs(minor - wanted), -minor))


def _minor(version: str) -> int:
    major, _, rest = version.partition(".")
    number = rest.partition(".")[0]
    if major != "3":
        return 0 if major.isdigit() and int(major) < 3 else 99
    return int(number) if number.isdigit() else _minor(calling().version)
