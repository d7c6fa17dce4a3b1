"""Services over a target that runs nothing: revisions, keys, secrets, and what failures leave."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.house import SCRIPT, House

from brygga.environments import Environment
from brygga.errors import (
    DeploymentError,
    InvalidInputError,
    InvalidNameError,
    NotFoundError,
    OperationInProgressError,
)
from brygga.findings import Cause, Diagnosis
from brygga.services import ServiceState
from brygga.spec import Resources, ServiceSpec
from brygga.targets.base import Elsewhere, WorkloadState, WorkloadStatus
from brygga.testing.targets import EVERYTHING


def test_a_deployed_service_is_found_and_listed(house: House) -> None:
    service = house.deploy(tags={"data": "mnist"}, description="digits")

    assert service.state is ServiceState.HEALTHY
    assert service.scoring_uri == "http://127.0.0.1:9/score"
    assert service.swagger_uri == "http://127.0.0.1:9/swagger.json"
    assert (service.tags, service.description) == ({"data": "mnist"}, "digits")
    assert [s.name for s in house.services.list()] == ["svc"]
    assert house.services.get("svc").revision == 1


def test_a_name_that_breaks_the_rule_changes_nothing(house: House) -> None:
    with pytest.raises(InvalidNameError, match="'Svc_1'"):
        house.deploy("Svc_1")

    assert house.services.list() == []


def test_an_unknown_target_names_those_there_are(house: House) -> None:
    with pytest.raises(InvalidInputError, match="Use one of: fake"):
        house.deploy(target="moon")
    house.deploy()
    with pytest.raises(InvalidInputError, match="no target 'moon'"):  # nothing is to be deleted
        house.services.deploy("svc", target="moon")


def test_a_target_without_images_takes_no_base_image_and_refuses_steps(house: House) -> None:
    environment = Environment.from_packages([])
    house.target.capabilities = replace(EVERYTHING, images=False)

    assert house.deploy(environment=environment).revision == 1
    assert house.deploy(environment=environment.based_on("my/base:1")).revision == 1
    for name, text in {"extra_steps": "RUN true", "dockerfile": "FROM a"}.items():
        refusal = "cannot be had on the target 'fake': it runs no images"
        with pytest.raises(InvalidInputError, match=refusal):
            house.deploy(environment=environment.based_on(**{name: text}))
    house.target.capabilities = EVERYTHING
    assert house.deploy(environment=environment.based_on("my/base:1")).revision == 2


def test_when_it_is_started_again_is_kept_with_each_revision(house: House) -> None:
    service = house.deploy(restart_policy="always")
    service.reconfigure(restart_policy="no")
    service.rollback(1)
    house.deploy()

    rows = house.parts.store.services.revisions("svc")
    assert [row.spec["restart_policy"] for row in rows] == ["always", "no", "always"]


def test_a_missing_service_names_those_there_are(house: House) -> None:
    house.deploy()

    assert house.services.find("other") is None
    with pytest.raises(NotFoundError, match="svc"):
        house.services.get("other")


def test_an_update_is_a_new_revision_and_keeps_tags_and_keys(house: House) -> None:
    first = house.deploy(tags={"a": "b"})
    keys = first.get_keys()

    second = house.deploy(text=SCRIPT + "x = 1\n")

    assert second.revision == 2
    assert (second.tags, second.get_keys()) == ({"a": "b"}, keys)
    assert [r.serving for r in second.revisions()] == [False, True]


def test_the_same_again_is_no_revision_but_new_limits_are(house: House) -> None:
    house.deploy()
    house.deploy()
    assert "Nothing has changed" in house.lines[-1]

    assert house.deploy(memory_gb=2).revision == 2


def test_an_update_leaves_what_it_does_not_say_and_tells_what_it_changes(house: House) -> None:
    house.deploy(cpu_cores=0.5, auth=False, environment_variables={"A": "b"}, workers=2)
    house.lines.clear()

    house.deploy(text=SCRIPT + "x = 1\n", resources=Resources(memory_gb=2))

    spec = house.services.get("svc").spec
    assert (spec.cpu_cores, spec.memory_gb, spec.auth, spec.workers) == (0.5, 2, False, 2)
    assert spec.environment_variables == {"A": "b"}
    assert [line for line in house.lines if "->" in line] == ["  memory_gb: 1 -> 2"]


def test_an_update_that_begins_anew_takes_the_defaults(house: House) -> None:
    house.deploy(cpu_cores=0.5, auth=False)

    assert house.deploy(fresh=True).spec == ServiceSpec("svc")
    assert "  auth: off -> on" in house.lines


def test_an_update_without_a_script_serves_what_there_is(house: House) -> None:
    service = house.deploy()
    digest = service.revisions()[-1].bundle_digest

    house.services.deploy("svc", cpu_cores=2)

    newest = service.revisions()[-1]
    assert (newest.number, newest.bundle_digest, service.spec.cpu_cores) == (2, digest, 2)
    with pytest.raises(InvalidInputError, match="nothing to deploy"):
        house.services.deploy("other", target="fake", cpu_cores=2)


def test_a_variable_of_v1_sets_the_server_and_is_told(house: House) -> None:
    service = house.deploy(environment_variables={"SCORING_TIMEOUT_MS": "5000"})

    assert service.spec.scoring_timeout_ms == 5000
    told = "SCORING_TIMEOUT_MS is a setting of the server: scoring_timeout_ms=5000."
    assert told in [line.strip() for line in house.lines]


def test_an_option_takes_its_default_again(house: House) -> None:
    service = house.deploy(workers=3, cpu_cores=2)

    assert service.reconfigure(reset=["workers"]) == 2
    assert (service.spec.workers, service.spec.cpu_cores) == (None, 2)
    with pytest.raises(NotFoundError, match="workers"):
        service.reconfigure(reset=["worker"])


def test_going_back_restores_limits_and_leaves_access(house: House) -> None:
    service = house.deploy(auth=False, cpu_cores=2)
    house.deploy(text=SCRIPT + "x = 1\n", auth=True, cpu_cores=1)
    house.lines.clear()

    service.rollback(1, progress=house.lines.append)

    assert (service.spec.auth, service.spec.cpu_cores) == (True, 2)
    assert "  cpu_cores: 1 -> 2" in house.lines


def test_what_was_stopped_is_applied_again(house: House) -> None:
    house.deploy()
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.STOPPED, 1)

    assert house.deploy().revision == 2


def test_ten_revisions_are_kept(house: House) -> None:
    for n in range(13):
        service = house.deploy(text=f"{SCRIPT}x = {n}\n")

    assert [r.number for r in service.revisions()] == list(range(4, 14))


@pytest.mark.parametrize(("name", "value"), [("N", 1), ("FLAG", True), ("LIST", ["a"])])
def test_a_variable_that_is_no_text_is_refused_at_the_call(
    house: House, name: str, value: object
) -> None:
    asked: dict[str, Any] = {name: value}
    with pytest.raises(InvalidInputError, match=f"{name!r} is of type {type(value).__name__}"):
        house.deploy(environment_variables=asked)
    with pytest.raises(InvalidInputError, match=f"{name!r} is of type"):
        house.services.test(entry_script=house.script, environment_variables=asked)
    with pytest.raises(InvalidInputError, match=f"a secret {name!r}") as raised:
        house.deploy(secrets=asked)
    assert str(value) not in raised.value.message
    assert house.services.list() == []


def test_only_hashes_and_named_secrets_reach_the_target(house: House) -> None:
    service = house.deploy(secrets={"TOKEN": "hidden"})
    keys = service.get_keys()

    workload = house.target.applied[0]
    assert workload.spec.secrets == ("TOKEN",)
    assert workload.secret_values == {"TOKEN": "hidden"}
    assert keys.primary not in repr(workload)
    assert "hidden" not in repr(workload)
    assert set(workload.key_hashes) == {"primary", "secondary"}
    row = house.parts.store.services.revisions("svc")[0]
    assert "hidden" not in str(row.spec)


def test_secrets_are_kept_unless_they_are_given_anew(house: House) -> None:
    house.deploy(secrets={"TOKEN": "hidden"})
    house.deploy(text=SCRIPT + "x = 1\n")
    house.deploy(text=SCRIPT + "x = 2\n", secrets={})

    assert [w.secret_values for w in house.target.applied] == [
        {"TOKEN": "hidden"},
        {"TOKEN": "hidden"},
        {},
    ]


def test_keys_may_be_given_and_are_checked(house: House) -> None:
    service = house.deploy(keys={"primary": "p" * 32})

    assert service.get_keys().primary == "p" * 32
    with pytest.raises(InvalidInputError, match="16 to 256"):
        house.deploy(keys={"primary": "short"})
    with pytest.raises(InvalidInputError, match="'third'"):
        house.deploy(keys={"third": "p" * 32})


def test_a_key_is_replaced_at_the_target_too(house: House) -> None:
    service = house.deploy()
    before = dict(house.target.key_hashes["svc"])

    service.regen_key("secondary")

    after = house.target.key_hashes["svc"]
    assert before["primary"] == after["primary"]
    assert before["secondary"] != after["secondary"]


def test_two_operations_at_once_are_refused_by_name(house: House) -> None:
    service = house.deploy()
    with (
        house.parts.operation("svc", "update of the models").acquired(1),
        pytest.raises(OperationInProgressError, match="update of the models"),
    ):
        service.restart()
    service.restart()


def test_a_first_deployment_that_fails_leaves_nothing(house: House) -> None:
    house.target.refuse = OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        house.deploy(secrets={"TOKEN": "hidden"})

    assert house.services.list() == []
    assert house.parts.secrets.secrets("svc") == {}
    assert house.parts.secrets.keys("svc") is None


def test_an_update_that_fails_leaves_the_old_and_a_failed_revision(house: House) -> None:
    house.deploy()
    house.target.refuse = OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        house.deploy(text=SCRIPT + "x = 1\n")

    service = house.services.get("svc")
    assert [r.status for r in service.revisions()] == ["ready", "failed"]
    assert service.state is ServiceState.HEALTHY


def test_waiting_raises_the_diagnosis_of_what_failed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    service = house.deploy()
    diagnosis = Diagnosis(Cause.INIT_RAISED, "KeyError: 'w'", "score.py", 4, log=("the end",))
    house.target.fail("svc", diagnosis)

    with pytest.raises(DeploymentError, match=r"KeyError: 'w' \(score\.py:4\)"):
        service.wait_for_deployment(show_output=True)

    assert service.state is ServiceState.FAILED
    assert service.error == diagnosis
    assert "the end" in capsys.readouterr().out


def test_waiting_clears_away_what_failed_and_looking_does_not(house: House) -> None:
    service = house.deploy()
    house.target.fail("svc", Diagnosis(Cause.INIT_RAISED, "KeyError: 'w'"))

    assert service.state is ServiceState.FAILED
    assert service.error is not None
    assert house.target.reconciled == []
    with house.parts.operation("svc", "deploy").acquired(1), pytest.raises(DeploymentError):
        service.wait_for_deployment()
    assert house.target.reconciled == []  # that is for whoever holds the lock
    with pytest.raises(DeploymentError):
        service.wait_for_deployment()

    assert house.target.reconciled == ["svc"]


def test_waiting_gives_up_in_time(house: House) -> None:
    service = house.deploy()
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.STARTING, 1)

    with pytest.raises(DeploymentError, match="not ready after"):
        service.wait_for_deployment(timeout_s=0.05)


def test_an_update_in_the_making_is_transitioning(house: House) -> None:
    service = house.deploy()
    ready = house.target.statuses["svc"]
    house.target.statuses["svc"] = replace(ready, pending=2, pending_state=WorkloadState.STARTING)

    assert service.state is ServiceState.TRANSITIONING


def test_a_deployment_that_was_killed_is_interrupted(house: House) -> None:
    service = house.deploy()
    house.target.statuses.clear()

    assert service.state == "Failed"
    assert service.error is not None
    assert service.error.cause is Cause.INTERRUPTED
    with house.parts.operation("svc", "deploy").acquired(1):
        assert service.state == "Transitioning"


def test_rollback_without_number_goes_to_what_served_before(house: House) -> None:
    first = house.deploy()
    with pytest.raises(InvalidInputError, match="no earlier revision"):
        first.rollback()
    digest = first.revisions()[0].bundle_digest
    service = house.deploy(text=SCRIPT + "x = 1\n")

    assert service.rollback() == 3
    assert service.revisions()[-1].bundle_digest == digest


def test_a_model_is_found_by_reference_and_given_once(house: House, tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(b"model")
    house.parts.images.assembler.models.register("mnist", tmp_path / "m.pkl")
    house.parts.images.assembler.models.register("mnist", tmp_path / "m.pkl")

    assert house.deploy(models=["mnist:1", "mnist"]).models == ("mnist:1", "mnist:2")
    with pytest.raises(InvalidInputError, match="mnist:2 is given twice"):
        house.deploy(models=["mnist:2", "mnist"])
    with pytest.raises(NotFoundError, match="mnist:1, mnist:2"):
        house.deploy(models=["mnist:7"])


def test_a_service_that_is_out_of_reach_is_seen_and_left_alone(house: House) -> None:
    service = house.deploy(secrets={"TOKEN": "hidden"})
    way_out = "Ask for it with BRYGGA_HOME=/b"
    house.target.out_of_reach["svc"] = Elsewhere("in /b", "runs from /b", way_out)
    house.target.statuses.clear()

    actions = (
        service.restart,
        service.rollback,
        service.stop,
        service.get_keys,
        lambda: service.regen_key("primary"),
        lambda: service.reconfigure(cpu_cores=2),
        house.deploy,
    )
    for action in actions:
        with pytest.raises(InvalidInputError, match=f"'svc' runs from /b. {way_out}"):
            action()
    for_good = f"{way_out}; if that is gone for good: `ws.services.get('svc').forget()`"
    with pytest.raises(InvalidInputError, match=re.escape(for_good)):
        service.delete()

    assert (service.is_here, service.elsewhere) == (False, "in /b")
    assert [r.status for r in house.parts.store.services.revisions("svc")] == ["pending"]
    assert house.parts.secrets.secrets("svc") == {"TOKEN": "hidden"}


def test_a_service_that_is_gone_for_good_is_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = house.deploy(secrets={"TOKEN": "hidden"}, models=[house.model("m")])
    with pytest.raises(InvalidInputError, match="within reach from here"):
        service.forget()
    assert house.services.find("svc") is not None

    monkeypatch.setattr(house.target, "forget", lambda _service, _place: None)
    service.forget()

    assert house.services.list() == []
    assert house.parts.secrets.secrets("svc") == {}
    house.parts.store.models.delete("m", 1)  # nothing holds it any more


def test_delete_is_idempotent(house: House) -> None:
    service = house.deploy(secrets={"TOKEN": "hidden"})

    service.delete()
    service.delete()

    assert house.services.list() == []
    assert house.parts.secrets.secrets("svc") == {}
    assert house.target.statuses == {}
