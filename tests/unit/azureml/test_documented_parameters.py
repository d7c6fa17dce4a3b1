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
from azureml.opendatasets import MNIST, Diabetes
from azureml.pipeline.core import PipelineData, PipelineStep
from azureml.pipeline.steps import EstimatorStep, PythonScriptStep
from azureml.train.automl import AutoMLConfig
from azureml.train.dnn import Chainer, PyTorch, TensorFlow
from azureml.train.estimator import Estimator
from azureml.train.hyperdrive import (
    BayesianParameterSampling,
    GridParameterSampling,
    RandomParameterSampling,
    choice,
)
from azureml.train.sklearn import SKLearn

_SCRIPT: dict[str, Any] = {
    "source_directory": ".",
    "compute_target": "local",
    "entry_script": "train.py",
}
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
    AutoMLConfig: {
        "task": "classification", "training_data": None, "label_column_name": "y",
        "compute_target": "cluster", "max_cores_per_iteration": -1, "max_concurrent_iterations": 2,
        "positive_label": 1, "y_min": 0, "y_max": 1, "num_classes": 2,
        "enforce_time_on_windows": True, "enable_tf": True, "model_explainability": True,
        "enable_voting_ensemble": False, "enable_stack_ensemble": False,
        "exclude_nan_labels": True, "enable_local_managed": True, "enable_dnn": False,
    },
    PipelineData: {
        "name": "between", "output_name": "out", "output_mode": "mount",
        "output_path_on_compute": "somewhere", "output_overwrite": True, "is_directory": True,
    },
    PythonScriptStep: {
        "script_name": "train.py", "source_directory": ".", "hash_paths": ["train.py"],
    },
    EstimatorStep: {
        "estimator": Estimator(**_SCRIPT), "estimator_entry_script_arguments": [],
        "allow_reuse": False, "version": "2",
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


class _Step(PipelineStep):
    def _script(self, *arguments: Any, **keywords: Any) -> Any:
        raise NotImplementedError


def test_a_step_of_ones_own_has_its_ports_named_once() -> None:
    made = _Step(name="step", inputs=[], outputs=[], fix_port_name_collisions=True)
    assert made.name == "step"


def test_a_folder_between_steps_is_one_whatever_it_is_called() -> None:
    between = PipelineData("between")
    used = [
        between.as_download(input_name="in", path_on_compute="somewhere", overwrite=True),
        between.as_mount(input_name="in"),
        between.as_input(input_name="in"),
    ]
    assert all(each is not None for each in used)


def test_nothing_is_told_of_who_reads_open_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRYGGA_OPENDATASETS", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    for name in ("train-images.gz", "train-labels.gz"):
        (tmp_path / "mnist" / name).touch()
    files = MNIST.get_file_dataset(dataset_filter="train", enable_telemetry=True)
    assert len(files.to_path()) == 2
    pytest.importorskip("sklearn")
    rows = Diabetes.get_tabular_dataset(enable_telemetry=True)
    assert len(rows.to_pandas_dataframe()) == 442


def test_languages_of_data_are_the_same_on_any_machine() -> None:
    told = AutoMLConfig.get_supported_dataset_languages(use_gpu=True)
    assert told == AutoMLConfig.get_supported_dataset_languages(use_gpu=False)
