"""Trying a script without a server."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.worker import BOOTSTRAP, start_config

SCRIPT = """
def init():
    print("starting")

def run(data):
    if data == "bad":
        return 1 / 0
    if data == "stream":
        return (part for part in ("a", "b"))
    if data == "set":
        return {1}
    return data.upper()
"""


def attempt(
    folder: Path,
    *requests: dict[str, Any],
    python: str = sys.executable,
    bootstrap: Path = BOOTSTRAP,
) -> tuple[int, dict[str, Any], str]:
    """(exit code, report, log)."""
    asked = {"config": start_config(folder), "requests": requests}
    report = folder / "report.json"
    done = subprocess.run(
        [python, "-s", str(bootstrap), "once", str(report)],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
        timeout=30,
    )
    return done.returncode, json.loads(report.read_text()), done.stdout.decode()


def test_each_request_has_its_result(tmp_path: Path, other_python: str) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    encoded = base64.b64encode(b"\xff").decode()
    code, report, log = attempt(
        tmp_path,
        {"text": "abc"},
        {"text": "bad"},
        {"body_b64": encoded},
        {"text": "stream"},
        {"text": "set"},
        python=other_python,
    )
    assert code == 0
    assert report["contract"]["takes_input"] == "text"
    assert report["diagnosis"] is None
    results = report["results"]
    assert [(r["cause"], r["status"], r["output"]) for r in results] == [
        ("ok", 200, '"ABC"'),
        ("run_raised", 500, ""),
        ("bad_input", 400, ""),
        ("ok", 200, "ab"),
        ("not_encodable", 500, ""),
    ]
    raised = results[1]
    assert (raised["file"], raised["line"]) == ("score.py", 7)
    assert raised["error"] == "ZeroDivisionError: division by zero"
    assert raised["traceback"].splitlines()[1].endswith('score.py", line 7, in run')
    assert "object of type set" in results[4]["error"]
    assert "brygga.print - starting" in log


def test_a_script_that_cannot_be_served_is_diagnosed(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("def init(): open('model.pkl')\ndef run(data): 0\n")
    code, report, _ = attempt(tmp_path, {"text": "abc"})
    assert code == 3
    assert report["diagnosis"]["cause"] == "init_raised"
    assert (report["diagnosis"]["file"], report["diagnosis"]["line"]) == ("score.py", 1)
    assert report["results"] == []


def test_nothing_of_ours_shadows_a_module_where_the_server_is_behind_a_link(
    tmp_path: Path, other_python: str
) -> None:
    (tmp_path / "link").symlink_to(BOOTSTRAP.parent)
    (tmp_path / "score.py").write_text("import http.client\n" + SCRIPT)
    linked = tmp_path / "link" / BOOTSTRAP.name
    code, report, log = attempt(tmp_path, {"text": "abc"}, python=other_python, bootstrap=linked)
    assert (code, report["results"][0]["output"]) == (0, '"ABC"'), log
