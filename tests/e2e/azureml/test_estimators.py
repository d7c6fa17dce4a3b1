"""Estimators as the notebooks of 2018 to 2020 wrote them, and open datasets."""

from pathlib import Path
from typing import Any

import pytest

from azureml.core import Dataset, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.data.data_reference import DataReference
from azureml.opendatasets import Diabetes
from azureml.train.dnn import PyTorch
from azureml.train.estimator import Estimator
from azureml.train.sklearn import SKLearn

SCRIPT = """
import argparse, os
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--data-folder")
parser.add_argument("--regularization", type=float)
parser.add_argument("--quick", action="store_true")
given = parser.parse_args()
run = Run.get_context()
run.log("rows", len(open(os.path.join(given.data_folder, "a.csv")).readlines()))
run.log("regularization", given.regularization)
run.log("quick", given.quick)
run.log("place", given.data_folder)
run.log("all of it", os.environ["AZUREML_DATAREFERENCE_workspaceblobstore"])
open("outputs/model.txt", "w").write("model")
"""


@pytest.fixture
def source(folder: Path) -> str:
    (folder / "source").mkdir()
    (folder / "source/train.py").write_text(SCRIPT)
    return str(folder / "source")


def test_an_estimator_runs_its_script_with_a_place_in_a_datastore(
    workspace: Workspace, folder: Path, source: str
) -> None:
    (folder / "data").mkdir()
    (folder / "data/a.csv").write_text("1\n2\n")
    store = workspace.get_default_datastore()
    store.upload("data", "in", show_progress=False)
    config = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=4)
    target: Any = ComputeTarget.create(workspace, "cpu-cluster", config)
    target.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
    estimator = Estimator(
        source_directory=source,
        compute_target=target,
        entry_script="train.py",
        script_params={
            "--data-folder": store.path("in").as_mount(),
            "--regularization": 0.8,
            "--quick": "",
        },
        inputs=[store.as_mount()],
    )

    run = Experiment(workspace, "digits").submit(estimator)
    run.wait_for_completion()

    assert run.get_metrics() == {
        "rows": 2, "regularization": 0.8, "quick": True, "place": str(store._folder / "in"),
        "all of it": str(store._folder),
    }  # fmt: skip
    assert run.get_details()["target"] == "cpu-cluster"
    assert run.register_model("m", "outputs/model.txt").version == 1


def test_an_estimator_brings_the_packages_of_its_framework(folder: Path, source: str) -> None:
    (folder / "source/req.txt").write_text("pandas==2.0\n# nothing\n")
    made = SKLearn(
        source, entry_script="train.py", framework_version="1.2", pip_packages=["joblib"],
        conda_packages=["numpy"], pip_requirements_file="req.txt",
    )  # fmt: skip
    pip = set(made.conda_dependencies.pip_packages)
    assert {"scikit-learn==1.2", "joblib", "pandas==2.0"} <= pip
    assert "numpy" in set(made.conda_dependencies.conda_packages)
    assert "scikit-learn<1.8" in set(
        SKLearn(source, entry_script="train.py").conda_dependencies.pip_packages
    )
    torch = set(PyTorch(source, entry_script="train.py").conda_dependencies.pip_packages)
    assert {"torch", "torchvision"} <= torch


def test_a_place_in_a_datastore_can_be_copied_or_be_all_of_it(workspace: Workspace) -> None:
    store = workspace.get_default_datastore()
    place = DataReference(store, "digits", "in", mode="download")
    assert (place.mode, str(place)) == ("download", "$AZUREML_DATAREFERENCE_digits")
    assert place.path("deep").path_on_datastore == "in/deep"
    assert store.as_mount().path_on_datastore == "."
    one, other = store.path("a").as_mount(), store.path("b").as_mount()
    assert one.data_reference_name != other.data_reference_name
    assert place.to_config().datastore_name == "workspaceblobstore"


def test_the_rows_of_diabetes_are_those_of_scikit_learn(workspace: Workspace) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("sklearn")

    frame = Diabetes.get_tabular_dataset().to_pandas_dataframe()

    assert list(frame.columns) == [
        "AGE", "SEX", "BMI", "BP", "S1", "S2", "S3", "S4", "S5", "S6", "Y",
    ]  # fmt: skip
    assert frame.iloc[0].tolist() == [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87, 151]
    assert len(frame) == 442


def test_a_registered_dataset_has_its_names_again(workspace: Workspace, folder: Path) -> None:
    from azureml.data import FileDataset

    (folder / "x.gz").write_text("x")
    FileDataset([folder / "x.gz"], {folder / "x.gz": "train-images-idx3-ubyte.gz"}).register(
        workspace, "mnist"
    )
    (there,) = Dataset.get_by_name(workspace, "mnist").download("out")
    assert Path(there).name == "train-images-idx3-ubyte.gz"
