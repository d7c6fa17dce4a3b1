"""What the search says of its run: lines of JSON that Brygga reads (brygga.runs.journal)."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any


class Trials(threading.Thread):
    """Makes a part of the run of each record that FLAML writes, while it goes on."""

    def __init__(self, log: Path, metric: str, *, less_is_better: bool, goes_on: int = 0) -> None:
        """Reads from the beginning.

        Args:
            metric: What the loss is; `less_is_better` says whether as it is, else 1 less it.
        """
        super().__init__(daemon=True)
        self._log, self._metric, self._less = log, metric, less_is_better
        self._over = threading.Event()
        self._read = 0
        self.count = goes_on
        self.best: tuple[float, str] | None = None
        """The least loss, and the name of its part."""
        print(f"{'ITERATION':<11}{'ALGORITHM':<18}{'SECONDS':>8}  {metric:>14}{'BEST':>14}")

    def run(self) -> None:
        """Until it is ended."""
        while not self._over.wait(0.2):
            self._take()

    def end(self) -> None:
        """Reads what is left."""
        self._over.set()
        self.join()
        self._take()

    def _take(self) -> None:
        if not self._log.exists():
            return
        with self._log.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                record = json.loads(line)
                if "learner" in record:
                    self._tell(record)

    def _tell(self, record: dict[str, Any]) -> None:
        name = f"{os.environ['AZUREML_RUN_ID']}_{self.count}"
        loss = record["validation_loss"]
        measured = {k: v for k, v in record["logged_metric"].items() if k != "pred_time"}
        value = measured.get(self._metric, loss if self._less else 1 - loss)
        if self.best is None or loss < self.best[0]:
            self.best = (loss, name)
        best = self.best[0] if self._less else 1 - self.best[0]
        print(
            f"{self.count:<11}{record['learner']:<18}{record['trial_time']:>8.2f}  "
            f"{value:>14.6g}{best:>14.6g}"
        )
        say(
            "part",
            id=name,
            parameters={"algorithm": record["learner"]},
            properties={
                "run_algorithm": record["learner"],
                "iteration": str(self.count),
                "configuration": json.dumps(record["config"]),
            },
            metrics={**measured, self._metric: value, "fit_time": record["trial_time"]},
        )
        self.count += 1


def say(what: str, **values: Any) -> None:
    """One line of the journal."""
    with Path(os.environ["BRYGGA_RUN_JOURNAL"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"op": what, **values}) + "\n")
