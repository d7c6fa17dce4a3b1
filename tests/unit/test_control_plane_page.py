"""The calls that docs/control-plane.md shows are there, with the arguments that it names."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from brygga import Workspace
from brygga.backup import ArchiveReader
from brygga.environments.interpreters import Interpreters
from brygga.environments.realise import Realiser
from brygga.environments.resolver import Resolver
from brygga.services import ServiceCollection
from brygga.store.blobs import BlobStore
from brygga.store.document_rows import DocumentRows
from brygga.store.environment_rows import EnvironmentRows
from brygga.store.filelock import FileLock
from brygga.store.lock_rows import LockRows
from brygga.store.model_rows import ModelRows
from brygga.store.secrets import SecretStore
from brygga.store.service_rows import ServiceRows
from brygga.store.store import Store
from brygga.store.workspace_secrets import WorkspaceSecrets

PAGE = (Path(__file__).parents[2] / "docs/control-plane.md").read_text(encoding="utf-8")
CLASSES: dict[str, type] = {
    "store": Store, "store.models": ModelRows, "store.locks": LockRows,
    "store.environments": EnvironmentRows, "store.services": ServiceRows,
    "ws": Workspace, "workspace": Workspace, "Workspace": Workspace,
    "ws.secrets": WorkspaceSecrets, "ws.documents": DocumentRows, "ws.services": ServiceCollection,
    "blobs": BlobStore,
}  # fmt: skip
MADE = {
    "Interpreters": Interpreters, "Resolver": Resolver, "Realiser": Realiser,
    "BlobStore": BlobStore, "SecretStore": SecretStore, "ArchiveReader": ArchiveReader,
    "FileLock": FileLock,
}  # fmt: skip
_CALL = re.compile(r"(?<![\w.])([a-zA-Z]+(?:\.[a-z_]+)*)\.([a-z_]+)\(([^()]*)\)")
_MADE_CALL = re.compile(rf"({'|'.join(MADE)})\([^()]*\)\.([a-z_]+)\(([^()]*)\)")


def shown() -> Iterator[tuple[str, type, str, str]]:
    for found in _CALL.finditer(PAGE):
        if found[1] in CLASSES:
            yield found[0], CLASSES[found[1]], found[2], found[3]
    for found in _MADE_CALL.finditer(PAGE):
        yield found[0], MADE[found[1]], found[2], found[3]


@pytest.mark.parametrize(("call", "kind", "method", "given"), [*shown()], ids=lambda x: str(x)[:60])
def test_a_call_is_there(call: str, kind: type, method: str, given: str) -> None:
    function = getattr(kind, method, None)
    assert callable(function), f"{call}: {kind.__name__} has no {method}()"
    known = inspect.signature(function).parameters
    # `ModelFields` and "3.11" stand for a value; `name=None` and `name: str` name an argument.
    words = (part.strip().partition("=")[0].partition(":")[0].strip() for part in given.split(","))
    named = {word for word in words if re.fullmatch(r"[a-z_]+", word)}
    assert named <= set(known), f"{call}: it takes {', '.join(known)}"


def test_the_page_shows_calls() -> None:
    assert len(list(shown())) > 20
