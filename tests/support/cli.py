"""A workspace of nothing but memory, and a command line that works on it."""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from click.testing import CliRunner, Result
from urllib3 import HTTPResponse

from brygga.cli.root import brygga
from brygga.cli.session import Session
from brygga.environments import Environment
from brygga.errors import DeploymentError, NotFoundError, OperationInProgressError
from brygga.findings import Cause, Diagnosis, RunFailure
from brygga.operations import SILENT, OperationCollection, Phase, Progress
from brygga.services import Plan, Revision, ServiceSnapshot, ServiceState, TestedRequest, TestReport
from brygga.services.keys import without_keys
from brygga.services.streamed_answer import StreamedAnswer
from brygga.spec import ServiceSpec
from brygga.spec.change import Change
from brygga.store.rows import ModelFile
from brygga.store.secrets import KeyPair
from brygga.targets.base import BootStart, WorkloadState
from brygga.workspace import Workspace

SOME_DAY = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)


@dataclass
class MemoryModel:
    name: str
    version: int
    collection: MemoryModels = field(repr=False)
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    description: str = ""
    framework: str | None = None
    framework_version: str | None = None
    sha256: str = "ab" * 32
    size: int = 1_234_567
    files: tuple[ModelFile, ...] = (ModelFile("m.pkl", "ab" * 32, 1_234_567),)
    created_at: datetime = SOME_DAY
    created_by: str | None = "ada"

    @property
    def id(self) -> str:
        return f"{self.name}:{self.version}"

    def download(self, target_dir: Path, *, exist_ok: bool) -> Path:
        path = target_dir / "m.pkl"
        path.write_text("overwritten" if exist_ok else "new")
        return path

    def add_tags(self, tags: Mapping[str, str]) -> None:
        self.tags.update(tags)

    def remove_tags(self, names: Sequence[str]) -> None:
        for name in names:
            self.tags.pop(name, None)

    def update(self, *, description: str) -> None:
        self.description = description

    def delete(self) -> None:
        self.collection.kept.remove(self)


class MemoryModels:
    def __init__(self) -> None:
        self.kept: list[MemoryModel] = []

    def register(self, name: str, path: Path, **fields: Any) -> MemoryModel:
        path.read_bytes()
        version = 1 + sum(m.name == name for m in self.kept)
        self.kept.append(MemoryModel(name, version, self, **fields))
        return self.kept[-1]

    def get(self, reference: str) -> MemoryModel:
        name, _, version = reference.partition(":")
        found = [m for m in self.kept if m.name == name and version in ("", str(m.version))]
        if not found:
            raise NotFoundError("model", reference, [m.id for m in self.kept])
        return found[-1]

    def pickled(self, models: Sequence[object]) -> tuple[()]:
        """Nothing: what is in memory here was never a pickle."""
        del models
        return ()

    def list(self, name: str | None = None, **_filters: object) -> list[MemoryModel]:
        return [m for m in self.kept if name in (None, m.name)]


