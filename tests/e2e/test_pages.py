"""Every code block of the documentation is run as it stands there, and its output compared."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from support import pages
from support.cache import ROOT
from support.command import Command
from support.pages import Reader

DOCS = ROOT / "docs"
# Followed by the newcomer of test_readme.py.
NEWCOMER = {"first-ten-minutes.md"}
# What a reader of these pages has before the first line.
BEFORE = {
    "monitoring.md": "",
}
PAGES = sorted(
    page.relative_to(DOCS).as_posix()
    for page in DOCS.rglob("*.md")
    if page.name not in NEWCOMER and any(block.is_run for block in pages.read(page))
)
_DATABASE = "postgresql://brygga@db.example.org/brygga"


@pytest.fixture
def reader(command: Command) -> Reader:
    command.folder.joinpath("work").mkdir()
    return Reader(command.folder / "work", {**command.environment})


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in ("several-users.md", "containers.md")]
)
def test_what_a_page_says_works(page: str, reader: Reader) -> None:
    reader.shell(BEFORE.get(page, ""), page)
    reader.follow(DOCS / page)
