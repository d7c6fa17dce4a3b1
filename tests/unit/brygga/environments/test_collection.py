from pathlib import Path

import pytest

from brygga import errors
from brygga.environments import (
    Environment,
    EnvironmentCollection,
    IndexOptions,
    Interpreters,
    Resolver,
)
from brygga.operations import OperationCollection
from brygga.store.store import open_store
from brygga.testing.stores import KEY


@pytest.fixture
def environments(tmp_path: Path, store_url: str) -> EnvironmentCollection:
    store = open_store(store_url, KEY)
    resolver = Resolver(tmp_path, store.locks, Interpreters(tmp_path))
    operations = OperationCollection(tmp_path / "operations")
    return EnvironmentCollection(store.environments, tmp_path, resolver, operations)


def test_versions_of_a_name(environments: EnvironmentCollection) -> None:
    first = environments.register(Environment.from_packages(["six"]), "mine")
    second = environments.register(Environment.from_packages(["numpy<2"], python="3.11"), "mine")
    assert (first.id, second.id) == ("mine:1", "mine:2")
    assert environments.get("mine").environment.packages == ("numpy<2",)
    assert environments.get("mine:1").environment.packages == ("six",)
    assert environments.get("mine", 2).environment.python == "3.11"
    assert [e.id for e in environments.list()] == ["mine:1", "mine:2"]


def test_all_of_a_spec_but_credentials_comes_back(environments: EnvironmentCollection) -> None:
    index = IndexOptions("https://me:pw@i.invalid/simple", find_links=("/w",))
    spec = Environment("3.10", ("six",), ("six<2",), index, "x", prereleases=True)
    found = environments.register(spec).environment
    assert found.index == IndexOptions("https://i.invalid/simple", find_links=("/w",))
    assert (found.python, found.packages, found.constraints, found.name, found.prereleases) == (
        "3.10", ("six",), ("six<2",), "x", True,
    )  # fmt: skip


def test_a_local_wheel_is_taken_in_by_its_digest(
    environments: EnvironmentCollection, tmp_path: Path
) -> None:
    wheel = tmp_path / "x-1.0-py3-none-any.whl"
    wheel.write_bytes(b"content")
    found = environments.register(Environment.from_packages([str(wheel)]), "x").environment
    assert found.packages[0].startswith("wheel:ed7002b439e9ac845f22357d822bac14")
    wheel.unlink()
    assert list(tmp_path.glob("wheels/*/x-1.0-py3-none-any.whl"))


def test_names_and_versions_that_are_not_there(environments: EnvironmentCollection) -> None:
    with pytest.raises(errors.NotFoundError, match="There is no environment yet"):
        environments.get("mine")
    environments.register(Environment.from_packages(["six"]), "mine")
    with pytest.raises(errors.NotFoundError, match=r"'mine:7'\. There are: mine:1"):
        environments.get("mine:7")
    with pytest.raises(errors.InvalidInputError, match="'x' is not a version"):
        environments.get("mine:x")
    with pytest.raises(errors.InvalidNameError):
        environments.register(Environment(), "no good")
    with pytest.raises(errors.InvalidNameError):
        environments.register(Environment())


def test_a_dockerfiles_folder_goes_with_a_call(
    environments: EnvironmentCollection, tmp_path: Path
) -> None:
    spec = Environment.from_packages(["six"]).based_on(dockerfile=tmp_path)

    with pytest.raises(
        errors.InvalidInputError, match=f"is not kept with an environment: {tmp_path}"
    ):
        environments.register(spec, "mine")
