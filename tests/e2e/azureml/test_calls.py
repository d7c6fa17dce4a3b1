"""Every member of v1's contract is called once, with the parameters its documentation has."""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from support import v1_signatures, v1_values
from support.v1_world import World

from azureml._support.row import Verdict
from azureml._support.table import PARAMETERS, REFUSED, TABLE
from azureml.exceptions import UserErrorException
from azureml.pipeline.core import Pipeline, PipelineRun, StepRun
from azureml.pipeline.steps import PythonScriptStep
from azureml.train.hyperdrive import (
    GridParameterSampling,
    HyperDriveConfig,
    PrimaryMetricGoal,
    choice,
)
from azureml.widgets import RunDetails


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, environments: Path) -> Iterator[World]:
    """One for all: making the services of each call anew would take minutes."""
    import brygga

    base = tmp_path_factory.mktemp("calls")
    (base / "home").mkdir()
    (base / "home" / "environments").symlink_to(environments)
    (base / "work").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRYGGA_HOME", str(base / "home"))
        patch.setenv("DOCKER_HOST", f"unix://{base}/nobody.sock")
        # Nobody is there, so that what the base image has does not depend on the network.
        patch.setenv("BRYGGA_BASE_IMAGE", "localhost:1/base:1")
        patch.chdir(base / "work")
        yield World(base / "work")
        for each in brygga.Workspace.list():
            for service in each.services.list():
                service.delete()


OWNERS: dict[str, str] = {}
for _member in v1_signatures.members():
    OWNERS.setdefault(_member.owner, _member.module)


_SERIALIZED = (
    "payload_obj", "object_dict", "model_payload", "image_payload", "webservice_payload"
)  # fmt: skip


def _owner(name: str) -> Any:
    return getattr(importlib.import_module(OWNERS[name]), name)


def _values(world: World, owner: Any, member: str, function: Any) -> dict[str, Any]:
    values, missing = {}, []
    rows = [PARAMETERS.get(each, {}) for each in _inherited(owner, member)]
    for each in inspect.signature(function).parameters.values():
        row = next((found[each.name] for found in rows if each.name in found), None)
        if each.name in ("self", "cls") or each.name.startswith("_"):
            continue
        if each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL) or (
            row is not None and row.verdict is Verdict.REFUSED
        ):
            continue
        own = v1_values.FOR.get(f"{member}({each.name})")
        given = own or v1_values.by_name(each.name)
        if given is not None:
            values[each.name] = given(world)
        elif each.name in _SERIALIZED:
            values[each.name] = _made(world, owner, member).serialize()
        elif each.default not in (None, each.empty) or member in REFUSED:
            values[each.name] = None if each.default is each.empty else each.default
        else:
            missing.append(f"{member}({each.name})")
    assert not missing, f"no value for {missing}: v1_values.py"
    return {name: value for name, value in values.items() if value is not v1_values.LEFT_OUT}


@pytest.mark.filterwarnings("ignore:ContainerImage class has been deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", OWNERS)
def test_every_member_does_what_it_says(world: World, name: str) -> None:
    owner, wrong = _owner(name), []
    for member in v1_signatures.members():
        if member.owner == name and member.name != "__new__":
            place = name if member.name in ("", "__init__") else member.member
            try:
                with _expected(owner, place):
                    _use(world, owner, place, member.name)
            except Exception as error:  # noqa: BLE001 - all of a class are told at once
                told = getattr(error, "message", str(error)).partition("\n")[0]
                wrong.append(f"{place}: {type(error).__name__}: {told}")
    assert not wrong, "\n".join(wrong)


def _expected(owner: Any, member: str) -> Any:
    """What the call is to raise; nothing, unless a row refuses it or v1 itself does."""
    if any(each in REFUSED for each in _inherited(owner, member)):
        return pytest.raises(UserErrorException, match="is not supported by Brygga")
    if member in v1_values.RAISES:
        kind, text = v1_values.RAISES[member]
        return pytest.raises(kind, match=text)
    return nullcontext()


def _inherited(owner: Any, member: str) -> list[str]:
    """The member as each class above calls it."""
    _, dot, name = member.partition(".")
    return [f"{base.__name__}{dot}{name}" for base in inspect.getmro(owner)]


def _use(world: World, owner: Any, member: str, name: str) -> None:
    """Makes an object of a class, reads an attribute, or calls a method with all it takes."""
    if member == owner.__name__:
        if not inspect.isabstract(owner):
            owner(**_values(world, owner, member, owner.__init__))
        return
    if inspect.isabstract(owner) and owner.__name__ not in v1_values.RECEIVERS:
        return  # its members are those of the classes that derive from it
    found = getattr(_receiver(world, owner, name), name)
    if callable(found) and not isinstance(found, type):
        found(**_values(world, owner, member, found))


def _receiver(world: World, owner: Any, name: str) -> Any:
    static = inspect.getattr_static(owner, name, None)
    if isinstance(static, staticmethod | classmethod | type):
        return owner
    return _made(world, owner, f"{owner.__name__}.{name}")


def _made(world: World, owner: Any, member: str) -> Any:
    made = v1_values.RECEIVERS.get(member) or v1_values.RECEIVERS.get(owner.__name__)
    return made(world) if made else owner(**_values(world, owner, owner.__name__, owner.__init__))


def test_runs_of_several_scripts_take_what_a_run_takes(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    config = HyperDriveConfig(
        run_config=world.script,
        hyperparameter_sampling=GridParameterSampling({"--x": choice(1)}),
        primary_metric_name="none",
        primary_metric_goal=PrimaryMetricGoal.MAXIMIZE,
        max_total_runs=1,
    )
    search: Any = world.experiment.submit(config)
    search.wait_for_completion(raise_on_error=False)
    assert isinstance(search.get_metrics(run_type=None, populate=True), dict)
    assert search.get_best_run_by_primary_metric(include_resume_from_runs=True) is None
    details = RunDetails(world.run)
    details.show(render_lib=None, widget_settings={})
    assert world.run.id in capsys.readouterr().out
    assert details.get_widget_data(widget_settings={})

    step = PythonScriptStep("train.py", source_directory=".", runconfig=world.script.run_config)
    run = Pipeline(world.workspace, [step]).submit(
        "in-a-row", regenerate_outputs=True, credential_passthrough=False
    )
    run.wait_for_completion()
    (part,) = StepRun.get_children(run)
    again = StepRun(run.experiment, part.id, run.id, node_id=part.id, kwargs=None)
    assert again.get_status() == "Completed"
    assert PipelineRun(run.experiment, run.id, kwags=None).id == run.id


def test_no_row_of_the_table_is_without_a_call() -> None:
    """Those of classes that the contract does not have are called in tests of their own."""
    here = Path(__file__)
    others = [*here.parent.glob("*.py"), *here.parents[2].glob("unit/azureml/*.py")]
    texts = [each.read_text(encoding="utf-8") for each in others]
    kinds = {base.__name__ for name in OWNERS for base in inspect.getmro(_owner(name))}
    uncalled = []
    for row in TABLE:
        if row.verdict is not Verdict.DIFFERENT:
            continue  # the unit tests of the table call those
        member, _, parameter = row.member.removesuffix(")").partition("(")
        owner, _, attribute = member.partition(".")
        called = owner in kinds and v1_values.FOR.get(row.member) is not v1_values.LEFT
        wanted = (attribute or owner, parameter.removeprefix("kwargs"))
        if not called and not any(all(each in text for each in wanted) for text in texts):
            uncalled.append(row.member)
    assert not uncalled, "\n".join(uncalled)
