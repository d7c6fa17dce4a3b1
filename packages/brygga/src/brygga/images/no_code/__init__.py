"""Scoring scripts for models of a framework, so that they need none of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from brygga.environments import Environment
from brygga.environments.imports import Reached
from brygga.environments.script_packages import packages_of
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb
from brygga.models.pickles import Pickled

_PACKAGES = {
    "scikit-learn": ("scikit-learn", ("joblib", "numpy", "pandas", "scipy")),
    "onnx": ("onnxruntime", ("numpy",)),
    "xgboost": ("xgboost", ("numpy", "pandas", "scipy")),
    "lightgbm": ("lightgbm", ("numpy", "pandas", "scipy")),
}
_SCRIPTS = {
    "scikit-learn": "score_sklearn.py",
    "onnx": "score_onnx.py",
    "xgboost": "score_xgboost.py",
    "lightgbm": "score_lightgbm.py",
}
SCORING_SCRIPTS = frozenset(_SCRIPTS.values())
"""Names of the scripts, by which a service that was deployed without one is known."""


def scoring_script(
    framework: str, version: str | None = None, pickled: Sequence[Pickled] = ()
) -> tuple[Path, Environment]:
    """The script for a framework's models, and the environment it needs.

    Args:
        framework: `scikit-learn`, `onnx`, `xgboost` or `lightgbm`.
        version: Of the framework, as the model was made with it; the version of the ONNX format
            says nothing about the runtime's.
        pickled: What the model's pickles hold: what else they need is taken along, and the version
            that they were made with where none is given.

    Raises:
        InvalidInputError: there is no script for that framework.
    """
    if framework not in _SCRIPTS:
        raise InvalidInputError(
            f"There is no scoring script for {framework!r}.",
            code=ErrorCode.FRAMEWORK_WITHOUT_SCRIPT,
            hint=Hint.of(
                f"There is one for {', '.join(_SCRIPTS)}; write your own with init() and "
                "run(data), and give it with {}.",
                Argument(Verb.DEPLOY, "entry_script"),
            ),
        )
    main, others = _PACKAGES[framework]
    version = version or next((p.versions[main] for p in pickled if main in p.versions), None)
    pinned = f"{main}=={version}" if version and framework != "onnx" else main
    script = Path(__file__).parent / _SCRIPTS[framework]
    needed = packages_of(Reached((), ()), pickled, None)
    named = {canonicalize_name(each) for each in (main, *others)}
    more = [p for p in needed.packages if canonicalize_name(p.partition("==")[0]) not in named]
    return script, Environment.from_packages([pinned, *others, *more])
