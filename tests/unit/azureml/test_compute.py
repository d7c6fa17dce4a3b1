"""Compute targets: what is asked for is kept and shown, and all of them are this machine."""

from pathlib import Path
from typing import Any

import pytest

from azureml.core import Experiment, ScriptRunConfig, Workspace
from azureml.core._script_submission import planned
from azureml.core.compute import (
    AksCompute,
    AmlCompute,
    BatchAiCompute,
    ComputeInstance,
    ComputeTarget,
    DsvmCompute,
    RemoteCompute,
)
from azureml.exceptions import ComputeTargetException


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "home"))
    return Workspace.create("tests", show_output=False)


def test_a_cluster_is_there_at_once_and_is_what_was_asked_for(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = AmlCompute.provisioning_configuration(
        vm_size="STANDARD_D2_V2",
        vm_priority="lowpriority",
        min_nodes=1,
        max_nodes=4,
        idle_seconds_before_scaledown=120,
    )

    cluster = ComputeTarget.create(workspace, "cpu", configuration)
    cluster.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)  # type: ignore[call-arg]

    assert "Succeeded" in capsys.readouterr().out
    assert isinstance(cluster, AmlCompute)
    status = cluster.get_status().serialize()
    assert status["vmSize"] == "STANDARD_D2_V2"
    assert status["vmPriority"] == "lowpriority"
    assert status["scaleSettings"] == {
        "minNodeCount": 1, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT120S",
    }  # fmt: skip
    assert cluster.list_nodes() == []
    assert list(cluster.get_active_runs()) == []


def test_a_declared_cluster_is_there_without_being_attached(workspace: Workspace) -> None:
    workspace._brygga.targets.add("lab", registry="registry.example.org/m", namespace="m")

    found = AksCompute(workspace, "lab")
    assert found.provisioning_state == "Succeeded"
    assert isinstance(ComputeTarget(workspace, "lab"), AksCompute)
    assert list(workspace.compute_targets) == ["lab"]
    with pytest.raises(ComputeTargetException, match="of the type AKS"):
        AmlCompute(workspace, "lab")
    with pytest.raises(ComputeTargetException, match="not found"):
        AksCompute(workspace, "other")


def test_a_cluster_can_be_changed_until_it_is_deleted(workspace: Workspace) -> None:
    cluster: Any = ComputeTarget.create(
        workspace, "cpu", AmlCompute.provisioning_configuration(max_nodes=4)
    )

    cluster.update(min_nodes=2, max_nodes=3, idle_seconds_before_scaledown=60)

    scale = AmlCompute(workspace, "cpu").scale_settings
    assert (scale.minimum_node_count, scale.maximum_node_count) == (2, 3)
    cluster.delete()
    assert cluster.get_status() is None
    with pytest.raises(ComputeTargetException, match="cpu is deleted"):
        cluster.update(max_nodes=5)


def test_the_sizes_there_are_are_this_machine(workspace: Workspace) -> None:
    (size,) = AmlCompute.supported_vmsizes(workspace=workspace, location="westeurope")
    assert size["vCPUs"] >= 1
    assert size["memoryGB"] > 0


def test_machines_of_the_first_releases_stand_for_this_one(workspace: Workspace) -> None:
    asked: list[tuple[type[ComputeTarget], Any]] = [
        (BatchAiCompute, BatchAiCompute.provisioning_configuration("S", cluster_max_nodes=3)),
        (DsvmCompute, DsvmCompute.provisioning_configuration(vm_size="S")),
        (ComputeInstance, ComputeInstance.provisioning_configuration(vm_size="S")),
    ]
    for number, (kind, configuration) in enumerate(asked):
        made = ComputeTarget.create(workspace, f"machine-{number}", configuration)
        assert type(made) is kind
        assert made.provisioning_state == "Succeeded"
        assert made.serialize()["properties"]["vm_size"] == "S"
    machine: Any = ComputeTarget(workspace, "machine-2")
    for change in (machine.start, machine.stop, machine.restart):
        change(wait_for_completion=True, show_output=True)


def test_a_machine_that_is_reached_by_ssh_keeps_no_password(workspace: Workspace) -> None:
    made = RemoteCompute.attach(workspace, "far", "me", "10.0.0.1", password="secret")

    assert type(made) is RemoteCompute
    assert "secret" not in str(made.serialize())
    with pytest.raises(ComputeTargetException, match="address or resource_id"):
        ComputeTarget.attach(workspace, "none", RemoteCompute.attach_configuration("me"))


def test_a_script_for_a_target_that_is_not_there_runs_here_with_a_word(
    workspace: Workspace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "train.py").touch()

    def said(target: str) -> str:
        caplog.clear()
        config = ScriptRunConfig(str(tmp_path), "train.py", compute_target=target)
        planned(Experiment(workspace, "tests"), config)
        return caplog.text

    assert "Compute target gpu-cluster is not in the workspace" in said("gpu-cluster")
    assert "not in the workspace" not in said("local")
    ComputeTarget.create(workspace, "gpu-cluster", AmlCompute.provisioning_configuration())
    assert "not in the workspace" not in said("gpu-cluster")
