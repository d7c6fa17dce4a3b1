import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brygga import errors
from brygga.environments import Environment, IndexOptions

SHA = "a" * 64


def requirements(folder: Path, text: str) -> Environment:
    path = folder / "requirements.txt"
    path.write_text(text)
    return Environment.from_requirements_file(path)


def test_lines_comments_and_continuations(tmp_path: Path) -> None:
    environment = requirements(
        tmp_path,
        "# a comment\nnumpy>=1,\\\n<3  # why\n\nsix == 1.16.0 \\\n   --hash=sha256:" + SHA + "\n"
        'pywin32; sys_platform == "win32"\nazureml-core==1.0\n',
    )
    assert environment.packages == (
        "numpy<3,>=1",
        f"six==1.16.0 --hash=sha256:{SHA}",
        'pywin32; sys_platform == "win32"',
    )
    assert environment.dropped == ("azureml-core==1.0",)


def test_nested_files_are_relative_to_the_one_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.txt").write_text("-r b.txt\n-cc.txt\n")
    (tmp_path / "deep/b.txt").write_text("six\n")
    (tmp_path / "deep/c.txt").write_text("six<2\n")
    environment = requirements(tmp_path, "-r deep/a.txt\n")
    assert environment.packages == ("six",)
    assert environment.constraints == ("six<2",)


def test_options(tmp_path: Path) -> None:
    environment = requirements(
        tmp_path,
        "-i https://a.invalid/simple\n--extra-index-url=https://b.invalid/simple\n"
        "-f wheels\n--trusted-host b.invalid\n--pre\n--no-index\n--require-hashes\n",
    )
    assert environment.prereleases
    assert environment.index == IndexOptions(
        "https://a.invalid/simple",
        ("https://b.invalid/simple",),
        (str(tmp_path / "wheels"),),
        ("b.invalid",),
        no_index=True,
    )


def test_variables_are_filled_in_for_packages_and_kept_in_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_VERSION", "1.16.0")
    monkeypatch.setenv("MY_TOKEN", "secret")
    environment = requirements(
        tmp_path, "--index-url https://${MY_TOKEN}@a.invalid/simple\nsix==${MY_VERSION}\n"
    )
    assert environment.packages == ("six==1.16.0",)
    assert environment.index.index_url == "https://${MY_TOKEN}@a.invalid/simple"
    assert "secret" in environment.index.variables()["UV_DEFAULT_INDEX"]


def test_local_wheels_and_folders_become_absolute(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "x-1.0-py3-none-any.whl").touch()
    environment = requirements(
        tmp_path, f"./mine[extra]\n-e ./mine\nx-1.0-py3-none-any.whl\nx @ file://{tmp_path}/mine\n"
    )
    assert environment.packages == (
        f"{tmp_path}/mine[extra]",
        f"{tmp_path}/mine",
        f"{tmp_path}/x-1.0-py3-none-any.whl",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("six\n!!! bad\n", "requirements.txt:2: '!!! bad' is not a requirement"),
        ("six=1.0\n", "requirements.txt:1: 'six=1.0' is not a requirement"),
        ("git+https://h.invalid/r\n", "names an address, which cannot be locked"),
        ("x @ https://h.invalid/x.whl\n", "names an address, which cannot be locked"),
        ("./nowhere\n", "neither a wheel nor a source folder"),
        ("--no-binary :all:\n", "the option --no-binary cannot be used here"),
        ("-i\n", "the option --index-url has no value"),
        ('-i "open\n', "No closing quotation"),
        ("-r requirements.txt\n", "leads back to a file that names it"),
        ("-r nothing.txt\n", "nothing.txt does not exist"),
        ("six --hash=md5:abc\n", "md5:abc is no sha256"),
    ],
)
def test_lines_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(errors.InvalidInputError) as caught:
        requirements(tmp_path, text)
    assert message in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInputError, match="does not exist"):
        Environment.from_requirements_file(tmp_path / "nothing.txt")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_bytes(b"\xff\xff")
    with pytest.raises(errors.InvalidInputError, match="is not UTF-8 text"):
        Environment.from_requirements_file(path)


_PIECES = st.sampled_from(
    ["six", "==1", ">=", ";", "-r ", "-e ", "-c ", "--hash=sha256:", "[", "]", "@", "file:", "://",
     ".", "/", "\\\n", "\n", "#", "${HOME}", "'", '"', "--", "-", "=", " ", "~", ".whl", "é", "\0"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(text=st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=40))
def test_garbage_gives_an_environment_or_our_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.txt"
    path.write_bytes(text.encode(errors="replace"))
    with contextlib.suppress(errors.BryggaError):
        Environment.from_requirements_file(path)
    with contextlib.suppress(errors.BryggaError):
        Environment.from_packages([text])


def test_an_import_named_as_a_package_is_the_package_it_comes_from() -> None:
    environment = Environment.from_packages(["sklearn==1.5.0", "PIL", "opencv-python"])
    assert environment.packages == ("scikit-learn==1.5.0", "pillow", "opencv-python")
    assert environment.notes == (
        "sklearn is scikit-learn on the package index",
        "PIL is pillow on the package index",
    )
