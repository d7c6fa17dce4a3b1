"""The project file of a service that is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brygga.project.document import shown
from brygga.spec import SPEC_OPTIONS, ServiceSpec

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Exported:
    """What is written of a service.

    Attributes:
        models: As `name:version`; 0 is one that is not registered.
        entry_script: Where it was, in the source directory if there was one; empty where a model
            was deployed without any.
        packages: Of its lock, as `name==version`.
        python: As X.Y.
        sample_input: The file with an input that its own project file named.
    """

    spec: ServiceSpec
    revision: int
    target: str
    models: Sequence[str]
    entry_script: str
    source_directory: str | None
    packages: Sequence[str]
    python: str
    tags: Mapping[str, str]
    description: str
    sample_input: Path | None = None

    def text(self) -> str:
        """The file. Deployed again as it is, it changes nothing of the service."""
        return "\n".join(_lines(self)) + "\n"


def _lines(service: Exported) -> Iterator[str]:
    spec = service.spec
    yield f"# The service {spec.name} as revision {service.revision} has it."
    yield "# What is not here stays as the service has it. To make it anew, or elsewhere, have the"
    yield "# code beside this file, and take the # away from entry_script, source_directory and the"
    yield "# lines from [environment] on."
    yield f"name = {_value(spec.name)}"
    yield f"target = {_value(service.target)}"
    yield from _models(service.models)
    if service.entry_script:
        yield f"# entry_script = {_value(service.entry_script)}"
    if service.source_directory is not None:
        yield f"# source_directory = {_value(service.source_directory)}"
    if service.description:
        yield f"description = {_value(service.description)}"
    if service.tags:
        yield f"tags = {_inline(service.tags)}"
    if service.sample_input is not None:
        there = service.sample_input.is_file()  # a file that names what is not there is refused
        yield f"{'' if there else '# '}sample_input = {_value(shown(service.sample_input))}"
    if spec.secrets:
        yield f"secrets = {_value(list(spec.secrets))}"
    if service.packages:
        yield "\n# [environment]"
        yield f"# python = {_value(service.python)}"
        yield f"# packages = {_value(list(service.packages))}"
    yield from _sections(spec)


def _models(models: Sequence[str]) -> Iterator[str]:
    if any(each.endswith(":0") for each in models):
        yield f"# It serves models that are not registered: {', '.join(models)}"
    elif models:
        yield f"models = {_value(list(models))}"


def _sections(spec: ServiceSpec) -> Iterator[str]:
    group = ""
    for name, option in SPEC_OPTIONS.items():
        value = getattr(spec, name)
        if value == option.default:
            continue
        if option.group != group:
            group = option.group
            yield f"\n[{group}]"
        yield f"{name} = {_inline(value) if isinstance(value, Mapping) else _value(value)}"
    if spec.tls_certificate:
        yield "\n# It has a certificate, which stays unless `tls` in [access] says otherwise."


def _inline(values: Mapping[str, str]) -> str:
    inner = (f"{_key(name)} = {_value(text)}" for name, text in values.items())
    return f"{{ {', '.join(inner)} }}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _value(value: object) -> str:
    """A value as TOML has it, no part of it taken for a variable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return _string(value).replace("${", "$${")
    return repr(value)


def _string(value: str) -> str:
    # One of JSON is one of TOML, but for the character DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
