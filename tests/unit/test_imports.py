"""What `import brygga` gives, and what it does not load."""

import ast
import inspect
import subprocess
import sys

import pytest

import brygga
from brygga import errors

HEAVY = {
    "sqlalchemy",
    "alembic",
    "docker",
    "kubernetes",
    "click",
    "rich",
    "numpy",
    "yaml",
    "urllib3",
}

SURFACE = {
    "Access",
    "RunFailure",
    "StreamedAnswer",
    "Traffic",
    "BackupReport",
    "BootStart",
    "RestoredWorkspace",
    "Build",
    "Cause",
    "Change",
    "Diagnosis",
    "Drift",
    "Environment",
    "ForwardedPort",
    "Image",
    "KeyPair",
    "Model",
    "Operation",
    "OperationKind",
    "OperationState",
    "Phase",
    "Phases",
    "Plan",
    "Project",
    "Profile",
    "Progress",
    "Resources",
    "Revision",
    "Service",
    "ServiceSnapshot",
    "ServiceSpec",
    "ServiceState",
    "Serving",
    "Subject",
    "SubjectKind",
    "TestReport",
    "TestedRequest",
    "Workspace",
    *(n for n, v in vars(errors).items() if inspect.isclass(v) and issubclass(v, Exception)),
}


def _modules_after(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(shown.stdout.split())


def test_the_surface_is_what_is_promised() -> None:
    assert set(brygga.__all__) == SURFACE
    assert list(brygga.__all__) == sorted(brygga.__all__)
    assert set(dir(brygga)) >= SURFACE


@pytest.mark.parametrize("name", sorted(SURFACE))
def test_every_name_can_be_had(name: str) -> None:
    value = getattr(brygga, name)
    assert value.__name__ == name
    assert getattr(brygga, name) is value


def test_what_type_checkers_see_is_the_surface() -> None:
    tree = ast.parse(inspect.getsource(brygga))
    (block,) = (n for n in tree.body if isinstance(n, ast.If))
    seen = {a.name for n in block.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert seen == SURFACE


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        brygga.Nothing  # noqa: B018


def test_importing_brygga_loads_nothing_heavy() -> None:
    loaded = _modules_after("import brygga")
    assert not {name.partition(".")[0] for name in loaded} & HEAVY
    assert [name for name in loaded if name.startswith("brygga.")] == []


def test_importing_the_nouns_loads_no_database_and_no_engine() -> None:
    loaded = _modules_after("from brygga import BryggaError, Environment, Workspace")
    assert not {name.partition(".")[0] for name in loaded} & (HEAVY - {"yaml"})


def test_every_error_is_of_one_root() -> None:
    found = [v for v in vars(errors).values() if inspect.isclass(v) and issubclass(v, Exception)]
    assert all(issubclass(value, brygga.BryggaError) for value in found)
