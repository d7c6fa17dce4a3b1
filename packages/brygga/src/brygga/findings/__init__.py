"""What is wrong, why, where, and what to do: shared by doctor, failed deployments and checks."""

from brygga.findings.cause import CAUSES, Cause, CauseRow, MachineCause
from brygga.findings.check import CheckResult, Level
from brygga.findings.diagnosis import Diagnosis
from brygga.findings.finding import Finding, MachineFinding
from brygga.findings.run_failure import RunFailure

__all__ = [
    "CAUSES",
    "Cause",
    "CauseRow",
    "CheckResult",
    "Diagnosis",
    "Finding",
    "Level",
    "MachineCause",
    "MachineFinding",
    "RunFailure",
]
