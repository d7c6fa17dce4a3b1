import pytest
from hypothesis import given
from hypothesis import strategies as st

from brygga_server.worker import frames
from brygga_server.worker.frames import FrameError, Place, Reply, Request

u64 = st.integers(0, 2**64 - 1)
flags = st.integers(0, 255)
requests = st.builds(
    Request, u64, st.integers(0, 3), st.text(max_size=30), st.binary(), st.binary(), flags
)
replies = st.builds(
    Reply, u64, st.integers(0, 5), st.integers(0, 65535), u64, u64, st.binary(), st.binary(), flags
)


def payload(frame: bytes) -> memoryview:
    kind, length = frames.decode_header(frame)
    assert kind in (frames.REQUESTS, frames.REPLIES)
    assert length == len(frame) - frames.HEADER_SIZE
    return memoryview(frame)[frames.HEADER_SIZE :]


@given(st.lists(requests, max_size=5))
def test_requests_come_back_as_they_were(sent: list[Request]) -> None:
    got = list(frames.decode_requests(payload(frames.encode_requests(sent))))
    assert [r._replace(body=bytes(r.body)) for r in got] == sent


@given(st.lists(replies, max_size=5))
def test_replies_come_back_as_they_were(sent: list[Reply]) -> None:
    got = list(frames.decode_replies(payload(frames.encode_replies(sent))))
    assert [r._replace(body=bytes(r.body)) for r in got] == sent


@given(st.lists(requests, min_size=1, max_size=3), st.data())
def test_a_truncated_request_frame_is_a_frame_error(
    sent: list[Request], data: st.DataObject
) -> None:
    whole = payload(frames.encode_requests(sent))
    starts = {0, len(whole)}
    at = 0
    for request in sent:
        at += len(payload(frames.encode_requests([request])))
        starts.add(at)
    cut = data.draw(st.integers(0, len(whole)).filter(lambda at: at not in starts))
    with pytest.raises(FrameError):
        list(frames.decode_requests(whole[:cut]))


@given(st.binary(max_size=200))
def test_random_bytes_raise_frame_errors_only(data: bytes) -> None:
    for decode in (
        lambda: frames.decode_joined(memoryview(data)),
        lambda: frames.decode_place(data),
        lambda: frames.decode_number(data),
        lambda: frames.decode_header(data),
        lambda: list(frames.decode_requests(memoryview(data))),
        lambda: list(frames.decode_replies(memoryview(data))),
        lambda: frames.decode_chunk(memoryview(data)),
    ):
        try:
            decode()
        except FrameError:
            continue


@given(u64, st.binary())
def test_chunks_come_back_as_they_were(id_: int, data: bytes) -> None:
    for frame in (frames.encode_chunk(id_, data), frames.encode_end(id_, data)):
        got, part = frames.decode_chunk(memoryview(frame)[frames.HEADER_SIZE :])
        assert (got, bytes(part)) == (id_, data)


def test_another_version_is_refused() -> None:
    frame = bytearray(frames.encode_frame(frames.STOP))
    frame[2] += 1
    with pytest.raises(FrameError, match="not a frame"):
        frames.decode_header(frame)


@given(id_=st.integers(0, 2**64 - 1))
def test_a_cancel_comes_back(id_: int) -> None:
    frame = memoryview(frames.encode_cancel(id_))
    kind, length = frames.decode_header(frame[: frames.HEADER_SIZE])
    assert (kind, length) == (frames.CANCEL, 8)
    assert frames.decode_number(frame[frames.HEADER_SIZE :]) == id_


@given(payload=st.binary().filter(lambda data: len(data) != 8))
def test_a_cancel_of_another_size_is_garbage(payload: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.decode_number(payload)


members = st.lists(st.tuples(u64, st.integers(0, 2**32 - 1), st.binary(max_size=40)), min_size=1)


@given(
    members,
    st.text(),
    st.binary(),
    st.one_of(st.none(), st.builds(Place, u64, st.integers(0, 2**32 - 1))),
)
def test_joined_requests_come_back_as_they_were(
    sent: list[tuple[int, int, bytes]], name: str, meta: bytes, place: Place | None
) -> None:
    ids, rows = [member[0] for member in sent], [member[1] for member in sent]
    arrays: list[frames.Buffer] = [member[2] for member in sent]
    if place is not None and place.offset == 2**64 - 1:
        place = None  # no arena is so large
    parts = frames.joined_parts(ids, rows, name, meta, place or arrays)
    frame = memoryview(b"".join(parts))
    assert frames.decode_header(frame) == (frames.JOINED, len(frame) - frames.HEADER_SIZE)
    got = frames.decode_joined(frame[frames.HEADER_SIZE :])
    assert (list(got.ids), list(got.rows), got.meta) == (ids, rows, meta)
    assert got.names == name.encode("utf-8", "replace")
    assert (got.body if place else bytes(got.body)) == (place or b"".join(arrays))


def test_an_array_in_a_joined_frame_is_aligned() -> None:
    for name in ("", "a", "some id"):
        frame = b"".join(frames.joined_parts([1], [1], name, b"{}", [bytes(16)]))
        assert (len(frame) - frames.HEADER_SIZE - 16) % 16 == 0


@given(u64)
def test_numbers_come_back(number: int) -> None:
    for frame in (frames.encode_release(number), frames.encode_skipped(number)):
        assert frames.decode_number(frame[frames.HEADER_SIZE :]) == number