@dataclass
class MemoryService:
    name: str
    collection: MemoryServices = field(repr=False)
    asked: dict[str, Any] = field(default_factory=dict)
    state: ServiceState = ServiceState.HEALTHY
    error: Diagnosis | None = None
    revision: int = 1
    target: str = "process"
    elsewhere: str | None = None
    scoring_uri: str = "http://127.0.0.1:20001/score"
    swagger_uri: str = "http://127.0.0.1:20001/swagger.json"
    docs_uri: str | None = "http://127.0.0.1:20001/docs"
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    models: tuple[str, ...] = ("digits:1",)
    created_at: datetime = SOME_DAY
    created_by: str | None = "ada"
    updated_at: datetime = SOME_DAY
    keys: KeyPair = field(default_factory=lambda: KeyPair("first-key", "second-key"))
    sent: list[bytes | str | Path] = field(default_factory=list)
    answer: bytes = b"[7, 2]"
    kind: str = "application/json"
    failures: dict[str, RunFailure] = field(default_factory=dict)
    wanted: dict[str, object] = field(default_factory=dict)
    declared: dict[str, object] = field(default_factory=dict)
    waited: list[float | None] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=lambda: {"workers": 1})
    data_folder: Path | None = None
    newer: Revision | None = None
    boot: BootStart = field(default_factory=BootStart)
    logged: tuple[str, ...] = ("one", "two", "three")

    @property
    def spec(self) -> ServiceSpec:
        return ServiceSpec(name=self.name, auth=self.asked.get("auth", True))

    def snapshot(self) -> ServiceSnapshot:
        made = Revision(
            self.revision, "ready", True, "cd" * 32, self.models, SOME_DAY, "ada", None, self.spec
        )
        return ServiceSnapshot(
            name=self.name,
            target=self.target,
            host="here",
            elsewhere=self.elsewhere,
            state=self.state if self.elsewhere is None else None,
            workload=WorkloadState.READY,
            since=SOME_DAY,
            current=made,
            newer=self.newer,
            diagnosis=self.error,
            url=self.scoring_uri.removesuffix("/score"),
            tags=self.tags,
            description=self.description,
            created_at=self.created_at,
            created_by=self.created_by,
            updated_at=self.updated_at,
            data_folder=self.data_folder,
            details=self.details,
        )

    def wait_for_deployment(
        self,
        *,
        timeout_s: float | None = None,
        progress: Progress = SILENT,
        revision: int | None = None,
    ) -> None:
        assert revision in (None, self.revision)
        progress.phase(Phase.STARTING, "Starting: init() is running")
        self.waited.append(timeout_s)
        if self.error is not None:
            raise DeploymentError(self.name, self.revision, self.error)

    def stream(self, data: bytes | str | Path, *, timeout_s: float) -> StreamedAnswer:
        assert timeout_s > 0
        self.sent.append(data)
        response = HTTPResponse(
            BytesIO(self.answer),
            {"Transfer-Encoding": "chunked", "Content-Type": self.kind},
            preload_content=False,
        )
        response.chunked = False
        return StreamedAnswer(response, lambda error: error)

    def get_keys(self) -> KeyPair:
        if not self.spec.auth:
            raise without_keys(self.name)
        return self.keys

    def regen_key(self, name: str) -> str:
        first, second = self.keys.primary, self.keys.secondary
        self.keys = (
            KeyPair("newer-key", second) if name == "primary" else KeyPair(first, "newer-key")
        )
        return "newer-key"

    def contract(self) -> Mapping[str, object]:
        return self.declared

    def find_failure(self, request_id: str) -> RunFailure | None:
        return self.failures.get(request_id)

    def logs(self, *, lines: int | None, follow: bool, **wanted: object) -> Iterator[str]:
        self.wanted = wanted
        kept = self.logged
        yield from kept if lines is None else kept[len(kept) - lines :]
        if follow:
            raise KeyboardInterrupt

    def revisions(self) -> list[Revision]:
        return [self.snapshot().current]

    def rollback(self, revision: int | None, *, progress: Progress) -> int:
        progress.phase(Phase.STARTING, "Starting it")
        self.revision += 1 if revision is None else revision
        return self.revision

    def reconfigure(self, *, progress: Progress, **asked: Any) -> int:
        progress.phase(Phase.STARTING, "Starting it")
        self.asked |= asked
        return self.revision

    def restart(self, *, progress: Progress) -> None:
        progress.phase(Phase.STARTING, "Starting it")
        self.state = ServiceState.HEALTHY

    def stop(self) -> None:
        if self.error is not None:
            raise OperationInProgressError(self.name, "deploy")
        self.state = ServiceState.STOPPED

    def enable(self) -> BootStart:
        return self.boot

    def export(self) -> str:
        return f'name = "{self.name}"\n'

    def delete(self) -> None:
        del self.collection.kept[self.name]

    def forget(self) -> None:
        del self.collection.kept[self.name]
        self.collection.forgotten.append(self.name)


