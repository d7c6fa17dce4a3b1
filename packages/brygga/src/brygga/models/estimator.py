"""A fitted model in memory becomes a file."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb
from brygga.models.model import Model
from brygga.store.files import scratch_folder


@runtime_checkable
class Estimator(Protocol):
    """What can be saved and served without more being said: scikit-learn's kind of model."""

    def predict(self, rows: object, /) -> object:
        """A prediction for each row."""


@contextmanager
def in_files(
    models: Sequence[Model | str | Path | Estimator],
) -> Iterator[Sequence[Model | str | Path]]:
    """Models, those in memory as files that are there for the moment.

    Raises:
        InvalidInputError: one that is in memory cannot be made a file.
    """
    if isinstance(models, str | Path | Model) or not isinstance(models, Sequence):
        yield models  # of the wrong kind, which is told where all arguments are looked at
        return
    with scratch_folder() as folder:
        yield [
            save_estimator(each, folder) if isinstance(each, Estimator) else each for each in models
        ]


def save_estimator(estimator: Estimator, folder: Path) -> Path:
    """Pickles a fitted model into a folder; returns the file.

    Raises:
        InvalidInputError: it cannot be pickled.
    """
    called = type(estimator).__name__
    path = folder / f"{called.lower()}.pkl"
    joblib = sys.modules.get("joblib")
    try:
        if joblib is not None:
            joblib.dump(estimator, path)
        else:
            path.write_bytes(pickle.dumps(estimator))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InvalidInputError(
            f"The {called} cannot be pickled: {error}.",
            code=ErrorCode.MODEL_NOT_SAVED,
            hint=Hint.of(
                "Save it as its framework does, and give that file and an {}.",
                Argument(Verb.DEPLOY, "entry_script"),
            ),
        ) from error
    return path
