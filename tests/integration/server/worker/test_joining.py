"""Requests that run as one, in a worker, and where their arrays lie."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
import pytest
from support.worker import Worker, arrays, joined

from brygga_server.front.results import array_of, arrays_of, texts_of, to_json
from brygga_server.worker import frames
from brygga_server.worker.frames import Place, Reply

from .conftest import StartWorker

BATCHED = """
import numpy as np
from brygga_scoring import batched
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

calls = []

def init():
    pass

@batched(max_rows=32, max_wait_ms=2)
@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
def run(data):
    calls.append(len(data))
    if (data < 0).any():
        raise ValueError("negative")
    if data[0, 0] == 99:
        return calls
    return RESULT
"""


def ask_together(worker: Worker, *rows: Any) -> list[Reply]:
    worker.send(joined(1, *rows))
    return worker.replies(1)


def test_joined_requests_run_once_and_get_their_own_rows(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "data.sum(axis=1)"))
    told = worker.ready()
    assert told["batch"] == {"parameter": "data", "max_rows": 32, "max_wait_ms": 2.0}
    rows = [np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])]
    (reply,) = ask_together(worker, *rows)
    assert reply.flags == frames.TOGETHER | frames.ARRAY
    assert list(map(to_json, arrays_of(reply, [1, 2]))) == [b"[3.0]", b"[7.0,11.0]"]
    assert bytes(worker.ask(arrays(3, np.array([[99.0, 0]])))[0].body) == b"[3, 1]"


def test_lists_come_back_as_a_text_for_each(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "data.sum(axis=1).tolist()"))
    worker.ready()
    (reply,) = ask_together(worker, np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]))
    assert reply.flags == frames.TOGETHER
    assert list(map(bytes, texts_of(reply, 2))) == [b"[3.0]", b"[7.0, 11.0]"]


def test_very_large_arrays_are_encoded_in_the_worker(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "np.repeat(data, 40_000, axis=1)"))
    worker.ready()
    (reply,) = ask_together(worker, np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))
    assert reply.flags == frames.TOGETHER
    assert [bytes(text[:6]) for text in texts_of(reply, 2)] == [b"[[1.0,", b"[[3.0,"]


def test_async_scripts_may_be_joined(start: StartWorker) -> None:
    script = BATCHED.replace("def run", "async def run").replace("RESULT", "data[:, 1]")
    worker = start(script)
    worker.ready()
    rows = [np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]
    (reply,) = ask_together(worker, *rows)
    assert list(map(to_json, arrays_of(reply, [1, 1]))) == [b"[2.0]", b"[4.0]"]
    assert bytes(worker.ask(arrays(3, np.array([[99.0, 0]])))[0].body) == b"[2, 1]"


def test_only_the_guilty_one_of_a_batch_sees_its_error(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "data.sum(axis=1)"))
    worker.ready()
    rows = [np.array([[1.0, 2.0]]), np.array([[-1.0, 2.0]]), np.array([[3.0, 4.0]])]
    worker.send(joined(1, *rows))
    replies = worker.replies(3)
    assert [reply.cause for reply in replies] == [frames.OK, frames.RUN_RAISED, frames.OK]
    assert [to_json(array_of(r)) if r.flags else bytes(r.body) for r in replies] == [
        b"[3.0]",
        b"",
        b"[7.0]",
    ]
    assert [reply.id for reply in replies] == [1, 2, 3]


@pytest.mark.parametrize("shared", [False, True])
def test_what_a_failed_run_has_changed_is_as_it_was_sent(
    start: StartWorker, *, shared: bool
) -> None:
    script = BATCHED.replace("    calls.append(len(data))", "    data += 1")
    worker = start(script.replace("RESULT", "data[:1, 0]"))
    worker.ready()
    rows = [np.full((2, 2), value) for value in (5.0, -9.0, 7.0)]
    data = b"".join(row.tobytes() for row in rows)
    worker.arena[: len(data)] = data
    worker.send(joined(1, *rows, place=Place(0, len(data)) if shared else None))
    replies = worker.replies(3)
    assert [reply.cause for reply in replies] == [frames.OK, frames.RUN_RAISED, frames.OK]
    assert [to_json(array_of(replies[n])) for n in (0, 2)] == [b"[6.0]", b"[8.0]"]


def test_requests_without_rows_run_one_by_one_as_well(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "data.max(axis=0)"))
    worker.ready()
    worker.send(joined(1, np.zeros((0, 2)), np.zeros((0, 2))))
    assert [reply.cause for reply in worker.replies(2)] == [frames.RUN_RAISED] * 2


def test_a_result_without_rows_ends_joining(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "{'rows': len(data)}"))
    worker.ready()
    rows = [np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]
    worker.send(joined(1, *rows))
    replies = worker.replies(2)
    assert [bytes(reply.body) for reply in replies] == [b'{"rows": 1}', b'{"rows": 1}']
    assert "no longer joined" in worker.log()


def test_settings_turn_batching_on(start: StartWorker) -> None:
    script = BATCHED.replace("RESULT", "data").replace("@batched(max_rows=32, max_wait_ms=2)", "")
    told = start(script, batch={"max_rows": 8, "max_wait_ms": 1}).ready()
    assert told["batch"] == {"parameter": "data", "max_rows": 8, "max_wait_ms": 1.0}


def test_batching_excludes_headers(start: StartWorker) -> None:
    script = BATCHED.replace("run(data)", "run(data, request_headers)")
    kind, told = start(script.replace("RESULT", "data")).greeting()
    assert kind == frames.FAILED
    assert "which each request has of its own" in told["message"]


def test_batching_needs_an_array(start: StartWorker) -> None:
    worker = start(
        """
        from brygga_scoring import batched

        def init(): pass

        @batched()
        def run(data): pass
        """
    )
    kind, told = worker.greeting()
    assert kind == frames.FAILED
    assert told["cause"] == "script_contract"
    assert "it has 0" in told["message"]


def test_rows_that_do_not_add_up_are_garbage(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "{}"))
    worker.ready()
    row = np.array([[1.0, 2.0]])
    frame = joined(1, row, row).replace(b"rid-1\0rid-2", b"rid-1+rid-2")
    worker.send(frame)
    assert worker.process.wait(10) == 4
    assert "do not add up" in worker.log()


SHARED = """
import os
import numpy as np
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

