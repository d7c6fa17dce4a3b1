"""`azmlinfsrv`: Microsoft's command, with its flags, defaults and exit codes."""

# ruff: noqa: T201 - a command speaks to whoever called it

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from brygga_server.cli import serve
from brygga_server.settings import SettingsError, read

_FLAGS = (
    # flag, key, help
    ("entry_script", "entry_script", "the script with init() and run()"),
    ("model_dir", "model_dir", "the folder of the models"),
    ("port", "port", "the port to listen on, 5001 if not given"),
    ("worker_count", "workers", "the number of workers, 1 if not given"),
    ("access_control_allow_origins", "cors_origins", "origins that may call, separated by commas"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; exit code 1 without a script, 3 where the configuration or the script fails."""
    parser = argparse.ArgumentParser(prog="azmlinfsrv")
    for flag, key, text in _FLAGS:
        parser.add_argument(f"--{flag}", dest=key, help=text)
    parser.add_argument("--config_file", help="JSON with the names of variables as keys")
    arguments = vars(parser.parse_args(argv))
    file = arguments.pop("config_file") or _config_file(arguments["entry_script"])
    try:
        settings = read({**arguments, "profile": "v1"}, file=file, profile="v1")
    except SettingsError as error:
        print(f"azmlinfsrv: {error}", file=sys.stderr)
        return 3
    if settings.entry_script is None and file is None:
        print(
            "azmlinfsrv: Which script? Give it with --entry_script or --config_file.",
            file=sys.stderr,
        )
        return 1
    return serve(settings)


def _config_file(script: str | None) -> str | None:
    """Where v1 looks for its config.json, in this order."""
    named = os.environ.get("AZUREML_CONFIG_FILE")
    if named:
        return named
    folders = [os.environ.get("AML_APP_ROOT"), str(Path(script).parent) if script else None]
    for folder in folders:
        if folder and (Path(folder) / "config.json").is_file():
            return str(Path(folder) / "config.json")
    return None


if __name__ == "__main__":
    sys.exit(main())
