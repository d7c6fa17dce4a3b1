"""How each action is written: as a command, as a call of the SDK, as a call of SDK v1.

One table holds all three, so that none of them ever speaks another's words.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from brygga.hints import Action, Argument, Hint, Shell, Step, Value, Verb


class Language(StrEnum):
    """Who is spoken to: a user of the command line, of the SDK, or of the facade of SDK v1."""

    COMMAND = "command"
    PYTHON = "python"
    V1 = "v1"


@dataclass(frozen=True)
class Plain:
    """Words where a language has nothing to call."""

    text: str


@dataclass(frozen=True)
class Spelling:
    """One action in three languages.

    In a template `{name}` is the argument of that name, and `{*}` takes the others; `...` stands
    for what stays as it was. In Python, `ws` is the workspace.

    Attributes:
        flags: From an argument's name in the SDK to its option on the command line.
        v1_names: The same to its name in SDK v1, where that differs; empty where v1 has none.
        takes_options: Its arguments are the options of a service, and no row of these two.
    """

    command: str | Plain
    python: str | Plain
    v1: str | Plain
    flags: Mapping[str, str] = field(default_factory=dict)
    v1_names: Mapping[str, str] = field(default_factory=dict)
    takes_options: bool = False

    def flag(self, name: str) -> str:
        """The command line's option for an argument; empty where there is none."""
        return option_flag(name) if self.takes_options else self.flags.get(name, "")

    def v1_name(self, name: str) -> str:
        """An argument's name in SDK v1; empty where that has none."""
        return _V1_OPTIONS.get(name, "") if self.takes_options else self.v1_names.get(name, name)

    def template(self, language: Language) -> str | Plain:
        """How the language has it."""
        cells = {
            Language.COMMAND: self.command,
            Language.PYTHON: self.python,
            Language.V1: self.v1,
        }
        return cells[language]


def option_flag(name: str) -> str:
    """The flag of an option of a service; empty where the command line has none."""
    return _OPTION_FLAGS.get(name, "--" + name.replace("_", "-"))


_OPTION_FLAGS: Mapping[str, str] = {
    "cpu_cores": "--cpu",
    "memory_gb": "--memory",
    "num_replicas": "--replicas",
    "init_timeout_s": "--init-timeout",
    "body_timeout_s": "--body-timeout",
    "environment_variables": "--env",
    "tls": "--tls-certificate",
    "source_directory": "--source-dir",
    "keys": "",
}
"""Where it is not the option's own name; empty where the command line has none."""
_V1_OPTIONS: Mapping[str, str] = {
    **{
        name: name
        for name in (
            "cpu_cores", "memory_gb", "num_replicas", "scoring_timeout_ms", "port",
            "source_directory",
        )
    },
    "auth": "auth_enabled",
    "gpus": "gpu_cores",
    "collect_data": "collect_model_data",
}  # fmt: skip
"""Those that a call of SDK v1 takes, and what it calls them."""
_V1_DEPLOY = "Model.deploy(ws, {name}, ..., overwrite=True)"

