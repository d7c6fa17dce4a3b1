"""What importing the facade loads, and what its shims do."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import azureml


def _run(code: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_it_loads_next_to_nothing() -> None:
    loaded = set(_run("import azureml.core, sys; print(*sys.modules)").split())
    heavy = {"brygga", "sqlalchemy", "yaml", "numpy", "pandas", "sklearn", "joblib", "docker"}
    assert not {name.partition(".")[0] for name in loaded} & heavy


def test_submodules_are_there_as_in_v1() -> None:
    code = "import azureml.core; print(azureml.core.model.Model.Framework.ONNX)"
    assert _run(code).strip() == "Onnx"


@pytest.mark.parametrize("name", ["Workspace", "Model", "Run", "Webservice", "Environment"])
def test_every_name_can_be_had(name: str) -> None:
    import azureml.core

    assert getattr(azureml.core, name).__name__ == name
    assert name in dir(azureml.core)


def test_joblib_is_where_old_notebooks_look_for_it() -> None:
    code = (
        "import azureml.core\nfrom sklearn.externals import joblib\nprint(joblib.load.__module__)"
    )
    assert _run(code).strip().startswith("joblib")


@pytest.mark.parametrize("order", ["import azureml.core, numpy", "import numpy, azureml.core"])
def test_numbers_of_numpy_are_written_plainly(order: str) -> None:
    code = f"{order}\nprint(str(list(numpy.array([0.5]))))"
    assert _run(code).strip() == "[0.5]"


def test_shims_can_be_turned_off() -> None:
    code = (
        "import azureml.core, numpy\nprint(str(list(numpy.array([0.5]))))\n"
        "import importlib.util as u\nprint(u.find_spec('sklearn.externals.joblib'))"
    )
    plain, joblib = _run(code, BRYGGA_AZUREML_SHIMS="").splitlines()
    assert plain == "[np.float64(0.5)]"
    assert joblib == "None"
    only_one = _run(code, BRYGGA_AZUREML_SHIMS="numpy_text").splitlines()
    assert only_one == ["[0.5]", "None"]


def test_a_missing_name_is_told() -> None:
    assert importlib.util.find_spec("azureml.core.nothing") is None
    import azureml.core

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        azureml.core.Nothing  # noqa: B018


def test_what_scripts_import_in_a_service_is_the_same() -> None:
    """The server has a copy of its own: it must not need the facade."""
    ours = Path(str(azureml.__file__)).parent / "monitoring"
    theirs = Path(__file__).parents[3] / (
        "packages/server/src/brygga_server/worker/shims/azureml_monitoring"
    )
    for file in ours.glob("*.py"):
        assert (theirs / file.name).read_text() == file.read_text(), file.name
