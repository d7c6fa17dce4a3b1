"""Parameters of v1 that mean little on one machine are taken where they are documented."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from azureml.core import ScriptRunConfig
from azureml.core.runconfig import (
    DockerConfiguration,
    MpiConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)
from azureml.data import OutputFileDatasetConfig
from azureml.monitoring import ModelDataCollector
from azureml.train.dnn import Chainer, PyTorch, TensorFlow
from azureml.train.estimator import Estimator
from azureml.train.hyperdrive import (
    BayesianParameterSampling,
    GridParameterSampling,
    RandomParameterSampling,
    choice,
)
from azureml.train.sklearn import SKLearn

_SCRIPT = {"source_directory": ".", "compute_target": "local", "entry_script": "train.py"}
_SPACE = {"parameter_space": {"x": choice(1, 2)}}
CALLS: Mapping[Any, Mapping[str, Any]] = {
    DockerConfiguration: {
        "use_docker": True, "shared_volumes": False, "arguments": ["-v"], "shm_size": "2g",
    },
    MpiConfiguration: {"process_count_per_node": 2, "node_count": 1},
    PyTorchConfiguration: {
        "communication_backend": "Nccl", "process_count": 2, "node_count": 1,
    },
    TensorflowConfiguration: {"worker_count": 2, "parameter_server_count": 1},
    ModelDataCollector: {
        "model_name": "m", "workspace": "w", "webservice_name": "s", "collection_name": "c",
    },
    Estimator: {**_SCRIPT, "use_docker": True},
    SKLearn: {**_SCRIPT, "use_docker": True},
    PyTorch: {**_SCRIPT, "use_docker": True},
    TensorFlow: {**_SCRIPT, "use_docker": True},
    Chainer: {**_SCRIPT, "use_docker": True},
    RandomParameterSampling: {**_SPACE, "properties": {"a": 1}},
    GridParameterSampling: {**_SPACE, "properties": {"a": 1}},
    BayesianParameterSampling: {**_SPACE, "properties": {"a": 1}},
}  # fmt: skip


@pytest.mark.parametrize("kind", CALLS, ids=lambda kind: kind.__name__)
def test_they_are_taken(kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").touch()

    made = kind(**CALLS[kind])

    assert isinstance(made, kind | ScriptRunConfig)
    assert set(CALLS[kind]) <= set(inspect.signature(kind).parameters)


def test_an_output_is_given_back_whatever_is_said_of_its_upload() -> None:
    output = OutputFileDatasetConfig()
    assert output.as_upload(overwrite=True, source_globs=["*.txt"]) is not None
    assert output.as_mount(disable_metadata_cache=True) is not None
