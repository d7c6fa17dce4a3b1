"""The files of a project that is begun, and how they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.project.document import FILE, shown
from brygga.scaffolds.service_name import service_name

_PROJECT = """\
# What the service is to be; `brygga deploy` reads this file. `brygga project schema` prints all
# that can stand here, in a form that editors know.
{name}entry_script = "score.py"
{models}
# Its input is tried by test_score.py, and by the next steps that `brygga deploy` prints.
{sample}

[environment]
requirements_file = {requirements}
"""


@dataclass(frozen=True)
class Scaffold:
    """A project that is not written yet.

    Attributes:
        files: Content by place, or the file that has it; without the project file.
        models: What it serves, each as a path from the project's folder.
        sample: Which of the files is an input to try; None where there is none.
        requirements: Where its packages are named.
        notes: What whoever asked for it should know.
    """

    files: Mapping[str, str | Path]
    models: tuple[str, ...] = ()
    sample: str | None = None
    requirements: str = "requirements.txt"
    notes: tuple[str, ...] = field(default=())

    @property
    def places(self) -> tuple[str, ...]:
        """All that is written."""
        return (*self.files, FILE)

    def write(self, folder: Path) -> str:
        """Writes it into a folder, which is made where it is not there; returns the service's name.

        Raises:
            InvalidInputError: a file of that name is there, and nothing was written; or the folder
                cannot be written.
        """
        _require_room(folder, self.places)
        name = service_name(folder.absolute().name)
        said = "" if name == folder.absolute().name else f"name = {_text(name)}\n"
        project = _PROJECT.format(
            name=said,
            models=_models(self.models),
            sample=_sample(self.sample),
            requirements=_text(self.requirements),
        )
        try:
            for place, content in {**self.files, FILE: project}.items():
                path = folder / place
                path.parent.mkdir(parents=True, exist_ok=True)
                new = content.read_bytes() if isinstance(content, Path) else content.encode()
                with path.open("xb") as file:
                    file.write(new)
        except OSError as error:
            raise InvalidInputError(
                f"{shown(folder)} cannot be written: {error.strerror}.",
                code=ErrorCode.FILE_UNWRITABLE,
                hint="Give another folder.",
            ) from error
        return name


def _require_room(folder: Path, places: Iterable[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(
            f"{shown(folder)} is a file.",
            code=ErrorCode.FILE_WRONG_KIND,
            hint="Give a folder, which is made where it is not there.",
        )
    tops = dict.fromkeys(place.partition("/")[0] for place in places)
    taken = [top for top in tops if (folder / top).exists() or (folder / top).is_symlink()]
    if taken:
        raise InvalidInputError(
            f"{shown(folder)} already has {', '.join(taken)}.",
            code=ErrorCode.FILE_EXISTS,
            hint="Nothing was written. Give another folder, or move them away.",
        )


def _models(paths: Iterable[str]) -> str:
    listed = ", ".join(f"{{ path = {_text(path)} }}" for path in paths)
    comment = '# Files, folders, and registered models by their names: "digits" or "digits:3".\n'
    return f"{comment}models = [{listed}]\n" if listed else ""


def _sample(place: str | None) -> str:
    return '# sample_input = "sample.json"' if place is None else f"sample_input = {_text(place)}"


def _text(value: str) -> str:
    """As TOML has it, no part of it taken for a variable."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${")
