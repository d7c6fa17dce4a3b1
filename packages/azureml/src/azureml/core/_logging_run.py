"""What every run can do, wherever what it logs goes."""

from __future__ import annotations

import io
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from azureml._support.gate import checked
from azureml.core._metrics import check_document, check_list, check_scalar, check_table
from azureml.exceptions import UserErrorException


class LoggingRun(ABC):
    """Logs metrics and keeps files; where to is for a subclass to say."""

    @abstractmethod
    def _log(self, name: str, value: Any, kind: str, step: int | None = None) -> None: ...

    @abstractmethod
    def _upload(self, name: str, file: Path) -> None: ...

    @abstractmethod
    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Adds tags, or changes their values."""

    def tag(self, key: str, value: str | None = None) -> None:
        """Adds a tag."""
        self.set_tags({key: "" if value is None else str(value)})

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Logs one value."""
        check_scalar(name, value)
        self._log(name, value, "scalar", step)

    def log_list(self, name: str, value: Iterable[Any], description: str = "") -> None:
        """Logs a list of values."""
        self._log(name, check_list(name, value), "list")

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Logs a row; several of a name are a table."""
        self._log(name, kwargs, "row")

    def log_table(self, name: str, value: Mapping[str, Any], description: str = "") -> None:
        """Logs a table, as a dictionary of columns."""
        self._log(name, check_table(name, value), "table")

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Logs a confusion matrix in v1's form."""
        self._log(name, check_document(name, value), "confusion_matrix")

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Logs an accuracy table in v1's form."""
        self._log(name, check_document(name, value), "accuracy_table")

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Logs residuals in v1's form."""
        self._log(name, check_document(name, value), "residuals")

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Logs predictions in v1's form."""
        self._log(name, check_document(name, value), "predictions")

    def log_image(
        self, name: str, path: str | None = None, plot: Any = None, description: str = ""
    ) -> None:
        """Keeps a picture: a file, or a figure of matplotlib's."""
        if (path is None) == (plot is None):
            raise UserErrorException("log_image takes either path or plot.")
        suffix = Path(path).suffix if path else ".png"
        kept = f"{name}{suffix}"
        if path is not None:
            self._upload(kept, Path(path))
        else:
            with tempfile.TemporaryDirectory() as folder:
                figure = Path(folder, "plot.png")
                plot.savefig(figure)
                self._upload(kept, figure)
        self._log(name, f"aml://artifactId/{kept}", "image")

    @checked
    def upload_file(
        self, name: str, path_or_stream: Any, datastore_name: str | None = None
    ) -> None:
        """Keeps a file, or what a stream gives."""
        if isinstance(path_or_stream, str | Path):
            self._upload(name, Path(path_or_stream))
            return
        content = path_or_stream.read()
        if isinstance(path_or_stream, io.TextIOBase):
            content = content.encode()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "stream")
            file.write_bytes(content)
            self._upload(name, file)

    @checked
    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: float | None = None,
        datastore_name: str | None = None,
    ) -> None:
        """Keeps several files."""
        if len(names) != len(paths):
            raise UserErrorException(f"{len(names)} names do not fit {len(paths)} paths.")
        for name, path in zip(names, paths, strict=True):
            self._upload(name, Path(path))

    @checked
    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> None:
        """Keeps all the files of a folder, below a name."""
        if not Path(path).is_dir():
            raise UserErrorException(f"There is no folder {path}.")
        for file in sorted(Path(path).rglob("*")):
            if file.is_file():
                self._upload(f"{name}/{file.relative_to(path).as_posix()}", file)
