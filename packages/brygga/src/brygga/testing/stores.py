"""The conformance suite of stores: what the rows of a workspace do on any database.

A class that derives from `StoreConformance`, with a fixture `store_url` that gives the URL of an
empty database, runs it::

    class TestMyStore(StoreConformance):
        @pytest.fixture
        def store_url(self) -> str:
            return "postgresql://..."
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from brygga.errors import InUseError, InvalidInputError, NotFoundError
from brygga.store.rows import (
    ImageFields,
    Metric,
    ModelFields,
    ModelFile,
    NewRevision,
    NewRun,
    RunFile,
    Whereabouts,
    WorkspaceKey,
)
from brygga.store.store import Store, open_store
from brygga.testing.opened_stores import OpensStores

KEY = WorkspaceKey("local", "local", "default")
OTHER = WorkspaceKey("local", "local", "other")
CONTENT = "ab" * 32

_WRITER = """
import sys
from brygga.store.rows import ModelFields, NewRevision, WorkspaceKey
from brygga.store.store import open_store
url, count = sys.argv[1], int(sys.argv[2])
store = open_store(url, WorkspaceKey("local", "local", "default"))
print("open", flush=True)
sys.stdin.readline()
for _ in range(count):
    model = store.models.add(ModelFields("m", "ab" * 32, 1, ()))
    revision = store.services.add_revision(NewRevision("svc", "process", None, {}, {}, "d"))
    print(model.version, revision.number, flush=True)
