"""The process target's files, ports and logs, without a process."""

import fcntl
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from brygga.errors import InvalidInputError, StoreError
from brygga.spec import ServiceSpec
from brygga.store.files import write_json
from brygga.targets.base import Target, WorkloadState
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.local import control, listening
from brygga.targets.local.folder import ServiceFolder, make_runtime_folder, read_json
from brygga.targets.local.limits import check_limits, machine_cores
from brygga.targets.local.logs import follow_log, read_log
from brygga.targets.process.folder import ProcessFolder
from brygga.targets.process.status import read_status, since


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessFolder:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return ProcessFolder(tmp_path / "services" / "svc")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def test_a_target_without_its_methods_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Target()  # type: ignore[abstract]


def test_files_are_their_owners_alone(folder: ProcessFolder) -> None:
    write_json(folder.keys_file, {"version": 1})

    assert stat.S_IMODE(folder.keys_file.stat().st_mode) == 0o600
    assert read_json(folder.keys_file) == {"version": 1}
    assert [p.name for p in folder.keys_file.parent.iterdir()] == ["keys.json"]


def test_a_damaged_file_is_named(folder: ProcessFolder) -> None:
    folder.service_file.parent.mkdir(parents=True)
    folder.service_file.write_text("{")

    with pytest.raises(StoreError, match=r"service\.json"):
        read_json(folder.service_file)


def test_sockets_have_short_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    deep = ProcessFolder(tmp_path / ("x" * 100) / ("y" * 100))

    assert len(deep.control_socket.name) < 30


def test_somebody_elses_socket_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "brygga").mkdir(mode=0o777)
    (tmp_path / "brygga").chmod(0o777)

    with pytest.raises(StoreError, match="not this user's alone"):
        _ = ProcessFolder(tmp_path / "svc").control_socket


def test_looking_for_a_socket_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    socket = ProcessFolder(tmp_path / "svc").control_socket

    assert not socket.parent.exists()
    make_runtime_folder()
    assert socket.parent.is_dir()


@pytest.mark.parametrize("kind", [ProcessFolder, ContainerFolder])
def test_a_service_is_found_from_an_environment_with_other_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[ServiceFolder]
) -> None:
    """One that was deployed in a session is looked at by a timer, which has none."""
    folder, sessions = kind(tmp_path / "svc"), tmp_path / "session"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "session"))
    sessions.mkdir()
    make_runtime_folder()
    used = folder.control_socket
    started = {"control_socket": str(used)}
    write_json(folder.path / "run" / "serve.json", {"settings": started})
    write_json(folder.path / "run" / "gateway.json", started)

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert folder.control_socket == used

    used.parent.rmdir()  # as a reboot does
    assert folder.control_socket != used


def test_a_port_in_use_is_named(taken: int) -> None:
    with pytest.raises(InvalidInputError, match=f"Port {taken} on 127.0.0.1 is in use"):
        listening.listen("127.0.0.1", taken)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host.invalid"])
def test_a_foreign_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidInputError, match=host):
        listening.listen(host, 0)


