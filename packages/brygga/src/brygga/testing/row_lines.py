"""The conformance suite of rows as lines: whatever the database, they come back as they were."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from brygga.error_codes import ErrorCode
from brygga.errors import InUseError, StoreError
from brygga.store.rows import Metric, NewRun, Whereabouts, WorkspaceKey
from brygga.store.store import Store
from brygga.testing.opened_stores import OpensStores
from brygga.testing.stores import KEY, OTHER, a_model, a_revision

HERE = Whereabouts("mars", "/home/ada/.brygga")


class RowLinesConformance(OpensStores):
    """What `Store.row_lines` and `Store.replace_rows` do; as of `StoreConformance`."""

    @pytest.fixture
    def full(self, open: Callable[[WorkspaceKey], Store]) -> Store:  # noqa: A002
        """Something in most tables; a model was deleted."""
        store = open(KEY)
        for tags in ({"a": "1"}, {"ü": "\n"}, {}):
            store.models.add(a_model(tags=tags, properties={"p": "x"}, description="d"))
        store.models.delete("m", 3)
        place = Whereabouts("pluto", "/elsewhere")
        store.services.add_revision(a_revision(place=place, models=(("m", 1),)))
        store.services.mark("svc", 1, "failed", {"cause": "unknown"})
        store.services.set_current("svc", 1)
        store.locks.save("key", "a lock")
        store.documents.put("kind", "name", {"n": [None, 1.5, "text"]})
        store.runs.experiment("exp", "id")
        store.runs.add(NewRun("run-1", "exp", "script", "Running"))
        store.runs.log("run-1", [Metric("loss", "scalar", 0.25, 3)])
        return store

    def test_they_come_back_as_they_were(
        self,
        full: Store,
        open: Callable[[WorkspaceKey], Store],  # noqa: A002
    ) -> None:
        lines = list(full.row_lines())
        other = open(OTHER)
        assert not other.has_things()

        other.replace_rows(lines, place=HERE, replace=False)

        was, now = (_by_table(each.row_lines()) for each in (full, other))
        for row in was["services"]:
            row |= {"host_name": HERE.host, "home": HERE.home}
        assert now == was
        assert other.has_things()
        assert other.models.find("m", 2) == full.models.find("m", 2)
        assert other.models.add(a_model()).version == 4  # 3 was given out once

    def test_they_are_of_one_moment(self, full: Store) -> None:
        expected = list(full.row_lines())
        lines = full.row_lines()
        seen = [next(lines) for _ in range(4)]

        full.models.delete("m", 2)
        full.models.add(a_model("new"))
        full.documents.put("kind", "other", {})

        assert [*seen, *lines] == expected

    def test_what_is_there_is_only_replaced_if_that_was_said(
        self,
        full: Store,
        open: Callable[[WorkspaceKey], Store],  # noqa: A002
    ) -> None:
        lines = list(full.row_lines())
        other = open(OTHER)
        for _ in range(7):
            other.models.add(a_model())
        before = list(other.row_lines())
        with pytest.raises(StoreError, match="'other' has things in it") as caught:
            other.replace_rows(lines, place=HERE, replace=False)
        assert caught.value.code is ErrorCode.WORKSPACE_NOT_EMPTY
        assert list(other.row_lines()) == before

        other.replace_rows(lines, place=HERE, replace=True)

        assert other.models.versions("m") == (1, 2)
        assert other.models.add(a_model()).version == 8
        other.services.add_revision(a_revision("mine"))
        with pytest.raises(InUseError, match="the service 'mine'"):
            other.replace_rows(lines, place=HERE, replace=True)
        assert [row.name for row in other.services.list()] == ["mine", "svc"]

    def test_all_or_nothing(self, full: Store) -> None:
        lines = list(full.row_lines())
        with pytest.raises(StoreError):  # one of them is there twice
            full.replace_rows([*lines, lines[-1]], place=HERE, replace=True)
        assert list(full.row_lines()) == lines
        newer = json.dumps({"schema": "9999"}).encode()
        with pytest.raises(StoreError, match="newer version of Brygga"):
            full.replace_rows([newer], place=HERE, replace=True)


def _by_table(lines: Iterator[bytes]) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for line in lines:
        data = json.loads(line)
        if "row" in data:
            found.setdefault(data["table"], []).append(data["row"])
    return found
