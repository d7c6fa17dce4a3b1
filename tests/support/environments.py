"""Environments of their own for what tests compare with, or try the server with."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest
from support.cache import ROOT, made

_SCRIPT_PACKAGES = ("numpy", "pandas")
_INTERPRETER = Path(sys.executable).resolve()  # that of .venv goes with this checkout


def reference() -> Path:
    """The interpreter of an environment with the original server, made on first use."""
    return _made("reference", _requirements("differential"))


def scripts() -> Path:
    """The interpreter of an environment with what scripts import, and nothing else."""
    return _made("scripts", _only(_requirements("differential"), _SCRIPT_PACKAGES))


def schemathesis() -> Path:
    """The interpreter of an environment with schemathesis."""
    return _made("schemathesis", _requirements("schemathesis"))


def uv_program(requirement: str) -> Path:
    """The newest uv that a requirement allows, whatever the index has by now."""
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder, "asked.txt"), Path(folder, "found.txt")
        asked.write_text(requirement, encoding="utf-8")
        _uv(
            "pip",
            "compile",
            "--no-deps",
            "--no-header",
            "--generate-hashes",
            "-o",
            str(found),
            str(asked),
        )
        return _made("uv", found.read_text(encoding="utf-8")).with_name("uv")


def add(python: Path, *requirements: str) -> None:
    """Installs into an environment that is there; sooner than pip, which compiles all of it."""
    _uv("pip", "install", "--python", str(python), *requirements)


def _requirements(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _made(name: str, requirements: str) -> Path:
    inputs = f"{_INTERPRETER}\n{sys.version}\n{requirements}"
    return made(name, inputs, partial(_make, requirements)) / "bin" / "python"


def _make(requirements: str, folder: Path) -> None:
    listing = folder.with_suffix(".txt")
    listing.write_text(requirements, encoding="utf-8")
    _uv("venv", "--python", str(_INTERPRETER), str(folder))
    python = str(folder / "bin" / "python")
    _uv("pip", "sync", "--compile-bytecode", "--python", python, "--require-hashes", str(listing))


def _only(requirements: str, names: tuple[str, ...]) -> str:
    """The entries of a hashed requirements file that `names` need."""
    kept, keep = [], False
    wanted = (*names, "python-dateutil", "six", "tzdata")
    for line in requirements.splitlines():
        if line and not line.startswith((" ", "#")):
            keep = line.partition("==")[0] in wanted
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    assert uv is not None, "uv is a requirement of brygga"
    done = subprocess.run(
        [uv, "--quiet", *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        pytest.skip(f"uv {arguments[0]} failed, so a test has no environment: {done.stderr}")