def test_chosen_ports_are_steady_and_differ() -> None:
    with listening.choose("127.0.0.1", "a") as first:
        port = first.getsockname()[1]
        with listening.choose("127.0.0.1", "a") as second:
            assert second.getsockname()[1] != port
    with listening.choose("127.0.0.1", "a") as again:
        assert again.getsockname()[1] == port
    assert 20_000 <= port < 30_000


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        (ServiceSpec("svc", cpu_cores=0), "0 CPU cores"),
        (ServiceSpec("svc", cpu_cores=float("nan")), "nan CPU cores"),
        (ServiceSpec("svc", cpu_cores=machine_cores() + 0.5), "this machine has"),
        (ServiceSpec("svc", memory_gb=-1), "-1 GB of memory"),
        (ServiceSpec("svc", memory_gb=1e9), "memory_gb="),
        (ServiceSpec("svc", port=70_000), "70000"),
    ],
)
def test_limits_are_refused_by_name(spec: ServiceSpec, named: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_limits(spec)

    assert named in str(caught.value)


def test_a_held_lock_is_a_running_service(folder: ProcessFolder) -> None:
    assert not control.is_running(folder)
    folder.lock_file.parent.mkdir(parents=True)
    with folder.lock_file.open("w") as file:
        assert not control.is_running(folder)
        fcntl.flock(file, fcntl.LOCK_EX)
        assert control.is_running(folder)
    assert not control.is_running(folder)


def test_nothing_is_absent_and_a_reboot_is_seen(folder: ProcessFolder) -> None:
    assert read_status(folder).state is WorkloadState.ABSENT

    write_json(folder.service_file, {"host": "0.0.0.0", "port": 20_001, "revision": 2})
    interrupted = read_status(folder)
    write_json(folder.state_file, {"boot_id": "another", "pid": 1})
    write_json(folder.status_file, {"state": "ready", "revision": 2})
    rebooted = read_status(folder)
    write_json(folder.state_file, {"boot_id": control.boot_id(), "pid": 1})
    killed = read_status(folder)

    assert interrupted.diagnosis is not None
    assert interrupted.diagnosis.cause == "interrupted"
    assert rebooted.diagnosis is not None
    assert rebooted.diagnosis.cause == "stopped"
    assert (rebooted.state, rebooted.url) == (WorkloadState.ENDED, "http://127.0.0.1:20001")
    assert killed.diagnosis is not None
    assert killed.diagnosis.cause == "server_died"


def test_a_front_that_hands_over_serves_all_along(folder: ProcessFolder) -> None:
    """It says that it stops before the next one says that it has taken over."""
    write_json(folder.service_file, {"host": "127.0.0.1", "port": 20_001, "revision": 2})
    write_json(folder.status_file, {"state": "stopping", "revision": 1})
    with folder.lock_file.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        status = read_status(folder)
    assert (status.state, status.revision) == (WorkloadState.READY, 1)


def test_a_failure_keeps_its_diagnosis_and_the_end_of_the_log(folder: ProcessFolder) -> None:
    write_json(folder.service_file, {"host": "127.0.0.1", "port": 20_001, "revision": 1})
    failed = {"cause": "init_raised", "message": "KeyError: 'w'", "file": "score.py", "line": 4}
    write_json(folder.status_file, {"state": "failed", "revision": 1, "diagnosis": failed})
    folder.log_file.parent.mkdir()
    folder.log_file.write_text("".join(f"line {n}\n" for n in range(100)))

    status = read_status(folder)

    assert status.state is WorkloadState.FAILED
    assert status.diagnosis is not None
    assert status.diagnosis.sentence == "KeyError: 'w' (score.py:4)"
    assert status.diagnosis.log[-1] == "line 99"
    assert len(status.diagnosis.log) == 20


def test_a_log_is_read_over_its_rotated_parts(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    (tmp_path / "service.log.2").write_text("1\n2\n")
    (tmp_path / "service.log.1").write_text("3\n4\n")
    log.write_text("5\n6\n")

    assert read_log(log, None) == ["1", "2", "3", "4", "5", "6"]
    assert read_log(log, 3) == ["4", "5", "6"]
    assert read_log(log, 0) == []
    (tmp_path / "odd.log").write_bytes(b"a\x0bb\x0cc\xc2\x85d\xe2\x80\xa8e\rf\r\ng")
    assert read_log(tmp_path / "odd.log", None) == ["a\x0bb\x0cc\x85d\u2028e\rf", "g"]
    assert read_log(tmp_path / "none.log", 5) == []


def test_following_loses_nothing_over_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text("1\n2\n3\n")
    over = False
    lines = follow_log(log, 2, lambda: over)

    seen = [next(lines), next(lines)]
    with log.open("a") as file:
        file.write("4\n5")
    seen.append(next(lines))
    with log.open("a") as file:
        file.write("+\n")
    log.rename(tmp_path / "service.log.1")
    log.write_text("6\n")
    seen += [next(lines), next(lines)]
    over = True

    assert [*seen, *lines] == ["2", "3", "4", "5+", "6"]


def test_a_failed_update_is_shown_with_the_lines_since_it_began() -> None:
    old = "Found user script at /h/services/svc/revisions/1/app/score.py"
    new = "Found user script at /h/services/svc/revisions/12/app/score.py"
    assert since([old, "a request", new, "it failed"], 12) == [new, "it failed"]
    assert since([old, "a request"], 2) == [old, "a request"]
