"""Which files go with a script, and which scripts are refused before anything is built."""

from pathlib import Path

import pytest

from brygga.errors import InvalidInputError, ScriptError
from brygga.findings import Cause
from brygga.images.code import check_script, collect_code

GOOD = "def init():\n    pass\n\ndef run(data):\n    return data\n"


def script(folder: Path, text: str, name: str = "score.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def refusal(path: Path) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        check_script(path)
    return caught.value


def test_a_script_alone_lies_in_the_app_root(tmp_path: Path) -> None:
    path = script(tmp_path, GOOD)
    script(tmp_path, "x = 1", "other.py")

    code = collect_code(path)

    assert (code.entry_script, code.source_directory) == ("score.py", None)
    assert code.files == (("score.py", path),)


def test_modules_beside_a_script_that_it_imports_go_along(tmp_path: Path) -> None:
    path = script(tmp_path, f"import helper\n{GOOD}")
    script(tmp_path, "from parts import one", "helper.py")
    script(tmp_path, "", "parts/__init__.py")
    script(tmp_path, "", "parts/one.py")
    script(tmp_path, "{}", "parts/table.json")
    script(tmp_path, "", "pickled.py")
    script(tmp_path, "", "unused.py")

    code = collect_code(path, modules=["pickled", "sklearn.svm"])

    assert [place for place, _ in code.files] == [
        "score.py", "helper.py", "parts/__init__.py", "parts/one.py", "parts/table.json",
        "pickled.py",
    ]  # fmt: skip


def test_a_source_directory_keeps_its_name_and_leaves_caches_out(tmp_path: Path) -> None:
    source = tmp_path / "src"
    script(source, GOOD, "app/score.py")
    script(source, "a,b\n", "data/table.csv")
    script(source, "", "__pycache__/score.cpython-311.pyc")
    script(source, "", ".git/config")

    code = collect_code("app/score.py", source)

    assert (code.entry_script, code.source_directory) == ("src/app/score.py", "src")
    assert [place for place, _ in code.files] == ["src/app/score.py", "src/data/table.csv"]


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path / "nope.py")

    assert error.diagnosis.cause is Cause.SCRIPT_MISSING
    assert "nope.py" in error.message


def test_something_that_is_not_python_is_refused(tmp_path: Path) -> None:
    assert refusal(script(tmp_path, GOOD, "score.txt")).diagnosis.cause is Cause.SCRIPT_MISSING


def test_a_syntax_error_has_file_line_and_column(tmp_path: Path) -> None:
    path = script(tmp_path, "def init():\n    pass\ndef run(data)\n    return 1\n")

    diagnosis = refusal(path).diagnosis

    assert diagnosis.cause is Cause.SCRIPT_SYNTAX
    assert (diagnosis.file, diagnosis.line, diagnosis.column) == (str(path), 3, 14)


@pytest.mark.parametrize("text", ["\0", "def init(): pass\nx = '\\ud800" + "\n"])
def test_what_cannot_be_parsed_at_all_is_a_script_error(tmp_path: Path, text: str) -> None:
    assert refusal(script(tmp_path, text)).diagnosis.cause is Cause.SCRIPT_SYNTAX


@pytest.mark.parametrize("name", ["init", "run"])
def test_a_missing_function_is_named(tmp_path: Path, name: str) -> None:
    path = script(tmp_path, GOOD.replace(f"def {name}(", "def other("))

    error = refusal(path)

    assert error.diagnosis.cause is Cause.SCRIPT_CONTRACT
    assert f"{name}()" in error.message


@pytest.mark.parametrize("arguments", ["*args", "**kwargs", "data, /", "", "request_headers"])
def test_a_run_nobody_can_call_is_refused_with_its_line(tmp_path: Path, arguments: str) -> None:
    path = script(tmp_path, f"def init(): ...\n\n\ndef run({arguments}): ...\n")

    diagnosis = refusal(path).diagnosis

    assert (diagnosis.cause, diagnosis.line) == (Cause.SCRIPT_CONTRACT, 4)


@pytest.mark.parametrize(
    "text",
    [
        "from impl import init, run\n",
        "from impl import *\n",
        "def init(): ...\nimpl = object()\nrun = impl.run\n",
        "try:\n    from a import run\nexcept E:\n    def run(data): ...\ndef init(): ...\n",
        "import driver_module\n",
        "async def run(data, request_headers): ...\nif True:\n    def init(): ...\n",
    ],
)
def test_functions_may_come_from_anywhere(tmp_path: Path, text: str) -> None:
    check_script(script(tmp_path, text))


def test_a_function_inside_a_function_does_not_count(tmp_path: Path) -> None:
    text = "def init(): ...\ndef outer():\n    def run(data): ...\n"

    assert "run()" in refusal(script(tmp_path, text)).message


def test_a_script_outside_its_source_directory_is_refused(tmp_path: Path) -> None:
    script(tmp_path, GOOD)
    (tmp_path / "src").mkdir()

    with pytest.raises(InvalidInputError, match="outside the source directory"):
        collect_code("../score.py", tmp_path / "src")


def test_a_link_out_of_the_source_directory_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "src"
    script(source, GOOD)
    (source / "passwd").symlink_to(script(tmp_path, "secret", "elsewhere.txt"))

    with pytest.raises(InvalidInputError, match="leaves the source directory"):
        collect_code("score.py", source)


def test_a_source_directory_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="not a folder"):
        collect_code("score.py", tmp_path / "nope")
