"""A workspace into a file, and from one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brygga.backup import ArchiveReader, BackupReport, Places, make_backup, restore_backup
from brygga.error_codes import ErrorCode
from brygga.errors import AlreadyExistsError, InvalidInputError
from brygga.hints import Argument, Hint, Shell, Verb
from brygga.markup import card
from brygga.operations import OperationKind, ProgressLike, Subject, SubjectKind
from brygga.services.state import ServiceState
from brygga.store.row_lines import not_empty
from brygga.targets.base import WorkloadState
from brygga.targets.local.host import this_place
from brygga.wiring import Wiring

if TYPE_CHECKING:
    from brygga.settings import Settings
    from brygga.workspace import Workspace
    from brygga.workspace_folder import WorkspaceFolder


@dataclass(frozen=True)
class RestoredWorkspace:
    """What came out of a backup.

    Attributes:
        deploy: Services that are to be deployed again: processes are not in a backup, and nothing
            of these is here.
        restart: Services that are here and do not run.
    """

    workspace: Workspace
    deploy: tuple[str, ...]
    restart: tuple[str, ...]

    def _repr_html_(self) -> str:
        facts = {"to be deployed again": self.deploy, "to be restarted": self.restart}
        return card(f"Restored workspace {self.workspace.name}", facts)

    @classmethod
    def look(cls, workspace: Workspace) -> RestoredWorkspace:
        """Sees which services run."""
        found = [each for each in workspace.services.snapshots() if each.is_here]
        gone = [each.name for each in found if each.workload is WorkloadState.ABSENT]
        ended = (WorkloadState.ENDED, WorkloadState.FAILED)
        down = [e.name for e in found if e.workload in ended or e.state is ServiceState.STOPPED]
        return cls(workspace, tuple(gone), tuple(down))


def back_up(
    folder: WorkspaceFolder,
    settings: Settings,
    wiring: Wiring,
    path: Path,
    *,
    overwrite: bool,
    progress: ProgressLike,
) -> BackupReport:
    """What `Workspace.backup` does."""
    if path.exists() and not overwrite:
        raise AlreadyExistsError(
            "file",
            str(path),
            hint=Hint.of("Give {}, or another name.", Argument(Verb.BACK_UP, "overwrite", True)),
        )
    parent = path.absolute().parent
    if not parent.is_dir():
        raise InvalidInputError(
            f"There is no folder {parent} for {path.name}.",
            code=ErrorCode.FILE_NOT_FOUND,
            hint=Hint.of("Make it first: {}", Shell(("mkdir", "-p", str(parent)))),
        )
    subject = Subject(SubjectKind.WORKSPACE, folder.key.name)
    with wiring.operations.begin(OperationKind.BACKUP, subject, progress) as operation:
        return make_backup(
            path,
            store=wiring.store,
            blobs=wiring.blobs,
            places=_places(folder, settings),
            tenant=wiring.tenant,
            progress=operation,
        )


def restore(
    archive: ArchiveReader,
    folder: WorkspaceFolder,
    settings: Settings,
    wiring: Wiring,
    *,
    replace: bool,
    progress: ProgressLike,
) -> None:
    """What `Workspace.restore` does, under the lock for making a workspace."""
    is_known = folder.exists()
    folder.make()
    wiring.create_store()
    # Rows in a folder that was never marked are of a restoration that was interrupted. In a store
    # of many they may be anybody's.
    replace = replace or (not is_known and settings.store_url is None)
    if not replace and wiring.store.has_things():
        raise not_empty(folder.key.name)
    subject = Subject(SubjectKind.WORKSPACE, folder.key.name)
    with wiring.operations.begin(OperationKind.RESTORE, subject, progress) as operation:
        restore_backup(
            archive,
            store=wiring.store,
            blobs=wiring.blobs,
            places=_places(folder, settings),
            place=this_place(settings.home),
            replace=replace,
            progress=operation,
        )
    if not is_known:
        folder.mark()


def _places(folder: WorkspaceFolder, settings: Settings) -> Places:
    return Places(settings.home, folder.secrets, folder.vault, folder.data)
