"""What bodies may hold, and what is said of a worker that ran out of memory."""

import pytest

from brygga_server.front.limits import Limits, buffered_bytes
from brygga_server.front.worker_failure import of_exit
from brygga_server.settings import ServerSettings

MB = 1 << 20


@pytest.mark.parametrize(
    ("memory", "bodies", "body"),
    [(None, 512 * MB, 100 * MB), (400 * MB, 100 * MB, 100 * MB), (100 * MB, 25 * MB, 25 * MB)],
)
def test_bodies_have_a_share_of_the_services_memory(
    memory: int | None, bodies: int, body: int
) -> None:
    settings = ServerSettings(memory_bytes=memory)
    assert buffered_bytes(settings) == bodies
    assert Limits.of(settings).body_bytes == body


def test_what_was_set_holds_where_it_is_less() -> None:
    settings = ServerSettings(memory_bytes=400 * MB, max_buffered_bytes=MB, max_body_bytes=MB)
    assert buffered_bytes(settings) == MB


def test_a_worker_is_told_what_it_held_where_that_is_known() -> None:
    known = of_exit(-9, 380 * MB, 400 * MB, out_of_memory=True)
    assert "it held 380 MiB of 400 MiB" in known.message
    unknown = of_exit(-9, 0, 400 * MB, out_of_memory=True)
    assert "held" not in unknown.message
    assert "SIGKILL" in unknown.message
