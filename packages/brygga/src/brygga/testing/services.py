"""The conformance suite of targets: what a service does on any of them.

A class that derives from `ServiceConformance`, with fixtures `workspace` and `kind`, runs it::

    class TestMyTarget(ServiceConformance):
        @pytest.fixture
        def kind(self) -> str:
            return "mine"
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from brygga import (
    DeploymentError,
    Environment,
    InvalidInputError,
    NotFoundError,
    Service,
    ServiceCallError,
    Workspace,
)
from brygga.testing.changes import changes

ECHO = """
import json
def init():
    print("init was called")
def run(raw_data):
    print("run was called")
    return json.dumps({"got": json.loads(raw_data), "version": 1})
"""

BROKEN = """
def init():
    weights = {}
    weights["w"]
def run(raw_data):
    return 1
"""

LAYOUT = """
import json, os
from azureml.core.model import Model
def init():
    global paths
    paths = {
        "cwd": os.getcwd(),
        "model_dir": os.environ["AZUREML_MODEL_DIR"],
        "model": open(Model.get_model_path("greeting")).read(),
        "plain": os.environ.get("PLAIN"),
        "secret": os.environ.get("TOKEN"),
    }
def run(raw_data):
    return paths
"""

DEADLY = """
import json, os, signal
def init(): ...
def run(raw_data):
    if json.loads(raw_data) == ["die"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()
"""

WAYWARD = """
import json
def init(): ...
def parts():
    yield {"part": 1}
    yield {"part": 2}
def run(raw_data):
    asked = json.loads(raw_data)["data"]
    return parts() if asked == "parts" else 1 / asked
"""


class ServiceConformance:
    """The life of a service, on the target `kind`."""

    @pytest.fixture
    def kind(self) -> str:
        """The kind of target under test."""
        raise NotImplementedError("a conformance test names its target with a fixture `kind`")

    @pytest.fixture
    def surroundings(self) -> Callable[[], object]:
        """What is where services run, beside the files of this machine: as an engine's containers.

        A target that has something there overrides it.
        """
        return lambda: None

    @pytest.fixture
    def limits(self) -> dict[str, float]:
        """Of each service, where the default ones are more than there is room for several of."""
        return {}

    @pytest.fixture
    def deployed(
        self, workspace: Workspace, kind: str, limits: dict[str, float], tmp_path: Path
    ) -> Iterator[Any]:
        """A function that deploys a script's text and waits; what it deployed is deleted."""

        def deploy(text: str, name: str = "conformance", **options: Any) -> Service:
            script = tmp_path / "score.py"
            script.write_text(textwrap.dedent(text))
            common = {"environment": Environment.from_packages([]), "target": kind, **limits}
            options = {**common, **options}
            service = workspace.services.deploy(name, entry_script=script, **options)
            service.wait_for_deployment(timeout_s=60)
            return service

        yield deploy
        for service in workspace.services.list():
            service.delete()

    def test_it_answers_in_python_and_over_http(self, deployed: Any) -> None:
        """`run` gives the decoded answer, the wire the doubly encoded one of v1."""
        service = deployed(ECHO)

        answer = service.run({"data": [1, 2]})
        status, body = post(service, b'{"data": [3]}')

        assert service.state == "Healthy"
        assert json.loads(answer) == {"got": {"data": [1, 2]}, "version": 1}
        assert (status, json.loads(json.loads(body))["got"]) == (200, {"data": [3]})

    def test_a_missing_or_wrong_key_is_refused(self, deployed: Any) -> None:
        """Keys are on unless they were turned off; health is open."""
        service = deployed(ECHO)
        health = service.scoring_uri.replace("/score", "/")

        assert urllib3.request("GET", health).status == 200
        assert urllib3.request("POST", service.scoring_uri, body=b"1").status == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert urllib3.request("POST", service.scoring_uri, body=b"1", headers=wrong).status == 401

    def test_without_keys_everybody_may_call(self, deployed: Any) -> None:
        """`auth=False` is honoured by both sides."""
        service = deployed(ECHO, auth=False)

        assert urllib3.request("POST", service.scoring_uri, body=b"1").status == 200
        assert json.loads(service.run(1))["got"] == 1
        with pytest.raises(InvalidInputError, match="no keys"):
            service.get_keys()

    def test_its_paths_and_its_metrics_are_where_they_were_asked_for(self, deployed: Any) -> None:
        """Metrics on a port of their own need no key, also after an update that moves them."""
        first, second = free_port(), free_port()
        service = deployed(ECHO, path_prefix="a/b", metrics_port=first, body_timeout_s=5.0)

        assert service.scoring_uri.endswith("/a/b/score")
        assert json.loads(service.run(1))["got"] == 1
        plain = service.scoring_uri.replace("/a/b/score", "/score")
        assert urllib3.request("POST", plain, body=b"1").status == 404
        metrics = f"http://127.0.0.1:{first}"
        wait_until(lambda: _status(f"{metrics}/metrics") == 200)
        assert _status(f"{metrics}/a/b/score") == 404
        assert _status(service.scoring_uri.replace("/score", "/metrics")) == 401
        assert _status(service.docs_uri) == _status(f"{service.docs_uri}/page.js") == 200
        assert _status(f"{service.docs_uri}/contract.json") == 401

        service.reconfigure(metrics_port=second, docs=False, reset=["path_prefix"])
        service.wait_for_deployment(timeout_s=60)

        assert service.scoring_uri == plain
        assert service.docs_uri is None
        assert _status(plain.replace("/score", "/docs")) == 404
        assert json.loads(service.run(1))["got"] == 1
        wait_until(lambda: _status(f"http://127.0.0.1:{second}/metrics") == 200)
        wait_until(lambda: _status(f"{metrics}/metrics") is None)

    def test_a_regenerated_key_replaces_only_itself(self, deployed: Any) -> None:
        """The other key goes on working, the old one stops at once."""
        service = deployed(ECHO)
        old = service.get_keys()

        new = service.regen_key("primary")

        assert service.get_keys().primary == new != old.primary
        assert [post(service, b"1", key)[0] for key in (old.primary, new, old.secondary)] == [
            401,
            200,
            200,
        ]

    def test_it_finds_models_variables_and_secrets(
        self, deployed: Any, workspace: Workspace, tmp_path: Path
    ) -> None:
        """The layout of v1, `Model.get_model_path`, and what was passed in."""
        (tmp_path / "greeting.txt").write_text("hello")
        model = workspace.models.register("greeting", tmp_path / "greeting.txt")

        service = deployed(
            LAYOUT,
            models=[model],
            environment_variables={"PLAIN": "seen"},
            secrets={"TOKEN": "not to be seen"},
        )
        paths = service.run({})

        assert paths["model_dir"].endswith("azureml-models/greeting/1")
        assert Path(paths["model_dir"]).is_relative_to(paths["cwd"])
        assert (paths["model"], paths["plain"]) == ("hello", "seen")
        assert paths["secret"] == "not to be seen"
        assert "not to be seen" not in json.dumps(service.spec.to_dict())
        assert "not to be seen" not in "".join(service.logs())

    def test_an_update_serves_the_new_code_on_the_same_address(self, deployed: Any) -> None:
        """A new revision, the same URL and the same keys."""
        first = deployed(ECHO)
        uri, keys = first.scoring_uri, first.get_keys()

        second = deployed(ECHO.replace('"version": 1', '"version": 2'))

        assert json.loads(second.run(0))["version"] == 2
        assert (second.scoring_uri, second.get_keys()) == (uri, keys)
        assert [r.status for r in second.revisions()] == ["ready", "ready"]

    def test_deploying_the_same_again_changes_nothing(self, deployed: Any) -> None:
        """No new revision."""
        deployed(ECHO)

        assert len(deployed(ECHO).revisions()) == 1

    def test_a_failing_update_leaves_the_old_revision_serving(
        self, deployed: Any, workspace: Workspace
    ) -> None:
        """Its diagnosis is on the failed one; the service is healthy."""
        deployed(ECHO)

        with pytest.raises(DeploymentError) as caught:
            deployed(BROKEN)

        service = workspace.services.get("conformance")
        assert json.loads(service.run(0))["version"] == 1
        assert service.state == "Healthy"
        assert service.error is not None
        assert service.error.cause == caught.value.diagnosis.cause == "init_raised"
        assert [r.status for r in service.revisions()] == ["ready", "failed"]

    def test_looking_changes_nothing(
        self, deployed: Any, workspace: Workspace, kind: str, surroundings: Callable[[], object]
    ) -> None:
        """Whether it serves, its update failed, it never came up, was stopped, or is not there."""
        names = ("serves", "updated", "failed", "nothing")
        deployed(ECHO, "serves")
        deployed(ECHO, "updated")
        for name in ("updated", "failed"):
            with pytest.raises(DeploymentError):
                deployed(BROKEN, name)
        target = workspace._wiring.targets[kind]  # noqa: SLF001

        with changes() as found:
            at_once = target.status_of_all(names)
        for name in names:
            target.reconcile(name)
        before = surroundings()
        with changes() as found_later:
            one_by_one = {name: target.status(name) for name in names}
            together = target.status_of_all(names)

        assert (found, found_later) == ([], [])
        assert surroundings() == before
        states = {"serves": "ready", "updated": "ready", "failed": "failed", "nothing": "absent"}
        for statuses in (at_once, together, one_by_one):
            assert {name: each.state for name, each in statuses.items()} == states
            assert statuses["updated"].pending_state == "failed"

    def test_what_is_left_over_can_be_cleared_away_at_any_time(
        self, deployed: Any, workspace: Workspace, kind: str
    ) -> None:
        """Nothing that serves, and nothing that explains a failure, goes with it."""
        deployed(ECHO)
        with pytest.raises(DeploymentError):
            deployed(BROKEN)
        target = workspace._wiring.targets[kind]  # noqa: SLF001
        before = target.status("conformance")

        for name in ("conformance", "conformance", "nothing"):
            target.reconcile(name)

        after = target.status("conformance")
        assert (after.state, after.revision, after.pending) == ("ready", 1, 2)
        assert after.pending_diagnosis is not None
        assert before.pending_diagnosis is not None
        assert after.pending_diagnosis.cause == before.pending_diagnosis.cause
        assert json.loads(workspace.services.get("conformance").run(0))["version"] == 1

    def test_init_that_raises_says_where(self, deployed: Any, workspace: Workspace) -> None:
        """File, line and traceback of the user's own code."""
        with pytest.raises(DeploymentError) as caught:
            deployed(BROKEN)

        diagnosis = caught.value.diagnosis
        assert diagnosis.cause == "init_raised"
        assert (Path(diagnosis.file or "").name, diagnosis.line) == ("score.py", 4)
        assert "KeyError: 'w'" in diagnosis.message
        assert 'weights["w"]' in diagnosis.traceback
        assert workspace.services.get("conformance").state == "Failed"

    def test_a_failed_service_is_repaired_by_deploying_again(self, deployed: Any) -> None:
        """The first revision failed, the second serves."""
        with pytest.raises(DeploymentError):
            deployed(BROKEN)

        assert json.loads(deployed(ECHO).run(0))["version"] == 1

    def test_rollback_serves_what_served_before(self, deployed: Any) -> None:
        """As a new revision."""
        deployed(ECHO)
        service = deployed(ECHO.replace('"version": 1', '"version": 2'))

        number = service.rollback()
        service.wait_for_deployment(timeout_s=60)

        assert number == 3
        assert json.loads(service.run(0))["version"] == 1
        with pytest.raises(NotFoundError, match="77"):
            service.rollback(77)

    def test_its_log_has_init_and_run(self, deployed: Any) -> None:
        """What the script prints, and the request."""
        service = deployed(ECHO)
        service.run(0)

        def complete() -> bool:
            text = "\n".join(service.logs())
            return all(
                part in text for part in ("init was called", "run was called", "POST /score 200")
            )

        wait_until(complete)
        assert len(list(service.logs(lines=1))) == 1

    def test_a_followed_log_goes_on_until_the_service_is_deleted(self, deployed: Any) -> None:
        """Lines come as they are written."""
        service = deployed(ECHO)
        lines = service.logs(follow=True)
        service.run(0)

        assert any("run was called" in line for line in lines)
        service.delete()
        assert isinstance(list(lines), list)

    def test_a_worker_that_dies_is_replaced(self, deployed: Any) -> None:
        """The request that killed it is answered with the cause, the next one as ever."""
        service = deployed(DEADLY)
        before = service.run(["pid"])

        with pytest.raises(ServiceCallError) as caught:
            service.run(["die"])

        assert caught.value.status == 502
        assert "SIGKILL" in caught.value.message
        wait_until(lambda: service.state == "Healthy")
        assert service.run(["pid"]) != before

    def test_its_owner_is_told_what_run_raised_and_others_are_not(self, deployed: Any) -> None:
        """What was answered is counted; a stream comes in its parts; the log can be asked."""
        service = deployed(WAYWARD)

        with pytest.raises(ServiceCallError, match=r"run\(\) raised ZeroDivisionError") as caught:
            service.run({"data": 0})
        status, body = post(service, b'{"data": 0}')
        parts = list(service.stream({"data": "parts"}))

        assert caught.value.failure is not None
        assert (caught.value.failure.file, caught.value.failure.line) == ("score.py", 9)
        assert (status, "Zero" in body) == (500, False)
        assert parts == [{"part": 1}, {"part": 2}]
        traffic = service.snapshot().traffic
        assert (traffic.requests, traffic.errors) == (3, 2)
        assert service.find_failure("unheard-of") is None
        found = "\n".join(service.logs(grep="ZeroDivisionError", since="10m"))
        assert found.count("division by zero") == 2
        assert "run was called" not in found

    def test_restart_keeps_the_address(self, deployed: Any) -> None:
        """And the keys."""
        service = deployed(ECHO)
        uri = service.scoring_uri

        service.restart()
        service.wait_for_deployment(timeout_s=60)

        assert service.scoring_uri == uri
        assert json.loads(service.run(0))["version"] == 1

    def test_it_outlives_its_caller(self, workspace: Workspace, kind: str, tmp_path: Path) -> None:
        """Deployed by a process that ends, found and scored by another."""
        script = tmp_path / "score.py"
        script.write_text(ECHO)
        code = f"""
            from brygga import Environment, Workspace
            ws = Workspace.get({workspace.name!r})
            ws.services.deploy("orphan", entry_script={str(script)!r}, target={kind!r},
                               environment=Environment.from_packages([]))
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, env=os.environ)

        service = workspace.services.get("orphan")
        service.wait_for_deployment(timeout_s=60)

        assert json.loads(service.run(5))["got"] == 5
        service.delete()

    def test_delete_leaves_nothing_and_may_be_repeated(
        self, deployed: Any, workspace: Workspace
    ) -> None:
        """Gone for callers, for listings and for good."""
        service = deployed(ECHO)
        uri = service.scoring_uri

        service.delete()
        service.delete()

        assert workspace.services.find("conformance") is None
        with pytest.raises(urllib3.exceptions.HTTPError):
            urllib3.request("POST", uri, body=b"1", retries=False)

    def test_a_model_in_use_cannot_be_deleted(
        self, deployed: Any, workspace: Workspace, tmp_path: Path
    ) -> None:
        """Until the service is gone."""
        (tmp_path / "greeting.txt").write_text("hello")
        model = workspace.models.register("greeting", tmp_path / "greeting.txt")
        service = deployed(LAYOUT, models=["greeting"])

        with pytest.raises(Exception, match="conformance"):
            model.delete()
        service.delete()
        model.delete()

        assert workspace.models.list() == []

    @pytest.mark.parametrize(
        "limits", [{"cpu_cores": 0}, {"cpu_cores": 10_000}, {"memory_gb": 0}, {"memory_gb": 1e6}]
    )
    def test_limits_that_cannot_be_had_change_nothing(
        self, deployed: Any, workspace: Workspace, limits: dict[str, float]
    ) -> None:
        """The refusal names the limit."""
        with pytest.raises(InvalidInputError, match=next(iter(limits))):
            deployed(ECHO, **limits)

        assert workspace.services.list() == []


def post(service: Service, body: bytes, key: str | None = None) -> tuple[int, str]:
    """Status and body of a raw POST, with the primary key unless another is given."""
    key = key or service.get_keys().primary
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    response = urllib3.request("POST", str(service.scoring_uri), body=body, headers=headers)
    return response.status, response.data.decode()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def _status(url: str) -> int | None:
    """What a GET without a key is answered; None where nobody listens."""
    try:
        closing = {"Connection": "close"}
        return int(urllib3.request("GET", url, headers=closing, retries=False).status)
    except urllib3.exceptions.NewConnectionError:
        return None


def wait_until(condition: Any, seconds: float = 20.0) -> None:
    """Polls until a condition holds; fails when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
