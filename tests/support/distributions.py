"""The three distributions as their users get them: wheels, installed where nothing of ours is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from support.cache import ROOT
from support.command import paste


def build(folder: Path) -> list[Path]:
    """The wheels, as `make dist` builds them, from a copy of the sources."""
    sources, wheels = folder / "packages", folder / "wheels"
    left_out = shutil.ignore_patterns("__pycache__", "*.whl", "dist")
    shutil.copytree(ROOT / "packages", sources, ignore=left_out)
    there = "--assume-old=.venv/bin/.installed"  # which is what runs this
    _run("make", "--silent", there, "dist", f"FROM={sources}", f"DIST={wheels}", cwd=ROOT)
    return sorted(wheels.glob("*.whl"))


class CleanMachine:
    """A folder, a home and an environment of somebody who has trained a model, and no more.

    Attributes:
        folder: Where commands are run.
        environ: What they find in their environment.
        python: The interpreter of their environment.
    """

    def __init__(
        self, folder: Path, runtime: Path, wheels: list[Path], pins: Sequence[str] = ()
    ) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        shutil.copytree(wheels[0].parent, self.folder / "dist")
        venv = folder / "venv"
        self.python = venv / "bin" / "python"
        _run(str(Path(sys.executable).resolve()), "-m", "venv", str(venv), cwd=folder)
        # Until they are on an index, these are what the names of the distributions mean.
        constraints = folder / "constraints.txt"
        names = {wheel: wheel.name.split("-")[0].replace("_", "-") for wheel in wheels}
        lines = [f"{name} @ {wheel.as_uri()}" for wheel, name in names.items()]
        constraints.write_text("\n".join([*lines, *pins, ""]))
        kept = ("LANG", "SSL_CERT_FILE", "UV_CACHE_DIR", "XDG_CACHE_HOME")
        passed = {k: v for k, v in os.environ.items() if k in kept or k.startswith("PIP_")}
        self.environ = {
            **passed,
            "HOME": os.environ["HOME"],  # where pip and uv find their index and their cache
            "PATH": f"{venv / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "PIP_CONSTRAINT": str(constraints),
            "PIP_NO_COMPILE": "1",  # what is imported is compiled then, and the rest is much
            "BRYGGA_HOME": str(folder / "home"),
            "BRYGGA_PORT": "0",
            "XDG_RUNTIME_DIR": str(runtime),
        }

    def shell(self, line: str) -> str:
        """What a line that a reader pastes says."""
        return paste(line, self.folder, self.environ, timeout=300)

    def start(self, line: str) -> subprocess.Popen[str]:
        """A line that goes on until it is interrupted; both its streams are one."""
        return subprocess.Popen(
            ["/bin/sh", "-c", f"exec {line}"],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
