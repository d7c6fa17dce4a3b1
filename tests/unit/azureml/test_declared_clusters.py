"""What a configuration of AKS comes to on a declared cluster, and on this machine."""

from typing import Any

import pytest

from azureml.core.webservice import AksWebservice


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"autoscale_max": 10, "autoscale_min": 1, "autoscale_cpu": 70, "num_replicas": 1}),
        ({"num_replicas": 3}, {"autoscale_max": None, "num_replicas": 3}),
        (
            {"autoscale_enabled": True, "autoscale_min_replicas": 2, "autoscale_max_replicas": 4,
             "autoscale_target_utilization": 50},
            {"autoscale_max": 4, "autoscale_min": 2, "autoscale_cpu": 50, "num_replicas": 1},
        ),
        ({"autoscale_enabled": False}, {"autoscale_max": None, "num_replicas": 1}),
        ({"gpu_cores": 1, "num_replicas": 1}, {"gpus": 1}),
    ],
)  # fmt: skip
def test_a_declared_cluster_heeds_replicas_scaling_and_gpus(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    options = AksWebservice.deploy_configuration(**given)._translated({}, "prod").options

    assert {name: options[name] for name in expected} == expected
    assert options["workers"] is None
    assert (options["cpu_cores"], options["memory_gb"]) == (0.1, 0.5)


@pytest.mark.filterwarnings("ignore")
def test_processes_have_workers_in_place_of_replicas_and_no_scaling() -> None:
    configuration = AksWebservice.deploy_configuration(num_replicas=3)
    options = configuration._translated({}, "process").options

    assert (options["num_replicas"], options["workers"]) == (1, 3)
    assert "autoscale_max" not in options