store.close()
"""


def a_model(name: str = "m", **fields: object) -> ModelFields:
    """A model of one file, with the given fields."""
    values: dict[str, object] = {
        "sha256": CONTENT,
        "size": 3,
        "files": (ModelFile("m.pkl", CONTENT, 3),),
        **fields,
    }
    return ModelFields(name, **values)  # type: ignore[arg-type]


def a_revision(service: str = "svc", **fields: object) -> NewRevision:
    """A revision without models, with the given fields."""
    values: dict[str, object] = {
        "target": "process",
        "place": Whereabouts("here", "/home"),
        "spec": {"cpu_cores": 1.0},
        "bundle": {"code": []},
        "bundle_digest": "d",
        **fields,
    }
    return NewRevision(service, **values)  # type: ignore[arg-type]


class StoreConformance(OpensStores):
    """What every store does, in one process."""

    @pytest.fixture
    def store(self, open: Callable[[WorkspaceKey], Store]) -> Store:  # noqa: A002
        return open(KEY)

    def test_versions_count_up_for_each_name(self, store: Store) -> None:
        assert [store.models.add(a_model("a")).version for _ in range(3)] == [1, 2, 3]
        assert store.models.add(a_model("b")).version == 1
        assert store.models.versions("a") == (1, 2, 3)
        assert store.models.versions("c") == ()
        assert store.models.names() == ("a", "b")

    def test_a_deleted_version_is_not_given_again(self, store: Store) -> None:
        store.models.add(a_model())
        store.models.delete("m", 1)
        store.models.delete("m", 1)
        assert store.models.find("m") is None
        assert store.models.add(a_model()).version == 2

    def test_a_model_comes_back_as_it_was_added(self, store: Store) -> None:
        fields = a_model(
            size=2**40,
            files=(
                ModelFile("d/a", CONTENT, 2**40, executable=True),
                ModelFile("d/ü b", "cd" * 32, 0),
            ),
            tags={"data": "mnist", "": "x"},
            properties={"ü": "☃"},
            description="two\nlines",
            framework="ScikitLearn",
            framework_version="1.5",
        )
        added = store.models.add(fields)
        assert store.models.find("m", 1) == added
        assert store.models.find("m") == added
        assert {k: getattr(added, k) for k in vars(fields)} == vars(fields)
        assert added.created_at.tzinfo == UTC
        assert abs(datetime.now(UTC) - added.created_at) < timedelta(minutes=1)

    def test_rows_carry_who_made_them(self, store_url: str) -> None:
        for user in ("ada", "grace"):
            store = open_store(store_url, KEY, user=user)
            store.models.add(a_model())
            store.environments.add("env", {})
            store.images.add(ImageFields("img", {}, "d"))
            store.services.add_revision(a_revision())
            store.runs.experiment("e", "id")
            store.runs.add(NewRun(f"run-{user}", "e", "interactive", "Running"))
            store.close()
        store = open_store(store_url, KEY)
        for rows in (
            store.models.list(),
            store.environments.list(),
            store.images.list(),
            store.services.revisions("svc"),
            store.runs.list()[::-1],
        ):
            assert [row.created_by for row in rows] == ["ada", "grace"]
        service = store.services.find("svc")
        assert service is not None
        assert service.created_by == "ada"
        store.models.add(a_model())
        latest = store.models.find("m")
        assert latest is not None
        assert latest.created_by == pwd.getpwuid(os.getuid()).pw_name
        store.close()

    def test_a_service_is_where_it_was_deployed_last(self, store: Store) -> None:
        places = (
            Whereabouts("here", "/a"),
            Whereabouts("here", "/b"),
            Whereabouts("here", None),
            None,
        )
        for place in places:
            store.services.add_revision(a_revision(place=place))
            found = store.services.find("svc")
            assert found is not None
            assert found.place == place

    def test_the_latest_is_the_highest_number_not_text(self, store: Store) -> None:
        for _ in range(10):
            store.models.add(a_model())
        latest = store.models.find("m")
        assert latest is not None
        assert latest.version == 10

    def test_filters_must_all_hold(self, store: Store) -> None:
        store.models.add(a_model("a", tags={"k": "v", "l": "1"}, framework="Onnx"))
        store.models.add(a_model("a", tags={"k": "w"}, properties={"p": "q"}))
        store.models.add(a_model("b", tags={"k": "v"}))

        def ids(**filters: object) -> list[str]:
            rows = store.models.list(**filters)  # type: ignore[arg-type]
            return [f"{r.name}:{r.version}" for r in rows]

        assert ids() == ["a:1", "a:2", "b:1"]
        assert ids(name="a") == ["a:1", "a:2"]
        assert ids(tags=["k"]) == ["a:1", "a:2", "b:1"]
        assert ids(tags=["k=v"]) == ["a:1", "b:1"]
        assert ids(tags=["k=v", "l"]) == ["a:1"]
        assert ids(tags=["k=v", "l=2"]) == []
        assert ids(properties=["p=q"]) == ["a:2"]
        assert ids(framework="Onnx") == ["a:1"]
        assert ids(latest=True) == ["a:2", "b:1"]
        assert ids(latest=True, tags=["k=v"]) == ["b:1"]
        assert ids(tags=["%"]) == []

    def test_a_listed_model_has_all_its_tags_not_only_those_asked_for(self, store: Store) -> None:
        store.models.add(a_model(tags={"k": "v", "l": "1"}))
        assert store.models.list(tags=["k"])[0].tags == {"k": "v", "l": "1"}

    def test_tags_change(self, store: Store) -> None:
        store.models.add(a_model(tags={"a": "1", "b": "2"}))
        changed = store.models.change_tags("m", 1, add={"a": "9", "c": "3"}, remove=["b", "x"])
        assert changed == {"a": "9", "c": "3"}
        store.models.set_tags("m", 1, {"z": "0"})
        found = store.models.find("m")
        assert found is not None
        assert found.tags == {"z": "0"}

    def test_properties_stay_as_they_were_first_set(self, store: Store) -> None:
        store.models.add(a_model(properties={"a": "1"}))
        assert store.models.add_properties("m", 1, {"a": "1", "b": "2"}) == {"a": "1", "b": "2"}
        with pytest.raises(InvalidInputError, match=r"'a'.*'1'.*'9'"):
            store.models.add_properties("m", 1, {"c": "3", "a": "9"})
        found = store.models.find("m")
        assert found is not None
        assert found.properties == {"a": "1", "b": "2"}

    def test_changing_what_is_not_there_says_so(self, store: Store) -> None:
        with pytest.raises(NotFoundError, match="m:1"):
            store.models.set_tags("m", 1, {})
        with pytest.raises(NotFoundError, match="m:1"):
            store.models.set_description("m", 1, "")
        with pytest.raises(NotFoundError, match="svc"):
            store.services.set_current("svc", 1)

    def test_a_description_changes(self, store: Store) -> None:
        store.models.add(a_model())
        store.models.set_description("m", 1, "new")
        found = store.models.find("m")
        assert found is not None
        assert found.description == "new"

    def test_workspaces_do_not_see_each_other(
        self,
        open: Callable[[WorkspaceKey], Store],  # noqa: A002
    ) -> None:
        one, two = open(KEY), open(OTHER)
        for store in (one, two):
            assert store.models.add(a_model(tags={"k": "v"})).version == 1
            store.services.add_revision(a_revision(models=(("m", 1),)))
            store.environments.add("e", {})
            store.locks.save("key", store.workspace.name)
        one.models.set_tags("m", 1, {})
        one.services.set_current("svc", 1)
        one.services.delete("svc")
        one.models.delete("m", 1)
        one.delete_workspace()
        kept = two.models.find("m")
        assert kept is not None
        assert kept.tags == {"k": "v"}
        service = two.services.find("svc")
        assert service is not None
        assert service.current_revision is None
        assert two.services.using_model("m", 1) == ["svc revision 1"]
        assert two.locks.find("key") == "other"
        assert [e.version for e in two.environments.list()] == [1]

    def test_a_workspace_with_services_is_not_deleted(self, store: Store) -> None:
        store.models.add(a_model())
        store.services.add_revision(a_revision("svc-b", models=(("m", 1),)))
        store.services.add_revision(a_revision("svc-a"))
        with pytest.raises(InUseError) as refused:
            store.delete_workspace()
        assert refused.value.users == ("the service 'svc-a'", "the service 'svc-b'")
        assert store.models.versions("m") == (1,)

    def test_a_deleted_workspace_begins_anew(
        self,
        open: Callable[[WorkspaceKey], Store],  # noqa: A002
    ) -> None:
        store = open(KEY)
        store.models.add(a_model(tags={"k": "v"}))
        store.environments.add("e", {})
        store.locks.save("key", "text")
        store.delete_workspace()
        store.delete_workspace()
        again = open(KEY)
        assert again.models.list() == []
        assert again.environments.list() == []
        assert again.locks.find("key") is None
        assert again.models.add(a_model()).version == 1

    def test_locks_are_had_by_key_and_by_digest(self, store: Store) -> None:
        assert store.locks.find("key") is None
        assert store.locks.get_by_digest("0" * 64) is None
        old = store.locks.save("key", "numpy==1")
        assert store.locks.save("same", "numpy==1") == old
        new = store.locks.save("key", "numpy==2")
        assert store.locks.find("key") == "numpy==2"
        assert store.locks.find("same") == "numpy==1"
        assert store.locks.get_by_digest(old) == "numpy==1"
        assert store.locks.get_by_digest(new) == "numpy==2"

    def test_environments_have_versions(self, store: Store) -> None:
        spec = {"packages": ["numpy"], "python": None, "deep": {"ü": [1, 2.5, True]}}
        first = store.environments.add("e", spec)
        second = store.environments.add("e", {})
        assert (first.version, second.version) == (1, 2)
        assert store.environments.find("e", 1) == first
        assert store.environments.find("e") == second
        assert store.environments.find("e", 3) is None
        assert store.environments.list() == [first, second]
        assert first.spec == spec

    def test_the_first_revision_makes_the_service(self, store: Store) -> None:
        assert store.services.find("svc") is None
        assert store.services.revisions("svc") == []
        revision = store.services.add_revision(a_revision(tags={"k": "v"}, description="text"))
        assert (revision.number, revision.status, revision.diagnosis) == (1, "pending", None)
        service = store.services.find("svc")
        assert service is not None
        assert (service.target, service.place) == ("process", Whereabouts("here", "/home"))
        assert (service.tags, service.description) == ({"k": "v"}, "text")
        assert service.current_revision is None
        assert store.services.list() == [service]

    def test_a_later_revision_keeps_what_it_does_not_name(self, store: Store) -> None:
        store.services.add_revision(a_revision(tags={"k": "v"}, description="text"))
        before = store.services.find("svc")
        assert store.services.add_revision(a_revision()).number == 2
        after = store.services.find("svc")
        assert before is not None
        assert after is not None
        assert (after.tags, after.description) == ({"k": "v"}, "text")
        assert after.created_at == before.created_at
        assert after.updated_at >= before.updated_at
        store.services.add_revision(a_revision(tags={}, description=""))
        emptied = store.services.find("svc")
        assert emptied is not None
        assert (emptied.tags, emptied.description) == ({}, "")

    def test_a_revision_comes_back_as_it_was_added(self, store: Store) -> None:
        for name in ("b", "a"):
            store.models.add(a_model(name))
        added = store.services.add_revision(a_revision(models=(("b", 1), ("a", 1), ("b", 1))))
        assert store.services.find_revision("svc", 1) == added
        assert store.services.revisions("svc") == [added]
        assert added.models == (("b", 1), ("a", 1), ("b", 1))
        assert store.services.find_revision("svc", 2) is None

    def test_a_revision_is_marked_and_made_current(self, store: Store) -> None:
        store.services.add_revision(a_revision())
        store.services.add_revision(a_revision())
        store.services.mark("svc", 1, "ready")
        store.services.set_current("svc", 1)
        store.services.mark("svc", 2, "failed", {"cause": "init_raised"})
        first, second = store.services.revisions("svc")
        assert (first.status, first.diagnosis) == ("ready", None)
        assert (second.status, second.diagnosis) == ("failed", {"cause": "init_raised"})
        service = store.services.find("svc")
        assert service is not None
        assert service.current_revision == 1

    def test_services_are_listed_with_the_revisions_that_matter_in_one_transaction(
        self, store: Store
    ) -> None:
        bundle = {"models": [{"name": "m", "version": 0}], "code": ["large"]}
        for name in ("svc-b", "svc-a", "svc-b", "svc-b"):
            store.services.add_revision(a_revision(name, bundle=bundle, tags={"of": name}))
        store.services.set_current("svc-b", 2)
        store.services.mark("svc-b", 3, "failed", {"cause": "unknown"})
        before = store.transactions
        first, second = store.services.outlines()
        assert store.transactions == before + 1
        assert (first.row, second.row) == tuple(store.services.list())
        assert [[r.number for r in each.revisions] for each in (first, second)] == [[1], [2, 3]]
        assert second.newest.models == ("m:0",)
        assert second.newest.diagnosis == {"cause": "unknown"}
        kept = store.services.find_revision("svc-b", 2)
        seen = second.find(2)
        assert kept is not None
        assert seen is not None
        same = ("number", "spec", "bundle_digest", "status", "diagnosis", "created_at")
        assert [getattr(seen, f) for f in same] == [getattr(kept, f) for f in same]
        assert store.services.outlines("svc-a") == [first]
        assert store.services.outlines("none") == []

    def test_prune_keeps_the_newest_and_the_current(self, store: Store) -> None:
        store.models.add(a_model())
        store.services.add_revision(a_revision(models=(("m", 1),)))
        for _ in range(4):
            store.services.add_revision(a_revision())
        store.services.set_current("svc", 2)
        assert store.services.prune("svc", 2) == [1, 3]
        assert [r.number for r in store.services.revisions("svc")] == [2, 4, 5]
        assert store.services.prune("svc", 2) == []
        assert store.services.using_model("m", 1) == []
        assert store.services.add_revision(a_revision()).number == 6

    def test_deleting_a_service_deletes_its_revisions(self, store: Store) -> None:
        store.models.add(a_model())
        store.services.add_revision(a_revision(models=(("m", 1),)))
        store.services.delete("svc")
        store.services.delete("svc")
        assert store.services.revisions("svc") == []
        store.models.delete("m", 1)
        assert store.services.add_revision(a_revision()).number == 1

    def test_a_model_in_use_is_not_deleted(self, store: Store) -> None:
        store.models.add(a_model())
        store.services.add_revision(a_revision("svc-b", models=(("m", 1),)))
        store.services.add_revision(a_revision("svc-a", models=(("m", 1), ("m", 1))))
        with pytest.raises(InUseError) as refused:
            store.models.delete("m", 1)
        assert refused.value.users == ("svc-a revision 1", "svc-b revision 1")
        assert store.services.using_model("m", 1) == ["svc-a revision 1", "svc-b revision 1"]
        assert store.models.versions("m") == (1,)

    def test_a_revision_with_a_missing_model_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(NotFoundError, match="m:1"):
            store.services.add_revision(a_revision(models=(("m", 1),)))
        assert store.services.find("svc") is None

    def test_content_is_in_use_by_models_and_by_bundles(self, store: Store) -> None:
        store.models.add(a_model())
        code = "cd" * 32
        store.services.add_revision(a_revision(bundle={"code": [{"sha256": code}]}))
        assert store.blobs_in_use({CONTENT, code, "ef" * 32}) == {CONTENT, code}
        store.models.delete("m", 1)
        store.services.delete("svc")
        assert store.blobs_in_use({CONTENT, code}) == set()

    def test_runs_and_what_they_logged_belong_to_one_workspace(
        self,
        open: Callable[[WorkspaceKey], Store],  # noqa: A002
    ) -> None:
        """Counted in their experiment; their files keep content from being removed."""
        store, other = open(KEY), open(OTHER)
        made = store.runs.experiment("e", "id-1")
        assert store.runs.experiment("e", "id-2") == made
        first = store.runs.add(NewRun("r1", "e", "interactive", "Running", tags={"k": "v"}))
        second = store.runs.add(NewRun("r2", "e", "interactive", "Running", parent="r1"))
        store.runs.log("r1", [Metric("loss", "scalar", 0.5), Metric("loss", "scalar", 1, 2)])
        store.runs.log("r1", [Metric("all", "list", [1, None])])
        store.runs.keep_file("r1", RunFile("a", CONTENT, 3))
        store.runs.keep_file("r1", RunFile("a", CONTENT, 4))
        store.runs.change("r2", status="Failed", details={"error": {"n": 1}})

        assert (first.number, second.number) == (1, 2)
        assert [m.value for m in store.runs.metrics("r1")] == [0.5, 1, [1, None]]
        assert store.runs.files("r1") == [RunFile("a", CONTENT, 4)]
        assert store.blobs_in_use({CONTENT}) == {CONTENT}
        assert [row.id for row in store.runs.list(parent="r1")] == ["r2"]
        found = store.runs.find("r2")
        assert found is not None
        assert (found.status, found.details) == ("Failed", {"error": {"n": 1}})
        assert (other.runs.list(), other.runs.experiments()) == ([], [])
        store.runs.delete_experiment("e")
        assert store.runs.find("r1") is None
        assert store.blobs_in_use({CONTENT}) == set()

    def test_documents_are_replaced_listed_and_removed(
        self,
        open: Callable[[WorkspaceKey], Store],  # noqa: A002
    ) -> None:
        """By kind and name, within a workspace."""
        store, other = open(KEY), open(OTHER)
        store.documents.put("kind", "b", {"n": 1})
        store.documents.put("kind", "a", {"n": [None, "text"]})
        store.documents.put("kind", "b", {"n": 2})

        assert [(d.name, d.content) for d in store.documents.list("kind")] == [
            ("a", {"n": [None, "text"]}),
            ("b", {"n": 2}),
        ]
        assert other.documents.find("kind", "a") is None
        store.documents.delete("kind", "a")
        store.documents.delete("kind", "a")
        assert [d.name for d in store.documents.list("kind")] == ["b"]


class StoreConcurrency:
    """What every store does for many processes at once."""

    PROCESSES = 8
    EACH = 12

    def test_no_number_is_lost_or_given_twice(self, store_url: str) -> None:
        command = [sys.executable, "-c", _WRITER, store_url, str(self.EACH)]
        writers = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
            )
            for _ in range(self.PROCESSES)
        ]
        for writer in writers:  # all have opened an empty database at once, and start as one
            assert writer.stdout is not None
            assert writer.stdout.readline() == "open\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
        lines = [line for writer in writers for line in writer.communicate()[0].splitlines()]
        assert [writer.returncode for writer in writers] == [0] * self.PROCESSES
        given = Counter(tuple(map(int, line.split())) for line in lines)
        total = self.PROCESSES * self.EACH
        assert sorted(version for version, _ in given) == list(range(1, total + 1))
        assert sorted(number for _, number in given) == list(range(1, total + 1))
