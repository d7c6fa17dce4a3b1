"""What a notebook shows of an error: the cause once, the caller's lines, and none of ours."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

import azureml
from azureml._support.absent import AbsentAttribute, AbsentModule, AbsentName
from azureml._support.errors import translated
from azureml.core import Run, Workspace
from azureml.core.webservice import Webservice
from azureml.core.webservice._waiting import wait
from azureml.exceptions import UserErrorException, WebserviceException
from brygga.errors import DeploymentError
from brygga.findings import Cause, Diagnosis
from brygga.operations import SILENT, Progress

BROKEN = Diagnosis(
    Cause.INIT_RAISED, "KeyError: 'w'", "score.py", 4, traceback='  File "score.py", line 4\n'
)


def _shown(error: BaseException) -> list[str]:
    lines: list[str] = error._render_traceback_()  # type: ignore[attr-defined]
    ours = str(Path(str(azureml.__file__)).parent)
    assert not any(ours in line or "<frozen" in line for line in lines)
    return lines


def test_a_call_that_has_to_be_corrected() -> None:
    with pytest.raises(UserErrorException) as caught:
        Run.list_by_compute(None)

    first, place, code = _shown(caught.value)

    assert first.startswith("UserErrorException: Run.list_by_compute is not supported by Brygga.")
    assert place.startswith(f'  File "{__file__}"')
    assert code.strip() == "Run.list_by_compute(None)"


def test_a_cause_of_bryggas_is_told_once_with_what_shows_it() -> None:
    with pytest.raises(WebserviceException) as caught, translated():
        raise DeploymentError("svc", 1, BROKEN)

    lines = _shown(caught.value)

    assert lines[0].startswith("WebserviceException: ")
    assert "KeyError: 'w' (score.py:4)" in lines[0]
    assert '  File "score.py", line 4' in lines[1:]
    assert sum("KeyError" in line for line in lines) == 1


def test_what_is_not_there() -> None:
    with pytest.raises(AbsentModule) as module:
        importlib.import_module("azureml.explain")
    with pytest.raises(AbsentName) as name:
        exec("from azureml.core import LinkedService", {})
    with pytest.raises(AbsentAttribute) as attribute:
        importlib.import_module("azureml.core").LinkedService  # noqa: B018

    assert _shown(module.value)[0].startswith("ModuleNotFoundError: azureml.explain is not in")
    assert _shown(name.value)[0].startswith("ImportError: azureml.core.LinkedService is not in")
    assert _shown(attribute.value)[0].startswith("AttributeError: azureml.core.LinkedService is")


def test_a_missing_engine_is_told_once_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from azureml.core._deploying import choose_target

    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    workspace = Workspace.create("tests", show_output=False)
    told = []
    for session in ("1", "1", "2"):
        monkeypatch.setenv("JPY_PARENT_PID", session)
        caplog.clear()
        assert choose_target(workspace, "svc") == "process"
        told.append(caplog.messages)

    line = "No container engine answers here: services run as processes of this machine."
    assert told == [[line], [], [line]]


def test_a_wait_prints_the_lines_of_v1_and_shows_nothing_beside(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where the wait of Brygga's own would show its phases in a notebook."""
    heard: list[Progress] = []

    def wait_for_deployment(*, timeout_s: float, progress: Progress) -> None:
        heard.append(progress)

    service = SimpleNamespace(
        _status_lines=None,
        state="Transitioning",
        compute_type="ACI",
        update_deployment_state=lambda: None,
        _brygga=SimpleNamespace(wait_for_deployment=wait_for_deployment),
    )
    wait(cast("Webservice", service), show_output=False, timeout_s=1)

    assert heard == [SILENT]
    said = 'ACI service creation operation finished, operation "Succeeded"\n'
    assert capsys.readouterr().out == said
