"""`azmlinfsrv`: Microsoft's command, with its flags, variables, defaults and exit codes."""

# ruff: noqa: T201 - a command speaks to whoever called it

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

from brygga_server import __version__
from brygga_server.cli import check, serve, with_python
from brygga_server.settings import LEVELS, ServerSettings, SettingsError, read

V1_VERSION = "azmlinfsrv/1.5.1"
_APP_ROOT = "/var/azureml-app"
_PORT, _HEALTH_PORT = 5001, 5000
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def main(argv: Sequence[str] | None = None, *, python: str | None = None) -> int:
    """The command; its exit code: 1 what it is called with is wrong, 3 what it is to serve is.

    Args:
        argv: Those of the process where it is None.
        python: The interpreter of the workers where the settings name none.
    """
    try:
        flags = _parser().parse_args(argv)
    except SystemExit:
        return 1  # v1's code for wrong flags, and for --help too
    if not (flags.entry_script or flags.config_file):
        print(
            "azmlinfsrv: Which script? Give it with --entry_script or --config_file.",
            file=sys.stderr,
        )
        return 1
    try:
        _merge(flags, os.environ)
    except ValueError as error:
        print(f"azmlinfsrv: {error}", file=sys.stderr)
        return 1
    silent = None if "HTTP_X_MS_SERVER_VERSION" in os.environ else "off"
    own = {"profile": "v1", "version_header": silent}
    try:
        settings = with_python(read(own, file=config_file(os.environ), profile="v1"), python)
        check(settings)
    except SettingsError as error:
        print(f"azmlinfsrv: {error}", file=sys.stderr)
        return 3
    _greet(settings)
    return serve(settings)


def config_file(environ: Mapping[str, str]) -> str | None:
    """Where v1 looks for its config.json, in this order; a file without content does not count."""
    candidates = [environ.get("AZUREML_CONFIG_FILE")]
    script = environ.get("AZUREML_ENTRY_SCRIPT")
    folders = [environ.get("AML_APP_ROOT", _APP_ROOT), script and str(Path(script).parent)]
    candidates += [str(Path(folder) / "config.json") for folder in folders if folder]
    for name in candidates:
        if name and Path(name).is_file() and Path(name).stat().st_size:
            return name
    return None


def _merge(flags: argparse.Namespace, environ: MutableMapping[str, str]) -> None:
    """Puts the flags into the environment, as v1 does: scripts read these variables.

    Raises:
        ValueError: A variable holds what no server can be started with.
    """
    environ.setdefault("AML_APP_ROOT", str(Path.cwd()))
    given = {
        "AZUREML_ENTRY_SCRIPT": flags.entry_script and os.path.realpath(flags.entry_script),
        "AZUREML_CONFIG_FILE": flags.config_file and os.path.realpath(flags.config_file),
        "AZUREML_MODEL_DIR": flags.model_dir,
        "AML_CORS_ORIGINS": flags.access_control_allow_origins,
        "AML_APP_INSIGHTS_KEY": flags.appinsights_instrumentation_key,
        "WORKER_COUNT": flags.worker_count,
        "SERVER_PORT": flags.port or _PORT,  # the variable itself moves nothing
    }
    environ.update({name: str(value) for name, value in given.items() if value is not None})
    environ.setdefault("WORKER_COUNT", "1")
    if environ.get("SEPERATE_HEALTH_ENDPOINT") == "true":
        environ["HEALTH_PORT"] = str(flags.health_port or _HEALTH_PORT)
    else:
        environ.pop("HEALTH_PORT", None)
    if environ.get("SERVER_VERSION_LOG_RESPONSE_ENABLED", "true").lower() == "true":
        environ["HTTP_X_MS_SERVER_VERSION"] = V1_VERSION
    _count(environ["WORKER_COUNT"])
    if not environ.get("AZUREML_MODEL_DIR"):
        print(
            "The environment variable 'AZUREML_MODEL_DIR' has not been set.\n"
            "Use the --model_dir command line argument to set it."
        )
    _settle_log_level(environ)
    _settle_insights(environ)


def _settle_log_level(environ: MutableMapping[str, str]) -> None:
    level = environ.get("AZUREML_LOG_LEVEL")
    if level and level.upper() not in LEVELS:
        print(f"AZUREML_LOG_LEVEL is {level!r}, which is no level of a log: INFO is used.")
        environ["AZUREML_LOG_LEVEL"] = "INFO"


def _settle_insights(environ: MutableMapping[str, str]) -> None:
    """Nothing is sent to Application Insights; who asks for it is told where the numbers are."""
    key = environ.get("AML_APP_INSIGHTS_KEY")
    environ["AML_APP_INSIGHTS_ENABLED"] = "false"
    if key:
        valid = "Valid" if _KEY.fullmatch(key) else "Invalid"
        print(f"{valid} Application Insights instrumentation key provided.")
        print("Application Insights has been disabled: this server keeps its metrics at /metrics.")


def _count(text: str) -> int:
    if not text.strip().isdigit() or int(text) < 1:
        raise ValueError(f"The number of workers is {text!r}, but has to be 1 or more.")
    return int(text)


def _port(text: str) -> int:
    if not text.strip().isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError(f"The port is {text!r}, but has to be from 1 to 65535.")
    return int(text)


def _greet(settings: ServerSettings) -> None:
    insights, origins = os.environ.get("AML_APP_INSIGHTS_KEY"), settings.cors_origins
    shown = {
        "Entry Script Name": settings.entry_script,
        "Model Directory": settings.model_dir,
        "Config File": os.environ.get("AZUREML_CONFIG_FILE"),
        "Worker Count": settings.workers,
        "Worker Timeout (seconds)": os.environ.get("WORKER_TIMEOUT"),
        "Server Port": settings.port,
        "Health Port": settings.health_port or settings.port,
        "Application Insights Enabled": "false",
        "Application Insights Key": insights and "AppInsights key provided",
        "Inferencing HTTP server version": os.environ.get("HTTP_X_MS_SERVER_VERSION"),
        "CORS for the specified origins": origins and f"Enabling CORS for {origins}",
        "Create dedicated endpoint for health": os.environ.get("SEPERATE_HEALTH_ENDPOINT"),
    }
    print(f"\nBrygga {__version__}, in the place of {V1_VERSION}\n")
    print("\nServer Settings\n---------------")
    print("".join(f"{name}: {value or None}\n" for name, value in shown.items()))
    print("\nServer Routes\n---------------")
    print(f"Liveness Probe: GET   127.0.0.1:{settings.health_port or settings.port}/")
    print(f"Score:          POST  127.0.0.1:{settings.port}/score\n", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azmlinfsrv")
    add = parser.add_argument
    add("--entry_script", help="the script with init() and run()")
    add("--model_dir", help="the folder of the models, AZUREML_MODEL_DIR for the script")
    add("--port", type=_port, help="the port to listen on, 5001 if not given")
    add(
        "--health_port",
        type=_port,
        help="a second port, 5000 if not given, with SEPERATE_HEALTH_ENDPOINT=true",
    )
    add("--worker_count", type=_count, help="the number of workers, 1 if not given")
    add("--appinsights_instrumentation_key", help="answered with where the metrics are instead")
    add("--access_control_allow_origins", help="origins that may call, separated by commas")
    add("--config_file", help="JSON with the names of variables as keys")
    return parser


if __name__ == "__main__":
    sys.exit(main())
