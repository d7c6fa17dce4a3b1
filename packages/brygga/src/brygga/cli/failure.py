"""How a failure looks on the command line: one line, a hint, and an exit code."""

from __future__ import annotations

import traceback

import click

from brygga.cli.output import print_json
from brygga.errors import BryggaError, DeploymentError, ScriptError, ServiceCallError
from brygga.findings import Diagnosis
from brygga.hints import Action, Hint
from brygga.spellings import Language, spell, words

FAILED = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def report(
    error: BaseException, *, debug: bool, as_json: bool = False, workspace: str | None = None
) -> None:
    """Prints a failure on stderr, and as JSON on stdout where JSON was asked for.

    What the user's own code did is shown always, for that is what they have to mend; Brygga's own
    traceback only with `debug`.

    Args:
        workspace: What `--workspace` said, for the commands of the hint.
    """
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    elif isinstance(error, DeploymentError | ScriptError):
        show_evidence(error.diagnosis)
    elif isinstance(error, ServiceCallError) and error.failure is not None:
        click.echo(error.failure.traceback.rstrip(), err=True)
    message, hint = _words(error)
    say(message, hint, workspace=workspace)
    if as_json:
        print_json({"error": _as_json(error, message, hint, workspace)})


def say(message: str, hint: Hint, *, workspace: str | None = None) -> None:
    """Prints what failed, and what to do next unless that is empty."""
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(message, err=True)
    if hint:
        click.secho("hint: ", fg="cyan", bold=True, nl=False, err=True)
        click.echo(words(hint, Language.COMMAND, workspace=workspace), err=True)


def sentence(error: BaseException) -> str:
    """What failed, in one sentence."""
    return _words(error)[0]


def show_evidence(diagnosis: Diagnosis) -> None:
    """Prints the traceback of the user's script, or else the last lines of its log."""
    text = diagnosis.traceback.rstrip() or "\n".join(diagnosis.log)
    if text:
        click.echo(text, err=True)


def _words(error: BaseException) -> tuple[str, Hint]:
    if isinstance(error, BryggaError):
        return error.message, error.advice
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}", Hint()
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    return (
        f"Brygga met something it does not know: {text}",
        Hint("Run it again as `brygga --debug ...` and report what it prints."),
    )


def _as_json(
    error: BaseException, message: str, hint: Hint, workspace: str | None
) -> dict[str, object]:
    return {
        "code": error.code.value if isinstance(error, BryggaError) else None,
        "message": message,
        "hint": words(hint, Language.COMMAND, workspace=workspace),
        "actions": [
            {**step.to_dict(), "command": spell(step, Language.COMMAND, workspace=workspace)}
            for step in hint.steps
            if isinstance(step, Action)
        ],
    }
