"""The table of a project file: every option is in it, and the schema agrees with the reader."""

import json
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

import jsonschema
import pytest
from click.testing import CliRunner

from brygga.cli.root import brygga
from brygga.errors import InvalidInputError
from brygga.project import Project, json_schema
from brygga.project.checking import check
from brygga.project.document import ProjectText
from brygga.project.layout import LAYOUT, layout
from brygga.project.schema import tables
from brygga.spec import SPEC_OPTIONS, Build, OptionGroup
from brygga.spec.option import documented, option, options_of

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/project-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml[^\n]*\n(.*?)```", PAGE, re.DOTALL)
VALIDATOR = jsonschema.Draft7Validator(json_schema())


def test_every_option_is_a_key_of_its_section() -> None:
    for name, each in SPEC_OPTIONS.items():
        assert name in LAYOUT.sections[each.group].keys, name
    assert set(LAYOUT.sections["build"].keys) == {each.name for each in fields(Build)}


def test_an_option_that_is_new_needs_no_other_line(tmp_path: Path) -> None:
    @documented
    @dataclass(frozen=True, kw_only=True, repr=False)
    class Novel(OptionGroup):
        """A group with a knob of tomorrow."""

        called: ClassVar[str] = "novel"

        knob_s: float = option(1.5, "Turns it.", low=1)

    new = layout({**SPEC_OPTIONS, **options_of(Novel)})

    def read(text: str) -> None:
        check(ProjectText(tmp_path / "brygga.toml", text, tomllib.loads(text)), new)

    read("[novel]\nknob_s = 2")
    with pytest.raises(InvalidInputError, match="knob_s = 0 cannot"):
        read("[novel]\nknob_s = 0")
    schema = jsonschema.Draft7Validator(json_schema(new))
    assert schema.is_valid({"novel": {"knob_s": 2}})
    assert not schema.is_valid({"novel": {"knob_s": 0}})
    assert "| `knob_s` | a number from 1 | Turns it. Default: `1.5`. |" in tables(new)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_page_are_read_and_are_valid(example: str, tmp_path: Path) -> None:
    pyproject = "[tool.brygga" in example
    file = tmp_path / ("pyproject.toml" if pyproject else "brygga.toml")
    file.write_text(example)
    for named in ("requirements.txt", "env.yml", "sample.json"):
        (tmp_path / named).touch()
    project = Project.read(file)
    VALIDATOR.validate(project.document.values)
    environ = {"API_TOKEN": "t", "LOG_LEVEL": "DEBUG"}
    for name in project.names if "services" in project.document.values else ():
        for stage in (None, *project.stages):
            assert project.service(name, stage=stage, environ=environ).values


@pytest.mark.parametrize(
    "text",
    [
        "cpu_cores = 1",
        "[resources]\ncpu = 1",
        "[resources]\nnum_replicas = 0",
        "[access]\nauth = 'yes'",
        "[serving]\nlog_level = 'LOUD'",
        "[serving]\nenvironment_variables = { A = 1 }",
        "models = [{ file = 'm' }]",
        "[access]\ntls = true",
        "[stages.a.stages.b]",
        "[services.a.services.b]",
        "[stages.a]\nresources = 1",
    ],
)
def test_schema_and_reader_refuse_the_same(text: str, tmp_path: Path) -> None:
    assert not VALIDATOR.is_valid(tomllib.loads(text))
    (tmp_path / "brygga.toml").write_text(text)
    with pytest.raises(InvalidInputError):
        Project.read(tmp_path / "brygga.toml")


@pytest.mark.parametrize(
    "text",
    [
        "'$schema' = 'brygga.schema.json'\n[resources]\ncpu_cores = '${CPU}'",
        "[access]\ntls = false",
        "[services.a.stages.b.serving]\nworkers = 2\nlog_level = '${LEVEL:-INFO}'",
    ],
)
def test_schema_and_reader_take_the_same(text: str, tmp_path: Path) -> None:
    VALIDATOR.validate(tomllib.loads(text))
    (tmp_path / "brygga.toml").write_text(text)
    assert Project.read(tmp_path / "brygga.toml").names


def test_the_command_prints_the_published_schema() -> None:
    jsonschema.Draft7Validator.check_schema(json_schema())
    printed = CliRunner().invoke(brygga, ["project", "schema"])
    published = (ROOT / "docs/brygga.schema.json").read_text(encoding="utf-8")
    assert json.loads(printed.output) == json.loads(published)
