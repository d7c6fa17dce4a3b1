"""A workspace that is not there, and the call that makes it."""

from pathlib import Path

import pytest

from azureml.core import Workspace
from azureml.exceptions import WorkspaceException


@pytest.mark.parametrize(
    ("given", "call"),
    [
        ({}, "Workspace.create('nope')."),
        ({"subscription_id": "sub"}, "Workspace.create('nope', subscription_id='sub')."),
    ],
)
def test_it_is_made_with_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], call: str
) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path))
    with pytest.raises(WorkspaceException) as caught:
        Workspace.get("nope", **given)
    assert call in str(caught.value)
