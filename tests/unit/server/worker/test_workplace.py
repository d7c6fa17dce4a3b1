"""Where a script works, and what it is told of that."""

from pathlib import Path

from brygga_server.worker.config import from_dict
from brygga_server.worker.workplace import settle


def test_the_script_is_looked_for_below_the_source_directory_first(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()

    def script() -> str | None:
        return settle(str(tmp_path), entry_script="s.py", source_directory="src").entry_script

    assert script() == str(tmp_path / "s.py")
    (tmp_path / "src" / "s.py").touch()
    assert script() == str(tmp_path / "src" / "s.py")


def test_names_and_paths(tmp_path: Path) -> None:
    place = settle(
        str(tmp_path), entry_script="in/s.py", source_directory="src", model_dir="models/m/1"
    )
    assert place.names == {
        "AML_APP_ROOT": str(tmp_path),
        "AZUREML_ENTRY_SCRIPT": str(tmp_path / "in/s.py"),
        "AZUREML_MODEL_DIR": str(tmp_path / "models/m/1"),
        "AZUREML_SOURCE_DIRECTORY": str(tmp_path / "src"),
    }
    assert place.paths == [str(tmp_path / "in"), str(tmp_path / "src"), str(tmp_path)]
    folders = [tmp_path, tmp_path / "in"]
    assert place.logging_files == [str(folder / "logging.json") for folder in folders]


def test_without_a_script_main_is_imported(tmp_path: Path) -> None:
    place = settle(str(tmp_path), source_directory="src")
    assert place.names == {
        "AML_APP_ROOT": str(tmp_path), "AZUREML_SOURCE_DIRECTORY": str(tmp_path / "src"),
    }  # fmt: skip
    assert place.paths == [str(tmp_path / "src"), str(tmp_path)]


def test_v1_tells_where_the_models_are_as_it_was_told() -> None:
    told = {"entry_script": "s.py", "model_dir": "azureml-models/m/1"}
    assert settle("/app", **told, profile="v1").names["AZUREML_MODEL_DIR"] == told["model_dir"]
    assert settle(None).app_root == str(Path.cwd())


def test_the_worker_settles_what_is_settled_to_the_same(tmp_path: Path) -> None:
    for profile in ("native", "v1"):
        place = settle(
            str(tmp_path), entry_script="s.py", source_directory="src", model_dir="m",
            secrets_dir="secrets", profile=profile,
        )  # fmt: skip
        assert from_dict({**place._asdict(), "profile": profile}).place == place
