"""Environments of conda's, made up: folders with what conda writes into them."""

import json
import logging
from pathlib import Path

import pytest

from azureml.core import Environment
from azureml.exceptions import UserErrorException


def _package(prefix: Path, name: str, version: str, *files: str) -> None:
    meta = prefix / "conda-meta"
    meta.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"name": name, "version": version, "files": files, "channel": "conda-forge"})
    (meta / f"{name}-{version}-0.json").write_text(text)


def _distribution(prefix: Path, name: str, version: str) -> str:
    place = f"lib/python3.11/site-packages/{name.replace('-', '_')}-{version}.dist-info/METADATA"
    (prefix / place).parent.mkdir(parents=True)
    (prefix / place).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText.")
    return place


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where conda would be installed; there is no command."""
    for name in ("CONDA_PREFIX", "CONDA_EXE", "CONDA_ENVS_PATH", "CONDA_ENVS_DIRS", "MAMBA_EXE",
                 "MAMBA_ROOT_PREFIX", "CONDA_DEFAULT_ENV"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    prefix = tmp_path / "miniconda3/envs/mine"
    _package(prefix, "python", "3.11.4", "bin/python3.11")
    _package(prefix, "libgcc-ng", "13.2.0", "lib/libgcc_s.so")
    _package(prefix, "ffmpeg", "6.1", "bin/ffmpeg")
    _package(prefix, "pip", "24.0", _distribution(prefix, "pip", "24.0"))
    torch = _distribution(prefix, "torch", "2.1.0")
    _package(prefix, "pytorch", "2.1.0", torch)
    _distribution(prefix, "scikit-learn", "1.3.2")  # with pip
    return tmp_path / "miniconda3"


def test_packages_of_python_are_taken_as_the_index_knows_them(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="azureml")

    made = Environment.from_existing_conda_environment("copy", "mine")

    held = made.python.conda_dependencies
    assert held.get_python_version() == "3.11.4"
    assert list(held.pip_packages) == ["azureml-defaults", "scikit-learn==1.3.2", "torch==2.1.0"]
    (line,) = caplog.messages
    assert "ffmpeg, libgcc-ng are no packages of Python. They are left out" in line


@pytest.mark.parametrize("way", ["CONDA_PREFIX", "CONDA_EXE", "CONDA_ENVS_PATH", "folder", "list"])
def test_it_is_found_where_conda_keeps_it(
    root: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = root.parent / "elsewhere"
    root.rename(elsewhere)
    prefix = elsewhere / "envs/mine"
    name = "mine"
    if way == "folder":
        name = str(prefix)
    elif way == "list":
        (root.parent / ".conda").mkdir()
        (root.parent / ".conda/environments.txt").write_text(f"/gone/x\n{prefix}\n")
    else:
        values = {"CONDA_PREFIX": prefix, "CONDA_EXE": elsewhere / "bin/conda",
                  "CONDA_ENVS_PATH": elsewhere / "envs"}  # fmt: skip
        monkeypatch.setenv(way, str(values[way]))

    made = Environment.from_existing_conda_environment("copy", name)

    assert made.python.conda_dependencies.get_python_version() == "3.11.4"


def test_what_cannot_be_taken_is_said(root: Path) -> None:
    with pytest.raises(UserErrorException, match=r"no conda environment other.*miniconda3.*export"):
        Environment.from_existing_conda_environment("copy", "other")
    _package(root / "envs/bare", "ffmpeg", "6.1")
    with pytest.raises(UserErrorException, match=r"bare in .* has no Python in it"):
        Environment.from_existing_conda_environment("copy", "bare")
    (root / "envs/bare/conda-meta/x.json").write_text("{}")
    with pytest.raises(UserErrorException, match=r"x\.json is not what conda writes"):
        Environment.from_existing_conda_environment("copy", "bare")
