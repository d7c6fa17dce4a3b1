"""Starts that may fail: which command lines, variables, files and scripts serve, and what code the
others end with."""

from __future__ import annotations

import json

from support.differential.servers import Setup

_GOOD = "def init(): pass\ndef run(raw): return raw\n"
_FLAGS = ("--entry_script", "score.py")


def _script(text: str) -> Setup:
    return Setup({"score.py": text})


def _environ(**environ: str) -> Setup:
    return Setup({"score.py": _GOOD}, environ)


def _config(text: str) -> Setup:
    return Setup({"score.py": _GOOD, "config.json": text})


def _flags(*flags: str) -> Setup:
    return Setup({"score.py": _GOOD, "c.json": "{}"}, {}, flags)


SETUPS = {
    "a good script": _script(_GOOD),
    "init() raises": _script("def init(): 1 / 0\ndef run(raw): pass\n"),
    "init() exits with 0": _script("import sys\ndef init(): sys.exit(0)\ndef run(raw): pass\n"),
    "a syntax error": _script("def init(:\n"),
    "an import that fails": _script("import nothing_of_that_name\n" + _GOOD),
    "the module exits": _script("raise SystemExit(0)\n"),
    "no init()": _script("def run(raw): pass\n"),
    "no run()": _script("def init(): pass\n"),
    "run() without arguments": _script("def init(): pass\ndef run(): pass\n"),
    "run(*args)": _script("def init(): pass\ndef run(*args): pass\n"),
    "run() with headers only": _script("def init(): pass\ndef run(request_headers): pass\n"),
    "run() is no function": _script("def init(): pass\nrun = 5\n"),
    "rawhttp and a schema": _script(
        "from azureml.contrib.services.aml_request import rawhttp\n"
        "from inference_schema.schema_decorators import input_schema\n"
        "from inference_schema.parameter_types.standard_py_parameter_type import "
        "StandardPythonParameterType\n"
        "def init(): pass\n"
        '@input_schema("a", StandardPythonParameterType(1))\n@rawhttp\ndef run(a): pass\n'
    ),
    "no script there": _flags("--entry_script", "missing.py"),
    "an empty command line": _flags(),
    "help": _flags("--help"),
    "an unknown flag": _flags(*_FLAGS, "--frobnicate"),
    "port 0": _flags(*_FLAGS, "--port", "0"),
    "port 70000": _flags(*_FLAGS, "--port", "70000"),
    "a port in words": _flags(*_FLAGS, "--port", "http"),
    "no workers": _flags(*_FLAGS, "--worker_count", "0"),
    "workers in words": _flags(*_FLAGS, "--worker_count", "many"),
    "an origin that is no pattern": _flags(*_FLAGS, "--access_control_allow_origins", "http://[a"),
    "an empty config and no main.py": _flags("--config_file", "c.json"),
    "WORKER_COUNT in words": _environ(WORKER_COUNT="many"),
    "SCORING_TIMEOUT_MS in words": _environ(SCORING_TIMEOUT_MS="soon"),
    "SCORING_TIMEOUT_MS of 0": _environ(SCORING_TIMEOUT_MS="0"),
    "AZUREML_LOG_LEVEL unknown": _environ(AZUREML_LOG_LEVEL="chatty"),
    "a service name with quotes": _environ(SERVICE_NAME='the "best"'),
    "config.json that is no JSON": _config("{"),
    "config.json that is a list": _config("[]"),
    "config.json without content": _config(""),
    "config.json with a number for a name": _config(json.dumps({"SERVICE_NAME": 5})),
    "config.json with a timeout in words": _config(json.dumps({"SCORING_TIMEOUT_MS": "soon"})),
    "config.json with a timeout in digits": _config(json.dumps({"SCORING_TIMEOUT_MS": "900"})),
}
