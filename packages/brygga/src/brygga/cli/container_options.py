"""The options that only targets with containers honour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli.option_groups import option_group

if TYPE_CHECKING:
    from brygga.spec import RestartPolicy

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@dataclass(frozen=True)
class ContainerOptions:
    """How the containers are to be, as it was given on the command line."""

    image: str | None
    replicas: int
    gpus: int
    restart_policy: RestartPolicy
    tls_certificate: Path | None
    tls_key: Path | None

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise click.UsageError("--tls-certificate and --tls-key belong together: give both.")

    @property
    def tls(self) -> tuple[Path, Path] | None:
        """Certificate and key; None for plain HTTP."""
        if self.tls_certificate is None or self.tls_key is None:
            return None
        return self.tls_certificate, self.tls_key


_OPTIONS = (
    click.option(
        "--image",
        metavar="NAME[:VERSION]",
        help="A registered image, instead of script, models and packages.",
    ),
    click.option(
        "--replicas",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Containers that share the requests; limits hold for each.",
    ),
    click.option(
        "--gpus",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="GPUs for each container.",
    ),
    click.option(
        "--restart-policy",
        type=click.Choice(["on-failure", "always", "no"]),
        default="on-failure",
        show_default=True,
        help="When the engine starts a container again that has ended.",
    ),
    click.option("--tls-certificate", type=_FILE, help="In PEM; callers then use HTTPS."),
    click.option("--tls-key", type=_FILE, help="Of the certificate, in PEM."),
)


def container_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as `container`, a `ContainerOptions`."""
    return option_group(command, "container", ContainerOptions, _OPTIONS)
