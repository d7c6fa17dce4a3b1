"""`brygga demo`: the whole way from a data set to a scored web service."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from brygga.cli.curl import curl_lines
from brygga.cli.session import Session, pass_session


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A folder with MNIST: train-images.gz, train-labels.gz, test-images.gz, test-labels.gz. "
    "Without it, the digits that come with scikit-learn.",
)
@click.option("--keep", is_flag=True, help="Leave the service and the model.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-output"),
    show_default=True,
    metavar="DIR",
    help="Where the pictures go.",
)
@pass_session
def demo(session: Session, data: Path | None, keep: bool, output: Path) -> None:
    """Train, deploy and score a model, step by step.

    The service and the model are deleted at the end, and when it fails or is interrupted.
    """
    from brygga.demo import INPUT, Demo

    session.when_interrupted = "The demo has deleted what it had made."
    # Being ended politely has to clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kept = Demo(session.workspace, data=data, output=output, keep=keep, say=click.echo).run()
    if kept is not None:
        click.echo("\nScore it from any terminal:")
        for line in curl_lines(kept, body=str(output / INPUT)):
            click.echo(f"  {line}")
        click.echo("Delete it:")
        click.echo(f"  brygga service delete {kept.name}")
        click.echo(f"  brygga model delete {' '.join(kept.models)}")
