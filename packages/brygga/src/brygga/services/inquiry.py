"""What is asked of a running front beyond its state, where the service is one's own."""

from __future__ import annotations

from collections.abc import Mapping

from brygga.findings import RunFailure
from brygga.images.no_code import SCORING_SCRIPTS
from brygga.services.dependencies import ServiceDependencies
from brygga.store.rows import ServiceRow


def find_failure(parts: ServiceDependencies, row: ServiceRow, request_id: str) -> RunFailure | None:
    """What run() raised with a request; None where no front knows it, or any more."""
    question = {"op": "failure", "request": request_id}
    for answer in parts.target_of(row).answers(row.name, question):
        found = RunFailure.read(answer.get("failure"))
        if found is not None:
            return found
    return None


def find_contract(parts: ServiceDependencies, row: ServiceRow) -> Mapping[str, object]:
    """What run() takes; empty where no front says so.

    `form` is `table` where a script of ours scores, which takes rows with their names as well.
    """
    answers = parts.target_of(row).answers(row.name, {"op": "contract"})
    found = next((each for each in answers if each.get("takes_input")), {})
    script = parts.store.services.revisions(row.name)[-1].bundle.get("entry_script")
    return {**found, "form": "table"} if script in SCORING_SCRIPTS else found
