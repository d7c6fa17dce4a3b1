from dataclasses import fields
from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.settings import TABLE, Settings


def test_the_table_has_a_line_for_each_setting() -> None:
    assert [setting.field for setting in TABLE] == [field.name for field in fields(Settings)]


def test_defaults() -> None:
    settings = Settings.from_environment({"HOME": "/nobody"})
    assert settings.home == Path.home() / ".brygga"
    assert settings.store_url is None
    assert settings.python_downloads == "automatic"
    empty = {setting.variable: "" for setting in TABLE}
    assert Settings.from_environment(empty) == settings


def test_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment(
        {
            "BRYGGA_HOME": "relative/home",
            "BRYGGA_STORE_URL": "postgresql://h/d",
            "BRYGGA_PYTHON_DOWNLOADS": "never",
        }
    )
    assert settings == Settings(tmp_path / "relative/home", "postgresql://h/d", "never")


def test_a_value_that_is_no_choice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"is 'no'\. Set it to automatic or never"):
        Settings.from_environment({"BRYGGA_PYTHON_DOWNLOADS": "no"})
