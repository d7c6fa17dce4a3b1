"""What only containers have: limits, users, neighbours, what others do to the engine."""

import json
import os
import subprocess
import threading
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import joblib
import numpy as np
import pytest
import urllib3
from sklearn.linear_model import LogisticRegression
from support.containers import Deploy, deploy, inspected, kill
from support.engine import require_engine
from support.supervised import kill_all

from brygga import DeploymentError, Environment, InvalidInputError, Service, Workspace
from brygga.images.engine import Engine
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.local.control import is_running
from brygga.testing.services import ECHO, post, wait_until

__all__ = ["deploy"]
pytestmark = pytest.mark.engine

HOG = """
def init(): ...
def run(raw_data):
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))
"""
HUNGRY = """
def init():
    global hoard
    hoard = [bytearray(b"x" * (16 << 20)) for _ in range(100)]
def run(raw_data):
    return 1
"""
WHO = """
import json, os, socket
def init(): ...
def run(raw_data):
    found = {"uid": os.getuid(), "host": socket.gethostname(), "secret": os.environ.get("TOKEN")}
    for place in ("/app/x", "/x", "/etc/x", "/tmp/x"):
        try:
            open(place, "w").close()
            found[place] = True
        except OSError:
            found[place] = False
    return found
"""
SLOW = """
import time
def init():
    time.sleep(600)
def run(raw_data):
    return 1
"""

EXAMPLE = Path(__file__).parents[2] / "examples/mnist"


@pytest.fixture(autouse=True, scope="module")
def engine() -> Engine:
    return require_engine()


def test_limits_user_and_root_are_what_was_promised(engine: Engine, deploy: Deploy) -> None:
    service = deploy(WHO, cpu_cores=0.5, secrets={"TOKEN": "not to be seen"}, tags={"team": "a"})

    (seen,) = inspected(engine, service)
    said = service.run(None)

    host = seen["HostConfig"]
    assert (host["Memory"], host["NanoCpus"]) == (512 << 20, 500_000_000)
    assert seen["Config"]["User"] == "10001:10001"
    assert host["ReadonlyRootfs"] is True
    assert host["RestartPolicy"]["Name"] == "on-failure"
    assert "no-new-privileges" in host["SecurityOpt"]
    assert not seen.get("EffectiveCaps")
    labels = seen["Config"]["Labels"]
    assert labels["dev.brygga.service"] == "boxed"
    assert labels["dev.brygga.tag.team"] == "a"
    assert labels["dev.brygga.bundle"] == service.revisions()[-1].bundle_digest
    assert "not to be seen" not in json.dumps(seen)
    assert said["secret"] == "not to be seen"
    assert said["uid"] == 10001
    assert {p: said[p] for p in ("/app/x", "/x", "/etc/x", "/tmp/x")} == {
        "/app/x": False,
        "/x": False,
        "/etc/x": False,
        "/tmp/x": True,
    }


def test_the_tutorials_model_with_one_core_and_one_gb(
    engine: Engine, workspace: Workspace, tmp_path: Path
) -> None:
    """The example's script and conda file; the model has the tutorial's shape."""
    rng = np.random.default_rng(7)
    model = LogisticRegression(max_iter=2000).fit(rng.random((100, 784)), np.arange(100) % 10)
    joblib.dump(model, tmp_path / "sklearn_mnist_model.pkl")
    registered = workspace.models.register("sklearn_mnist", tmp_path / "sklearn_mnist_model.pkl")
    rows = rng.random((3, 784))

    service = workspace.services.deploy(
        "mnist",
        models=[registered],
        entry_script=EXAMPLE / "score.py",
        environment=Environment.from_conda_file(EXAMPLE / "myenv.yml"),
        cpu_cores=1,
        memory_gb=1,
        target="container",
    )
    service.wait_for_deployment(timeout_s=120)
    status, body = post(service, json.dumps({"data": rows.tolist()}).encode())

    assert (status, json.loads(json.loads(body))) == (200, model.predict(rows).tolist())
    (seen,) = inspected(engine, service)
    assert (seen["HostConfig"]["Memory"], seen["HostConfig"]["NanoCpus"]) == (1 << 30, 10**9)
    assert f"sklearn_mnist:1@sha256:{registered.sha256}" in seen["Config"]["Labels"].values()
    service.delete()


