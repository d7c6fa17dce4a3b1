"""A project around a model that is there, by what its file says; nothing of it is executed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from math import prod
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Action, Hint, Verb
from brygga.images.no_code import scoring_script
from brygga.images.no_code.framework import framework_of_file
from brygga.models.columns import columns_of_lightgbm, columns_of_xgboost
from brygga.models.onnx import OnnxInput, onnx_inputs
from brygga.models.pickles import Pickled, read_pickle
from brygga.project.document import shown
from brygga.scaffolds.scaffold import Scaffold
from brygga.scaffolds.template import TEMPLATES, files_of

_SAMPLE = "sample.json"
_HEAD = 512
_OF_TEXTS = "sklearn.feature_extraction.text:"
_LARGEST_SAMPLE = 10_000  # numbers
_MARKS = re.compile(r"  # (?:noqa|fmt|type): .*$", re.MULTILINE)
_FLOATS, _TEXT, _TRUTH = frozenset({1, 10, 11, 16}), 8, 9  # of TensorProto.DataType


def scaffold_of_model(path: Path, folder: Path) -> Scaffold:
    """The project that serves a model, written from what the model's file says.

    Args:
        path: A pickle, what joblib, ONNX, XGBoost or LightGBM saved, or a folder of MLflow's.
        folder: Where the project will be: it names the model from there.

    Raises:
        InvalidInputError: the model is not there, or nothing says what serves it.
    """
    if not path.exists():
        raise InvalidInputError(
            f"There is no file or folder {str(path)!r}.",
            code=ErrorCode.FILE_NOT_FOUND,
            hint=f"Relative paths start at {Path.cwd()}.",
        )
    place = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    if (path / "MLmodel").is_file():
        return _of_mlflow(path, place)
    if path.is_dir():
        raise _unknown(f"{shown(path)} is a folder without MLmodel")
    if path.suffix == ".py":
        raise _unknown(f"{shown(path)} is a script, and no model")
    try:
        pickled = read_pickle(path)
        if pickled is not None and pickled.truncated:
            raise _unknown(f"{shown(path)} ends in the middle of a pickle: it is not whole")
        framework = framework_of_file(path, path.name, pickled)
    except OSError as error:
        raise InvalidInputError(
            f"{shown(path)} cannot be read: {error.strerror}.", code=ErrorCode.FILE_UNREADABLE
        ) from error
    except InvalidInputError as error:
        raise _unknown(error.message.removesuffix(".")) from error
    if framework is None:
        raise _unknown(_what(path))
    return _of_framework(path, place, framework, pickled)


def _of_framework(path: Path, place: str, framework: str, pickled: Pickled | None) -> Scaffold:
    script, environment = scoring_script(framework, None, [pickled] if pickled else [])
    sample, untold = _sample(path, framework, pickled)
    notes = [f"{shown(path)} is a model of {_called(framework, pickled)}.", *untold]
    if not any("==" in each for each in environment.packages[:1]) and framework != "onnx":
        notes.append(
            f"Its file does not say which version of {environment.packages[0]} it was made with: "
            "the one installed where you deploy is taken. Name another in requirements.txt."
        )
    files: dict[str, str | Path] = {
        "score.py": _MARKS.sub("", script.read_text(encoding="utf-8")),
        "requirements.txt": _requirements(path, environment.packages),
    }
    if sample is not None:
        files[_SAMPLE] = json.dumps(sample) + "\n"
        files |= files_of("of_model")
    return Scaffold(
        files,
        models=(place,),
        sample=None if sample is None else _SAMPLE,
        notes=tuple(notes),
    )


def _called(framework: str, pickled: Pickled | None) -> str:
    if pickled is None or pickled.root is None:
        return {"onnx": "ONNX", "xgboost": "XGBoost", "lightgbm": "LightGBM"}.get(
            framework, framework
        )
    version = pickled.versions.get(framework)
    return f"{framework}{f' {version}' if version else ''}, a {pickled.root.rpartition(':')[2]}"


def _requirements(path: Path, packages: Sequence[str]) -> str:
    head = (
        f"# What {path.name} and score.py need; a version stands where the model's file says one."
    )
    return "\n".join([head, *packages]) + "\n"


def _sample(path: Path, framework: str, pickled: Pickled | None) -> tuple[object | None, list[str]]:
    """An input of the right shape, or why there is none."""
    if framework == "onnx":
        return _sample_of_onnx(onnx_inputs(path))
    if pickled is not None:
        columns = pickled.columns
    else:
        columns = (columns_of_xgboost if framework == "xgboost" else columns_of_lightgbm)(path)
    if pickled is not None and any(each.startswith(_OF_TEXTS) for each in pickled.classes):
        return None, [
            f"It takes texts. Its file has no sample of one: write one as {_SAMPLE}, "
            '{"data": ["a text"]}, and name it in brygga.toml.'
        ]
    if columns is None or not 0 < columns <= _LARGEST_SAMPLE:
        return None, [
            f"Its file does not say what a row is, so there is no sample: write one as {_SAMPLE}, "
            '{"data": [[1.0, 2.0]]}, and name it in brygga.toml.'
        ]
    return {"data": [[0.0] * columns]}, [
        f"A row has {columns} numbers. {_SAMPLE} has zeros: write a real row into it."
    ]


def _sample_of_onnx(inputs: Sequence[OnnxInput] | None) -> tuple[object | None, list[str]]:
    if not inputs or any(each.element is None for each in inputs):
        return None, [
            "What it takes cannot be told from its file, so there is no sample: write one as "
            f'{_SAMPLE}, {{"inputs": {{"name": [[1.0]]}}}}, and name it in brygga.toml.'
        ]
    told = "; ".join(f"{each.name} {_shape(each)}" for each in inputs)
    if sum(prod(_sizes(each)) for each in inputs) > _LARGEST_SAMPLE:
        return None, [f"It takes {told}, which is too large for a sample to be written."]
    given = {each.name: _filled(_sizes(each), _nothing(each.element)) for each in inputs}
    return {"inputs": given}, [f"It takes {told}. {_SAMPLE} has zeros: write real values into it."]


def _shape(given: OnnxInput) -> str:
    return f"[{', '.join('any' if size is None else str(size) for size in given.shape)}]"


def _sizes(given: OnnxInput) -> tuple[int, ...]:
    return tuple(1 if size is None else size for size in given.shape)


def _filled(sizes: Sequence[int], value: object) -> object:
    if not sizes:
        return value
    return [_filled(sizes[1:], value) for _ in range(sizes[0])]


def _nothing(element: int | None) -> object:
    if element == _TEXT:
        return ""
    return False if element == _TRUTH else 0.0 if element in _FLOATS else 0


def _of_mlflow(path: Path, place: str) -> Scaffold:
    template = TEMPLATES["mlflow"]
    score = files_of("mlflow")["score.py"].read_text(encoding="utf-8")
    # A model that is not registered lies under the name of its folder.
    files: dict[str, str | Path] = {
        "score.py": score.replace(f'"{template.model}"', json.dumps(path.resolve().name))
    }
    notes = [
        f"{shown(path)} was saved by MLflow.",
        "What it takes stands in its MLmodel: write an input as sample.json, and name it in "
        "brygga.toml.",
    ]
    requirements = f"{place}/requirements.txt"
    if not (path / "requirements.txt").is_file():
        requirements = "requirements.txt"
        files[requirements] = "mlflow\npandas\n"
        notes.append("It names no packages: write what it needs into requirements.txt.")
    return Scaffold(files, (place,), requirements=requirements, notes=tuple(notes))


def _what(path: Path) -> str:
    """What a file is that nothing is known of."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return f"{shown(path)} is empty"
    if head.startswith(b"\x80"):
        return f"{shown(path)} begins as a pickle and is damaged or cut off"
    try:
        # The last character may have been cut.
        text = head.decode("utf-8", "strict" if len(head) < _HEAD else "ignore")
    except UnicodeDecodeError:
        text = "\0"
    if text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        return f"{shown(path)} is a text, and no model that is known"
    return f"Nothing in {shown(path)} says what it was made with"


def _unknown(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"{why}.",
        code=ErrorCode.FRAMEWORK_WITHOUT_SCRIPT,
        hint=Hint.of(
            "Begin with {}, and load the model in init() of score.py.",
            Action(Verb.BEGIN_PROJECT, {"template": "plain"}),
        ),
    )
