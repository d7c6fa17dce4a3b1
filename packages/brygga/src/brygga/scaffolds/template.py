"""Templates: folders of this package with the files of a project each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.scaffolds.scaffold import Scaffold

FOLDER = Path(__file__).parent / "templates"
_LEFT_OUT = "__pycache__"


@dataclass(frozen=True)
class Template:
    """One of them.

    Attributes:
        help: A line for people who choose.
        model: The file or folder that is its model; empty where it has none.
        sample: The file with an input.
        requirements: Where its packages are named.
    """

    help: str
    model: str = ""
    sample: str = "sample.json"
    requirements: str = "requirements.txt"


TEMPLATES: Mapping[str, Template] = {
    "plain": Template("JSON in, JSON out: the least that is served"),
    "typed": Template("rows of numbers, declared and batched: the fastest"),
    "image": Template("raw requests: an image as it is", sample="sample.png"),
    "stream": Template("an answer that is sent while it is made"),
    "sklearn": Template("a scikit-learn model; brings a small one", "model.pkl"),
    "onnx": Template("an ONNX model; brings a small one", "model.onnx"),
    "mlflow": Template(
        "a folder that MLflow saved; brings a small one",
        "model",
        requirements="model/requirements.txt",
    ),
}
"""In the order in which they are offered."""


def scaffold_of_template(name: str) -> Scaffold:
    """The project that a template makes; `name` is one of `TEMPLATES`."""
    template = TEMPLATES[name]
    return Scaffold(
        files_of(name),
        models=(template.model,) if template.model else (),
        sample=template.sample,
        requirements=template.requirements,
    )


def files_of(folder: str) -> dict[str, Path]:
    """The files of a folder of templates, by their places in it."""
    root = FOLDER / folder
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {
        path.relative_to(root).as_posix(): path for path in found if _LEFT_OUT not in path.parts
    }