def test_a_memory_hog_is_killed_diagnosed_and_leaves_its_neighbour_alone(deploy: Deploy) -> None:
    hog, neighbour = deploy(HOG, "hog"), deploy(ECHO, "neighbour")
    answers: Counter[int] = Counter()
    stop = threading.Event()

    def call() -> None:
        while not stop.is_set():
            answers[post(neighbour, b"1")[0]] += 1

    thread = threading.Thread(target=call)
    thread.start()
    status, body = post(hog, b"1")
    stop.set()
    thread.join()

    assert status == 502
    assert "memory" in json.loads(body)["message"]
    assert set(answers) == {200}
    wait_until(lambda: hog.state == "Healthy")


def test_running_out_of_memory_in_init_names_the_limit_to_try(
    deploy: Deploy, workspace: Workspace
) -> None:
    with pytest.raises(DeploymentError) as caught:
        deploy(HUNGRY, memory_gb=0.25)

    found = caught.value.diagnosis
    assert found.cause == "out_of_memory"
    assert "memory_gb=0.5" in found.fix
    assert found.memory_limit_bytes == 256 << 20
    assert (found.peak_memory_bytes or 0) > 100 << 20
    assert workspace.services.get("boxed").state == "Failed"


def test_a_container_that_dies_before_it_serves_says_how(
    engine: Engine, workspace: Workspace, tmp_path: Path
) -> None:
    """The engine starts it again; after three times that is given up."""
    (tmp_path / "score.py").write_text(SLOW)
    service = workspace.services.deploy(
        "boxed",
        entry_script=tmp_path / "score.py",
        environment=Environment.from_packages([]),
        target="container",
        memory_gb=0.5,
    )

    def killed_to_the_end() -> bool:
        for seen in inspected(engine, service):
            kill(seen)
        return service.state == "Failed"

    wait_until(lambda: "Invoking user's init function" in "\n".join(service.logs()))
    wait_until(killed_to_the_end, 60)

    with pytest.raises(DeploymentError) as caught:
        service.wait_for_deployment(timeout_s=60)
    assert caught.value.diagnosis.cause == "server_died"
    assert "started again" in caught.value.diagnosis.message
    assert "Invoking user's init function" in "\n".join(service.logs())


def test_an_update_under_load_fails_no_request(deploy: Deploy) -> None:
    service = deploy(ECHO, num_replicas=2, auth=False)
    uri = str(service.scoring_uri)
    answers: Counter[tuple[int, int]] = Counter()
    stop = threading.Event()

    def load() -> None:
        manager = urllib3.PoolManager(retries=False)
        while not stop.is_set():
            response = manager.request("POST", uri, body=b"1", timeout=30)
            version = json.loads(response.json())["version"] if response.status == 200 else 0
            answers[(response.status, version)] += 1
        manager.clear()

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(load) for _ in range(4)]
        try:
            wait_until(lambda: answers.total() > 50)
            second = ECHO.replace('"version": 1', '"version": 2')
            deploy(second, num_replicas=2, auth=False)
            wait_until(lambda: answers[(200, 2)] > 50)
            service.restart()
            service.wait_for_deployment(timeout_s=60)
            before = answers[(200, 2)]
            wait_until(lambda: answers[(200, 2)] > before + 50)
        finally:
            stop.set()
        for client in clients:
            client.result()

    assert set(answers) == {(200, 1), (200, 2)}


