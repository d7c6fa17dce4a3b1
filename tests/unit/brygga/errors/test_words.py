"""No text for people names a command of ours, or a call: an action does, in whichever language."""

import click
import pytest
from support.command_lines import lines_in, parse
from support.hint_texts import PACKAGES, Text, commands_in, constants, python_in, texts

from brygga.findings import CAUSES, Cause, Diagnosis, MachineCause
from brygga.spellings import Language, words

CALLS = frozenset(
    {
        "AlreadyExistsError", "BryggaError", "CauseRow", "CheckResult.ok", "CorruptError",
        "Diagnosis", "Finding", "Hint",
        "Hint.of", "ImageBuildError", "MachineFinding",
        "InvalidInputError", "InvalidNameError", "NotFoundError",
        "PackageIndexError", "PackagingError", "PythonNotFoundError", "ResolutionError",
        "ServiceCallError", "StoreError", "error.add_note", "operation.phase", "operation.remark",
        "progress.phase", "progress.remark", "told.phase", "told.remark",
    }
)  # fmt: skip

OTHERS = {
    # What a script has to have, whoever asks for it.
    "init()", "run()", "run(data)",
    # An option within a requirements file, and of pip, systemctl and the SDK of Microsoft.
    "--index-url", "--force-reinstall", "--no-deps",
    # Options of TensorBoard, and of jupyter nbconvert.
    "--logdir", "--host", "--port", "--to",
    # An option of a Dockerfile's FROM.
    "--platform",
    # The keys of config.json, which are v1's.
    "subscription_id", "resource_group", "workspace_name",
    # English.
    "dimension(s)",
}  # fmt: skip
"""Looks like ours, and is not."""

CLI = "brygga/src/brygga/cli/"
"""Speaks to nobody but users of the command line."""


def wrong(text: Text) -> list[str]:
    found = python_in(text.text)
    if not text.place.startswith(CLI):
        found += commands_in(text.text)
    return [each for each in found if each not in OTHERS]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Try `brygga test` first.", ["brygga test"]),
        ("Pass --overwrite.", ["--overwrite"]),
        ("Pass exist_ok=True.", ["exist_ok"]),
        ("Look at service.logs() of it.", ["service.logs()", "service.logs"]),
        ("Deploy it again, or ask brygga.", []),
        ("A well-known name, on a read-only disk.", []),
    ],
)
def test_commands_and_calls_are_seen(text: str, found: list[str]) -> None:
    assert [*commands_in(text), *python_in(text)] == found


def test_texts_name_neither_commands_nor_calls() -> None:
    found = list(texts("brygga", calls=CALLS))
    assert len(found) > 400
    assert {f"{each.place} {each.text}": wrong(each) for each in found if wrong(each)} == {}


def test_a_notebook_of_v1_is_told_no_commands() -> None:
    found = list(constants("azureml"))
    assert len(found) > 1000
    wrong = {each: commands_in(each.text) for each in found}
    assert {each: w for each, w in wrong.items() if not set(w) <= OTHERS} == {}


COMMAND_LINES = sorted(
    {(path.name, line) for path in (PACKAGES / CLI).rglob("*.py") for line in lines_in(path)}
)


def test_the_command_lines_of_texts_are_found() -> None:
    assert len(COMMAND_LINES) > 12
    assert ("demo.py", "brygga service delete x") in COMMAND_LINES
    assert ("deploy.py", "brygga service delete x") in COMMAND_LINES


@pytest.mark.parametrize(("name", "line"), COMMAND_LINES)
def test_what_the_command_line_tells_to_type_can_be_typed(name: str, line: str) -> None:
    parse(line)


@pytest.mark.parametrize("line", ["brygga fly", "brygga service logs x --backwards"])
def test_what_cannot_be_typed_is_noticed(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(line)


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("service", [None, "svc"])
def test_what_a_cause_advises_is_in_the_words_of_its_reader(
    cause: Cause | MachineCause, service: str | None
) -> None:
    advice = CAUSES[cause].advice(service)
    assert set(python_in(words(advice, Language.COMMAND))) <= OTHERS
    assert set(commands_in(words(advice, Language.PYTHON))) <= OTHERS
    assert set(commands_in(words(advice, Language.V1))) <= OTHERS


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("service", [None, "svc"])
@pytest.mark.parametrize("limit", [None, 1 << 30])
def test_what_a_diagnosis_advises_is_in_the_words_of_its_reader(
    cause: Cause, service: str | None, limit: int | None
) -> None:
    found = Diagnosis(cause, "m", service=service, memory_limit_bytes=limit)
    assert set(python_in(words(found.advice, Language.COMMAND))) <= OTHERS
    assert set(commands_in(words(found.advice, Language.PYTHON))) == set()
    assert set(commands_in(words(found.advice, Language.V1))) == set()
