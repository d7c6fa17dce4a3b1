"""Versions of NumPy that old releases cannot be imported with, though they do not say so."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

_NUMPY = (
    # np.float and its like went with 1.24.
    ("scikit-learn", "<1.0", "numpy<1.24"),
    # Wheels that were built for the binary interface of NumPy 1.
    ("onnxruntime", "<1.19", "numpy<2"),
    ("pandas", "<2.2.2", "numpy<2"),
    ("scikit-learn", "<1.4.2", "numpy<2"),
    ("torch", "<2.3", "numpy<2"),
)


def numpy_bounds(packages: Sequence[str]) -> list[str]:
    """Constraints that let pinned packages be imported; none where NumPy itself is bounded.

    Args:
        packages: As an `Environment` has them.
    """
    pinned: dict[str, str] = {}
    for package in packages:
        try:
            requirement = Requirement(package.partition(" --hash")[0])
        except InvalidRequirement:
            continue
        name = canonicalize_name(requirement.name)
        if name == "numpy" and requirement.specifier:
            return []
        for each in requirement.specifier:
            if each.operator == "==":
                pinned[name] = each.version.removesuffix(".*")
    return [
        bound
        for name, versions, bound in _NUMPY
        if name in pinned and SpecifierSet(versions, prereleases=True).contains(pinned[name])
    ]
