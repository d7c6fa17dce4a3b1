"""`ModelDataCollector`: rows to files, a folder for each model, version and day.

Standard library only: it runs inside services as well.
"""

import csv
import json
import os
import threading
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List

_FOLDER = "AZUREML_MODEL_DATA_DIR"
"""Names the folder; unset, it is `model-data` in the working folder."""
_lock = threading.Lock()


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
    ) -> None:
        self.model_name = model_name
        self.designation = designation
        self.feature_names = list(feature_names or ())
        self.workspace = workspace
        self.webservice_name = webservice_name
        self.model_version = str(model_version)
        self.collection_name = collection_name

    @property
    def folder(self) -> Path:
        """Where the rows of today go."""
        today = datetime.now(timezone.utc)
        root = Path(os.environ.get(_FOLDER) or "model-data")
        name = (self.model_name, self.model_version, self.designation)
        return root.joinpath(*name, f"{today:%Y}", f"{today:%m}", f"{today:%d}")

    def collect(self, input_data: Any, user_correlation_id: str = "") -> Dict[str, Any]:
        """Adds a row for each row of the data; an array, a frame, a list or a single value."""
        rows = _rows(input_data)
        moment = datetime.now(timezone.utc).isoformat()
        request = str(uuid.uuid4())
        file = self.folder / f"data-{os.getpid()}.csv"
        with _lock:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = not file.exists()
            with file.open("a", newline="", encoding="utf-8") as opened:
                writer = csv.writer(opened)
                if fresh and rows:
                    writer.writerow([*_META, *self._names(len(rows[0]))])
                for row in rows:
                    writer.writerow([moment, request, user_correlation_id, *row])
        return {"status": True, "requestId": request, "file": str(file)}

    def add_correlations(self, correlations: Dict[str, Any]) -> Dict[str, Any]:
        """Notes what belongs to a request beside its rows."""
        file = self.folder / f"correlations-{os.getpid()}.jsonl"
        with _lock:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps(correlations, default=str) + "\n")
        return {"status": True, "file": str(file)}

    def _names(self, count: int) -> List[str]:
        given = self.feature_names[:count]
        return [*given, *(f"column{n}" for n in range(len(given), count))]


_META = ("$aml_dc_timestamp", "$aml_dc_request_id", "$aml_dc_correlation_id")


def _rows(data: Any) -> List[List[Any]]:
    plain = data.values.tolist() if hasattr(data, "values") and hasattr(data, "columns") else data
    plain = plain.tolist() if hasattr(plain, "tolist") else plain
    if not isinstance(plain, (list, tuple)):
        return [[plain]]
    if plain and isinstance(plain[0], (list, tuple)):
        return [list(row) for row in plain]
    return [list(plain)]
