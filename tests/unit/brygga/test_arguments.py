"""Every public call says what it wants where it is given something else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from support.house import a_house

from brygga import Environment, Image, Model, Project, Service, Workspace
from brygga.arguments import Wanted, wanted_of
from brygga.environments import EnvironmentCollection
from brygga.errors import BryggaError, InvalidInputError
from brygga.images import ImageCollection
from brygga.models import ModelCollection
from brygga.operations import OperationCollection
from brygga.runs import RunCollection
from brygga.runs.run import Run
from brygga.services import ServiceCollection
from brygga.spec import SPEC_OPTIONS
from brygga.store.workspace_secrets import WorkspaceSecrets
from brygga.targets.collection import TargetCollection

KINDS = (
    Workspace, ModelCollection, Model, EnvironmentCollection, Environment, ImageCollection, Image,
    ServiceCollection, Service, RunCollection, Run, OperationCollection, WorkspaceSecrets, Project,
    TargetCollection,
)  # fmt: skip

OPTIONS = (*SPEC_OPTIONS, "keys", "tls", "base_image", "dockerfile", "extra_steps")

# What may be anything, or comes from Brygga itself and from nobody's notebook.
UNLOOKED = {
    "ModelCollection.delete(row)",
    "ImageCollection.add_properties(row)",
    "ImageCollection.replace_tags(row)",
    "Environment.from_script(models)",
    "Project.service(runs_on)",
    "Project.__init__(document)",
    "Run.log(value)",
    "RunCollection.search(part_details)",
    "Service.run(data)",
    "Service.stream(data)",
    "Workspace.deploy_project(options)",
    "Workspace.plan_project(options)",
}


class Wrong:
    """Of no kind that any call takes."""

    def __repr__(self) -> str:
        return "<wrong>"


def calls() -> Iterator[tuple[type, str, Callable[..., Any]]]:
    for kind in KINDS:
        for name, member in vars(kind).items():
            function = getattr(member, "__func__", member)
            public = not name.startswith("_") or (name == "__init__" and kind is Environment)
            if public and isinstance(function, FunctionType):
                yield kind, name, function


def parameters(function: Callable[..., Any]) -> list[str]:
    found = inspect.signature(function).parameters.values()
    own = (each for each in found if each.name not in ("self", "cls"))
    return [each.name for each in own if each.annotation is not each.empty]


ASKED = [
    (kind, name, function, parameter)
    for kind, name, function in calls()
    for parameter in parameters(function)
]


@pytest.mark.parametrize(
    ("kind", "name", "function", "parameter"),
    ASKED,
    ids=[f"{kind.__name__}.{name}({parameter})" for kind, name, _, parameter in ASKED],
)
def test_an_argument_of_the_wrong_kind_is_told_by_its_name(
    kind: type, name: str, function: Callable[..., Any], parameter: str
) -> None:
    """Before anything else: the object that is called here has nothing in it."""
    place = f"{kind.__name__}.{name}({parameter})"
    wanted = wanted_of(function)
    if place in UNLOOKED:
        return
    assert wanted[parameter].kinds, f"{place}: a kind that brygga.arguments does not know"
    with pytest.raises(InvalidInputError) as caught:
        function(object.__new__(kind), **{parameter: Wrong()})
    secret = parameter in ("secrets", "value")
    assert caught.value.message == (
        f"{parameter}={'<Wrong>' if secret else '<wrong>'} cannot be used."
    )
    assert caught.value.hint == f"Give {wanted[parameter].words}."


def test_what_is_not_looked_at_is_there() -> None:
    places = {f"{kind.__name__}.{name}({parameter})" for kind, name, _, parameter in ASKED}
    assert {each for each in UNLOOKED if "__init__" not in each} <= places


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_of_the_wrong_kind_is_told_by_its_name(tmp_path: Path, option: str) -> None:
    house = a_house(tmp_path, f"sqlite:///{tmp_path}/store.db")
    given: dict[str, Any] = {option: Wrong()}
    with pytest.raises(BryggaError, match=option):
        house.deploy(**given)
    assert house.services.list() == []


@pytest.mark.parametrize(
    ("annotation", "value", "fits"),
    [
        ("str | Path", Path("a"), True),
        ("str | Path", b"a", False),
        ("str | None", None, True),
        ("bool", 1, True),
        ("bool", "false", False),
        ("int | None", True, False),
        ("float", 1, True),
        ("Sequence[str]", ("a",), True),
        ("Sequence[str]", ["a", 1], False),
        ("Iterable[str]", iter("ab"), True),
        ("Iterable[str]", {"a": 1}, False),
        ("Mapping[str, str | None] | None", {}, True),
        ("builtins.list[str]", "a", False),
        ("Literal['native', 'v1']", "v1", True),
        ("Literal['native', 'v1']", "v2", False),
        ("object", 1, True),
        ("Something | None", 1, True),
    ],
)
def test_kinds(annotation: str, value: object, fits: bool) -> None:
    try:
        Wanted.read(annotation).check("it", value)
    except InvalidInputError:
        assert not fits
    else:
        assert fits


def test_numbers_of_numpy_are_numbers() -> None:
    import numpy as np

    Wanted.read("int").check("it", np.int64(1))
    Wanted.read("float").check("it", np.float32(1))
    Wanted.read("bool").check("it", np.bool_(True))
    Wanted.read("Sequence[object]").check("it", np.zeros(2))


@pytest.mark.parametrize(
    ("annotation", "value", "advice"),
    [
        ("str | Path", 1, "Give a path."),
        ("Sequence[str | Path]", "a", "Give it=['a']."),
        ("Sequence[str]", 1, "Give a list, of which each is a text."),
        ("Sequence[str]", ["a", 1], "it[1]=1 cannot be used. Give a text."),
        ("Literal['native', 'v1']", 1, "Give one of: native, v1."),
        ("Environment | None", "myenv", "Give an Environment, as ws.environments.registered(NAME)"),
    ],
)
def test_what_is_wanted_is_told(annotation: str, value: object, advice: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Wanted.read(annotation).check("it", value)
    assert advice in str(caught.value)


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Wanted.read("Mapping[str, str]").check("secrets", "hunter2")
    assert "hunter2" not in str(caught.value)
