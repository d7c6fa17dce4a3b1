"""What a front in a pod leaves behind of its end."""

import json
from pathlib import Path

import pytest

from brygga_server import pod_process
from brygga_server.cli import FAILED


def _config(folder: Path, **settings: object) -> str:
    status = folder / "status.json"
    file = folder / "serve.json"
    content = {"version": 1, "settings": {"status_file": str(status), **settings}}
    file.write_text(json.dumps(content))
    return str(file)


def test_settings_that_cannot_be_used_are_noted(tmp_path: Path) -> None:
    note = tmp_path / "note"

    code = pod_process.main([_config(tmp_path, workers=0), str(note)])

    told = json.loads(note.read_text())
    assert (code, told["cause"]) == (FAILED, "settings_invalid")
    assert "workers" in told["message"]


def test_nothing_is_noted_where_nothing_is_known(tmp_path: Path) -> None:
    config, note = _config(tmp_path), tmp_path / "note"

    pod_process.write_note(config, note)
    (tmp_path / "status.json").write_text('{"diagnosis": null}')
    pod_process.write_note(config, note)
    pod_process.write_note(str(tmp_path / "missing"), note)

    assert not note.exists()


@pytest.mark.parametrize("character", ["x", "ü", '"'])
def test_what_is_too_long_keeps_its_place_and_the_end_of_its_traceback(character: str) -> None:
    traceback = f"{character * 20_000} the end"
    found = {"cause": "init_raised", "message": character * 9_000, "traceback": traceback}

    text = pod_process.fitting({**found, "file": "score.py", "line": 4, "signal": None})

    told = json.loads(text)
    assert len(text.encode()) <= 4000
    assert (told["cause"], told["file"], told["line"]) == ("init_raised", "score.py", 4)
    assert told["traceback"].endswith("the end")
    assert told["message"].startswith(character)


def test_what_is_short_is_told_as_it_is() -> None:
    found: dict[str, object] = {"cause": "init_raised", "message": "KeyError: 'w'", "line": 3}

    assert json.loads(pod_process.fitting(found)) == found
