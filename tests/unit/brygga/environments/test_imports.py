from pathlib import Path

import pytest

from brygga import errors
from brygga.environments import Environment
from brygga.environments.imports import reached_by
from brygga.findings import Cause
from brygga.models.pickles import Pickled


def modules(script: Path, source: Path | None = None) -> set[str]:
    return {i.module for i in reached_by(script, source).imports}


def test_imports_anywhere_less_the_library_and_what_the_server_brings(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text(
        "from __future__ import annotations\n"
        "import json, os.path\nimport numpy as np\n"
        "from azureml.core.model import Model\nfrom inference_schema.schema_decorators import x\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy\nelse:\n    "
        "import a\n"
        "def run(data):\n    from sklearn.linear_model import LogisticRegression\n"
        "    import importlib\n    importlib.import_module('lazy.one')\n"
    )
    assert modules(script) == {"numpy", "sklearn.linear_model.LogisticRegression", "lazy.one", "a"}


def test_joblib_of_old_scikit_learn(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text("from sklearn.externals import joblib\n")
    assert modules(script) == {"sklearn.externals.joblib", "joblib"}


def test_own_modules_are_followed(tmp_path: Path) -> None:
    source = tmp_path / "src"
    (source / "pkg/sub").mkdir(parents=True)
    (source / "pkg/__init__.py").write_text("import one\n")
    (source / "pkg/sub/__init__.py").write_text("from . import deep\nfrom .. import flat\n")
    (source / "pkg/sub/deep.py").write_text("import two\nimport pkg.sub\n")
    (source / "pkg/flat.py").write_text("import three\n")
    (source / "beside.py").write_text("import four\n")
    (source / "unused.py").write_text("import never\n")
    (source / "score.py").write_text("import beside\nfrom pkg import sub\n")
    assert modules(source / "score.py", source) == {"one", "two", "three", "four"}


def test_what_the_script_does_without_is_optional(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text(
        "try:\n    import fast\nexcept (ImportError, OSError):\n    import slow\n"
        "try:\n    import needed\nexcept ValueError:\n    pass\n"
    )
    assert {i.module: i.optional for i in reached_by(script).imports} == {
        "fast": True,
        "slow": True,
        "needed": False,
    }


def test_a_script_with_a_syntax_error(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text("import os\ndef run(:\n")
    with pytest.raises(errors.ScriptError) as caught:
        Environment.from_script(script)
    assert caught.value.diagnosis.cause is Cause.SCRIPT_SYNTAX
    assert (caught.value.diagnosis.line, caught.value.diagnosis.column) == (2, 9)


def test_a_missing_script(tmp_path: Path) -> None:
    with pytest.raises(errors.ScriptError, match="does not exist"):
        Environment.from_script(tmp_path / "score.py")


def test_installed_versions_are_pinned(tmp_path: Path) -> None:
    import numpy as np
    import yaml

    (tmp_path / "score.py").write_text("import numpy, yaml\n")
    environment = Environment.from_script("score.py", source_directory=tmp_path)
    assert {p.lower() for p in environment.packages} == {
        f"numpy=={np.__version__}",
        f"pyyaml=={yaml.__version__}",
    }


def test_an_import_that_is_not_installed_is_named_with_its_place(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text("import os\n\nimport cv2x_not_there\n")
    with pytest.raises(errors.InvalidInputError) as caught:
        Environment.from_script(script)
    assert f"{script}:3 imports 'cv2x_not_there', which is not installed" in str(caught.value)
    assert "pip install cv2x-not-there" in caught.value.hint


def test_an_optional_import_that_is_not_installed_is_left_out(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text("try:\n    import not_there_at_all\nexcept ImportError:\n    pass\n")
    assert Environment.from_script(script).packages == ()


def test_a_module_of_ones_own_in_another_folder_is_shipped_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "my_own_helper.py").touch()
    script = tmp_path / "code" / "score.py"
    script.write_text("import my_own_helper\n")
    monkeypatch.chdir(tmp_path / "code")
    with pytest.raises(errors.InvalidInputError) as caught:
        Environment.from_script(script)
    assert f"my_own_helper is in {tmp_path}" in caught.value.hint
    assert "source_dir" in caught.value.hint


def test_what_a_pickle_needs_is_taken_at_the_version_installed_here(tmp_path: Path) -> None:
    import joblib
    import sklearn

    script = tmp_path / "score.py"
    script.write_text("import joblib\n")
    (tmp_path / "own.py").write_text("import yaml\n")
    pickled = Pickled(
        "model.pkl",
        ("sklearn.svm._classes:SVC", "own:Doubler", "azureml.x:Y", "__main__:Z"),
        versions={"scikit-learn": "0.22.1"},
    )
    environment = Environment.from_script(script, models=[pickled])
    found = dict(package.lower().split("==") for package in environment.packages)
    assert found.keys() == {"joblib", "scikit-learn", "pyyaml"}
    assert found["joblib"] == joblib.__version__
    assert found["scikit-learn"] == sklearn.__version__
    (note,) = environment.notes
    assert "model.pkl was made with scikit-learn 0.22.1; the service gets" in note


def test_what_a_pickle_needs_and_is_not_installed(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text("import os\n")
    pickled = Pickled("model.pkl", ("catboost.core:CatBoost", "not_there.x:Y"))
    environment = Environment.from_script(script, models=[pickled])
    assert environment.packages == ("catboost",)
    first, second = environment.notes
    assert first.startswith("model.pkl needs catboost, which is not installed here")
    assert second.startswith("model.pkl names the module 'not_there', which is neither beside")
