"""Each action in its three languages, held against what there is to call."""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.command_lines import parse
from support.static_calls import Checker, Instance

import azureml.core
import azureml.core.webservice
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice
from brygga.environments import EnvironmentCollection
from brygga.hints import Action, Argument, Hint, Shell, Value, Verb
from brygga.images import Image, ImageCollection
from brygga.models import Model, ModelCollection
from brygga.operations import OperationCollection
from brygga.runs import RunCollection
from brygga.services import Service
from brygga.services.collection import ServiceCollection
from brygga.spec import SPEC_OPTIONS
from brygga.spellings import TABLE, Language, is_typed, spell, words
from brygga.targets.collection import TargetCollection
from brygga.workspace import Workspace

PACKAGES = Path(__file__).parents[4] / "packages"
SAMPLES: dict[str, Value] = {"exist_ok": True, "timeout_s": 120.0, "environment_variables": "A=1"}

SDK = Checker(
    {"ws": Instance(Workspace), "Workspace": Workspace},
    {
        c.__name__: c
        for c in (
            EnvironmentCollection, Image, ImageCollection, Model, ModelCollection,
            OperationCollection, RunCollection, Service, ServiceCollection, TargetCollection,
            Workspace,
        )
    },
)  # fmt: skip
V1_CLASSES: dict[str, type] = {
    name: getattr(module, name)
    for module, names in (
        (azureml.core, ("Environment", "Experiment", "Image", "Model", "Workspace")),
        (azureml.core.webservice, ("AciWebservice", "LocalWebservice", "Webservice")),
    )
    for name in names
}
V1 = Checker({**V1_CLASSES, "ws": Instance(V1_CLASSES["Workspace"])}, V1_CLASSES)


class Use(NamedTuple):
    place: str
    verb: Verb
    names: tuple[str, ...]
    is_option: bool


def uses() -> Iterator[Use]:
    """Each action and option that the sources make, with the names of its arguments."""
    for path in sorted(PACKAGES.glob("*/src/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Name("Action"), [ast.Attribute(ast.Name("Verb"), verb), *rest]):
                    keys = rest[0].keys if rest and isinstance(rest[0], ast.Dict) else []
                    names = tuple(str(k.value) for k in keys if isinstance(k, ast.Constant))
                    yield Use(f"{path.name}:{node.lineno}", Verb[verb], names, is_option=False)
                case ast.Call(
                    ast.Name("Argument"),
                    [ast.Attribute(ast.Name("Verb"), verb), ast.Constant(str(name)), *_],
                ):
                    yield Use(f"{path.name}:{node.lineno}", Verb[verb], (name,), is_option=True)


USES = list(uses())


def sample(name: str) -> Value:
    option = SPEC_OPTIONS.get(name)
    if name in SAMPLES or option is None:
        return SAMPLES.get(name, name)
    if option.choices:
        return option.choices[0]
    return {bool: True, int: 8, float: 0.5}.get(option.kind, name)


def whole(verb: Verb, *more: str) -> Action:
    """With arguments for everything that is asked of it."""
    return Action(verb, {name: sample(name) for name in ("name", *more)})


def test_every_verb_is_in_the_table() -> None:
    assert set(TABLE) == set(Verb)


@pytest.mark.parametrize("verb", Verb)
def test_every_command_is_one(verb: Verb) -> None:
    spelling = TABLE[verb]
    flags = [*spelling.flags, *(SPEC_OPTIONS if spelling.takes_options else ())]
    if is_typed(Action(verb), Language.COMMAND):
        parse(spell(whole(verb), Language.COMMAND))
        for name in flags:
            parse(spell(whole(verb, name), Language.COMMAND))
    else:
        assert not flags


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize(
    ("language", "checker"), [(Language.PYTHON, SDK), (Language.V1, V1)], ids=["sdk", "v1"]
)
def test_every_call_is_one(verb: Verb, language: Language, checker: Checker) -> None:
    step = whole(verb)
    if is_typed(step, language):
        checker.check(spell(step, language))


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.place}-{use.verb.name}")
def test_arguments_are_there_in_every_language(use: Use) -> None:
    spelling = TABLE[use.verb]
    if use.is_option:
        call = spelling.python
        assert isinstance(call, str)
        assert set(use.names) <= SDK.parameters(spell(Action(use.verb), Language.PYTHON))
        return
    step = Action(use.verb, {name: sample(name) for name in use.names})
    for language, checker in ((Language.PYTHON, SDK), (Language.V1, V1)):
        if is_typed(step, language):
            checker.check(spell(step, language))
    if is_typed(step, Language.COMMAND):
        parse(spell(step, Language.COMMAND))


def test_v1_is_told_only_what_it_takes() -> None:
    """What any of its configurations of a deployment takes, by the name it has there."""
    configurations = (AciWebservice, AksWebservice, LocalWebservice)
    names = {
        n for c in configurations for n in inspect.signature(c.deploy_configuration).parameters
    }
    names |= {*inspect.signature(InferenceConfig).parameters}
    assert {TABLE[Verb.DEPLOY].v1_name(name) for name in SPEC_OPTIONS} <= {"", *names}
    assert TABLE[Verb.DEPLOY].v1_name("source_directory") in names


def test_a_command_is_quoted_for_the_shell_and_names_the_workspace() -> None:
    step = Action(Verb.DOWNLOAD_MODEL, {"name": "my model", "exist_ok": True})
    assert spell(step, Language.COMMAND) == "brygga model download 'my model' --overwrite"
    assert spell(step, Language.COMMAND, workspace="team a") == (
        "brygga --workspace 'team a' model download 'my model' --overwrite"
    )
    assert spell(step, Language.PYTHON) == "ws.models.get('my model').download(exist_ok=True)"


def test_a_workspace_is_not_named_twice() -> None:
    step = Action(Verb.CREATE_WORKSPACE, {"name": "team"})
    assert spell(step, Language.COMMAND, workspace="team") == "brygga workspace create team"


def test_what_is_not_known_stands_as_a_placeholder() -> None:
    step = Action(Verb.REGISTER_MODEL, {"name": "m"})
    assert spell(step, Language.COMMAND) == "brygga model register m PATH"
    assert spell(step, Language.V1) == "Model.register(ws, path, 'm')"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language.COMMAND, "Pass `--overwrite`, or choose another folder."),
        (Language.PYTHON, "Pass `exist_ok=True`, or choose another folder."),
    ],
)
def test_an_option_is_said_as_it_is_typed(language: Language, expected: str) -> None:
    option = Argument(Verb.DOWNLOAD_MODEL, "exist_ok", True)
    assert words(Hint.of("Pass {}, or choose another folder.", option), language) == expected


