import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.home import Home

from brygga import Workspace
from brygga.cli.root import brygga
from brygga.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    settings = Settings(home=tmp_path / "home")
    home = Home(settings, Workspace.create("default", settings=settings))
    (tmp_path / "m").write_bytes(b"model")
    home.workspace.models.register("m", tmp_path / "m")
    home.deployed(models=[])
    return home


def _run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(brygga, words, env={"BRYGGA_HOME": str(home)})


def test_there_and_back(home: Home, tmp_path: Path) -> None:
    file, new = str(tmp_path / "b"), tmp_path / "new"
    assert _run(home.path, "workspace", "backup", file).stdout.startswith(f"Wrote {file} (")
    again = _run(home.path, "workspace", "backup", file)
    assert (again.exit_code, again.stderr.splitlines()[-1]) == (
        1,
        "hint: Give `--overwrite`, or another name.",
    )
    assert _run(home.path, "workspace", "backup", file, "--overwrite").exit_code == 0

    assert _run(new, "workspace", "restore", file).stdout == (
        f"Restored the workspace 'default' from {file}.\n"
        "These services do not run. Bring each back, as it was, from a folder whose project file "
        "does not name it:\n"
        "  brygga --workspace default deploy svc\n"
    )
    refused = _run(new, "workspace", "restore", file)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "give `--replace`: what is there is lost then." in refused.stderr
    done = _run(new, "workspace", "restore", file, "--name", "copy", "--json")
    assert json.loads(done.stdout) == {
        "name": "copy",
        "resource_group": "local",
        "subscription_id": "local",
        "deploy": ["svc"],
        "restart": [],
    }
    assert _run(new, "workspace", "restore", file, "--replace").exit_code == 0
    assert _run(new, "model", "list").stdout.splitlines()[1].startswith("m ")


def test_a_folder_that_is_not_there_is_not_made_for_a_backup(home: Home, tmp_path: Path) -> None:
    result = _run(home.path, "workspace", "backup", str(tmp_path / "mnt/b"))
    assert result.stderr.splitlines()[-2:] == [
        f"error: There is no folder {tmp_path / 'mnt'} for b.",
        f"hint: Make it first: `mkdir -p {tmp_path / 'mnt'}`",
    ]
    assert not (tmp_path / "mnt").exists()
