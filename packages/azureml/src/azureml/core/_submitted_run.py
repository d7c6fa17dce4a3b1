"""The run that this process belongs to, seen by the script or by what answers for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.core.run import Run
from azureml.data import _consumption

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment

JOURNAL = "BRYGGA_RUN_JOURNAL"
"""Names the file of what a script says of its run, and is set in no other process."""
_LABELS = {
    "subscription_id": "AZUREML_ARM_SUBSCRIPTION",
    "resource_group": "AZUREML_ARM_RESOURCEGROUP",
    "name": "AZUREML_ARM_WORKSPACE_NAME",
    "experiment": "AZUREML_ARM_PROJECT_NAME",
}


class SubmittedRun(Run):
    """Whoever submitted it sees it to its end: here it is not ended, only said to have failed."""

    @staticmethod
    def variables(experiment: Experiment) -> dict[str, str]:
        """What the process of a script has to be told of its experiment."""
        workspace = experiment.workspace
        labels = {
            "subscription_id": workspace.subscription_id,
            "resource_group": workspace.resource_group,
            "name": workspace.name,
            "experiment": experiment.name,
        }
        return {_LABELS[label]: text for label, text in labels.items()}

    @classmethod
    def of_this_process(cls) -> SubmittedRun | None:
        """The run this process belongs to."""
        from azureml.core.experiment import Experiment
        from azureml.core.workspace import Workspace

        if JOURNAL not in os.environ:
            return None
        said = {label: os.environ[name] for label, name in _LABELS.items()}
        workspace = Workspace.get(
            said["name"],
            subscription_id=said["subscription_id"],
            resource_group=said["resource_group"],
        )
        return cls(Experiment(workspace, said["experiment"]), os.environ["AZUREML_RUN_ID"])

    @property
    def input_datasets(self) -> dict[str, Any]:
        """By name: the path of what is mounted or downloaded, else the dataset."""
        noted = self._brygga.row.details.get("inputs") or {}
        return {name: _consumption.found(name, each) for name, each in noted.items()}

    def start(self) -> None:
        """It has started."""

    def complete(self, _set_status: bool = True) -> None:
        """The end of the script is the end of the run."""

    def fail(
        self, error_details: Any = None, error_code: str | None = None, _set_status: bool = True
    ) -> None:
        """Ends the run with an error, when the script has ended."""
        said = {
            "op": "fail",
            "code": error_code or "UserError",
            "message": str(error_details or ""),
        }
        with Path(os.environ[JOURNAL]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")
