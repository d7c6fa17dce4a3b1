import pytest
from click.shell_completion import ShellComplete
from support.cli import MemoryService, Terminal

from brygga.cli.root import brygga
from brygga.cli.session import Session
from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.workspace import Workspace


def completed(session: Session, *args: str, incomplete: str) -> list[str]:
    shell = ShellComplete(brygga, {"obj": session}, "brygga", "_BRYGGA_COMPLETE")
    return [item.value for item in shell.get_completions(list(args), incomplete)]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_prints_the_script_of_each_shell(terminal: Terminal, shell: str) -> None:
    result = terminal("completion", shell)
    assert result.exit_code == 0
    assert "_BRYGGA_COMPLETE" in result.stdout


def test_names_of_services_and_models_complete(terminal: Terminal) -> None:
    services = terminal.workspace.services
    services.kept = {name: MemoryService(name, services) for name in ("svc-a", "svc-b", "other")}
    assert completed(terminal.session(), "service", "logs", incomplete="svc") == ["svc-a", "svc-b"]
    assert completed(terminal.session(), "model", "show", incomplete="") == []


def test_workspace_that_is_given_is_the_one_completed_from(terminal: Terminal) -> None:
    completed(terminal.session(), "--workspace", "team", "service", "show", incomplete="")
    assert terminal.asked_for == ["team"]


def test_broken_workspace_completes_to_nothing() -> None:
    def broken(_: str | None) -> Workspace:
        raise StoreError("The database is damaged.", code=ErrorCode.STORE_UNAVAILABLE)

    assert completed(Session(broken), "service", "show", incomplete="") == []
