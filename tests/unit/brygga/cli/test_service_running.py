import pytest
from support.cli import INIT_RAISED, MemoryService, Terminal

from brygga.services.state import ServiceState
from brygga.targets.base import BootStart


@pytest.fixture
def several(terminal: Terminal) -> dict[str, MemoryService]:
    services = terminal.workspace.services
    for name in ("broken", "fine", "stopped", "far"):
        services.kept[name] = MemoryService(name, services)
    services.kept["broken"].error = INIT_RAISED
    services.kept["stopped"].state = ServiceState.STOPPED
    services.kept["far"].elsewhere = "on pluto"
    return services.kept


def test_all_are_stopped_also_behind_one_that_failed(
    terminal: Terminal, several: dict[str, MemoryService]
) -> None:
    result = terminal("service", "stop", "--all")

    assert result.exit_code == 1
    assert several["fine"].state is ServiceState.STOPPED
    assert result.stdout.splitlines() == [
        "broken failed.",
        "Stopped fine. Bring it back: brygga service restart fine",
        "stopped was left alone: it is stopped.",
        "far was left alone: it runs on pluto.",
    ]
    assert "Another operation on the service 'broken' is running" in result.stderr
    assert result.stderr.endswith("1 of 4 failed.\n")


def test_all_are_restarted_those_that_were_stopped_too(
    terminal: Terminal, several: dict[str, MemoryService]
) -> None:
    result = terminal("service", "restart", "--all")

    assert result.exit_code == 1
    assert several["stopped"].state is ServiceState.HEALTHY
    lines = result.stdout.splitlines()
    assert lines[0] == "broken failed."
    assert [line.partition(" serves revision 1 at")[0] for line in lines[1:3]] == [
        "fine",
        "stopped",
    ]
    assert lines[3] == "far was left alone: it runs on pluto."


def test_nothing_failed_ends_with_0(terminal: Terminal, several: dict[str, MemoryService]) -> None:
    del several["broken"]
    assert terminal("service", "stop", "--all").exit_code == 0
    several.clear()
    assert terminal("service", "restart", "--all").stderr == "There are no services.\n"


@pytest.mark.parametrize("command", ["stop", "restart"])
@pytest.mark.parametrize("given", [(), ("fine", "--all")])
def test_one_or_all_has_to_be_said(terminal: Terminal, command: str, given: tuple[str]) -> None:
    result = terminal("service", command, *given)
    assert result.exit_code == 2
    assert "Name a service, or give --all." in result.stderr


def test_what_cron_is_to_run_is_printed_alone(
    terminal: Terminal, several: dict[str, MemoryService]
) -> None:
    assert terminal("service", "enable", "fine").stdout.startswith("fine comes back when you log")

    several["fine"].boot = BootStart("/a b/100%/boot.sh", "ada")
    result = terminal("service", "enable", "fine")

    assert result.stdout == "@reboot '/a b/100\\%/boot.sh'\n"
    assert "crontab -e" in result.stderr
    assert """su -s /bin/sh ada -c ''"'"'/a b/100%/boot.sh'"'"''""" in result.stderr


def test_what_is_gone_for_good_is_forgotten_and_nothing_else_is_done(
    terminal: Terminal, several: dict[str, MemoryService]
) -> None:
    assert terminal("service", "delete", "far", "--forget").stdout == "Forgot far.\n"
    assert terminal.workspace.services.forgotten == ["far"]
    assert "far" not in several
    result = terminal("service", "delete", "fine", "--forget", typed="n\n")
    assert "What runs of them elsewhere is not ended." in result.output
    assert "fine" in several
