"""What score scripts import of v1, where it is not installed and where it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.worker import PLAIN_PYTHON, Worker, body

from .conftest import StartWorker

MODELS = """
import os
from azureml.core.model import Model
from azureml.exceptions import ModelNotFoundException, WebserviceException

def init():
    pass

def run(data):
    try:
        return Model.get_model_path(*eval(data))
    except (ModelNotFoundException, WebserviceException) as error:
        return type(error).__name__ + ": " + error.message
"""


def ask(worker: Worker, text: str) -> Any:
    return json.loads(bytes(worker.ask(body(1, text))[0].body))


@pytest.fixture
def models(start: StartWorker, tmp_path: Path) -> Worker:
    for path in ("m/1/a.pkl", "m/2/a.pkl", "m/10/b.pkl", "two/1/a", "two/1/b", "folder/3/sub/x"):
        file = tmp_path / "azureml-models" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "local.pkl").touch()
    worker = start(MODELS, python=PLAIN_PYTHON)
    worker.ready()
    return worker


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("('m',)", "ROOT/azureml-models/m/10/b.pkl"),
        ("('m', 2)", "ROOT/azureml-models/m/2/a.pkl"),
        ("('folder',)", "ROOT/azureml-models/folder/3/sub"),
        ("('local.pkl',)", "local.pkl"),
        (
            "('nope',)",
            "ModelNotFoundException: Model nope not found in cache at ROOT/azureml-models or in "
            "current working directory ROOT. Outside of a service, put the model there under that "
            "name, or have the script read AZUREML_MODEL_DIR and give its folder with --model-dir.",
        ),
        ("('m', '2')", "WebserviceException: version should be an int"),
    ],
)
def test_models_are_found_by_v1s_rules(
    models: Worker, tmp_path: Path, arguments: str, expected: str
) -> None:
    assert ask(models, arguments) == expected.replace("ROOT", str(tmp_path))


def test_a_model_folder_holds_one_thing(models: Worker) -> None:
    assert "can contain only 1 file or folder. Found [" in str(ask(models, "('two',)"))


def test_exceptions_look_like_v1s(start: StartWorker) -> None:
    worker = start(
        """
        from azureml.exceptions import WebserviceException

        def init(): pass
        def run(data): return str(WebserviceException("x"))
        """,
        python=PLAIN_PYTHON,
    )
    worker.ready()
    assert ask(worker, "") == (
        "WebserviceException:\n\tMessage: x\n\tInnerException None\n\tErrorResponse \n"
        '{\n    "error": {\n        "message": "x"\n    }\n}'
    )


def test_the_version_and_the_decorators_are_there(start: StartWorker, other_python: str) -> None:
    worker = start(
        """
        import azureml.core
        from azureml.contrib.services.aml_response import AMLResponse
        from azureml.core import Model
        from azureml_inference_server_http.api.aml_request import AMLRequest
        from brygga_scoring import batched
        from inference_schema.parameter_types.standard_py_parameter_type import (
            StandardPythonParameterType,
        )
        from inference_schema.schema_decorators import input_schema, output_schema
        from inference_schema.schema_util import get_schemas_dict

        def init(): pass

        @input_schema("a", StandardPythonParameterType([1]))
        @output_schema(StandardPythonParameterType("x"))
        def run(a): return [azureml.core.VERSION, sorted(get_schemas_dict()["entry_module.run"])]
        """,
        python=other_python,
    )
    worker.ready()
    answer = worker.ask(body(1, '{"a": [5]}'))[0]
    assert json.loads(bytes(answer.body)) == ["1.61.0", ["input_schema", "output_schema"]]


def test_joblib_answers_to_its_old_name(start: StartWorker, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    worker = start(
        """
        import numpy as np
        from sklearn.externals import joblib
        import joblib as real
        from sklearn.externals.joblib.numpy_pickle import NumpyArrayWrapper

        def init(): pass

        def run(path):
            real.dump({"w": np.arange(3)}, path)
            same = NumpyArrayWrapper is real.numpy_pickle.NumpyArrayWrapper
            return [joblib is real, same, joblib.load(path)["w"].tolist()]
        """
    )
    worker.ready()
    assert ask(worker, str(tmp_path / "m.pkl")) == [True, True, [0, 1, 2]]


def test_real_modules_win(start: StartWorker, tmp_path: Path) -> None:
    package = tmp_path / "azureml" / "core"
    package.mkdir(parents=True)
    (tmp_path / "azureml" / "__init__.py").touch()
    (package / "__init__.py").write_text("VERSION = 'mine'\n")
    (tmp_path / "brygga_scoring.py").write_text("batched = 'mine too'\n")
    worker = start(
        """
        import azureml.core, brygga_scoring
        from azureml.contrib.services.aml_request import AMLRequest

        def init(): pass
        def run(data): return [azureml.core.VERSION, brygga_scoring.batched, AMLRequest.__name__]
        """,
        python=PLAIN_PYTHON,
    )
    worker.ready()
    assert ask(worker, "") == ["mine", "mine too", "AMLRequest"]


def test_the_request_of_raw_scripts_is_the_servers_own(start: StartWorker, tmp_path: Path) -> None:
    installed = tmp_path / "azureml" / "contrib" / "services"
    installed.mkdir(parents=True)
    for folder in (installed, installed.parent, installed.parent.parent):
        (folder / "__init__.py").touch()
    (installed / "aml_request.py").write_text("def rawhttp(func): return func\n")
    worker = start(
        """
        from azureml.contrib.services.aml_request import rawhttp

        def init():
            pass

        @rawhttp
        def run(request):
            return None
        """,
        python=PLAIN_PYTHON,
    )
    assert worker.ready()["raw"]


def test_other_names_are_not_found(start: StartWorker) -> None:
    worker = start("import azureml.core.run\n", python=PLAIN_PYTHON)
    assert "No module named 'azureml.core.run'" in worker.greeting()[1]["message"]
