import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from support.cli import Terminal

from brygga.cli.root import COMMANDS, brygga
from brygga.errors import InUseError


def every_command(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            inner = context.command.get_command(context, name)
            assert inner is not None
            yield from every_command(click.Context(inner, info_name=name, parent=context))


def test_lines_of_help_are_those_of_the_commands() -> None:
    context = click.Context(brygga)
    for name, (_, line) in COMMANDS.items():
        command = brygga.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(limit=200) == line


def test_help_imports_no_command() -> None:
    code = (
        "import sys; sys.argv = ['brygga', '--help']\n"
        "from brygga.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'rich', 'sqlalchemy', 'alembic', 'urllib3', 'numpy', 'brygga.workspace',\n"
        "         'brygga.cli.deploy', 'brygga.cli.service'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("args", [["nope"], ["model", "show"], ["deploy", "x", "--nope"]])
def test_wrong_use_ends_with_2(terminal: Terminal, args: list[str]) -> None:
    assert terminal(*args).exit_code == 2


def test_failure_is_one_line_and_a_hint(terminal: Terminal) -> None:
    result = terminal("service", "show", "gone")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "error: There is no service 'gone'.",
        "hint: There is no service yet.",
    ]


def test_debug_adds_the_traceback(terminal: Terminal) -> None:
    result = terminal("--debug", "service", "show", "gone")
    assert result.exit_code == 1
    assert result.stderr.startswith("Traceback (most recent call last):")
    assert "hint: There is no service yet." in result.stderr


def test_unknown_error_says_how_to_report_it(terminal: Terminal, script: str) -> None:
    terminal.workspace.services.fails = ZeroDivisionError("division by zero")
    result = terminal("deploy", "svc", "--entry-script", script)
    assert result.exit_code == 1
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert "brygga --debug" in result.stderr
    assert "Traceback" not in result.stderr


def test_missing_file_is_named_without_traceback(terminal: Terminal) -> None:
    result = terminal("model", "register", "m", "/no/such/file")
    assert result.exit_code == 1
    assert result.stderr == "error: /no/such/file: No such file or directory\n"


def test_interrupted_says_how_to_go_on(terminal: Terminal, script: str) -> None:
    terminal.workspace.services.fails = KeyboardInterrupt()
    result = terminal("deploy", "svc", "--entry-script", script)
    assert result.exit_code == 130
    assert "Interrupted. Run the command again to go on" in result.stderr
    assert "Traceback" not in result.stderr


def test_refusal_names_the_users(terminal: Terminal, script: str) -> None:
    terminal.workspace.services.fails = InUseError("model", "m:1", ["svc revision 2"])
    result = terminal("deploy", "svc", "--entry-script", script)
    assert "error: The model 'm:1' is used by svc revision 2." in result.stderr


def test_workspace_is_chosen_for_all_commands(terminal: Terminal) -> None:
    assert terminal("--workspace", "team", "model", "list").exit_code == 0
    assert terminal("model", "list").exit_code == 0
    assert terminal.asked_for == ["team", None]


@pytest.mark.parametrize(
    "args",
    [
        ["--workspace", "team", "model", "list"],
        ["model", "--workspace", "team", "list"],
        ["model", "list", "--workspace", "team"],
        ["--workspace", "other", "model", "list", "--workspace=team"],
    ],
)
def test_the_workspace_is_named_before_or_after_the_command(
    terminal: Terminal, args: list[str]
) -> None:
    assert terminal(*args).exit_code == 0
    assert terminal.asked_for == ["team"]


def test_every_command_takes_the_workspace_once() -> None:
    found = list(every_command(click.Context(brygga, info_name="brygga")))
    assert len(found) > 40
    for context in found:
        taken = [p for p in context.command.params if "--workspace" in p.opts]
        assert len(taken) == 1, context.command_path


def test_version_is_that_of_the_distribution(terminal: Terminal) -> None:
    assert terminal("--version").stdout.startswith("brygga 0.")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["models"], "brygga model"),
        (["service", "top"], "brygga top"),  # and not `stop`, which is as near
        (["model", "lst"], "brygga model list"),
        (["logs"], "brygga service logs"),
    ],
)
def test_a_command_that_is_not_there_names_the_one_that_was_meant(
    terminal: Terminal, given: list[str], meant: str
) -> None:
    assert f"Did you mean '{meant}'?" in terminal(*given).stderr
    assert "Did you mean" not in terminal("nope").stderr


@pytest.mark.parametrize("name", ["list", "show", "delete"])
def test_a_verb_without_a_noun_means_a_service(terminal: Terminal, name: str) -> None:
    assert f"Did you mean 'brygga service {name}'?" in terminal(name).stderr


def test_nobody_who_could_answer_is_asked(terminal: Terminal) -> None:
    result = terminal("workspace", "delete", "default")
    assert result.exit_code == 2
    assert "give --yes" in result.stderr
