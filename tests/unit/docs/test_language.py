"""Pages and help in plain English: nouns as subjects, and no sentence that needs a second reading.

A person reads a text as a whole; these are the habits that a machine can see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cache import ROOT
from support.pages import read

DOCS = ROOT / "docs"
PAGES = [
    *sorted(page for page in DOCS.rglob("*.md") if page.name != "azureml-support.md"),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
]
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z`\[*(])")
_MOST_WORDS = 45
_HABITS = {
    "a pronoun as the subject; name the thing": re.compile(
        r"^(Who|Whoever|Whatever|What)\b(?!.*[?:]$)"
    ),
    "say whose": re.compile(r"\b[Oo]ne's own\b"),
    "say when or for whom": re.compile(r"\b(in company|come to grief)\b"),
}


def sentences(text: str) -> Iterator[str]:
    """Those of prose, list items and cells of tables; code counts as a word."""
    for paragraph in re.split(r"\n\s*\n", _FENCED.sub("", text)):
        lines = paragraph.strip().split("\n")
        pieces: list[str] = []
        for line in lines:
            if line.startswith(("#", "<!--", ":::", "![")):
                continue
            if line.startswith("|"):
                pieces += re.split(r"(?<!\\)\|", line)
            elif re.match(r"\s*([-*]|\d+\.) ", line) or not pieces:
                pieces.append(re.sub(r"^\s*([-*]|\d+\.) ", "", line))
            else:
                pieces[-1] += " " + line.strip()
        for piece in pieces:
            yield from _END.split(re.sub(r"`[^`]*`", "`code`", piece.strip()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_plain(page: Path) -> None:
    found = []
    for sentence in sentences(page.read_text(encoding="utf-8")):
        if len(sentence.split()) > _MOST_WORDS:
            found.append(f"{len(sentence.split())} words: {sentence}")
        found += [f"{why}: {sentence}" for why, habit in _HABITS.items() if habit.search(sentence)]
    assert not found, "\n".join(found)


def test_help_is_plain() -> None:
    """That of all commands, as it stands in their reference."""
    found = []
    for block in read(DOCS / "cli.md"):
        cells = re.sub(r"\n {2,}--?\S.*?(?: {2,}|\n)", "\n\n", block.text)
        for sentence in sentences(cells):
            found += [
                f"{why}: {sentence}" for why, habit in _HABITS.items() if habit.search(sentence)
            ]
    assert not found, "\n".join(found)


def test_a_habit_is_seen() -> None:
    page = "An image of one's own uses\nthose in it. Who waits, pays. What does it cost? Done."
    said = list(sentences(page))
    assert len(said) == 4
    seen = [[why for why, habit in _HABITS.items() if habit.search(each)] for each in said]
    assert [len(each) for each in seen] == [1, 1, 0, 0]
