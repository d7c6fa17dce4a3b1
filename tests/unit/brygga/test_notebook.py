"""Cards and phases as notebooks show them, and what people read with `help()`."""

from __future__ import annotations

import inspect
from types import FunctionType

import pytest

import brygga
from brygga.notebook import Phases, card
from brygga.operations import Phase


def test_a_card_escapes_what_users_wrote() -> None:
    html = card("<b>", {"tags": {"a": "<script>"}, "score": "http://x/score?a=1&b=2"})

    assert "<script>" not in html
    assert "&lt;b&gt;" in html
    assert 'href="http://x/score?a=1&amp;b=2"' in html


def test_a_card_has_no_empty_rows() -> None:
    html = card("t", {"description": "", "tags": {}, "error": None, "files": ("a", "b")})

    assert html.count("<tr>") == 1
    assert "a<br>b" in html


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
