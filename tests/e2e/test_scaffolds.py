"""Each template, as `brygga new` writes it: deployed as it is, and asked with its own sample."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from brygga import Workspace
from brygga.cli.root import brygga
from brygga.scaffolds import TEMPLATES

ANSWERS: dict[str, Any] = {
    "plain": [12, 30],
    "typed": [pytest.approx(8.55), pytest.approx(15.05)],
    "image": {"width": 8, "height": 8, "brightness": 112.0},
    "stream": "reward stop desserts stressed ",
}
FLOWERS = ["setosa", "versicolor", "virginica"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_deployed_as_it_is_and_answers_its_sample(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    folder = tmp_path / f"a-{template}"
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        result = CliRunner().invoke(brygga, ["--workspace", workspace.name, *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert run("new", folder.name, "--template", template).splitlines()[1:] == [
        f"  cd a-{template}",
        f"  brygga --workspace {workspace.name} test",
        f"  brygga --workspace {workspace.name} deploy",
    ]
    monkeypatch.chdir(folder)
    run("deploy")
    (sample,) = folder.glob("sample.*")
    answer = run("service", "run", folder.name, "--input", sample.name)

    found: Any = answer.removesuffix("\n") if template == "stream" else json.loads(answer)
    if template in ANSWERS:
        assert found == ANSWERS[template]
    else:
        assert found.get("names", found.get("predictions")) == FLOWERS
    _its_own_test_passes(folder, workspace)


def _its_own_test_passes(folder: Path, workspace: Workspace) -> None:
    """What `pytest` would run in the folder, which belongs to the workspace."""
    workspace.write_config(folder)
    tests = runpy.run_path(str(folder / "test_score.py"))
    found = [value for name, value in tests.items() if name.startswith("test_")]
    assert found
    for test in found:
        test()
