"""How a service is called: what is sent, what is tried again, what an error says."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from support.house import House

from brygga.errors import ServiceCallError
from brygga.findings import Cause, Diagnosis
from brygga.services.client import ScoringClient
from brygga.services.payload import Payload, encode
from brygga.targets.base import WorkloadState, WorkloadStatus


class Script:
    """Answers in their order, and what was received."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.headers: dict[str, str] = {}
        self.closes = False
        self.received: list[tuple[dict[str, str], bytes]] = []


@pytest.fixture
def serve() -> Iterator[Callable[[Script], str]]:
    servers: list[tuple[ThreadingHTTPServer, Thread]] = []

    def start(script: Script) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                script.received.append((dict(self.headers), body))
                status, answer = script.answers.pop(0)
                self.send_response(status)
                for name, value in script.headers.items():
                    self.send_header(name, value)
                if "Transfer-Encoding" not in script.headers:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                self.close_connection = script.closes

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/score"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def call(uri: str, data: object = "{}", key: str | None = None) -> object:
    client = ScoringClient("svc", uri, key)
    try:
        return client.run(Payload(encode(data)), timeout_s=5)
    finally:
        client.close()


def test_the_key_and_the_content_type_are_sent(serve: Callable[[Script], str]) -> None:
    script = Script((200, b'"[7]"'))

    assert call(serve(script), {"data": [1]}, "the key") == "[7]"

    headers, body = script.received[0]
    assert headers["Authorization"] == "Bearer the key"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"data": [1]}


def test_a_failed_run_is_not_tried_again(serve: Callable[[Script], str]) -> None:
    script = Script((500, b'{"message": "boom"}'), (200, b"1"))

    with pytest.raises(ServiceCallError, match="answered 500: boom") as caught:
        call(serve(script))

    assert (caught.value.status, len(script.received)) == (500, 1)


RAISED = {
    "error": "ZeroDivisionError: division by zero",
    "file": "score.py",
    "line": 7,
    "traceback": 'Traceback (most recent call last):\n  File "score.py", line 7, in run\n',
}


@pytest.mark.parametrize("failed", ["True", "False"])
def test_the_owner_of_a_service_is_told_what_run_raised(
    serve: Callable[[Script], str], house: House, failed: str
) -> None:
    script = Script((500, b'{"message": "Check the logs for more info."}'))
    script.headers = {"x-ms-run-function-failed": failed, "X-Ms-Request-Id": "r1"}
    service = house.deploy(auth=False)
    url = serve(script).removesuffix("/score")
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.READY, 1, url=url)
    house.target.told["svc", "failure"] = [{"failure": None}, {"failure": RAISED}]

    with pytest.raises(ServiceCallError) as caught:
        service.run("{}")
    service.close()

    if failed == "False":  # the script chose the status itself: there is nothing to explain
        assert caught.value.failure is None
        return
    told = "run() raised ZeroDivisionError: division by zero (score.py:7)"
    assert caught.value.message == told
    assert str(caught.value).startswith(told)
    assert "line 7, in run" in caught.value.__notes__[0]
    assert "Check the logs" in caught.value.body


def test_where_run_was_when_its_time_was_up_is_known_a_moment_later(
    serve: Callable[[Script], str], house: House
) -> None:
    script = Script((504, b'{"message": "Scoring timeout after 600 ms"}'))
    script.headers = {"x-ms-run-function-failed": "True", "x-ms-request-id": "r1"}
    service = house.deploy(auth=False)
    url = serve(script).removesuffix("/score")
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.READY, 1, url=url)
    told: list[list[dict[str, object]]] = [[], [{"failure": None}], [{"failure": RAISED}]]
    asked = iter(told)
    house.target.answers = lambda *_: iter(next(asked))  # type: ignore[method-assign]
    with pytest.raises(ServiceCallError, match=r"score\.py:7") as caught:
        service.run("{}")
    service.close()
    assert caught.value.status == 504
    assert next(asked, None) is None


