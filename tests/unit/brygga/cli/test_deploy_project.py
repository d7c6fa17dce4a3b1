"""`brygga deploy` with a project file: found, overlaid, planned, several at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.cli import INIT_RAISED, MemoryService, Terminal

from brygga.spec.change import Change

FILE = """\
[services.one]
entry_script = "score.py"
sample_input = "in put.json"
secrets = ["TOKEN"]
[services.one.resources]
cpu_cores = 0.5
[services.two]
entry_script = "score.py"
[stages.prod.resources]
memory_gb = 2
"""


@pytest.fixture
def folder(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a project file and a script in it; the current one."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "score.py").write_text(Path(script).read_text())
    (folder / "in put.json").write_text("1")
    (folder / "brygga.toml").write_text(FILE)
    monkeypatch.chdir(folder)
    return folder


def test_one_of_several_is_named_and_options_win(terminal: Terminal, folder: Path) -> None:
    result = terminal("deploy", "one", "--stage", "prod", "--cpu", "1", env={"TOKEN": "t"})
    assert result.exit_code == 0, result.stderr

    asked = terminal.workspace.services.kept["one"].asked
    assert asked.pop("environment").packages == ()
    assert asked == {
        "folder": folder,
        "entry_script": "score.py",
        "cpu_cores": 1.0,
        "memory_gb": 2.0,
        "secrets": {"TOKEN": "t"},
        "sample_input": folder / "in put.json",
    }
    assert "try     brygga service run one --input 'in put.json'" in result.stdout


def test_all_are_deployed(terminal: Terminal, folder: Path) -> None:
    found = terminal.json("deploy", "--all", "--file", str(folder / "brygga.toml"))
    assert [each["name"] for each in found] == ["one", "two"]
    assert list(terminal.workspace.services.kept) == ["one", "two"]


@pytest.mark.usefixtures("folder")
def test_what_fails_of_all_is_said_and_the_others_go_on(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, made = terminal.workspace.services, terminal.workspace.services.deploy

    def deploy(name: str, **asked: Any) -> MemoryService:
        services.breaks = INIT_RAISED if name == "one" else None
        return made(name, **asked)

    monkeypatch.setattr(services, "deploy", deploy)
    result = terminal("deploy", "--all")
    assert result.exit_code == 1
    assert "two is healthy" in result.stdout
    assert "one is" not in result.stdout
    assert result.stderr.endswith("1 of 2 failed: one.\n")
    found = json.loads(terminal("deploy", "--all", "--json").stdout)
    assert [(each["name"], each["error"] is None) for each in found] == [
        ("two", True),
        ("one", False),
    ]


@pytest.mark.usefixtures("folder")
def test_nothing_is_guessed(terminal: Terminal) -> None:
    several = terminal("deploy")
    assert (several.exit_code, "Name one of them: one, two." in several.stderr) == (1, True)
    both = terminal("deploy", "one", "--all")
    assert (both.exit_code, "exclude each other" in both.stderr) == (2, True)
    unknown = terminal("deploy", "thre")
    assert (unknown.exit_code, "no service 'thre'" in unknown.stderr) == (2, True)
    named = terminal("deploy", "thre", "--stage", "prod")
    assert (named.exit_code, "There are: one, two." in named.stderr) == (1, True)


@pytest.mark.usefixtures("folder")
def test_a_service_the_file_does_not_speak_of_is_deployed_as_ever(terminal: Terminal) -> None:
    assert terminal("deploy", "other", "--entry-script", "score.py").exit_code == 0
    asked = terminal.workspace.services.kept["other"].asked
    assert (asked["entry_script"], "folder" in asked) == (Path("score.py"), False)


def test_without_a_file_it_says_what_to_write(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = terminal("deploy", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "project.not_found"
    assert "Write brygga.toml beside the code" in result.stderr


@pytest.mark.usefixtures("folder")
def test_a_dry_run_deploys_nothing_and_says_what_it_would(terminal: Terminal) -> None:
    services = terminal.workspace.services
    terminal("deploy", "two")
    services.would_change = (Change("cpu_cores", "0.5", "1"),)

    result = terminal("deploy", "two", "--dry-run", "--cpu", "1")

    assert (result.exit_code, result.stdout) == (
        0,
        "two would be changed:\n  cpu_cores: 0.5 -> 1\n",
    )
    assert (services.planned["two"]["cpu_cores"], list(services.kept)) == (1.0, ["two"])
    assert terminal("deploy", "two", "--dry-run", "--exit-code").exit_code == 2
    found = terminal.json("deploy", "--all", "--dry-run")
    assert [(each["service"], each["is_new"]) for each in found] == [("one", True), ("two", False)]
    assert found[1]["changes"] == [{"name": "cpu_cores", "before": "0.5", "after": "1"}]


@pytest.mark.usefixtures("folder")
def test_where_nothing_would_change_a_script_hears_zero(terminal: Terminal) -> None:
    terminal("deploy", "two")
    result = terminal("deploy", "two", "--dry-run", "--exit-code")
    assert result.exit_code == 0
    assert "Nothing would change: two serves this already." in result.stdout
    assert terminal("deploy", "two", "--exit-code").exit_code == 2


@pytest.mark.usefixtures("folder")
def test_a_file_is_checked(terminal: Terminal) -> None:
    good = terminal("project", "check", "--stage", "prod", env={"TOKEN": "t"})
    assert good.stdout == "brygga.toml is good. Services: one, two; stages: prod\n"
    Path("brygga.toml").write_text("[resources]\ncpus = 1")
    bad = terminal("project", "check")
    assert bad.exit_code == 1
    assert "brygga.toml, line 2: there is no key 'cpus' in [resources]" in bad.stderr
    assert "Did you mean" in bad.stderr


def test_what_a_file_names_and_is_not_there_is_told_all_at_once(
    terminal: Terminal, folder: Path
) -> None:
    (folder / "brygga.toml").write_text(
        """\
