"""The settings of the control plane: one table, read from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, cast

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

PythonDownloads = Literal["automatic", "never"]


@dataclass(frozen=True)
class Setting:
    """A line of the table.

    Attributes:
        field: Of `Settings`.
        variable: The environment variable; unset and empty mean the default.
        default: As text; None where there is none.
        choices: What it may be; empty for any text.
        help: One line.
    """

    field: str
    variable: str
    default: str | None
    help: str
    choices: tuple[str, ...] = ()


TABLE = (
    Setting(
        "home",
        "BRYGGA_HOME",
        "~/.brygga",
        "Folder of all workspaces and realised environments.",
    ),
    Setting(
        "store_url",
        "BRYGGA_STORE_URL",
        None,
        "Where rows are kept: postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE. "
        "Unset: an SQLite file in the workspace's folder.",
    ),
    Setting(
        "python_downloads",
        "BRYGGA_PYTHON_DOWNLOADS",
        "automatic",
        "Whether a Python that an environment asks for may be downloaded where it is missing.",
        choices=("automatic", "never"),
    ),
    Setting(
        "base_image",
        "BRYGGA_BASE_IMAGE",
        "docker.io/library/python:{python}-slim",
        "Base of container images that name none; {python} stands for the environment's X.Y.",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one process; `TABLE` says what each means."""

    home: Path
    store_url: str | None = None
    python_downloads: PythonDownloads = "automatic"
    base_image: str = "docker.io/library/python:{python}-slim"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Reads the environment as it is now.

        Raises:
            InvalidInputError: a value that is none of the choices.
        """
        values = os.environ if environ is None else environ
        read = {setting.field: _read(setting, values) for setting in TABLE}
        return cls(
            home=Path(read["home"] or "").expanduser().absolute(),
            store_url=read["store_url"],
            base_image=read["base_image"] or "",
            python_downloads=cast("PythonDownloads", read["python_downloads"]),
        )


def _read(setting: Setting, environ: Mapping[str, str]) -> str | None:
    value = environ.get(setting.variable) or setting.default
    if setting.choices and value not in setting.choices:
        raise InvalidInputError(
            f"{setting.variable} is {value!r}.",
            code=ErrorCode.SETTING_INVALID,
            hint=f"Set it to {' or '.join(setting.choices)}.",
        )
    return value