def test_metrics_are_those_of_all_replicas_and_never_fall(engine: Engine, deploy: Deploy) -> None:
    """Over a replica that dies and an update; a probe is no request."""
    service = deploy(ECHO, num_replicas=2)
    key = {"Authorization": f"Bearer {service.get_keys().primary}"}
    uri = str(service.scoring_uri).replace("/score", "/metrics")

    def scored() -> float:
        answer = urllib3.request("GET", uri, headers=key)
        assert answer.status == 200
        lines = [line for line in answer.data.decode().splitlines() if line[:1] != "#"]
        sums = [float(x.split()[1]) for x in lines if x.startswith("brygga_requests_total")]
        (counted,) = [float(x.split()[1]) for x in lines if 'seconds_count{phase="total"}' in x]
        assert sum(sums) == counted
        return counted

    for number in range(20):
        service.run(number)
    assert scored() == 20
    assert urllib3.request("GET", uri).status == 401
    assert scored() == 21
    kill(inspected(engine, service)[0])
    assert scored() == 21
    wait_until(lambda: service.details["replicas"] == "2 of 2 ready")
    service.run(1)
    assert scored() == 22

    deploy(ECHO.replace("init was called", "this is the second"), num_replicas=2)
    service.run(1)
    assert scored() == 23


def test_a_replica_that_dies_costs_nothing_but_what_it_was_doing(
    engine: Engine, deploy: Deploy
) -> None:
    service = deploy(ECHO, num_replicas=2, auth=False)
    first, second = inspected(engine, service)

    kill(first)
    statuses = Counter(post_open(service) for _ in range(50))

    assert statuses[200] >= 49
    wait_until(lambda: service.details["replicas"] == "2 of 2 ready")
    assert engine.client.api.inspect_container(second["Id"])["State"]["Running"]


def test_what_others_do_to_its_containers_is_seen(engine: Engine, deploy: Deploy) -> None:
    service = deploy(ECHO)
    (container,) = inspected(engine, service)

    engine.client.api.stop(container["Id"], timeout=5)
    wait_until(lambda: service.state == "Unhealthy")
    assert service.error is not None
    assert "stopped from outside" in service.error.message
    assert "init was called" in "\n".join(service.logs())

    service.restart()
    service.wait_for_deployment(timeout_s=60)
    assert json.loads(service.run(7))["got"] == 7
    (container,) = inspected(engine, service)
    engine.client.api.remove_container(container["Id"], force=True)
    wait_until(lambda: service.error is not None)
    assert "removed from outside" in str(service.error)


@pytest.mark.parametrize("how", ["stopped", "removed"])
def test_a_replica_that_others_took_away_is_reported_while_the_rest_serve(
    engine: Engine, deploy: Deploy, how: str
) -> None:
    service = deploy(ECHO, num_replicas=2)
    (first, _) = inspected(engine, service)

    if how == "stopped":
        engine.client.api.stop(first["Id"], timeout=5)
    else:
        engine.client.api.remove_container(first["Id"], force=True)

    wait_until(lambda: service.error is not None)
    assert f"was {how} from outside" in str(service.error)
    assert "1 of 2 replicas go on" in str(service.error)
    assert service.state == "Healthy"
    assert json.loads(service.run(7))["got"] == 7
    service.restart()
    service.wait_for_deployment(timeout_s=60)
    wait_until(lambda: service.details["replicas"] == "2 of 2 ready")
    assert service.error is None


def test_a_machine_that_was_restarted_is_seen_and_its_services_come_back(
    engine: Engine, deploy: Deploy, shared_home: Path
) -> None:
    """A reboot ends gateway and containers at once, and gives the boot another id."""
    service = deploy(ECHO)
    folder = ContainerFolder(shared_home / "workspaces/tests/containers/boxed")
    (container,) = inspected(engine, service)
    state = json.loads(folder.state_file.read_text())
    engine.client.api.kill(container["Id"], "SIGKILL")
    kill_all(folder.state_file)
    wait_until(lambda: not is_running(folder))
    folder.state_file.write_text(json.dumps({**state, "boot_id": "another"}))

    assert service.state == "Unhealthy"
    assert "machine was restarted" in str(service.error)
    uri = service.scoring_uri
    service.restart()
    service.wait_for_deployment(timeout_s=60)

    assert service.scoring_uri == uri
    assert json.loads(service.run(1))["got"] == 1


