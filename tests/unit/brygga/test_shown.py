"""What notebooks show of each public type, and that showing it never raises."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.house import House, a_house

import brygga
from brygga import (
    BackupReport,
    Change,
    Environment,
    Plan,
    Profile,
    Project,
    RestoredWorkspace,
    RunFailure,
    Traffic,
    Workspace,
)
from brygga.errors import BryggaError, NotFoundError
from brygga.gc.garbage import Garbage, Sweep
from brygga.markup import glance
from brygga.operations import OperationKind, Phase, Subject, SubjectKind
from brygga.settings import Settings
from brygga.spec import OptionGroup

# Words and values that their repr says as well, what is given and not got, and what hides itself.
WITHOUT = {
    "BootStart", "Cause", "Change", "Drift", "ForwardedPort", "KeyPair", "OperationKind",
    "OperationState", "Phase", "Progress", "ServiceState", "StreamedAnswer", "Subject",
    "SubjectKind", "TestedRequest",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    return a_house(tmp_path, f"sqlite:///{tmp_path}/store.db")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create("tests", settings=Settings(home=tmp_path / "home"))


def html_of(shown: object) -> str:
    return str(getattr(shown, "_repr_html_")())  # noqa: B009 - lists are of a kind that has it


def test_every_public_type_is_shown_or_says_all_in_its_repr() -> None:
    kinds = {name: getattr(brygga, name) for name in brygga.__all__}
    plain = {
        name
        for name, kind in kinds.items()
        if inspect.isclass(kind)
        and not issubclass(kind, BryggaError | OptionGroup)
        and not hasattr(kind, "_repr_html_")
    }
    assert plain == WITHOUT


@pytest.mark.parametrize(
    ("shown", "texts"),
    [
        (
            Environment(packages=("numpy<2",), name="<e>", variables={"TOKEN": "hunter2"}),
            ("Environment &lt;e&gt;", "numpy&lt;2", "TOKEN"),
        ),
        (BackupReport(Path("/tmp/<f>"), 12_345, 3, 1), ("/tmp/&lt;f&gt;", "12,345 bytes")),
        (
            Plan("svc", "process", False, (Change("cpu_cores", "0.5", "<1>"),), ("said",)),
            ("svc would be changed", "cpu_cores", "0.5", "&lt;1&gt;", "said"),
        ),
        (Plan("svc", "process", False, ()), ("Nothing would change",)),
        (Profile(3, 2, (0.1, 0.2), 0.5, 1.5, 0.5), ("3, of which 2", "200.0 ms", "1.50 GB used")),
        (Profile(0, 0, error="<no>"), ("&lt;no&gt;", "0, of which 0 succeeded")),
        (RunFailure("ValueError: <x>", "score.py", 3, "Trace <x>"), ("&lt;x&gt; (score.py:3)",)),
        (Traffic(10, 0, (0.1,), (10, 0)), ("10", "half within", "50.0 ms")),
        (
            Sweep((Garbage("blob", "<g>", 2048, "unused"),)),
            ("2,048 bytes", "&lt;g&gt;", "0 bytes"),
        ),
    ],
    ids=lambda shown: type(shown).__name__,
)  # fmt: skip
def test_what_is_shown(shown: object, texts: tuple[str, ...]) -> None:
    html = html_of(shown)
    for text in texts:
        assert text in html
    for text in ("<e>", "<f>", "<1>", "<no>", "<x>", "<g>", "hunter2"):
        assert text not in html


def test_a_project_is_shown(tmp_path: Path) -> None:
    (tmp_path / "score.py").touch()
    file = tmp_path / "brygga.toml"
    file.write_text(
        'name = "svc"\nentry_script = "score.py"\n[stages.prod.resources]\ncpu_cores = 2\n'
    )
    html = html_of(Project.read(file))
    assert "svc" in html
    assert "prod" in html


def test_what_is_looked_up_may_be_gone_or_broken() -> None:
    def gone() -> dict[str, object]:
        raise NotFoundError("run", "r")

    def broken() -> dict[str, object]:
        raise OSError("disk <full>\nmore")

    assert "deleted" in glance("Run r", gone)
    assert "OSError: disk &lt;full&gt;" in glance("Run r", broken)
    assert "more" not in glance("Run r", broken)


def test_images_are_shown_also_when_they_are_deleted(house: House) -> None:
    images = house.parts.images
    house.script.write_text("def init(): ...\ndef run(data): return data\n")
    made = images.create("<img>"[1:4], entry_script=house.script, tags={"a": "<t>"})
    made.wait_for_creation()
    html = html_of(made)
    assert "Image img:1" in html
    assert "Succeeded" in html
    assert "a=&lt;t&gt;" in html
    assert "img:1" in html_of(images.list())
    made.delete()
    assert repr(made).startswith("Image('img:1'")
    assert "Image img:1" in html_of(made)


def test_models_and_services_are_shown_also_when_they_are_deleted(house: House) -> None:
    service = house.deploy(models=[house.model("weights")])
    model = house.parts.images.assembler.models.get("weights")
    listed, snapshot, revisions = house.services.list(), service.snapshot(), service.revisions()
    service.delete()
    model.delete()
    for each in (model, service, listed, snapshot, revisions, revisions[0]):
        assert "None" not in html_of(each)
        assert repr(each)
    assert "deleted" in html_of(service)
    assert "deleted" in repr(service)


def test_runs_are_shown_also_when_they_are_deleted(workspace: Workspace, tmp_path: Path) -> None:
    run = workspace.runs.start("<exp>"[1:4], tags={"a": "<t>"})
    run.log("loss", 0.5)
    run.log("curve", list(range(1000)))
    (tmp_path / "out.txt").write_text("x")
    run.upload("outputs/out.txt", tmp_path / "out.txt")
    listed, html = workspace.runs.list(), html_of(run)
    for text in (
        "exp, run 1",
        "loss=0.5",
        "1000 values",
        "outputs/out.txt",
        "a=&lt;t&gt;",
        "Running",
    ):
        assert text in html
    assert run.id in html_of(listed)
    workspace.runs.delete_experiment("exp")
    assert "deleted" in html_of(run)
    assert repr(run)
    assert getattr(listed, "_repr_html_")() is None  # noqa: B009
    assert run.id in repr(listed)


def test_environments_and_operations_are_lists_with_a_table(workspace: Workspace) -> None:
    made = workspace.environments.register(Environment(packages=("numpy",)), "myenv")
    subject = Subject(SubjectKind.SERVICE, "<svc>")
    with pytest.raises(ValueError, match="<no>"), workspace.operations.begin(  # noqa: PT012
        OperationKind.DEPLOY, subject
    ) as operation:  # fmt: skip
        operation.phase(Phase.LOCKING, "Locking <x>")
        raise ValueError("<no>")
    shown = workspace.operations.list("<svc>")
    assert "Environment myenv:1" in html_of(made)
    assert "myenv:1" in html_of(workspace.environments.list())
    assert "&lt;svc&gt;" in html_of(shown)
    for text in (
        "Deploy service &lt;svc&gt;",
        "Failed",
        "Locking &lt;x&gt;",
        "ValueError: &lt;no&gt;",
    ):
        assert text.lower() in html_of(shown[0]).lower()


@pytest.mark.parametrize("end", [Workspace.delete, lambda it: shutil.rmtree(it._folder.path)])
def test_a_workspace_is_shown_also_when_it_is_gone(
    workspace: Workspace, end: Callable[[Workspace], None]
) -> None:
    restored = RestoredWorkspace(workspace, ("a",), ())
    end(workspace)
    for each in (workspace, restored):
        assert "tests" in html_of(each)
        assert "tests" in repr(each)
