"""Requests that run together: who may join, and what becomes of the others when one fails."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from support.front import Answer, Server, poll

DECLARATION = "@batched(max_rows=6)"
SCRIPT = """
import ctypes, os, signal, time
import numpy as np
from brygga_scoring import batched
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

DECLARATION
@input_schema("data", NumpyParameterType(np.zeros((1, 2))))
@input_schema("note", StandardPythonParameterType("text"), optional=True)
def run(data, note=""):
    asked = data[:, 0]
    if (asked == -1).any():
        raise ValueError("one of them is negative")
    if (asked == -2).any():
        os.kill(os.getpid(), signal.SIGKILL)
    if (asked == -3).any():
        time.sleep(300)
    if (asked == -4).any():
        ctypes.CDLL(None).sleep(300)
    if (asked == 100).any():
        open("busy", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.005)
    return [[value, len(data)] for value in asked]
"""


def server(tmp_path: Path, declaration: str = DECLARATION, **settings: object) -> Server:
    script = SCRIPT.replace("DECLARATION", declaration)
    return Server(tmp_path / "service", script, {"workers": 1, **settings})


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running.wait_ready()


JSON = {"Content-Type": "application/json"}


def together(service: Server, bodies: Sequence[object]) -> list[Answer]:
    """Answers to requests that all wait when the worker gets free."""
    answers: dict[int, Answer] = {}

    def call(number: int, body: object) -> None:
        answers[number] = service.call(body, headers=JSON)

    for name in ("busy", "go"):
        (service.folder / name).unlink(missing_ok=True)
    threads = [threading.Thread(target=call, args=(-1, {"data": [[100, 0]]}))]
    threads[0].start()
    poll((service.folder / "busy").exists, "the worker is busy")
    for number, body in enumerate(bodies):
        threads.append(threading.Thread(target=call, args=(number, body)))
        threads[-1].start()
        poll(lambda n=number: _waiting(service) == n + 1, f"request {number} waits")  # type: ignore[misc]
    (service.folder / "go").touch()
    for thread in threads:
        thread.join()
    assert answers[-1].json == [[100.0, 1]]
    return [answers[number] for number in range(len(bodies))]


def _waiting(service: Server) -> int:
    return int(float(_metric(service, "brygga_queue_length")))


def _metric(service: Server, name: str) -> str:
    page = service.call(path="/metrics").body.decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    assert found, page
    return found[1]


def rows(*values: float) -> dict[str, object]:
    return {"data": [[value, 0] for value in values]}


def test_requests_that_wait_run_together(service: Server) -> None:
    answers = together(service, [rows(1), rows(2, 3), rows(4)])
    assert [a.json for a in answers] == [[[1.0, 4]], [[2.0, 4], [3.0, 4]], [[4.0, 4]]]
    assert _metric(service, 'brygga_batch_requests_bucket{le="2"}') == "1.0"
    assert _metric(service, "brygga_batch_requests_sum") == "4.0"


def test_a_batch_has_no_more_rows_than_it_may(service: Server) -> None:
    answers = together(service, [rows(1, 1, 1), rows(2, 2), rows(*[3] * 7), rows(4), rows(5)])
    sizes = [a.json[0][1] for a in answers]  # type: ignore[index]
    assert sizes == [6, 6, 7, 6, 1]  # the fourth had room beside the first two


def test_only_what_is_alike_is_joined(service: Server) -> None:
    answers = together(
        service, [rows(1), {**rows(2), "note": "a"}, rows(3), {**rows(4), "note": "a"}]
    )
    assert [a.json for a in answers] == [[[1.0, 2]], [[2.0, 2]], [[3.0, 2]], [[4.0, 2]]]


def test_what_is_wrong_runs_by_itself(service: Server) -> None:
    ragged, null = {"data": [[1, 2], [3]]}, {"data": [[1, None]]}
    answers = together(service, [rows(1), ragged, rows(2), null, rows(3)])
    assert [a.status for a in answers] == [200, 400, 200, 200, 200]
    assert answers[0].json == [[1.0, 3]]
    assert "received rows of different lengths" in answers[1].message


def test_an_exception_is_seen_by_the_guilty_only(service: Server) -> None:
    answers = together(service, [rows(1), rows(-1), rows(2)])
    assert [a.status for a in answers] == [200, 500, 200]
    assert [answers[0].json, answers[2].json] == [[[1.0, 1]], [[2.0, 1]]]


@pytest.mark.parametrize("guilty", [0, 1, 2])
def test_a_death_is_seen_by_the_guilty_only(service: Server, guilty: int) -> None:
    bodies = [rows(1), rows(2), rows(3)]
    bodies[guilty] = rows(-2)
    statuses = [200, 200, 200]
    statuses[guilty] = 502
    assert [a.status for a in together(service, bodies)] == statuses


@pytest.mark.parametrize("guilty", [0, 1])
def test_a_hanging_run_is_seen_by_the_guilty_only(tmp_path: Path, guilty: int) -> None:
    with server(tmp_path, scoring_timeout_ms=2000) as service:
        service.wait_ready()
        bodies = [rows(1), rows(2)]
        bodies[guilty] = rows(-3)
        statuses = [200, 200]
        statuses[guilty] = 504
        assert [a.status for a in together(service, bodies)] == statuses


def test_a_storm_of_hanging_runs_passes(tmp_path: Path) -> None:
    """Those who waited behind it are answered, and nothing of it is left in the counts."""
    with server(tmp_path, scoring_timeout_ms=500) as service:
        service.wait_ready()
        bodies = [rows(-4), *[rows(-4)] * 2, *[rows(n) for n in range(1, 6)]]
        answers = together(service, bodies)
        assert [a.status for a in answers[:3]] == [504] * 3
        assert [a.json[0][0] for a in answers[3:]] == [1.0, 2.0, 3.0, 4.0, 5.0]  # type: ignore[index]
        assert _waiting(service) == 0
        assert [a.status for a in together(service, [rows(n) for n in range(8)])] == [200] * 8
        assert _waiting(service) == 0


def test_settings_turn_batching_on(tmp_path: Path) -> None:
    with server(tmp_path, declaration="", batch_max_rows=2) as service:
        service.wait_ready()
        answers = together(service, [rows(1), rows(2), rows(3)])
        assert [a.json for a in answers] == [[[1.0, 2]], [[2.0, 2]], [[3.0, 1]]]


def test_without_a_word_nothing_is_joined(tmp_path: Path) -> None:
    with server(tmp_path, declaration="") as service:
        service.wait_ready()
        answers = together(service, [rows(1), rows(2)])
        assert [a.json for a in answers] == [[[1.0, 1]], [[2.0, 1]]]


def test_a_request_may_wait_for_company(tmp_path: Path) -> None:
    with server(tmp_path, batch_max_rows=3, batch_max_wait_ms=10000) as service:
        service.wait_ready()
        answers: list[object] = []

        def call(number: int) -> None:
            answers.append(service.call(rows(number), headers=JSON).json)

        threads = [threading.Thread(target=call, args=(n,)) for n in (1, 2, 3)]
        for number, thread in enumerate(threads):
            thread.start()
            if number < 2:
                poll(lambda n=number: _waiting(service) == n + 1, "it waits for company")  # type: ignore[misc]
        for thread in threads:
            thread.join()
        assert sorted(map(str, answers)) == ["[[1.0, 3]]", "[[2.0, 3]]", "[[3.0, 3]]"]


def test_nobody_waits_for_company_for_ever(tmp_path: Path) -> None:
    with server(tmp_path, batch_max_wait_ms=20) as service:
        service.wait_ready()
        assert service.call(rows(1), headers=JSON).json == [[1.0, 1]]


def test_arrays_that_are_no_json(service: Server) -> None:
    file = io.BytesIO()
    np.save(file, np.array([[5, 0], [6, 0]], dtype="<f4"))
    answer = service.call(file.getvalue(), headers={"Content-Type": "application/x-npy"})
    assert answer.json == [[5.0, 2], [6.0, 2]]
    raw = np.array([[7.0, 0]]).tobytes()
    answer = service.call(raw, headers={"Content-Type": "application/octet-stream"})
    assert answer.json == [[7.0, 1]]
    file = io.BytesIO()
    np.save(file, np.asfortranarray([[5.0, 1], [6, 2]]))
    answer = service.call(file.getvalue(), headers={"Content-Type": "application/x-npy"})
    assert answer.json == [[5.0, 2], [6.0, 2]]
    answer = service.call(b"nonsense", headers={"Content-Type": "application/x-npy"})
    assert (answer.status, "not in .npy format" in answer.message) == (400, True)


def test_v1_answers_as_ever(tmp_path: Path) -> None:
    with server(tmp_path, profile="v1", host="127.0.0.1") as service:
        service.wait_ready()
        answers = together(service, [rows(1), {"data": [[1, 2], [3]]}, rows(2)])
        assert [a.status for a in answers] == [200, 500, 200]
        assert json.loads(answers[0].body) == [[1.0, 2]]
