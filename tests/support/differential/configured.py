"""Servers that are told things: by environment, config.json and flags, and by files beside it."""

# Tables of inputs and scripts are easier to read in long lines.
# ruff: noqa: E501

from __future__ import annotations

import json

from support.differential.scenario import Scenario, post, swagger_cells
from support.differential.servers import Setup
from support.differential.wire import Request

_SCRIPT = """
import json, os, sys

def init():
    pass

def run(raw):
    folder = os.getcwd()
    if raw.startswith("env"):
        names = raw.split()[1:]
        return {n: os.environ.get(n, "unset").replace(folder, "FOLDER") for n in names}
    if raw == "path":
        return sorted({p.replace(folder, "FOLDER") for p in sys.path if p.startswith(folder)})
    if raw == "cwd":
        return os.path.basename(folder)
    if raw == "sleep":
        import time
        time.sleep(3)
    return [__name__, os.path.basename(__file__), raw]
"""
_NAMES = (
    "AML_APP_ROOT AZUREML_ENTRY_SCRIPT AZUREML_MODEL_DIR AZUREML_SOURCE_DIRECTORY AZUREML_CONFIG_FILE "
    "WORKER_COUNT SERVICE_NAME AML_CORS_ORIGINS AML_APP_INSIGHTS_ENABLED HTTP_X_MS_SERVER_VERSION "
    "MINE SCORING_TIMEOUT_MS SERVICE_PATH_PREFIX"
)  # fmt: skip


def _cells() -> dict[str, Request]:
    cells = {f"env {name}": post(f"env {name}") for name in _NAMES.split()}
    cells |= {word: post(word) for word in ("path", "cwd", "sleep", "name")}
    cells |= {
        f"GET {path}": Request("GET", path)
        for path in ("/", "/score?a=1", "/api/v1/score?a=1", "/api/v1/", "/api/v1/swagger.json")
    }
    cells["CORS"] = Request("GET", "/score", (("Origin", "http://f.com"),))
    return cells | swagger_cells()


def _config(**settings: object) -> str:
    return json.dumps(settings)


_OWN = json.dumps({"swagger": "mine", "é": 1})

SCENARIOS = (
    Scenario(
        "told by the environment",
        Setup(
            {"score.py": _SCRIPT, "models/m/1/a.txt": "x"},
            {
                "SERVICE_NAME": "Sv $ & name", "SERVICE_VERSION": "7", "SERVICE_PATH_PREFIX": "/api/v1/",
                "SCORING_TIMEOUT_MS": "400", "WORKER_COUNT": "2", "MINE": "yes",
                "SERVER_VERSION_LOG_RESPONSE_ENABLED": "false", "AZUREML_LOG_LEVEL": "DEBUG",
                "AML_CORS_ORIGINS": "http://f.com", "WORKSPACE_NAME": "ws",
            },
            ("--entry_script", "score.py", "--model_dir", "{FOLDER}/models"),
        ),
        _cells(),
    ),
    Scenario(
        "told by config.json",
        Setup(
            {
                "code/entry.py": _SCRIPT,
                "config.json": _config(
                    SERVICE_NAME="From file", SERVICE_VERSION="8", SCORING_TIMEOUT_MS=300,
                    SERVICE_PATH_PREFIX="x/y", AZUREML_ENTRY_SCRIPT="code/entry.py",
                    AZUREML_SOURCE_DIRECTORY="code", UNKNOWN="key", AZUREML_LOG_LEVEL="INFO",
                ),
                "swagger2.json": _OWN,
                "swagger3.json": json.dumps({"openapi": "own"}),
            },
            {},
            ("--config_file", "config.json"),
        ),
        _cells(),
    ),
    Scenario(
        "told twice",
        Setup(
            {
                "score.py": _SCRIPT,
                "other.json": _config(SERVICE_NAME="file", SERVICE_VERSION="9", SCORING_TIMEOUT_MS="350",
                                      AZUREML_ENTRY_SCRIPT="nowhere.py", AML_CORS_ORIGINS="http://f.com"),
                "config.json": _config(SERVICE_NAME="not read"),
                "swagger.json": _OWN,
                "swagger2.json": json.dumps({"swagger": "not read"}),
                "swagger3.1.json": json.dumps({"openapi": "3.1 own"}),
            },
            {"SERVICE_NAME": "environment", "HTTP_X_MS_SERVER_VERSION": "mine/1",
             "SERVER_VERSION_LOG_RESPONSE_ENABLED": "no"},
            ("--entry_script", "score.py", "--config_file", "other.json", "--worker_count", "1",
             "--appinsights_instrumentation_key", "not a uuid"),
        ),
        _cells(),
    ),
    Scenario(
        "main.py",
        Setup(
            {
                "root/main.py": _SCRIPT.replace("_SCRIPT", ""),
                "root/config.json": _config(SERVICE_NAME="", APP_INSIGHTS_LOG_RESPONSE_ENABLED="no"),
            },
            {"AML_APP_ROOT": "{FOLDER}/root"},
            ("--config_file", "{FOLDER}/missing.json"),
        ),
        {name: cell for name, cell in _cells().items() if name not in ("env AML_APP_ROOT", "env AZUREML_CONFIG_FILE", "path")},
    ),
)  # fmt: skip
