"""A project file, from a notebook and from a terminal, down to a service that answers."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from brygga import Project, Workspace
from brygga.cli.root import brygga
from brygga.testing.services import ECHO

FILE = """\
name = "projected"
entry_script = "src/score.py"
models = [{ path = "weights.pkl" }]
secrets = ["TOKEN"]
tags = { team = "a" }

[environment]
packages = []

[resources]
cpu_cores = 0.5
memory_gb = 0.5

[serving]
log_level = "${LEVEL:-WARNING}"

[stages.prod.access]
auth = false
"""


def test_a_project_is_planned_deployed_exported_and_staged(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/score.py").write_text(ECHO)
    (tmp_path / "weights.pkl").write_bytes(b"w")
    (tmp_path / "brygga.toml").write_text(FILE)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "src")  # the file is found above
    monkeypatch.setenv("TOKEN", "only-known-here")

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(brygga, ["--workspace", workspace.name, *words])
        return result.exit_code, result.stdout

    assert workspace.plan_project().is_new
    service = workspace.deploy_project()
    service.wait_for_deployment(timeout_s=60)

    assert (service.name, service.models) == ("projected", ("weights.pkl:0",))
    assert (service.spec.log_level, service.spec.secrets) == ("WARNING", ("TOKEN",))
    assert "got" in service.run(1)
    assert not workspace.plan_project()
    assert run("deploy", "--dry-run", "--exit-code") == (
        0,
        "Nothing would change: projected serves this already.\n",
    )
    monkeypatch.delenv("TOKEN")
    code, told = run("deploy", "--dry-run", "--exit-code", "--stage", "prod", "--cpu", "1")
    assert (code, told.splitlines()[1:]) == (2, ["  cpu_cores: 0.5 -> 1", "  auth: on -> off"])

    code, text = run("service", "export", "projected")
    assert (code, "only-known-here" in text) == (0, False)
    exported = tmp_path / "exported.toml"
    exported.write_text(text)
    assert not workspace.plan_project(exported)
    assert Project.read(exported).names == ("projected",)

    assert run("deploy", "--stage", "prod")[0] == 0
    assert (service.spec.auth, service.revision) == (False, 2)
    code, _ = run("service", "rollback", "projected")
    assert (code, service.spec.auth, service.revision) == (0, False, 3)