TABLE: Mapping[Verb, Spelling] = {
    Verb.DEPLOY: Spelling(
        "deploy {name} ... {*}", "ws.services.deploy({name}, ..., {*})", _V1_DEPLOY,
        takes_options=True,
    ),
    Verb.RECONFIGURE: Spelling(
        "deploy {name} {*}", "ws.services.get({name}).reconfigure({*})",
        "AciWebservice.deploy_configuration({*})",
        takes_options=True,
    ),
    Verb.TEST: Spelling(
        "test --entry-script {entry_script} ...",
        "ws.services.test(..., entry_script={entry_script})",
        "Model.deploy(ws, {name}, ..., LocalWebservice.deploy_configuration())",
    ),
    Verb.RUN: Spelling(
        "service run {name} --input {file} {*}", "ws.services.get({name}).run({data}, {*})",
        "Webservice(ws, {name}).run({data})",
        flags={"timeout_s": "--timeout"}, v1_names={"timeout_s": ""},
    ),
    Verb.SHOW: Spelling(
        "service show {name}", "ws.services.get({name}).error", "Webservice(ws, {name}).error",
    ),
    Verb.LOGS: Spelling(
        "service logs {name}", "ws.services.get({name}).logs()",
        "Webservice(ws, {name}).get_logs()",
    ),
    Verb.KEYS: Spelling(
        "service keys {name}", "ws.services.get({name}).get_keys()",
        "Webservice(ws, {name}).get_keys()",
    ),
    Verb.RESTART: Spelling(
        "service restart {name}", "ws.services.get({name}).restart()", _V1_DEPLOY,
    ),
    Verb.WAIT: Spelling(
        "service show {name}", "ws.services.get({name}).wait_for_deployment()",
        "Webservice(ws, {name}).wait_for_deployment()",
    ),
    Verb.REVISIONS: Spelling(
        "service revisions {name}", "ws.services.get({name}).revisions()",
        Plain("the list of its revisions"),
    ),
    Verb.DELETE_SERVICE: Spelling(
        "service delete {name}", "ws.services.get({name}).delete()",
        "Webservice(ws, {name}).delete()",
    ),
    Verb.FORGET_SERVICE: Spelling(
        "service delete {name} --forget", "ws.services.get({name}).forget()",
        Plain("forgetting it on the command line"),
    ),
    Verb.REGISTER_MODEL: Spelling(
        "model register {name} {path} {*}", "ws.models.register({name}, {path}, {*})",
        "Model.register(ws, {path}, {name}, {*})",
        flags={"framework": "--framework", "framework_version": "--framework-version"},
        v1_names={"framework": "model_framework", "framework_version": "model_framework_version"},
    ),
    Verb.DOWNLOAD_MODEL: Spelling(
        "model download {name} {*}", "ws.models.get({name}).download({*})",
        "Model(ws, {name}).download({*})",
        flags={"exist_ok": "--overwrite", "target_dir": "--output"},
    ),
    Verb.DELETE_MODEL: Spelling(
        "model delete {name}", "ws.models.get({name}).delete()", "Model(ws, id={name}).delete()",
    ),
    Verb.BUILD_LOG: Spelling(
        "image log {name}", "ws.images.get({name}).build_log()",
        "Image(ws, id={name}).get_build_log()",
    ),
    Verb.LOCK: Spelling(
        "environment lock ... --refresh", "ws.environments.lock({environment}, refresh=True)",
        Plain("a new version of the environment"),
    ),
    Verb.REGISTER_ENVIRONMENT: Spelling(
        "environment register {name} --conda FILE",
        "ws.environments.register({environment}, {name})",
        "Environment({name}).register(ws)",
    ),
    Verb.LIST_RUNS: Spelling(
        Plain("the list of its runs"), "ws.runs.list()", "Experiment(ws, {experiment}).get_runs()",
    ),
    Verb.LIST_OPERATIONS: Spelling(
        "operation list", "ws.operations.list()", Plain("the list of operations"),
    ),
    Verb.CREATE_WORKSPACE: Spelling(
        "workspace create {name} {*}", "Workspace.create({name}, {*})",
        "Workspace.create({name}, {*})",
        flags={"subscription_id": "--subscription", "resource_group": "--resource-group"},
    ),
    Verb.USE_WORKSPACE: Spelling(
        "workspace use {name}", "Workspace.get({name}, {*})", "Workspace.get({name}, {*})",
    ),
    Verb.BACK_UP: Spelling(
        "workspace backup {file} {*}", "ws.backup({file})", Plain("a backup"),
        flags={"overwrite": "--overwrite"}, v1_names={"overwrite": ""},
    ),
    Verb.RESTORE: Spelling(
        "workspace restore {file} {*}", "Workspace.restore({file}, {*})", Plain("restoring it"),
        flags={"name": "--name", "replace": "--replace"},
        v1_names={"name": "", "replace": ""},
    ),
    Verb.WRITE_CONFIG: Spelling(
        "workspace use {name} --folder {folder}", "ws.write_config({folder})",
        "ws.write_config({folder})",
    ),
    Verb.BEGIN_PROJECT: Spelling(
        "new {folder} {*}", Plain("a new project on the command line"),
        Plain("a new project on the command line"), flags={"template": "--template"},
    ),
    Verb.DOCTOR: Spelling(
        "doctor", Plain("the doctor of the command line"), Plain("the doctor of the command line"),
    ),
    Verb.MEND: Spelling(
        "doctor --fix", Plain("the doctor of the command line mends it"),
        Plain("the doctor of the command line mends it"),
    ),
    Verb.COLLECT_GARBAGE: Spelling(
        "gc", "ws.collect_garbage()", Plain("the garbage collection of the command line"),
    ),
    Verb.ADD_TARGET: Spelling(
        "target add {name} --registry {registry} {*}",
        "ws.targets.add({name}, registry={registry}, {*})",
        Plain("declaring it on the command line"),
        flags={
            "kubeconfig": "--kubeconfig", "context": "--context", "namespace": "--namespace",
            "expose": "--expose", "host": "--host", "path": "--path",
            "ingress_class": "--ingress-class", "tls_secret": "--tls-secret",
            "replace": "--replace",
        },
    ),
    Verb.LIST_TARGETS: Spelling(
        "target list", "ws.targets.list()", Plain("the list of targets on the command line"),
    ),
    Verb.TARGET_ROLE: Spelling(
        "target role {name} {*}", "ws.targets.role({name}, {*})",
        Plain("the role that the command line prints"),
        flags={"nodes": "--nodes"},
    ),
}  # fmt: skip

