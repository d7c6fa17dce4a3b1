"""Another Python, where pins have no wheel for the one an environment would be made for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

HasWheels = Callable[[Sequence[str], str], bool | None]
"""Whether all of these pins have a wheel for a Python; None where the index does not tell."""

_MINORS = range(8, 15)
"""Of Python 3: what scoring works with."""


@dataclass(frozen=True)
class OtherPython:
    """A Python that has wheels for pins that the present one lacks.

    Attributes:
        lacking: The pins, as `name==version`.
        present: X.Y of the one that lacks them.
        minor: X.Y of the other.
        is_here: Whether it is on this machine; else it can be downloaded.
    """

    lacking: tuple[str, ...]
    present: str
    minor: str
    is_here: bool

    @property
    def problem(self) -> str:
        """What is missing, as the beginning of a sentence."""
        names = ", ".join(pin.replace("==", " ").removesuffix(".*") for pin in self.lacking)
        has = "has" if len(self.lacking) == 1 else "have"
        return f"{names} {has} no wheel for Python {self.present}"

    @property
    def way_out(self) -> str:
        """Which Python has what is missing."""
        who = "it has" if len(self.lacking) == 1 else "they have"
        where = "which is here" if self.is_here else "which can be downloaded"
        return f"{who} for {self.minor}, {where}"


def other_python(
    pins: Sequence[str],
    present: str,
    *,
    here: Callable[[], Sequence[str]],
    may_download: bool,
    has_wheels: HasWheels,
) -> OtherPython | None:
    """The Python nearest to the present one that has wheels for all pins; one that is here first.

    Args:
        present: X.Y or X.Y.Z, as all of them.
        here: Finds those on this machine.

    Returns:
        None where the present one has them, no other has, or the index does not tell.
    """
    if not pins or has_wheels(pins, present) is not False:
        return None
    lacking = [pin for pin in pins if has_wheels([pin], present) is False]
    number = _number(present)
    at_hand = {_number(each): each for each in here() if _number(each) in _MINORS}
    more = {n: f"3.{n}" for n in _MINORS if n not in at_hand} if may_download else {}
    for found in (at_hand, more):
        for minor in sorted(found, key=lambda n: (abs(n - number), -n)):
            if minor == number:
                continue
            fits = has_wheels(lacking, found[minor])
            if fits is None:
                return None
            if fits:
                return OtherPython(tuple(lacking), f"3.{number}", f"3.{minor}", found is at_hand)
    return None


def pins_of(packages: Sequence[str], installed: Mapping[str, str]) -> list[str]:
    """What is pinned to one version, less what is installed at that very version.

    Args:
        packages: As an `Environment` has them.
        installed: Where the environment is for the same interpreter; else empty.
    """
    found = []
    for package in packages:
        try:
            requirement = Requirement(package.partition(" --hash")[0])
        except InvalidRequirement:
            continue  # a wheel or a folder
        exact = [s.version for s in requirement.specifier if s.operator == "=="]
        if exact and installed.get(canonicalize_name(requirement.name)) != exact[0]:
            found.append(f"{requirement.name}=={exact[0]}")
    return found


def _number(version: str) -> int:
    """The minor of a Python 3; 0 of any other."""
    major, minor, *_ = (*version.split("."), "0")
    return int(minor) if major == "3" and minor.isdigit() else 0
