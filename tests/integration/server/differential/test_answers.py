"""Ours and the original are sent the same requests and have to answer the same, to the byte."""

from __future__ import annotations

import pytest
from support.differential.compare import Comparison, run
from support.differential.differences import load


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return run(tmp_path_factory.mktemp("differential"))


def test_every_difference_is_listed(comparison: Comparison) -> None:
    listed = load()
    unlisted = [d for d in comparison.found if not any(r.covers(d.cell, d.parts) for r in listed)]
    print(
        f"{comparison.cells} cells, {len(comparison.found)} answered differently, "
        f"for {len(listed)} listed reasons"
    )
    told = (
        f"(The original as it is recorded in {comparison.record}; without it, it is asked again.)"
    )
    assert not unlisted, "\n".join([*map(str, unlisted), told])


def test_every_listed_difference_occurs(comparison: Comparison) -> None:
    idle = [
        row.what for row in load() if not any(row.covers(d.cell, d.parts) for d in comparison.found)
    ]
    assert not idle, f"these do not differ any more, take them off the list: {idle}"


def test_the_grid_is_large(comparison: Comparison) -> None:
    assert comparison.cells >= 3000
