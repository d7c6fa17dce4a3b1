"""The packages that only the demo needs."""

from __future__ import annotations

from importlib.util import find_spec

from brygga.error_codes import ErrorCode
from brygga.errors import PackagingError
from brygga.hints import Hint, Shell

_MODULES = {"numpy": "numpy", "sklearn": "scikit-learn", "matplotlib": "matplotlib"}


def require() -> None:
    """Checks that they are here, without importing them.

    Raises:
        PackagingError: some are not.
    """
    missing = [package for module, package in _MODULES.items() if find_spec(module) is None]
    if missing:
        raise PackagingError(
            f"The demo needs {', '.join(missing)}, not installed here.",
            code=ErrorCode.EXTRA_NOT_INSTALLED,
            hint=Hint.of("Install what it needs: {}", Shell(("pip", "install", "brygga[demo]"))),
        )
