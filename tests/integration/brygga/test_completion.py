"""Completion in the shells themselves: the script is read by each, and names come."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pexpect  # type: ignore[import-untyped]
import pytest
from support.house import a_house

from brygga import Workspace
from brygga.settings import Settings
from brygga.testing.stores import KEY

PATIENCE = 60


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A home with a service and two models."""
    folder = tmp_path_factory.mktemp("completion")
    workspace = Workspace.create(KEY.name, settings=Settings(home=folder / "home"))
    (folder / "w.txt").write_text("1")
    for name in ("weights-one", "weights-two"):
        workspace.models.register(name, folder / "w.txt")
    (folder / "house").mkdir()
    house = a_house(folder / "house", f"sqlite:///{workspace._folder.database}")
    house.deploy("my-service")
    config = workspace.write_config(folder)
    programs = Path(sys.executable).parent
    return {
        "BRYGGA_HOME": str(folder / "home"),
        "HOME": str(folder),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PWD": str(config.parents[1]),
        "TERM": "dumb",
    }


def require(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell}: apt-get install {shell}")
    return found


def said(environment: Mapping[str, str], *command: str) -> list[str]:
    done = subprocess.run(
        command, env=environment, cwd=environment["PWD"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


LINES = pytest.mark.parametrize(
    ("line", "names"),
    [
        ("brygga service logs my", ["my-service"]),
        ("brygga model show weights", ["weights-one", "weights-two"]),
        ("brygga --workspace nowhere service logs my", []),
    ],
)


@LINES
def test_bash(environment: Mapping[str, str], line: str, names: list[str]) -> None:
    words = line.split()
    script = (
        'eval "$(brygga completion bash)"; complete -p brygga >/dev/null; '
        f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
        f'_brygga_completion brygga {words[-1]}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    assert said(environment, require("bash"), "--norc", "-c", script) == names


@LINES
def test_fish(environment: Mapping[str, str], line: str, names: list[str]) -> None:
    script = f"brygga completion fish | source; complete --do-complete '{line}'"
    assert said(environment, require("fish"), "--no-config", "-c", script) == names


def test_zsh(environment: Mapping[str, str]) -> None:
    """Which completes at its prompt only."""
    shell = pexpect.spawn(
        require("zsh"),
        ["-f"],
        env=dict(environment),
        cwd=environment["PWD"],
        timeout=PATIENCE,
        encoding="utf-8",
    )
    shell.sendline("PROMPT='ready> '; unsetopt zle_bracketed_paste; autoload -Uz compinit")
    shell.sendline('compinit -u -D; eval "$(brygga completion zsh)"; echo read-"it"')
    shell.expect("read-it")
    shell.send("echo brygga model show | cat; brygga model show weights-t\t")
    shell.expect("weights-two")
    shell.send("\x15brygga service logs my\t")
    shell.expect("my-service")
    shell.close(force=True)
