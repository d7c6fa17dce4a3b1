"""Environments of their own for what tests compare with, or try the server with."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "environments"
_SCRIPT_PACKAGES = ("numpy", "pandas")


def reference() -> Path:
    """The interpreter of an environment with the original server, made on first use."""
    return _made("reference", _requirements("differential"))


def scripts() -> Path:
    """The interpreter of an environment with what scripts import, and nothing else."""
    return _made("scripts", _only(_requirements("differential"), _SCRIPT_PACKAGES))


def schemathesis() -> Path:
    """The interpreter of an environment with schemathesis."""
    return _made("schemathesis", _requirements("schemathesis"))


def _requirements(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _made(name: str, requirements: str) -> Path:
    digest = hashlib.sha256(f"{sys.version}\ncompiled\n{requirements}".encode()).hexdigest()[:16]
    folder = CACHE / f"{name}-{digest}"
    python = folder / "bin" / "python"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            listing = CACHE / f"{name}.txt"
            listing.write_text(requirements, encoding="utf-8")
            _uv("venv", "--python", sys.executable, str(folder))
            _uv(
                "pip",
                "sync",
                "--compile-bytecode",
                "--python",
                str(python),
                "--require-hashes",
                str(listing),
            )
            (folder / "complete").touch()
    return python


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
        why = f"uv {arguments[0]} failed, so a test has no environment: {done.stderr}"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
