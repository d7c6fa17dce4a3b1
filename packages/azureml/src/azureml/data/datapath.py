"""`DataPath`: a place in a datastore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml.core.datastore import Datastore


class DataPath:
    """A file or folder of a datastore."""

    def __init__(
        self, datastore: Datastore, path_on_datastore: str = ".", name: str | None = None
    ) -> None:
        self.datastore = datastore
        self.path_on_datastore = path_on_datastore
        self.name = name

    @property
    def _path(self) -> Path:
        return self.datastore._folder / self.path_on_datastore


def local_paths(given: object) -> list[Path]:
    """The files that a path, a place in a datastore, a pair of those, or a list of them means.

    Raises:
        UserErrorException: something that is not on this machine.
    """
    from azureml.exceptions import UserErrorException

    if isinstance(given, list):
        return [path for each in given for path in local_paths(each)]
    if isinstance(given, tuple):
        datastore, place = given
        return local_paths(DataPath(datastore, place))
    path = given._path if isinstance(given, DataPath) else Path(str(given))
    if str(given).startswith(("http://", "https://", "wasb", "abfs", "azureml://")):
        raise UserErrorException(
            f"{given} is not on this machine: download it, then give its path."
        )
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.is_file())
    if any(sign in str(path) for sign in "*?["):
        found = _matching(path)
        if not found:
            raise UserErrorException(f"There is no file that {path} fits.")
        return found
    if not path.exists():
        raise UserErrorException(f"There is no file {path}.")
    return [path]


def _matching(pattern: Path) -> list[Path]:
    """`**` at the end means all files below, as in v1; to `glob` it means folders."""
    root = Path(*[p for p in pattern.parts[:1] if pattern.is_absolute()])
    text = str(pattern.relative_to(root))
    if pattern.name == "**":
        text += "/*"
    return sorted(each for each in root.glob(text) if each.is_file())
