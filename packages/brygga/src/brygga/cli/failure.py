"""How a failure looks on the command line: one line, a hint, and an exit code."""

from __future__ import annotations

import traceback

import click

from brygga.diagnosis import Diagnosis
from brygga.errors import BryggaError, DeploymentError, ScriptError

FAILED = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def report(error: BaseException, *, debug: bool) -> None:
    """Prints a failure on stderr.

    What the user's own code did is shown always, for that is what they have to mend; Brygga's own
    traceback only with `debug`.
    """
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    elif isinstance(error, DeploymentError | ScriptError):
        show_evidence(error.diagnosis)
    say(*_words(error))


def say(message: str, hint: str) -> None:
    """Prints what failed, and what to do next unless that is empty."""
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(message, err=True)
    if hint:
        click.secho("hint: ", fg="cyan", bold=True, nl=False, err=True)
        click.echo(hint, err=True)


def show_evidence(diagnosis: Diagnosis) -> None:
    """Prints the traceback of the user's script, or else the last lines of its log."""
    text = diagnosis.traceback.rstrip() or "\n".join(diagnosis.log)
    if text:
        click.echo(text, err=True)


def _words(error: BaseException) -> tuple[str, str]:
    if isinstance(error, BryggaError):
        return error.message, error.hint
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}", ""
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    return (
        f"Brygga met something it does not know: {text}",
        "Run it again as `brygga --debug ...` and report what it prints.",
    )
