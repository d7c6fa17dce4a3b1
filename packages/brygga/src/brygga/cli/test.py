"""`brygga test`: init() and run() on given input, without a service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brygga.cli import failure
from brygga.cli.comparison import first_difference
from brygga.cli.environment_options import EnvironmentOptions, environment_options
from brygga.cli.output import json_option, print_json
from brygga.cli.progress import shown_progress
from brygga.cli.project_options import file_option, stage_option
from brygga.cli.script_options import ScriptOptions, script_options
from brygga.cli.session import Session, pass_session
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Hint
from brygga.project import Project
from brygga.project.document import shown

if TYPE_CHECKING:
    from brygga.services import TestedRequest, TestReport

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@file_option
@stage_option
@script_options
@environment_options
@click.option(
    "--input",
    "inputs",
    type=_FILE,
    multiple=True,
    help="A file that run() gets as a request's body. May be repeated.",
)
@click.option(
    "--expect",
    "expected",
    type=_FILE,
    multiple=True,
    help="A JSON file with the answer to the --input in the same place. May be repeated.",
)
@json_option
@pass_session
@click.pass_context
def test(
    ctx: click.Context,
    session: Session,
    *,
    name: str | None,
    file: Path | None,
    stage: str | None,
    script: ScriptOptions,
    packages: EnvironmentOptions,
    inputs: tuple[Path, ...],
    expected: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Run an entry script on given input, without a service.

    init() once and run() on each input, in the locked environment a service would have. Without
    --entry-script it is the script of the project file, brygga.toml, on its sample input. Ends
    with 1 where one of them fails, or an answer is not the expected one; numbers with a fraction
    may differ by a billionth.
    """
    asked, sample = _asked(session, script, packages, (name, file, stage))
    if not inputs and sample is not None:
        inputs = (sample,)
    if expected and len(expected) != len(inputs):
        raise click.UsageError(
            f"{len(inputs)} --input but {len(expected)} --expect: give one for each, in order."
        )
    wanted = [_read_json(path) for path in expected]
    with shown_progress() as progress:
        report = session.workspace.services.test(
            **asked, inputs=[path.read_bytes() for path in inputs], progress=progress
        )
    differences = [
        first_difference(want, request.answer) if request.ok else None
        for want, request in zip(wanted, report.requests, strict=False)
    ] or [None] * len(report.requests)
    if as_json:
        print_json(_fields(report, inputs, differences))
    else:
        _show(report, inputs, differences, compared=bool(expected))
    if not report.ok or any(differences):
        ctx.exit(failure.FAILED)


def _asked(
    session: Session,
    script: ScriptOptions,
    packages: EnvironmentOptions,
    of_project: tuple[str | None, Path | None, str | None],
) -> tuple[dict[str, Any], Path | None]:
    """What is to be tested, by the keywords of `ServiceCollection.test`, and its sample input."""
    workspace, (name, file, stage) = session.workspace, of_project
    if script.entry_script is not None or script.given or packages.given:
        if any(of_project):
            raise click.UsageError("Give either --entry-script, or a service of the project file.")
        return {
            "models": script.find_models(workspace),
            "entry_script": script.script,
            "source_directory": script.source_dir,
            "environment": packages.environment_for(workspace, script),
            "environment_variables": script.variables,
        }, None
    described = Project.get(file).service(name, stage=stage, runs_on=workspace.services.target_of)
    keywords = described.test_keywords(workspace.environments.registered)
    keywords["environment_variables"] |= script.variables
    sample = described.sample_input
    return packages.completed(workspace, keywords), None if sample is None else Path(shown(sample))


def _show(
    report: TestReport, inputs: tuple[Path, ...], differences: list[str | None], *, compared: bool
) -> None:
    if report.printed:
        click.echo(report.printed.rstrip(), err=True)
    if report.diagnosis is not None:
        failure.show_evidence(report.diagnosis)
        failure.say(report.diagnosis.sentence, report.diagnosis.advice)
        return
    click.echo(f"init()  {report.init_seconds * 1000:.0f} ms")
    for path, request, difference in zip(inputs, report.requests, differences, strict=True):
        click.echo(f"run({path})  {request.seconds * 1000:.1f} ms")
        if not request.ok:
            click.echo(request.traceback.rstrip(), err=True)
            failure.say(f"{path}: {request.error}", Hint())
            continue
        click.echo(request.output)
        if difference:
            failure.say(f"{path}: {difference}", Hint())
        elif compared:
            click.echo("as expected")


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise InvalidInputError(
            f"{path} is not JSON: {error}",
            code=ErrorCode.FILE_NOT_JSON,
            hint="--expect takes the answer as JSON.",
        ) from error


def _fields(
    report: TestReport, inputs: tuple[Path, ...], differences: list[str | None]
) -> dict[str, object]:
    return {
        "ok": report.ok and not any(differences),
        "init_seconds": report.init_seconds,
        "error": None if report.diagnosis is None else report.diagnosis.to_dict(),
        "printed": report.printed,
        "requests": [
            _request_fields(path, request, difference)
            for path, request, difference in zip(inputs, report.requests, differences, strict=False)
        ],
    }


def _request_fields(
    path: Path, request: TestedRequest, difference: str | None
) -> dict[str, object]:
    return {
        "input": str(path),
        "ok": request.ok,
        "seconds": request.seconds,
        "answer": request.answer if request.ok else None,
        "error": request.error or None,
        "traceback": request.traceback or None,
        "difference": difference,
    }