def test_a_gateway_that_dies_is_started_again(deploy: Deploy, shared_home: Path) -> None:
    service = deploy(ECHO, auth=False)
    folder = ContainerFolder(shared_home / "workspaces/tests/containers/boxed")
    supervisor = json.loads(folder.state_file.read_text())["pid"]

    def children() -> list[int]:
        text = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text()
        return [int(pid) for pid in text.split()]

    (gateway,) = children()
    os.kill(gateway, 9)
    # The supervisor holds the port, so that callers wait and are not refused.
    assert post_open(service) == 200
    assert children() != [gateway]

    os.kill(supervisor, 9)
    while json.loads(folder.state_file.read_text())["pid"] == supervisor:
        assert post_open(service) == 200
    service.restart()
    assert post_open(service) == 200


def test_stopped_is_stopped_until_it_is_restarted(engine: Engine, deploy: Deploy) -> None:
    service = deploy(ECHO, restart_policy="always", num_replicas=2)
    uri, since = service.scoring_uri, service.snapshot().since
    assert since is not None

    service.stop()

    assert inspected(engine, service) == []
    assert service.error is not None
    assert (service.state, service.error.message) == ("Stopped", "It was stopped.")
    stopped = service.snapshot().since
    assert stopped is not None
    assert stopped > since
    assert "init was called" in "\n".join(service.logs())
    key = service.regen_key("primary")

    service.restart()
    service.wait_for_deployment(timeout_s=60)
    assert (service.scoring_uri, service.get_keys().primary) == (uri, key)
    assert json.loads(service.run(7))["got"] == 7


def test_the_log_of_replaced_containers_is_kept(deploy: Deploy) -> None:
    deploy(ECHO.replace("init was called", "this is the first"))
    service = deploy(ECHO.replace("init was called", "this is the second"))

    def both() -> bool:
        text = "\n".join(service.logs())
        return text.find("this is the first") < text.find("this is the second") != -1

    wait_until(both)
    wait_until(lambda: len(service.details["containers"]) == 1)  # type: ignore[arg-type]
    assert "this is the first" in "\n".join(service.logs())


def test_https_with_the_given_certificate(deploy: Deploy, tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=boxed", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip

    service = deploy(ECHO, tls=(tmp_path / "cert.pem", tmp_path / "key.pem"))

    assert str(service.scoring_uri).startswith("https://")
    assert json.loads(service.run(3))["got"] == 3
    key = {"Authorization": f"Bearer {service.get_keys().primary}"}
    uri = str(service.scoring_uri).replace("/score", "/metrics")
    with urllib3.PoolManager(cert_reqs="CERT_NONE") as anybody, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is the certificate that is not looked at
        assert b"brygga_replicas_ready 1.0" in anybody.request("GET", uri, headers=key).data
    with pytest.raises(urllib3.exceptions.MaxRetryError, match="certificate"):
        urllib3.request("POST", str(service.scoring_uri), body=b"1", retries=0)


def test_gpus_are_refused_where_the_engine_has_none(deploy: Deploy, workspace: Workspace) -> None:
    with pytest.raises(InvalidInputError, match="1 GPU cannot be had: the engine at"):
        deploy(ECHO, gpus=1)

    assert workspace.services.list() == []


def test_delete_leaves_no_container_and_no_file(
    engine: Engine, deploy: Deploy, shared_home: Path
) -> None:
    service = deploy(ECHO, num_replicas=2)
    folder = ContainerFolder(shared_home / "workspaces/tests/containers/boxed")
    there = inspected(engine, service)
    assert len(there) == 2

    service.delete()

    label = f"dev.brygga.place={folder.place}"
    assert engine.client.api.containers(all=True, filters={"label": [label]}) == []
    assert not folder.path.exists()
    assert not folder.sockets.exists()


def post_open(service: Service) -> int:
    """The status of a call without a key, on a connection of its own."""
    return urllib3.request(
        "POST", str(service.scoring_uri), body=b"1", retries=False, timeout=30
    ).status