[services.one]
entry_script = "scor.py"
models = [{ path = "model.pkl" }, "digits"]
secrets = ["TOKEN"]
target = "cluster"
[services.two]
entry_script = "score.py"
sample_input = "other.json"
[services.three]
source_directory = "src"
entry_script = "score.py"
description = "${WHO}"
[services.four]
entry_script = "score.py"
"""
    )
    result = terminal("project", "check", env={"WHO": "me"})
    assert result.exit_code == 1
    found = [line for line in result.stdout.splitlines() if not line.startswith("   ")]
    assert found == [
        "FAIL  one: brygga.toml, line 2: there is no entry script 'scor.py'.",
        "FAIL  one: There is no 'model.pkl' (models).",
        "warn  one: There is no model 'digits'.",
        "warn  one: The target 'cluster' cannot be used here.",
        "warn  one: The secret TOKEN has no value.",
        "FAIL  two: brygga.toml, line 8: sample_input: there is no 'other.json'.",
        "FAIL  three: There is no folder 'src' (source_directory).",
        "brygga.toml has gaps. Services: one, two, three, four",
    ]
    assert "FAIL  three: brygga.toml, line 12: the variable WHO is not set." in (
        terminal("project", "check").stdout
    )


@pytest.mark.parametrize("command", ["deploy", "test"])
def test_a_script_that_is_not_there_is_told_with_the_line_that_names_it(
    terminal: Terminal, folder: Path, command: str
) -> None:
    (folder / "brygga.toml").write_text(
        'name = "svc"\nentry_script = "score.py"\n[stages.prod]\nentry_script = "scor.py"\n'
    )
    result = terminal(command, "--stage", "prod")
    assert result.exit_code == 1
    assert "error: brygga.toml, line 4: there is no entry script 'scor.py'." in result.stderr
    assert f"hint: It is looked for in {folder}." in result.stderr


def test_what_only_this_workspace_lacks_is_no_failure(terminal: Terminal, folder: Path) -> None:
    (folder / "brygga.toml").write_text('entry_script = "score.py"\nmodels = ["digits"]\n')
    result = terminal("project", "check")
    assert (result.exit_code, "warn  project: There is no model 'digits'." in result.stdout) == (
        0,
        True,
    )


def test_a_service_is_exported(terminal: Terminal, script: str) -> None:
    terminal("deploy", "svc", "--entry-script", script)
    assert terminal("service", "export", "svc").stdout == 'name = "svc"\n'


@pytest.mark.usefixtures("folder")
def test_a_name_that_the_file_does_not_have_is_told_which_it_has(terminal: Terminal) -> None:
    result = terminal("deploy", "three")
    assert result.exit_code == 2
    assert "name one that brygga.toml has: one, two." in " ".join(result.stderr.split())


def test_without_a_file_a_beginner_is_led_to_one(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "`brygga new FOLDER`" in terminal("deploy").stderr


def test_an_exported_file_says_which_line_is_to_count(terminal: Terminal, folder: Path) -> None:
    (folder / "brygga.toml").write_text('name = "svc"\n# entry_script = "score.py"\n')
    assert "brygga.toml, line 2: the entry script is commented out" in terminal("deploy").stderr
    (folder / "brygga.toml").write_text('name = "svc"\nentry_script = "score.py"\n')
    assert terminal("deploy").exit_code == 0
    (folder / "brygga.toml").write_text('name = "svc"\n# entry_script = "score.py"\n')
    assert terminal("deploy").exit_code == 0
