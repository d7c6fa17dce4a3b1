"""What v1 had and Brygga has not says what it was, however somebody comes to it."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

import pytest

from azureml._support import absent, v1_names
from azureml._support.absent import AbsentMember
from azureml._support.older_paths import OLDER
from azureml._support.rows_absent import ABSENT, Absent


def _every_name() -> Iterator[tuple[str, str | None]]:
    for module, names in v1_names.modules().items():
        yield module, None
        for name in names:
            yield module, name


def _come_to(module: str, name: str | None) -> object:
    """As `import module`, or `from module import name` does."""
    scope: dict[str, object] = {}
    line = f"import {module}" if name is None else f"from {module} import {name}"
    exec(line, scope)  # the statement itself is what is tested
    return scope.get(name or "")


def test_every_name_of_v1_is_there_or_says_what_it_was() -> None:
    told = 0
    for module, name in _every_name():
        try:
            _come_to(module, name)
        except ImportError as error:
            told += 1
            text = str(error)
            assert " is not in Brygga (in v1: " in text, f"{module}:{name} says: {text}"
            assert text.endswith("of the documentation has all of it."), text
    assert told, "nothing is missing any more: then the finder can go"


def test_every_member_of_v1_is_there_or_says_what_it_was() -> None:
    found = 0
    for path in v1_names.modules():
        try:
            module = importlib.import_module(path)
        except ImportError:
            continue
        for owner in vars(module).values():
            for member in v1_names.members(getattr(owner, "__name__", "")):
                place = f"{owner.__name__}.{member}"
                if hasattr(owner, member) or not isinstance(owner, type):
                    continue
                found += 1
                with pytest.raises(AttributeError, match=rf"^{place} is not in Brygga \(in v1"):
                    getattr(owner, member)
    assert found


def test_an_older_path_leads_to_the_same_class() -> None:
    assert _come_to("azureml.core.model", "Dataset") is _come_to("azureml.core", "Dataset")
    factory = _come_to("azureml.data.dataset_factory", "TabularDatasetFactory")
    assert factory is _come_to("azureml.data.tabular_dataset", "TabularDatasetFactory")
    scope: dict[str, object] = {}
    exec("from azureml.train.widgets import *", scope)
    assert scope["RunDetails"] is _come_to("azureml.widgets", "RunDetails")
    for path in OLDER:
        for name in v1_names.modules().get(path, ()):
            elsewhere = [_found(each, name) for each in OLDER[path]]
            if any(elsewhere):
                assert _come_to(path, name) in (*elsewhere, vars(sys.modules[path]).get(name))


def _found(module: str, name: str) -> object:
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


@pytest.mark.parametrize("row", ABSENT, ids=lambda row: row.names[0])
def test_a_row_is_a_sentence(row: Absent) -> None:
    assert row.instead.endswith(".")
    assert not row.was.endswith(".")
    assert row.names


def test_every_row_is_told_to_somebody() -> None:
    told = {absent.nearest("azureml.whatever"), absent.nearest("azureml.contrib.whatever")}
    for path, name in _every_name():
        try:
            _come_to(path, name)
        except ImportError:
            told.add(absent.nearest(path, name or path.rpartition(".")[2]))
    for module in [each for path, each in sys.modules.items() if path.startswith("azureml.")]:
        for owner in [each for each in vars(module).values() if isinstance(each, type)]:
            members = [each for each in vars(owner).values() if isinstance(each, AbsentMember)]
            told |= {absent.nearest(*each._of) for each in members}
    dead = {name for row in ABSENT for name in row.names} - told
    assert not dead, f"these are there, or are no names of v1: {sorted(dead)}"


@pytest.mark.parametrize("module", ["azureml.whatever", "azureml.contrib.whatever"])
def test_packages_that_no_list_has_are_told_as_well(module: str) -> None:
    with pytest.raises(
        ModuleNotFoundError, match=rf"^({module} is not|There is no module {module}) in Brygga"
    ):
        importlib.import_module(module)


def test_no_name_has_two_rows() -> None:
    names = [name for row in ABSENT for name in row.names]
    assert len(names) == len(set(names))


def test_whoever_asks_whether_it_is_there_is_told_no() -> None:
    import azureml.core

    assert not hasattr(azureml.core, "LinkedService")
    assert getattr(azureml.core, "LinkedService", None) is None
    with pytest.raises(AttributeError, match=r"LinkedService is not in Brygga \(in v1: a link"):
        azureml.core.LinkedService  # noqa: B018


@pytest.mark.parametrize("statement", ["from azureml.core import Foo", "import azureml.core.foo"])
def test_what_is_no_name_of_v1_is_an_error_like_any_other(statement: str) -> None:
    with pytest.raises(ImportError, match=r"^(cannot import name 'Foo'|No module named 'azureml)"):
        exec(statement, {})


def test_code_that_expects_it_to_be_missing_goes_on() -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("azureml.explain.model")
    assert caught.value.name == "azureml.explain"


@pytest.mark.parametrize("module", ["azureml.interpret", "azureml.whatever"])
def test_whoever_looks_for_a_module_before_importing_it_finds_none(module: str) -> None:
    assert importlib.util.find_spec(module) is None
    with pytest.raises(ModuleNotFoundError, match="in Brygga"):
        importlib.import_module(module)


def test_what_is_there_is_loaded_as_ever() -> None:
    found = importlib.util.find_spec("azureml.core.run")
    assert found is not None
    assert found.origin is not None
    assert found.origin.endswith("run.py")
    before = list(sys.meta_path)
    absent.install()
    assert sys.meta_path == before


def test_an_object_may_have_what_its_class_has_not() -> None:
    class Kind: ...

    setattr(Kind, "missing", AbsentMember("azureml.core.run", "Run", "missing"))  # noqa: B010
    made = Kind()
    vars(made)["missing"] = 1
    assert getattr(made, "missing") == 1  # noqa: B009


def test_finders_of_others_stay_before_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scoring server puts its own request and response of raw scripts before all others."""
    other = object()
    monkeypatch.setattr(sys, "meta_path", [other, PathFinder])
    absent.install()
    assert sys.meta_path[0] is other
    assert sys.meta_path.index(PathFinder) == 2


def test_a_name_that_never_was_is_not_said_to_have_been() -> None:
    with pytest.raises(ImportError, match=r"^There is no module azureml\.foo in Brygga\.") as told:
        _come_to("azureml.foo", None)
    assert "in v1" not in str(told.value)
    with pytest.raises(ImportError, match=r"Did you mean azureml\.widgets\?"):
        _come_to("azureml.widget", None)
    with pytest.raises(ImportError, match="Did you mean 'Environment'"):
        _come_to("azureml.core", "Enviroment")
    with pytest.raises(ImportError, match="cannot import name 'Qqqqq'"):
        _come_to("azureml.core", "Qqqqq")
