"""Scoring scripts for models of a framework, so that they need none of their own."""

from __future__ import annotations

from pathlib import Path

from brygga.environments import Environment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

_PACKAGES = {
    "scikit-learn": ("scikit-learn", ("joblib", "numpy", "pandas", "scipy")),
    "onnx": ("onnxruntime", ("numpy",)),
}
_SCRIPTS = {"scikit-learn": "score_sklearn.py", "onnx": "score_onnx.py"}


def scoring_script(framework: str, version: str | None = None) -> tuple[Path, Environment]:
    """The script for a framework's models, and the environment it needs.

    Args:
        framework: `scikit-learn` or `onnx`.
        version: Of scikit-learn, as the model was made with it; the version of the ONNX format
            says nothing about the runtime's.

    Raises:
        InvalidInputError: there is no script for that framework.
    """
    if framework not in _SCRIPTS:
        raise InvalidInputError(
            f"There is no scoring script for {framework!r}.",
            code=ErrorCode.FRAMEWORK_WITHOUT_SCRIPT,
            hint=f"There is one for {' and for '.join(_SCRIPTS)}; write your own with init() "
            "and run().",
        )
    main, others = _PACKAGES[framework]
    pinned = f"{main}=={version}" if version and framework == "scikit-learn" else main
    script = Path(__file__).parent / _SCRIPTS[framework]
    return script, Environment.from_packages([pinned, *others])
