"""Cards and phases as notebooks show them, and what people read with `help()`."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from support.house import House, a_house

import brygga
from brygga.errors import BryggaError, InvalidInputError, ScriptError
from brygga.findings import Cause, Diagnosis
from brygga.markup import ShownList, card, table
from brygga.notebook import Phases
from brygga.operations import Phase
from brygga.services import TestedRequest, TestReport


def html_of(shown: object) -> str:
    return str(getattr(shown, "_repr_html_")())  # noqa: B009 - lists are of a kind that has it


@pytest.fixture
def house(tmp_path: Path) -> House:
    return a_house(tmp_path, f"sqlite:///{tmp_path}/store.db")


def test_a_card_escapes_what_users_wrote() -> None:
    html = card("<b>", {"tags": {"a": "<script>"}, "score": "http://x/score?a=1&b=2"})

    assert "<script>" not in html
    assert "&lt;b&gt;" in html
    assert 'href="http://x/score?a=1&amp;b=2"' in html


def test_a_card_has_no_empty_rows() -> None:
    html = card("t", {"description": "", "tags": {}, "error": None, "files": ("a", "b")})

    assert html.count("<tr>") == 1
    assert "a<br>b" in html


def test_a_table_has_the_columns_that_say_something() -> None:
    html = table([{"a": "<1>", "b": None, "c": ()}, {"a": None, "b": "x", "c": ()}])
    assert html.count("<th") == 2
    assert "&lt;1&gt;" in html
    assert table([]) == "<div>none</div>"


def test_a_list_is_a_list_and_is_shown_as_a_table() -> None:
    shown = ShownList([1, 2], lambda found: [{"n": each} for each in found])
    assert shown == [1, 2]
    assert repr(shown) == "[1, 2]"
    assert (shown._repr_html_() or "").count("<tr>") == 3
    assert ShownList([1], lambda found: [{"n": found[1]}])._repr_html_() is None


BROKEN = Diagnosis(
    Cause.INIT_RAISED, "KeyError: '<w>'", "score.py", 4, traceback="Traceback: <w>\n"
)


def test_a_diagnosis_has_its_fix_and_its_evidence() -> None:
    html = BROKEN._repr_html_()
    assert "KeyError: &#x27;&lt;w&gt;&#x27; (score.py:4)" in html
    assert "<pre" in html
    assert "Traceback: &lt;w&gt;" in html
    assert "<w>" not in html


def test_a_test_report_has_a_line_for_each_input() -> None:
    fine = TestedRequest(True, '["<7>"]', 0.25, "", "")
    failed = TestedRequest(False, "", 0.5, "ValueError: <x>", "Traceback <x>")
    html = TestReport(0.1, BROKEN, (fine, failed), "printed <p>")._repr_html_()
    for text in ("&lt;7&gt;", "ValueError: &lt;x&gt;", "Traceback &lt;x&gt;", "printed &lt;p&gt;"):
        assert text in html
    assert not any(text in html for text in ("<7>", "<x>", "<p>", "<w>"))


def test_an_error_shows_its_cause_first_and_no_frame_of_ours() -> None:
    with pytest.raises(BryggaError) as caught:
        brygga.Environment.from_requirements_file("missing.txt")
    lines = caught.value._render_traceback_()
    assert lines[0].startswith(f"{type(caught.value).__name__}: ")
    assert any("from_requirements_file" in line for line in lines), "the call that led to it"
    assert not any("/brygga/src/" in line for line in lines)

    lines = ScriptError(BROKEN)._render_traceback_()
    assert lines[0] == "ScriptError: KeyError: '<w>' (score.py:4)"
    assert lines[-1] == "Traceback: <w>"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (
            {"environment": "sklearn"},
            r"environment=.sklearn. cannot be used. Give an Environment, as",
        ),
        ({"models": "digits"}, r"models=.digits. cannot be used. Give models=\[.digits.\]"),
        ({"dependencies": "help.py"}, r"Give dependencies=\[.help.py.\]"),
        ({"models": [7]}, r"models\[0\]=7 cannot be used. Give a Model, as .*, a text, a pathlib"),
    ],
)
def test_arguments_of_the_wrong_kind_say_what_is_wanted(
    house: House, given: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidInputError, match=complaint):
        house.deploy(**given)
    assert house.services.list() == []


def test_lists_of_services_and_revisions_are_tables(house: House) -> None:
    service = house.deploy(models=[house.model("weights")])
    listed = house.services.list()
    for shown in (listed, house.services.snapshots(), service.revisions()):
        assert "weights:1" in html_of(shown)
    assert "Revision 1" in service.revisions()[0]._repr_html_()
    assert "weights:1" in html_of(house.parts.images.assembler.models.list())
    service.delete()
    assert "deleted" in repr(listed)


def test_outside_of_notebooks_phases_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Phases() as progress:
        progress("Locking.")
        progress("  numpy 2.0")

    assert capsys.readouterr().out == "Locking.\n  numpy 2.0\n"


def test_phases_end_with_the_next_and_the_last_with_the_block() -> None:
    progress = Phases()
    progress("One.")
    progress("  <remark>")
    progress.phase(Phase.BUILDING, "Two")
    progress.printed("STEP <1>")
    progress.advance(1, 2)
    open_html = progress._repr_html_()
    progress.__exit__(ValueError, ValueError("no"), None)

    assert "&#10003; One" in open_html
    assert "&lt;remark&gt;" in open_html
    assert "&#8230; Two" in open_html
    assert '<progress value="1" max="2">' in open_html
    assert "STEP" not in open_html
    assert "&#10007; Two" in progress._repr_html_()
    assert "STEP &lt;1&gt;" in progress._repr_html_()


@pytest.mark.parametrize("name", brygga.__all__)
def test_help_says_something_of_every_public_name(name: str) -> None:
    found = getattr(brygga, name)
    assert inspect.getdoc(found)
    for member, value in vars(found).items():
        if not member.startswith("_") and isinstance(value, FunctionType | classmethod | property):
            assert inspect.getdoc(value), f"{name}.{member} says nothing"