class MemoryEnvironments:
    def registered(self, reference: str) -> Environment:
        raise NotFoundError("environment", reference)


class MemoryServices:
    def __init__(self) -> None:
        self.kept: dict[str, MemoryService] = {}
        self.forgotten: list[str] = []
        self.report = TestReport(0.25, None, (), "")
        self.tested: dict[str, Any] = {}
        self.planned: dict[str, dict[str, Any]] = {}
        self.would_change: tuple[Change, ...] = ()
        self.fails: BaseException | None = None
        self.list_fails: BaseException | None = None
        self.breaks: Diagnosis | None = None

    def deploy(self, name: str, *, progress: Progress, **asked: Any) -> MemoryService:
        progress.phase(Phase.LOCKING, "Resolving packages")
        if self.fails is not None:
            raise self.fails
        service = MemoryService(name, self, asked, error=self.breaks)
        self.kept[name] = service
        return service

    def plan(self, name: str, *, progress: Progress, **asked: Any) -> Plan:
        progress.phase(Phase.LOCKING, "Resolving packages")
        self.planned[name] = asked
        return Plan(name, "process", name not in self.kept, self.would_change)

    def targets(self) -> tuple[str, ...]:
        return ("process",)

    def target_of(self, name: str) -> str | None:
        return self.kept[name].target if name in self.kept else None

    def test(self, *, progress: Progress, **asked: Any) -> TestReport:
        progress.phase(Phase.RUNNING, "Running init() and run()")
        self.tested = asked
        return self.report

    def remove_abandoned(self) -> None:
        """There are none."""

    def find(self, name: str) -> MemoryService | None:
        return self.kept.get(name)

    def get(self, name: str) -> MemoryService:
        if name not in self.kept:
            raise NotFoundError("service", name, self.kept)
        return self.kept[name]

    def list(self) -> list[MemoryService]:
        if self.list_fails is not None:
            raise self.list_fails
        return list(self.kept.values())

    def snapshots(self) -> builtins.list[ServiceSnapshot]:
        return [each.snapshot() for each in self.list()]


class MemoryWorkspace:
    def __init__(self, folder: Path, name: str = "default") -> None:
        self.name = name
        self.operations = OperationCollection(folder / "operations")
        self.resource_group = "local"
        self.subscription_id = "local"
        self.models = MemoryModels()
        self.services = MemoryServices()
        self.environments = MemoryEnvironments()

    @property
    def service_names(self) -> tuple[str, ...]:
        return tuple(self.services.kept)


class Terminal:
    """Runs `brygga` in this process, on a workspace in memory."""

    def __init__(self, folder: Path) -> None:
        self.workspace = MemoryWorkspace(folder)
        self.asked_for: list[str | None] = []

    def __call__(
        self, *args: str, env: Mapping[str, str] | None = None, typed: str | None = None
    ) -> Result:
        """Runs a command; `typed` is what somebody at a terminal answers, None is a script."""
        runner = CliRunner(env=dict(env or {}))
        session = self.session(somebody_answers=typed is not None)
        return runner.invoke(brygga, args, obj=session, prog_name="brygga", input=typed)

    def json(self, *args: str) -> Any:
        result = self(*args, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def session(self, *, somebody_answers: bool = False) -> Session:
        return Session(self._open, somebody_answers=somebody_answers)

    def _open(self, name: str | None) -> Workspace:
        self.asked_for.append(name)
        return cast("Workspace", self.workspace)


def scored(output: str, *, error: str = "", traceback: str = "") -> TestedRequest:
    return TestedRequest(not error, output, 0.0123, error, traceback)


INIT_RAISED = Diagnosis(
    Cause.INIT_RAISED,
    "FileNotFoundError: no such file",
    file="score.py",
    line=7,
    traceback='Traceback (most recent call last):\n  File "score.py", line 7, in init\n',
)
