"""The page in docs/ that says what is supported, made from the table and the classes."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator

from azureml._support.absent import AbsentMember
from azureml._support.rows_absent import ABSENT
from azureml._support.table import REFUSED, TABLE, Row, Verdict

CLASSES = {
    "azureml.core": ("Workspace", "Model", "Environment", "Experiment", "Run", "Keyvault",
                     "Datastore", "ScriptRunConfig", "RunConfiguration"),
    "azureml.core.model": ("InferenceConfig", "ModelPackage"),
    "azureml.core.profile": ("ModelProfile",),
    "azureml.core.conda_dependencies": ("CondaDependencies",),
    "azureml.core.webservice": ("Webservice", "AciWebservice", "AksWebservice", "AksEndpoint",
                                "LocalWebservice"),
    "azureml.core.image": ("Image", "ContainerImage"),
    "azureml.core.compute": ("ComputeTarget", "AksCompute", "AmlCompute", "BatchAiCompute",
                             "ComputeInstance", "DsvmCompute", "KubernetesCompute",
                             "RemoteCompute"),
    "azureml.data": ("FileDataset", "TabularDataset"),
    "azureml.monitoring": ("ModelDataCollector",),
    "azureml.opendatasets": ("MNIST", "Diabetes"),
    "azureml.pipeline.core": ("Pipeline", "PipelineData", "PipelineParameter", "PipelineRun",
                              "StepRun", "StepSequence"),
    "azureml.pipeline.steps": ("PythonScriptStep", "EstimatorStep"),
    "azureml.train.estimator": ("Estimator",),
    "azureml.train.sklearn": ("SKLearn",),
    "azureml.train.dnn": ("PyTorch", "TensorFlow", "Chainer"),
    "azureml.tensorboard": ("Tensorboard",),
}  # fmt: skip
"""Those that people name, by where they import them from."""

_HEAD = """\
# What of Azure ML SDK v1 is supported

Made from the rows in `packages/azureml/src/azureml/_support/` by `make docs`. Everything that is
not named under *refused*, *warned about*, *different* or *not there* works as v1 documents it.
"""
_TITLES = {
    Verdict.REFUSED: (
        "Refused",
        "Raises `UserErrorException` with this text when it is called, or when the parameter is "
        "given.",
    ),
    Verdict.WARNED: (
        "Warned about",
        "Works, with one line on the logger `azureml`; "
        '`logging.getLogger("azureml").setLevel("ERROR")` turns these lines off.',
    ),
    Verdict.DIFFERENT: ("Different", "Works, in a way that one has to know."),
}

_NOT_THERE = """
## Not there

Importing one raises `ImportError`, looking for a member `AttributeError`, with this text. A module
stands for all below it that is not named by itself; what Brygga has of it works.

| name | what it was | |
|---|---|---|
"""


def markdown() -> str:
    """The page."""
    parts = [_HEAD]
    for verdict in (Verdict.DIFFERENT, Verdict.WARNED, Verdict.REFUSED):
        title, text = _TITLES[verdict]
        parts += [f"\n## {title}\n\n{text}\n\n| member | |\n|---|---|\n"]
        for told, named in _by_text(row for row in TABLE if row.verdict is verdict).items():
            listed = ", ".join(f"`{member}`" for member in named)
            parts += [f"| {listed} | {told} |\n"]
    parts += [_NOT_THERE]
    for row in ABSENT:
        listed = ", ".join(f"`{name}`" for name in row.names)
        parts += [f"| {listed} | {row.was} | {row.instead} |\n"]
    parts += ["\n## Works\n\n| class | members |\n|---|---|\n"]
    for module, names in CLASSES.items():
        for name in names:
            members = ", ".join(f"`{each}`" for each in _working(module, name))
            parts += [f"| `{module}.{name}` | {members} |\n"]
    return "".join(parts)


def _by_text(rows: Iterator[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.text, []).append(row.member)
    return found


def _working(module: str, name: str) -> list[str]:
    owner = getattr(importlib.import_module(module), name)
    found = inspect.getmembers(owner, lambda each: not isinstance(each, AbsentMember))
    names = {each for each, _ in found if not each.startswith("_")}
    above = [base.__name__ for base in inspect.getmro(owner)]
    return sorted(n for n in names if not any(f"{base}.{n}" in REFUSED for base in above))
