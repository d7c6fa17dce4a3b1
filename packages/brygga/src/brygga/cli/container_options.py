"""The options on images and certificates, which only targets with containers honour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from brygga.cli.option_groups import option_group

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@dataclass(frozen=True)
class ContainerOptions:
    """How the containers are to be, as it was given on the command line."""

    image: str | None
    tls_certificate: Path | None
    tls_key: Path | None
    no_tls: bool

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise click.UsageError("--tls-certificate and --tls-key belong together: give both.")
        if self.no_tls and self.tls_certificate is not None:
            raise click.UsageError("--no-tls and --tls-certificate exclude each other.")

    @property
    def tls(self) -> tuple[Path, Path] | Literal[False] | None:
        """Certificate and key, False for plain HTTP; None where nothing was said."""
        if self.tls_certificate is None or self.tls_key is None:
            return False if self.no_tls else None
        return self.tls_certificate, self.tls_key


_OPTIONS = (
    click.option(
        "--image",
        metavar="NAME[:VERSION]",
        help="A registered image, instead of script, models and packages.",
    ),
    click.option("--tls-certificate", type=_FILE, help="In PEM; callers then use HTTPS."),
    click.option("--tls-key", type=_FILE, help="Of the certificate, in PEM."),
    click.option("--no-tls", is_flag=True, help="Callers use plain HTTP again."),
)


def container_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as `container`, a `ContainerOptions`."""
    return option_group(command, "container", ContainerOptions, _OPTIONS)
