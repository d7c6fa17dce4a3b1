"""Running a script's init() and run() in its locked environment, without a service."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brygga.environments.realise import RealisedEnvironment
from brygga.errors import ScriptError
from brygga.findings import Cause, Diagnosis
from brygga.images.approot import lay_out
from brygga.images.bundle import Bundle
from brygga.markup import Preformatted, card, table
from brygga.operations import Problem
from brygga.services.payload import encode
from brygga.store.blobs import BlobStore
from brygga.store.files import scratch_folder

_START_S = 600.0
_SHOWN = 500  # characters of an answer in a notebook


@dataclass(frozen=True)
class TestedRequest:
    """What became of one input.

    Attributes:
        ok: Whether run() returned something that can be sent.
        output: The body a service would have answered, as text.
        seconds: Time inside run().
        error: One line, where it is not ok.
        traceback: With the user's own lines; may be empty.
    """

    __test__ = False

    ok: bool
    output: str
    seconds: float
    error: str
    traceback: str

    @property
    def answer(self) -> Any:
        """The output decoded as a client would; the text itself where it is not JSON."""
        try:
            return json.loads(self.output)
        except ValueError:
            return self.output


@dataclass(frozen=True)
class TestReport:
    """What init() and run() did.

    Attributes:
        init_seconds: Time of importing the script and of init().
        diagnosis: Why it did not come to run(), or None.
        requests: One for each input, in their order.
        printed: What the script wrote to stdout and stderr.
    """

    __test__ = False

    init_seconds: float
    diagnosis: Diagnosis | None
    requests: tuple[TestedRequest, ...]
    printed: str

    def _repr_html_(self) -> str:
        summary = card(
            "Test",
            {
                "init()": f"{self.init_seconds:.3f} s",
                "error": None if self.diagnosis is None else self.diagnosis.sentence,
                "fix": None if self.diagnosis is None else self.diagnosis.fix,
                "printed": Preformatted(self.printed.rstrip()),
            },
        )
        rows = [
            {
                "run()": "ok" if each.ok else "failed",
                "seconds": f"{each.seconds:.4f}",
                "answer": each.output[:_SHOWN] if each.ok else each.error,
                "traceback": Preformatted(each.traceback.rstrip()),
            }
            for each in self.requests
        ]
        return summary + (table(rows) if rows else "")

    @property
    def ok(self) -> bool:
        """Whether everything worked."""
        return self.diagnosis is None and all(r.ok for r in self.requests)


def problem_of(report: TestReport) -> Problem | None:
    """Why a test is no success, as its operation has it: the first thing that failed."""
    if report.diagnosis is not None:
        return Problem.of(ScriptError(report.diagnosis))
    failed = next((each for each in report.requests if not each.ok), None)
    return None if failed is None else Problem(f"run() failed: {failed.error}")


def run_locally(
    bundle: Bundle,
    inputs: Sequence[object],
    *,
    environment: RealisedEnvironment,
    server: RealisedEnvironment,
    blobs: BlobStore,
    variables: Mapping[str, str],
    profile: str = "native",
) -> TestReport:
    """Lays the bundle out in a folder of its own and lets a worker answer the inputs, once."""
    with scratch_folder() as folder:
        lay_out(bundle, folder / "app", blobs)
        config = {
            "app_root": str(folder / "app"),
            "entry_script": bundle.entry_script,
            "source_directory": bundle.source_directory,
            "model_dir": bundle.model_dir,
            "profile": profile,
            "environment": dict(variables),
        }
        bodies = [{"body_b64": base64.b64encode(encode(i)).decode()} for i in inputs]
        report = folder / "report.json"
        done = _run(environment, server, {"config": config, "requests": bodies}, report)
        return _read(report, done)


def _run(
    environment: RealisedEnvironment,
    server: RealisedEnvironment,
    work: Mapping[str, object],
    report: Path,
) -> subprocess.CompletedProcess[str]:
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "BRYGGA_"))
    }
    return subprocess.run(
        [str(environment.python), "-s", str(_bootstrap(server)), "once", str(report)],
        input=json.dumps(work),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=variables,
        text=True,
        errors="replace",
        timeout=_START_S,
        check=False,
    )


def _bootstrap(server: RealisedEnvironment) -> Path:
    found = sorted(server.path.glob("lib/python3*/site-packages/brygga_server/worker/bootstrap.py"))
    return found[0]


def _read(report: Path, done: subprocess.CompletedProcess[str]) -> TestReport:
    try:
        data = json.loads(report.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        ended = f"by signal {-done.returncode}" if done.returncode < 0 else f"{done.returncode}"
        message = f"The worker ended ({ended}) before it could answer."
        return TestReport(0.0, Diagnosis(Cause.WORKER_DIED, message), (), done.stdout)
    failed, contract = data["diagnosis"], data["contract"] or {}
    requests = tuple(
        TestedRequest(
            ok=r["cause"] == "ok",
            output=_text(r),
            seconds=float(r["seconds"]),
            error=str(r.get("error") or ""),
            traceback=str(r.get("traceback") or ""),
        )
        for r in data["results"]
    )
    return TestReport(
        init_seconds=float(contract.get("init_ms") or 0.0) / 1000,
        diagnosis=None if failed is None else Diagnosis.from_dict(failed),
        requests=requests,
        printed=done.stdout,
    )


def _text(result: Mapping[str, Any]) -> str:
    if result["output"] is not None:
        return str(result["output"])
    return base64.b64decode(result["output_b64"]).decode("utf-8", "replace")