kept = []

def init():
    pass

@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
def run(data):
    data += 1  # it is the script's
    what = int(data[0, 0])
    if what == 10:
        kept.append(data[:1])
    if what == 20:
        kept.clear()
    if what == 30 and os.fork() == 0:
        os._exit(0)
    if what == 40:
        return data
    if what == 50:
        child = os.fork()
        if not child:
            data[:] = -1
            os._exit(0)
        os.waitpid(child, 0)
    return [float(data.sum()), float(sum(k.sum() for k in kept))]
"""


@pytest.fixture
def sharing(start: StartWorker) -> Worker:
    worker = start(SHARED)
    worker.ready()
    return worker


def shared(worker: Worker, id_: int, offset: int, first: float) -> Reply:
    """The reply to a request whose array lies in the arena."""
    data = np.array([[first, 0.0], [0.0, 0.0]])
    worker.arena[offset : offset + data.nbytes] = data.tobytes()
    place = Place(offset, data.nbytes).pack()
    return worker.ask(arrays(id_, data)._replace(body=place, flags=frames.SHARED))[0]


def test_a_place_is_given_back_with_the_answer(sharing: Worker) -> None:
    assert bytes(shared(sharing, 1, 128, 0).body) == b"[4.0, 0.0]"
    assert sharing.released == [128]


def test_what_a_script_keeps_stays_as_it_was(sharing: Worker) -> None:
    assert bytes(shared(sharing, 1, 0, 9).body) == b"[13.0, 11.0]"
    assert sharing.released == []
    for id_ in range(2, 5):
        assert bytes(shared(sharing, id_, 64, 5).body) == b"[9.0, 11.0]"
    assert sharing.released == [64, 64, 64]
    shared(sharing, 5, 64, 19)  # the script lets go of it
    assert sorted(sharing.released) == [0, 64, 64, 64, 64]


def test_what_a_forked_child_may_read_is_not_used_again(sharing: Worker) -> None:
    shared(sharing, 1, 0, 29)
    shared(sharing, 2, mmap.PAGESIZE, 1)
    assert sharing.released == [mmap.PAGESIZE]


def test_what_a_forked_child_changes_is_its_own(sharing: Worker) -> None:
    assert bytes(shared(sharing, 1, 0, 49).body) == b"[53.0, 0.0]"
    assert bytes(shared(sharing, 2, mmap.PAGESIZE, 1).body) == b"[5.0, 0.0]"
    assert sharing.released == [mmap.PAGESIZE]


def test_an_input_may_be_the_result(sharing: Worker) -> None:
    assert to_json(array_of(shared(sharing, 1, 0, 39))) == b"[[40.0,1.0],[1.0,1.0]]"
    shared(sharing, 2, 64, 0)
    assert sorted(sharing.released) == [0, 64]


def test_a_place_outside_is_garbage(sharing: Worker) -> None:
    with pytest.raises(EOFError, match="beyond the end of the arena"):
        sharing.ask(
            arrays(1, np.zeros((1, 2)))._replace(
                body=Place(1 << 20, 16).pack(), flags=frames.SHARED
            )
        )


def test_joined_arrays_may_lie_in_the_arena(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "data.sum(axis=1)"))
    worker.ready()
    rows = [np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])]
    data = b"".join(row.tobytes() for row in rows)
    worker.arena[4096 : 4096 + len(data)] = data
    worker.send(joined(1, *rows, place=Place(4096, len(data))))
    (reply,) = worker.replies(1)
    assert list(map(to_json, arrays_of(reply, [1, 2]))) == [b"[3.0]", b"[7.0,11.0]"]
    assert worker.released == [4096]


def test_those_that_run_one_by_one_read_the_arena_to_the_last(start: StartWorker) -> None:
    worker = start(BATCHED.replace("RESULT", "data.sum(axis=1).tolist()"))
    worker.ready()
    rows = [np.array([[-1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([[5.0, 6.0]])]
    data = b"".join(row.tobytes() for row in rows)
    worker.arena[: len(data)] = data
    worker.send(joined(1, *rows, place=Place(0, len(data))))
    assert [bytes(reply.body) for reply in worker.replies(3)][1:] == [b"[7.0]", b"[11.0]"]
    worker.ask(arrays(9, rows[1]))
    assert worker.released == [0]
