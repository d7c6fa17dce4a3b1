"""A home with one workspace, and things in it that look like the real ones."""

import json
from dataclasses import dataclass
from pathlib import Path

from brygga import Workspace
from brygga.environments.server import carried_server
from brygga.settings import Settings
from brygga.spec import ServiceSpec
from brygga.store.rows import NewRevision
from brygga.targets.local.host import this_place
from brygga.wiring import Wiring
from brygga.workspace import collect_all_garbage
from brygga.workspace_folder import WorkspaceFolder


@dataclass
class Home:
    """A home with one workspace, its parts at hand, and things in it that look like the real."""

    settings: Settings
    workspace: Workspace

    @property
    def path(self) -> Path:
        return self.settings.home

    @property
    def folder(self) -> WorkspaceFolder:
        return self.workspace._folder

    @property
    def wiring(self) -> Wiring:
        return self.workspace._wiring

    def environment(self, name: str, of: str) -> Path:
        folder = self.path / "environments" / name
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").touch()
        (folder / "lib").write_bytes(b"x" * 100)
        (folder / ".brygga.json").write_text(json.dumps({"version": 1, "of": of}))
        return folder

    def deployed(self, service: str = "svc", **bundle: object) -> None:
        whole = {"lock": "", "server": carried_server().digest, "code": [], **bundle}
        spec = ServiceSpec(service).to_dict()
        new = NewRevision(service, "process", this_place(self.path), spec, whole, "d" * 64)
        self.wiring.store.services.add_revision(new)

    def garbage(self) -> list[tuple[str, str]]:
        swept = self.workspace.collect_garbage(dry_run=True)
        return [(each.kind, each.name) for each in swept.found]

    def collect(self) -> list[tuple[str, str]]:
        swept = collect_all_garbage(settings=self.settings)
        return [(each.kind, each.name) for each in swept.removed]
