import contextlib
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brygga import errors
from brygga.environments import Environment

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def conda(folder: Path, text: str | bytes) -> Environment:
    path = folder / "env.yml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Environment.from_conda_file(path)


def dependencies(folder: Path, *items: str) -> Environment:
    return conda(folder, "dependencies:\n" + "".join(f'- "{item}"\n' for item in items))


def test_the_file_azureml_core_writes(tmp_path: Path) -> None:
    environment = conda(
        tmp_path,
        """
# Conda environment specification.
name: project_environment
dependencies:
- python=3.8.13

- pip:
    # Required packages for AzureML execution, history, and data preparation.
  - --extra-index-url https://pypi.python.org/simple
  - azureml-defaults~=1.61.0
  - azureml-dataset-runtime[fuse]
  - inference-schema[numpy-support]==1.3

- scikit-learn
channels:
- anaconda
- conda-forge
""",
    )
    assert environment.name == "project_environment"
    assert environment.python == "3.8"
    assert environment.packages == ("scikit-learn",)
    assert environment.index.extra_index_urls == ()
    assert len(environment.dropped) == 4


@pytest.mark.parametrize(
    ("spec", "requirement"),
    [
        ("numpy", "numpy"),
        ("numpy=1.19", "numpy==1.19.*"),
        ("numpy=1.19.*", "numpy==1.19.*"),
        ("numpy==1.19.2", "numpy==1.19.2"),
        ("numpy=1.19.2=py38h54aff64_0", "numpy==1.19.2"),
        ("numpy 1.19.2 py38_0", "numpy==1.19.2"),
        ("numpy 1.19.*", "numpy==1.19.*"),
        ("numpy >=1.19,<2", "numpy<2,>=1.19"),
        ("numpy>=1.19.*", "numpy>=1.19"),
        ("numpy=*", "numpy>=0"),
        ("conda-forge::numpy==1.19.2", "numpy==1.19.2"),
        ("numpy[version='>=1.19']", "numpy>=1.19"),
        ("pytorch=2.4", "torch==2.4.*"),
        ("py-opencv", "opencv-python-headless"),
        ("Matplotlib-base", "matplotlib"),
    ],
)
def test_versions_and_names_are_translated(tmp_path: Path, spec: str, requirement: str) -> None:
    assert dependencies(tmp_path, spec).packages == (requirement,)


@pytest.mark.parametrize(
    ("spec", "python"),
    [
        ("python", None),
        ("python=3.11", "3.11"),
        ("python==3.9.18", "3.9"),
        ("python=3.8.5=h7579374_1", "3.8"),
        ("python 3.10.*", "3.10"),
        ("python>=3.8", HERE),
        ("python=3", HERE),
        ("python>=3.8,<3.10", "3.9"),
        ("python=3.6.2", "3.6"),
    ],
)
def test_python_of_the_file(tmp_path: Path, spec: str, python: str | None) -> None:
    assert dependencies(tmp_path, spec).python == python


def test_no_python_fits(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInputError, match=r"no Python fits 'python>3\.9,<3\.8'"):
        dependencies(tmp_path, "python>3.9,<3.8")


def test_an_exported_file_without_what_every_interpreter_has(tmp_path: Path) -> None:
    environment = dependencies(
        tmp_path, "_libgcc_mutex=0.1=main", "openssl=1.1.1k=h27cfd23_0", "pip=21.0", "six=1.16.0=py"
    )
    assert environment.packages == ("six==1.16.0",)
    assert len(environment.dropped) == 3


@pytest.mark.parametrize("name", ["cpuonly", "openjdk", "gcc=9", "r-ggplot2"])
def test_what_only_conda_has_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        errors.InvalidInputError, match="what only conda has: " + name.split("=", maxsplit=1)[0]
    ):
        dependencies(tmp_path, "numpy", name)


