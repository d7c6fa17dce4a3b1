"""Clusters that are declared: what is refused, and what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brygga.errors import AlreadyExistsError, InUseError, InvalidInputError, NotFoundError
from brygga.store.rows import NewRevision, WorkspaceKey
from brygga.store.store import open_store
from brygga.targets.collection import TargetCollection, Targets
from brygga.targets.declared import DeclaredTarget
from brygga.testing.targets import FakeTarget

GIVEN: dict[str, Any] = {
    "registry": "http://10.0.0.1:5000/models",
    "namespace": "ml",
    "context": "prod",
}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"name": "Prod"}, "Prod"),
        ({"namespace": "ml_"}, "ml_"),
        ({"registry": "ftp://x"}, "ftp://x"),
        ({"expose": "ingress"}, "host"),
        ({"expose": "ingress", "host": "*.example.com"}, "example"),
        ({"expose": "ingress", "host": "models.example.com"}, "models.example.com/"),
        ({"host": "models.example.com"}, "host"),
        ({"path": "/{service}"}, "path"),
        ({"tls_secret": "cert"}, "tls_secret"),
        ({"expose": "node-port", "host": "{service}.example.com"}, "service"),
        ({"expose": "everywhere"}, "everywhere"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        DeclaredTarget(**{"name": "prod", "registry": "r.example.com", **given})

    assert named in caught.value.message
    assert caught.value.hint


def test_a_declaration_is_kept_as_it_is() -> None:
    made = DeclaredTarget(name="prod", **GIVEN)

    assert DeclaredTarget.from_dict("prod", {**made.to_dict(), "newer": 1}) == made


def test_what_is_declared_is_a_target_at_once_and_until_it_is_removed(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'rows.db'}", WorkspaceKey("local", "local", "w"))
    made = []

    def make(declared: DeclaredTarget) -> FakeTarget:
        made.append(declared.name)
        return FakeTarget()

    targets = Targets({"process": FakeTarget()}, lambda: store, make)
    declared = TargetCollection(store, targets)

    declared.add("prod", **GIVEN)
    again = TargetCollection(store, targets)
    assert again.get("prod").context == "prod"
    assert list(targets) == ["process", "prod"]
    assert targets["prod"] is targets["prod"]
    with pytest.raises(AlreadyExistsError):
        again.add("prod", **GIVEN)
    with pytest.raises(InvalidInputError, match="process"):
        again.add("process", **GIVEN)
    again.add("prod", replace=True, registry="other.example.com")
    assert targets["prod"] is not None
    assert made == ["prod", "prod"]

    store.services.add_revision(
        NewRevision(
            service="digits",
            target="prod",
            place=None,
            spec={},
            bundle={},
            bundle_digest="0",
            models=(),
        )
    )
    with pytest.raises(InUseError, match="digits"):
        declared.remove("prod")
    store.services.delete("digits")
    declared.remove("prod")
    assert "prod" not in targets
    with pytest.raises(NotFoundError, match="prod"):
        declared.remove("prod")
    store.close()