_SLOT = re.compile(r"(?P<before>, )?\{(?P<name>\*|\w+)\}")
_UNIT = re.compile(r"_(s|ms|gb)$")


def words(hint: Hint, language: Language, *, workspace: str | None = None) -> str:
    """A hint as a sentence.

    Args:
        workspace: What commands have to name, because they would use another one without.
    """
    if not hint.steps:
        return hint.text
    if hint.text == "{}":
        return spell(hint.steps[0], language, workspace=workspace)
    first, *rest = hint.text.split("{}")
    quoted = (_quoted(step, language, workspace) for step in hint.steps)
    return first + "".join(step + text for step, text in zip(quoted, rest, strict=True))


def spell(step: Step, language: Language, *, workspace: str | None = None) -> str:
    """A step as it is typed, or plain words where the language has nothing to type."""
    match step:
        case Shell(parts):
            return shlex.join(parts)
        case Argument(verb, name, value):
            return _argument(TABLE[verb], name, value, language) or _described(name, value)
        case Action(verb, arguments):
            template = TABLE[verb].template(language)
            if isinstance(template, Plain):
                return template.text
            if language is Language.COMMAND:
                chosen = workspace if not verb.startswith("workspace.") else None
                return _command(TABLE[verb], template, arguments, chosen)
            return _call(TABLE[verb], template, arguments, language)


def is_typed(step: Step, language: Language) -> bool:
    """Whether the language has something to type for it."""
    match step:
        case Shell():
            return True
        case Argument(verb, name, value):
            return bool(_argument(TABLE[verb], name, value, language))
        case Action(verb, _):
            return isinstance(TABLE[verb].template(language), str)


def _quoted(step: Step, language: Language, workspace: str | None) -> str:
    text = spell(step, language, workspace=workspace)
    return f"`{text}`" if is_typed(step, language) else text


def _command(
    spelling: Spelling, template: str, arguments: Mapping[str, Value], workspace: str | None
) -> str:
    typed = ["brygga"] if workspace is None else ["brygga", "--workspace", shlex.quote(workspace)]
    for word in template.split():
        slot = _SLOT.fullmatch(word)
        if slot is None:
            typed.append(word)
        elif slot["name"] != "*":
            value = arguments.get(slot["name"])
            typed.append(slot["name"].upper() if value is None else shlex.quote(_text(value)))
        else:
            typed += _others(spelling, template, arguments, Language.COMMAND)
    return " ".join(typed)


def _call(
    spelling: Spelling, template: str, arguments: Mapping[str, Value], language: Language
) -> str:
    def filled(slot: re.Match[str]) -> str:
        before, name = slot["before"] or "", slot["name"]
        if name == "*":
            others = _others(spelling, template, arguments, language)
            return before + ", ".join(others) if others else ""
        return before + (_literal(arguments[name]) if name in arguments else name)

    return _SLOT.sub(filled, template)


def _others(
    spelling: Spelling, template: str, arguments: Mapping[str, Value], language: Language
) -> list[str]:
    """The arguments that have no place of their own; what the language lacks is left out."""
    places = {slot["name"] for slot in _SLOT.finditer(template)}
    given = (
        _argument(spelling, name, value, language)
        for name, value in arguments.items()
        if name not in places
    )
    return [each for each in given if each]


def _argument(spelling: Spelling, name: str, value: Value | None, language: Language) -> str:
    """One argument; empty where the language has none for it."""
    if language is not Language.COMMAND:
        if language is Language.V1:
            name = spelling.v1_name(name)
            if not name:
                return ""
        return f"{name}=" if value is None else f"{name}={_literal(value)}"
    flag = spelling.flag(name)
    if value is False:
        return f"--no-{flag.removeprefix('--')}" if flag and spelling.takes_options else ""
    if value is None or value is True or not flag:
        return flag
    return f"{flag} {shlex.quote(_text(value))}"


def _described(name: str, value: Value | None) -> str:
    """An argument in plain words: `scoring_timeout_ms` is a scoring timeout."""
    said = _UNIT.sub("", name).replace("_", " ")
    return said if value is None else f"{said} {_text(value)}"


def _text(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _literal(value: Value) -> str:
    return _text(value) if isinstance(value, float) else repr(value)