def test_options_in_the_pip_section(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("six==1.16.0\n")
    (tmp_path / "limits.txt").write_text("numpy<2\n")
    environment = conda(
        tmp_path,
        """
dependencies:
- pip:
  - -r more.txt
  - -c limits.txt
  - --index-url=https://a.invalid/simple
  - --extra-index-url https://b.invalid/simple --find-links wheels
  - requests[socks]>=2 ; python_version > "3"
""",
    )
    assert environment.packages == ("six==1.16.0", 'requests[socks]>=2; python_version > "3"')
    assert environment.constraints == ("numpy<2",)
    assert environment.index.index_url == "https://a.invalid/simple"
    assert environment.index.extra_index_urls == ("https://b.invalid/simple",)
    assert environment.index.find_links == (str(tmp_path / "wheels"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dependencies: [a, b", "is not YAML"),
        ("a: b: c", "is not YAML"),
        (b"\xff\xff\x80", "is not YAML"),
        ("dependencies: !!python/object/apply:os.system [ls]", "types"),
        ("- numpy", "holds no keys"),
        ("", "holds no keys"),
        ("dependancies:\n- numpy", "unknown key 'dependancies'. Did you mean 'dependencies'?"),
        ("dependencies:\n- numpy\nzzz: 1", "unknown key 'zzz'. Known keys: name"),
        ("name: x", "no list of dependencies"),
        ("dependencies: numpy", "no list of dependencies"),
        ("dependencies:\n- [numpy]", "neither a text nor a pip section"),
        ("dependencies:\n- conda: [numpy]", "neither a text nor a pip section"),
        ("dependencies:\n- pip: numpy", "not a list of texts"),
        ("dependencies:\n- pip: [six]\n- pip: [six]", "two pip sections"),
        ("dependencies:\n- numpy=1.0|2.0", "cannot be translated"),
        ("dependencies:\n- pip: ['--nonsense 3']", "the option --nonsense cannot be used here"),
        ("dependencies: &a [*a]", "aliases"),
        ("dependencies: " + "[" * 200 + "]" * 200, "too many levels"),
        ("x" * 300_000, "larger than 256 KiB"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(errors.InvalidInputError) as caught:
        conda(tmp_path, text)
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInputError, match="does not exist"):
        Environment.from_conda_file(tmp_path / "nothing.yml")


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInputError, match="cannot be read"):
        Environment.from_conda_file(tmp_path)


@pytest.mark.may_skip
@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "env.yml"
    path.write_text("dependencies: []")
    path.chmod(0)
    with pytest.raises(errors.InvalidInputError, match="cannot be read"):
        Environment.from_conda_file(path)


_PIECES = st.sampled_from(
    ["dependencies:", "\n", "- ", "pip:", "numpy", "=", "==", ">=1", "1.2", "*", "|", "python", " ",
     "  ", "[", "]", "{", "}", "'", "name: ", "&a", "*a", "!!int", "-e .", "-r x", "@", "::", "é"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.lists(_PIECES, max_size=20).map("".join) | st.text(max_size=60))
def test_garbage_gives_an_environment_or_our_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "env.yml"
    path.write_text(text, errors="replace")
    for content in (
        path.read_text(),
        "dependencies:\n- " + text,
        "dependencies:\n- pip:\n  - " + text,
    ):
        path.write_text(content)
        with contextlib.suppress(errors.BryggaError):
            Environment.from_conda_file(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=80))
def test_bytes_give_an_environment_or_our_error(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(errors.BryggaError):
        conda(tmp_path, content)


def test_what_only_conda_has_for_itself_is_left_out_and_variables_are_set(tmp_path: Path) -> None:
    environment = conda(
        tmp_path,
        """
dependencies:
  - _tflow_select=2.1.0
  - py-xgboost-mutex=2.0
  - libcurl
  - libiconv
  - cudatoolkit=11.3
  - librosa
  - pip:
    - joblib==1.3.2
    - pkg-resources==0.0.0
variables:
  MY_FLAG: hello
  LEVEL: 3
""",
    )
    assert environment.packages == ("librosa", "joblib==1.3.2")
    assert environment.dropped == (
        "_tflow_select=2.1.0", "py-xgboost-mutex=2.0", "libcurl", "libiconv", "cudatoolkit=11.3",
        "pkg-resources==0.0.0",
    )  # fmt: skip
    assert environment.variables == {"MY_FLAG": "hello", "LEVEL": "3"}
    assert Environment.from_dict(environment.to_dict()).variables == environment.variables


def test_variables_that_are_no_names_and_values(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInputError, match="are not names and values"):
        conda(tmp_path, "dependencies:\n- numpy\nvariables:\n- a\n")
