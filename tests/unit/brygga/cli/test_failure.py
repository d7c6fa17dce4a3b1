"""What a failure looks like: for people on stderr, for programs on stdout."""

import json

from support.cli import INIT_RAISED, MemoryService, Terminal

from brygga.error_codes import ErrorCode
from brygga.errors import AlreadyExistsError, StoreError
from brygga.findings import Cause, Diagnosis
from brygga.hints import Action, Argument, Hint, Verb
from brygga.services import TestReport

RESTART = Hint.of("Bring it back with {}.", Action(Verb.RESTART, {"name": "svc"}))


def test_asked_for_json_a_failure_is_json_too(terminal: Terminal) -> None:
    result = terminal("service", "show", "gone", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "error": {
            "code": "service.not_found",
            "message": "There is no service 'gone'.",
            "hint": "There is no service yet.",
            "actions": [],
        }
    }
    assert result.stderr.startswith("error: There is no service 'gone'.")


def test_actions_come_as_data_and_as_commands(terminal: Terminal) -> None:
    terminal.workspace.services.list_fails = StoreError(
        "It does not answer.", code=ErrorCode.SERVICE_UNRESPONSIVE, hint=RESTART
    )
    result = terminal("--workspace", "team", "service", "list", "--json")
    assert json.loads(result.stdout)["error"] == {
        "code": "service.unresponsive",
        "message": "It does not answer.",
        "hint": "Bring it back with `brygga --workspace team service restart svc`.",
        "actions": [
            {
                "verb": "service.restart",
                "arguments": {"name": "svc"},
                "command": "brygga --workspace team service restart svc",
            }
        ],
    }


def test_what_nobody_foresaw_has_no_code(terminal: Terminal) -> None:
    terminal.workspace.services.list_fails = ZeroDivisionError("division by zero")
    result = terminal("service", "list", "--json")
    assert json.loads(result.stdout)["error"]["code"] is None


def test_options_are_those_of_the_command(terminal: Terminal, script: str) -> None:
    option = Argument(Verb.DOWNLOAD_MODEL, "exist_ok", True)
    terminal.workspace.services.fails = AlreadyExistsError(
        "file", "m.pkl", hint=Hint.of("Pass {} to overwrite it.", option)
    )
    result = terminal("deploy", "svc", "--entry-script", script)
    assert result.stderr.endswith("hint: Pass `--overwrite` to overwrite it.\n")


def test_a_failed_deployment_names_its_service_in_the_command(
    terminal: Terminal, script: str
) -> None:
    terminal.workspace.services.breaks = Diagnosis(Cause.SERVER_DIED, "It ended.")
    result = terminal("deploy", "svc", "--entry-script", script)
    assert "Bring it back with `brygga service restart svc`" in result.stderr


def test_memory_to_try_is_an_option_of_deploy(terminal: Terminal) -> None:
    error = Diagnosis(Cause.OUT_OF_MEMORY, "m", memory_limit_bytes=1 << 30).of("svc")
    services = terminal.workspace.services
    services.kept["svc"] = MemoryService("svc", services, error=error)
    shown = terminal("service", "show", "svc").stdout
    assert "Give it more memory, `brygga deploy svc --memory 1.5` to begin with" in shown
    assert terminal.json("service", "show", "svc")["error"]["fix"] in shown


def test_a_trial_does_not_advise_to_try(terminal: Terminal, script: str) -> None:
    terminal.workspace.services.report = TestReport(0.1, INIT_RAISED, (), "")
    result = terminal("test", "--entry-script", script)
    assert result.exit_code == 1
    assert "hint: Correct what the traceback shows, then try again." in result.stderr
    assert "brygga test" not in result.stderr
