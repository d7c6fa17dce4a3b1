"""Clusters that are declared: what is refused, and what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brygga.errors import AlreadyExistsError, InUseError, InvalidInputError, NotFoundError
from brygga.spellings import Language, words
from brygga.store.rows import NewRevision, WorkspaceKey
from brygga.store.store import open_store
from brygga.targets.collection import TargetCollection, Targets
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.target import KubernetesTarget
from brygga.targets.publishing import PushedImage
from brygga.testing.targets import FakeTarget

GIVEN: dict[str, Any] = {
    "registry": "http://10.0.0.1:5000/models",
    "namespace": "ml",
    "context": "prod",
}


KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
contexts: [{name: prod, context: {cluster: c}}]
current-context: prod
"""


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
    with pytest.raises(AlreadyExistsError) as caught:
        again.add("prod", **GIVEN)
    assert words(caught.value.advice, Language.COMMAND).startswith("Give `--replace` to")
    with pytest.raises(InvalidInputError, match="process"):
        again.add("process", **GIVEN)
    again.add("prod", replace=True, registry="other.example.com")
    assert targets["prod"] is not None
    assert made == ["prod"] * 4  # each is looked at before it is kept

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
    with pytest.raises(NotFoundError, match="None is declared: there is nothing to remove"):
        declared.remove("prod")
    with pytest.raises(NotFoundError, match=r"None is declared: .*targets.add\('prod'"):
        declared.get("prod")
    with pytest.raises(NotFoundError, match="Every installation has 'process'"):
        declared.remove("process")
    with pytest.raises(InvalidInputError, match="is no cluster"):
        declared.check("process")
    store.close()


def cluster_target(declared: DeclaredTarget) -> KubernetesTarget:
    def publish(*_: object) -> PushedImage:
        raise AssertionError("nothing is deployed")

    return KubernetesTarget(declared, workspace="w", publish=publish)


def test_a_kubeconfig_that_cannot_be_used_declares_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'rows.db'}", WorkspaceKey("local", "local", "w"))
    declared = TargetCollection(store, Targets({}, lambda: store, cluster_target))
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    for given, said in (
        ({"kubeconfig": str(tmp_path / "missing")}, "No such file"),
        ({"kubeconfig": str(tmp_path)}, "Is a directory"),
        ({"kubeconfig": str(file), "context": "nowhere"}, "has no context 'nowhere'"),
        ({"context": "prod"}, "No such file"),
    ):
        with pytest.raises(InvalidInputError, match=said):
            declared.add("prod", registry="r.example.com", **given)  # type: ignore[arg-type]
    assert declared.list() == []
    # A machine without any may declare what others deploy to.
    declared.add("prod", registry="r.example.com")
    monkeypatch.setenv("KUBECONFIG", str(file))
    declared.add("lab", registry="r.example.com", context="prod")
    assert [each.name for each in declared.list()] == ["lab", "prod"]
    with pytest.raises(NotFoundError, match="There are: lab, prod"):
        declared.remove("nope")
    store.close()


def test_what_is_missing_or_unknown_is_said_of_the_call_that_was_made(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'rows.db'}", WorkspaceKey("local", "local", "w"))
    declared = TargetCollection(store, Targets({}, lambda: store, lambda _: FakeTarget()))

    with pytest.raises(TypeError, match=r"add\(\) missing .*'registry'"):
        declared.add("x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"add\(\) got an unexpected .*'registri'"):
        declared.add("x", registry="r", registri="r")  # type: ignore[call-arg]
    store.close()


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        (
            {"expose": "ingress"},
            "An ingress needs a host",
            "`--host '{service}.models.example.com'`",
        ),
        (
            {"expose": "ingress", "host": "{servcie}.example.com"},
            "has {servcie} in it, which stands for nothing",
            "Write {service} where",
        ),
        (
            {"expose": "ingress", "host": "m.example.com", "path": "/{name"},
            "has {name in it, which stands for nothing",
            "Write {service} where",
        ),
        ({"expose": "ingress", "host": "m.example.com"}, "m.example.com/", "`--path '/{service}'`"),
        ({"path": "/{service}"}, "without an ingress", "Give `--expose ingress` with it"),
        ({"expose": "ingress", "host": "A"}, "host='A' cannot be used", "`--host '{service}."),
    ],
)
def test_hints_name_what_can_be_typed(given: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        DeclaredTarget(**{"name": "prod", "registry": "r.example.com", **given})

    assert message in caught.value.message
    assert hint in words(caught.value.advice, Language.COMMAND)
    assert "--" not in caught.value.hint
