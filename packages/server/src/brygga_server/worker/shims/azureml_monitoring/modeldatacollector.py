"""`ModelDataCollector`: rows to files, a folder for each model, version and day.

Standard library only: it runs inside services as well.
"""

import csv
import io
import json
import logging
import os
import socket
import stat
import threading
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional

_FOLDER = "AZUREML_MODEL_DATA_DIR"
"""Names the folder; unset, it is `model-data` in the working folder."""
_IN_A_SERVICE = "AZUREML_MODEL_DIR"
"""Is set where a service runs the script. One that was not told to collect has no folder."""
_OFF = "collect_model_data is off for this service"
_lock = threading.Lock()
_logger = logging.getLogger("azureml.monitoring")


class ModelDataCollector:
    """Adds rows to `<folder>/<model>/<version>/<designation>/<year>/<month>/<day>/data.csv`."""

    def __init__(
        self,
        model_name: str,
        designation: str = "default",
        feature_names: Any = None,
        workspace: str = "default",
        webservice_name: str = "default",
        model_version: Any = "default",
        collection_name: str = "default",
        identifier: Optional[str] = None,
    ) -> None:
        self.model_name = model_name
        # What the first releases of v1 called it.
        self.designation = designation if identifier is None else identifier
        self.feature_names = list(feature_names or ())
        self.workspace = workspace
        self.webservice_name = webservice_name
        self.model_version = str(model_version)
        self.collection_name = collection_name

    @property
    def folder(self) -> Path:
        """Where the rows of today go."""
        today = datetime.now(timezone.utc)
        name = (self.model_name, self.model_version, self.designation)
        return _root().joinpath(*name, f"{today:%Y}", f"{today:%m}", f"{today:%d}")

    def collect(self, input_data: Any, user_correlation_id: str = "") -> Dict[str, Any]:
        """Adds a row for each row of the data; an array, a frame, a list or a single value.

        A row that cannot be kept is no reason to give no answer: `status` is then False, and the
        reason is in the log.
        """
        rows = _rows(input_data)
        moment = datetime.now(timezone.utc).isoformat()
        request = str(uuid.uuid4())
        lines = [[moment, request, user_correlation_id, *row] for row in rows]
        header = _csv([[*_META, *self._names(len(rows[0]))]]) if rows else ""
        kept = self._add(f"data-{_place()}.csv", _csv(lines), header)
        return {**kept, "requestId": request}

    def add_correlations(self, correlations: Dict[str, Any]) -> Dict[str, Any]:
        """Notes what belongs to a request beside its rows."""
        text = json.dumps(correlations, default=str) + "\n"
        return self._add(f"correlations-{_place()}.jsonl", text)

    def _add(self, name: str, text: str, header: str = "") -> Dict[str, Any]:
        if _FOLDER not in os.environ and _IN_A_SERVICE in os.environ:
            return {"status": False, "reason": _OFF}
        file = self.folder / name
        try:
            with _lock:
                _make(file.parent)
                fresh = not file.exists()
                with file.open("a", newline="", encoding="utf-8") as opened:
                    opened.write(header + text if fresh else text)
                if fresh:
                    _share(file)
        except OSError as error:
            _logger.warning("Rows of %s were not kept: %s", self.model_name, error)
            return {"status": False, "reason": str(error)}
        return {"status": True, "file": str(file)}

    def _names(self, count: int) -> List[str]:
        given = self.feature_names[:count]
        return [*given, *(f"column{n}" for n in range(len(given), count))]


_META = ("$aml_dc_timestamp", "$aml_dc_request_id", "$aml_dc_correlation_id")


def _root() -> Path:
    return Path(os.environ.get(_FOLDER) or "model-data")


def _place() -> str:
    """Names this process among all that write here: those of containers have like numbers."""
    return f"{socket.gethostname()}-{os.getpid()}"


def _make(folder: Path) -> None:
    if not folder.is_dir():
        _make(folder.parent)
        try:
            folder.mkdir()
        except FileExistsError:
            return  # somebody else was faster, and shares it
        _share(folder)


def _share(made: Path) -> None:
    """Gives it the rights of the root: what a container writes is read by another user."""
    root = _root()
    if made != root:
        rights = stat.S_IMODE(root.stat().st_mode)
        made.chmod(rights if made.is_dir() else rights & 0o666)


def _csv(rows: List[List[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _rows(data: Any) -> List[List[Any]]:
    plain = data.values.tolist() if hasattr(data, "values") and hasattr(data, "columns") else data
    plain = plain.tolist() if hasattr(plain, "tolist") else plain
    if not isinstance(plain, (list, tuple)):
        return [[plain]]
    if plain and isinstance(plain[0], (list, tuple)):
        return [list(row) for row in plain]
    return [list(plain)]