def test_a_switch_has_two_sides() -> None:
    on, off = (Argument(Verb.DEPLOY, "auth", value) for value in (True, False))
    assert [spell(each, Language.COMMAND) for each in (on, off)] == ["--auth", "--no-auth"]
    assert [spell(each, Language.V1) for each in (on, off)] == [
        "auth_enabled=True", "auth_enabled=False",
    ]  # fmt: skip


def test_what_a_language_cannot_type_it_says_in_plain_words() -> None:
    hint = Hint.of("Change the {}.", Argument(Verb.DEPLOY, "keys"))
    assert words(hint, Language.COMMAND) == "Change the keys."
    target = Hint.of("Use the {}.", Argument(Verb.DEPLOY, "target", "container"))
    assert words(target, Language.V1) == "Use the target container."


def test_a_step_alone_is_ready_to_be_copied() -> None:
    hint = Hint.do(Shell(("pip", "install", "brygga[demo]")))
    assert {words(hint, each) for each in Language} == {"pip install 'brygga[demo]'"}


def test_braces_in_plain_advice_stay() -> None:
    assert words(Hint("Write {} for nothing."), Language.PYTHON) == "Write {} for nothing."


@pytest.mark.parametrize(
    "hint",
    [
        Hint("Plain."),
        Hint.of("{} or {}", Action(Verb.LOGS, {"name": "a"}), Argument(Verb.DEPLOY, "port", 1)),
        Hint.of("{}, {}", Shell(("kill", "1")), Argument(Verb.DEPLOY, "auth")),
    ],
)
def test_hints_survive_json(hint: Hint) -> None:
    assert Hint.from_dict(json.loads(json.dumps(hint.to_dict()))) == hint


@pytest.mark.parametrize(
    "data", [{}, {"text": "a"}, {"text": "{}", "steps": [{"verb": "service.fly"}]}]
)
def test_what_is_no_hint_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"hint|Verb"):
        Hint.from_dict(data)