def test_where_nobody_knows_what_run_raised_the_answer_stands(
    serve: Callable[[Script], str], house: House
) -> None:
    script = Script((500, b'{"message": "boom"}'))
    script.headers = {"x-ms-run-function-failed": "True", "x-ms-request-id": "r1"}
    service = house.deploy(auth=False)
    url = serve(script).removesuffix("/score")
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.READY, 1, url=url)
    with pytest.raises(ServiceCallError, match="answered 500: boom"):
        service.run("{}")
    service.close()


def test_a_busy_service_is_tried_again(serve: Callable[[Script], str]) -> None:
    script = Script((503, b"{}"), (200, b"1"))

    assert call(serve(script)) == 1


def test_a_service_that_stays_busy_is_an_error(serve: Callable[[Script], str]) -> None:
    script = Script(*[(503, b'{"message": "full"}')] * 4)

    with pytest.raises(ServiceCallError, match="answered 503: full"):
        call(serve(script))


def test_a_service_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ServiceCallError, match="cannot be reached") as caught:
        call("http://127.0.0.1:9/score")

    told = "http://127.0.0.1:9/score cannot be reached: nothing listens there."
    assert (caught.value.status, caught.value.message) == (None, told)


@pytest.mark.parametrize(
    ("state", "told", "advice"),
    [
        (WorkloadState.STOPPED, "The service 'svc' is stopped.", "restart"),
        (WorkloadState.FAILED, "The service 'svc' has failed: no such file", "traceback"),
        (WorkloadState.READY, "cannot be reached: nothing listens there.", "error"),
    ],
)
def test_where_nobody_answers_the_state_says_why(
    house: House, state: WorkloadState, told: str, advice: str
) -> None:
    service = house.deploy(auth=False)
    why = Diagnosis(Cause.INIT_RAISED, "no such file")
    diagnosis = why if state is WorkloadState.FAILED else None
    house.target.statuses["svc"] = WorkloadStatus(
        state, 1, url="http://127.0.0.1:9", diagnosis=diagnosis
    )
    with pytest.raises(ServiceCallError) as caught:
        service.run("{}")
    service.close()
    assert told in caught.value.message
    assert advice in caught.value.hint


def test_an_answer_that_is_not_json_is_text(serve: Callable[[Script], str]) -> None:
    assert call(serve(Script((200, b"plain")))) == "plain"


def streamed(uri: str) -> list[object]:
    client = ScoringClient("svc", uri, None)
    try:
        return list(client.stream(Payload(b"{}"), timeout_s=5))
    finally:
        client.close()


@pytest.mark.parametrize(
    ("kind", "chunked", "body", "parts"),
    [
        ("application/x-ndjson", True, b'{"a": 1}\n2\n', [{"a": 1}, 2]),
        ("text/plain; charset=utf-8", True, "gr\u00fcn".encode(), ["gr\u00fcn"]),
        ("application/octet-stream", True, b"\xff\x00", [b"\xff\x00"]),
        ("application/json", False, b"[7]", [[7]]),
        ("text/html", False, b"plain", ["plain"]),
    ],
)
def test_an_answer_comes_in_parts_where_it_is_streamed(
    serve: Callable[[Script], str], kind: str, chunked: bool, body: bytes, parts: list[object]
) -> None:
    script = Script((200, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body))
    script.headers = {"Content-Type": kind}
    if chunked:
        script.headers["Transfer-Encoding"] = "chunked"
    assert streamed(serve(script)) == parts


def test_an_answer_that_breaks_off_is_an_error(serve: Callable[[Script], str]) -> None:
    script = Script((200, b'9\r\n{"a": 1}\n\r\n'))
    script.headers = {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}
    script.closes = True
    with pytest.raises(ServiceCallError, match="broke off"):
        streamed(serve(script))


def test_a_stream_that_is_refused_is_an_error(serve: Callable[[Script], str]) -> None:
    with pytest.raises(ServiceCallError, match="answered 500: boom"):
        streamed(serve(Script((500, b'{"message": "boom"}'))))
