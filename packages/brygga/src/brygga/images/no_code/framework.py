"""What a model was made with, as its files and its registration say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from brygga.environments import Environment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb
from brygga.images.no_code import scoring_script
from brygga.models import Model, ModelCollection
from brygga.models.pickles import Pickled

_REGISTERED = {
    "scikitlearn": "scikit-learn", "sklearn": "scikit-learn", "onnx": "onnx", "xgboost": "xgboost",
    "lightgbm": "lightgbm",
}  # fmt: skip
_BOOSTERS = {"xgboost.core:Booster": "xgboost", "lightgbm.basic:Booster": "lightgbm"}
_HEAD = 256


def script_of_model(given: Model | str | Path, models: ModelCollection) -> tuple[Path, Environment]:
    """The script that scores a model, and the environment it needs.

    Raises:
        InvalidInputError: nothing says what it was made with, or there is no script for that.
    """
    model = models.get(given) if isinstance(given, str) else given
    pickled = models.pickled([model])
    version = None if isinstance(model, Path) else model.framework_version
    return scoring_script(framework_of(model, models, pickled), version, pickled)


def framework_of(model: Model | Path, models: ModelCollection, pickled: Sequence[Pickled]) -> str:
    """The framework that scores a model.

    Args:
        models: Knows its files.
        pickled: What the pickles among them hold.

    Raises:
        InvalidInputError: nothing says so, or it is of one that is not served without a script.
    """
    registered = None if isinstance(model, Path) else model.framework
    files = list(models.files(model))
    if len(files) != 1:
        name = model.name
        raise _needs_script(name, f"it has {len(files)} files")
    path, name = files[0]
    found = framework_of_file(path, name, pickled[0] if pickled else None)
    if found is None and registered is not None:
        word = registered.lower().replace("-", "").replace("_", "").replace(" ", "")
        return _REGISTERED.get(word, registered)
    if found is None:
        raise _needs_script(Path(name).name, "its file is none that is known")
    return found


def framework_of_file(path: Path, name: str, pickled: Pickled | None) -> str | None:
    """The framework that scores a model of one file; None where nothing says so.

    Args:
        path: Where it is.
        name: What it is called, where that is not its path's name.
        pickled: What it holds, where it is a pickle.

    Raises:
        InvalidInputError: it is of one that is not served without a script.
    """
    return _of_head(path, name) if pickled is None else _of_pickle(name, pickled)


def _of_pickle(name: str, pickled: Pickled) -> str:
    if pickled.of_main:
        classes = ", ".join(pickled.of_main)
        raise _needs_script(
            name, f"it was pickled with {classes} of the program itself, which no module has"
        )
    if pickled.root in _BOOSTERS:
        return _BOOSTERS[pickled.root]
    if any(module.partition(".")[0] == "sklearn" for module in pickled.modules):
        return "scikit-learn"
    top = (pickled.root or "").partition(":")[0].partition(".")[0]
    if top in ("xgboost", "lightgbm"):
        return "scikit-learn"  # their estimators have its methods
    raise _needs_script(name, f"it holds a {pickled.root or 'list or the like'}")


def _of_head(path: Path, name: str) -> str | None:
    """By how files of the frameworks' own begin."""
    if name.endswith(".onnx"):
        return "onnx"
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"tree\nversion="):
        return "lightgbm"
    return "xgboost" if head.startswith(b"{") and b"learner" in head else None


def _needs_script(name: str, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The model {name} cannot be served without a script: {why}.",
        code=ErrorCode.FRAMEWORK_WITHOUT_SCRIPT,
        hint=Hint.of(
            "Write one with init() and run(data), and give it with {}.",
            Argument(Verb.DEPLOY, "entry_script"),
        ),
    )
