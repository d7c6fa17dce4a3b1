"""The emitted API documents, believed by schemathesis: what they allow is answered as they say."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import environments
from support.front import Server, poll

SCRIPT = """
import numpy as np
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("name", StandardPythonParameterType("x"), optional=True)
@input_schema("settings", StandardPythonParameterType({"deep": [1], "flag": True}), optional=True)
@output_schema(NumpyParameterType(np.array([1.0])))
def run(data, name="", settings=None):
    return np.nan_to_num(data.sum(axis=1))
"""
# Not that undeclared methods are refused: GET /score is v1's, and in no document of v1.
CHECKS = ",".join((
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "response_headers_conformance", "ignored_auth",
))  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("documented")
    keys = {"version": 1, "keys": {"primary": hashlib.sha256(b"k").hexdigest()}}
    (folder / "keys.json").write_text(json.dumps(keys))
    with Server(folder, SCRIPT, {"keys_file": str(folder / "keys.json")}) as running:
        yield running.wait_ready()


SCRIPTS = {
    "undecorated": "def init(): pass\n\ndef run(raw): return raw\n",
    "numpy": SCRIPT,
    "pandas": """
import datetime
import pandas as pd
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

TABLE = pd.DataFrame({"a": [1], "b": ["x"], "t": [pd.Timestamp("2020-01-01")]})

def init():
    pass

@input_schema("table", PandasParameterType(TABLE))
@input_schema("when", StandardPythonParameterType(datetime.datetime(2020, 1, 1)))
@output_schema(StandardPythonParameterType([1.5]))
def run(table, when):
    return [1.5]
""",
    "mixed": """
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

@input_schema("data", StandardPythonParameterType([1, "a"]))
def run(data):
    return data
""",
}


@pytest.mark.parametrize("prefix", ["", "in/a/folder/"])
@pytest.mark.parametrize("profile", ["native", "v1"])
@pytest.mark.parametrize("script", list(SCRIPTS))
def test_every_document_is_valid(tmp_path: Path, script: str, profile: str, prefix: str) -> None:
    settings: dict[str, object] = {
        "profile": profile, "host": "127.0.0.1", "path_prefix": prefix,
        "python": str(environments.scripts()),
    }  # fmt: skip
    files = []
    with Server(tmp_path, SCRIPTS[script], settings) as server:
        where = "/in/a/folder" if prefix and profile == "native" else ""
        poll(lambda: server.call(path=f"{where}/ready").status == 200, "it is ready")
        assert profile == "v1" or f":{server.port}{where}/score" in server.output()
        for version in ("2", "3", "3.1"):
            answer = server.call(path=f"{where}/swagger.json?version={version}")
            if answer.status == 200:
                file = tmp_path / f"{version}.json"
                file.write_bytes(answer.body)
                files.append(str(file))
                assert all(
                    path.startswith(f"/{prefix}") for path in json.loads(answer.body)["paths"]
                )
    assert len(files) == (2 if script == "mixed" else 3)
    program = "import json, sys; from openapi_spec_validator import validate; "
    program += "[validate(json.load(open(name))) for name in sys.argv[1:]]"
    done = subprocess.run(
        [str(environments.schemathesis()), "-c", program, *files],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("version", ["2", "3", "3.1"])
def test_what_the_document_allows_is_answered_as_it_says(
    server: Server, version: str, tmp_path: Path
) -> None:
    key = {"Authorization": "Bearer k"}
    answer = server.call(path=f"/swagger.json?version={version}", headers=key)
    document = tmp_path / "document.json"
    document.write_bytes(answer.body)
    command = [
        str(environments.schemathesis().with_name("schemathesis")), "run", str(document),
        "--url", f"http://127.0.0.1:{server.port}", "--header", "Authorization: Bearer k",
        "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "60",
        "--seed", "1", "--workers", "1", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = re.search(r"(\d+) generated", done.stdout)
    assert cases is not None, done.stdout
    assert int(cases[1]) > 100
