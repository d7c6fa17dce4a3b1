"""What each dialect makes of outcomes, before any transport has seen it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

import pytest
from support.exchanges import KeptExchange, told

from brygga_server.front.answer import Answer
from brygga_server.front.dialects import ids
from brygga_server.front.dialects.base import Dialect, Page
from brygga_server.front.dialects.native import NativeDialect
from brygga_server.front.dialects.statuses import STATUSES
from brygga_server.front.dialects.v1 import V1Dialect
from brygga_server.front.identifiers import Identifiers
from brygga_server.front.outcomes import MESSAGES, Outcome
from brygga_server.front.results import Said
from brygga_server.settings import read

NATIVE, OLD = told(NativeDialect()), told(V1Dialect())
BOTH = pytest.mark.parametrize("dialect", [NATIVE, OLD], ids=["native", "v1"])


def asked(dialect: Dialect, said: Mapping[bytes, bytes] | None = None) -> KeptExchange:
    exchange = KeptExchange(dialect=dialect)
    assert dialect.begin(exchange, said or {}) is None
    return exchange


def fields(answer: Answer) -> dict[str, str]:
    every = [*answer.head.fields, *answer.fields]
    assert len({name.lower() for name, _ in every}) == len(every)  # none is said twice
    return dict(every)


def test_a_dialect_is_more_than_its_base() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Dialect()  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("request_id", "ms", "client", "expected"),
    [
        (None, "", "", ("A", "A", None)),
        ("R", "", "", ("R", "R", None)),
        (None, "B", "", ("A", "B", "B")),
        (None, "", "C", ("A", "C", "C")),
        (None, "B", "C", ("A", "B", "C")),
        ("R", "B", "C", ("R", "B", "C")),
        ("", "", "", (None, None, None)),
    ],
)
@BOTH
def test_the_matrix_of_ids(
    dialect: Dialect,
    request_id: str | None,
    ms: str,
    client: str,
    expected: tuple[str | None, str | None, str | None],
) -> None:
    sent = {b"x-ms-request-id": ms, b"x-ms-client-request-id": client, b"x-request-id": request_id}
    said = {name: value.encode() for name, value in sent.items() if value is not None}
    exchange = asked(dialect, said)
    found = fields(dialect.answer(exchange, 0, b"1"))
    made = exchange.request_id if expected[0] == "A" else "A"
    names = ("x-request-id", "x-ms-request-id", "x-ms-client-request-id")
    assert [found.get(name) for name in names] == [made if w == "A" else w for w in expected]
    assert expected[0] != "A" or uuid.UUID(made).version == 4


def test_ids_may_have_a_hundred_characters() -> None:
    def settle(**said: str) -> str:
        sent = {name.replace("_", "-").encode(): value.encode() for name, value in said.items()}
        return ids.settle(KeptExchange(), sent, Identifiers())[1]

    assert settle(x_request_id="x" * 100) == ""
    assert settle(x_request_id="x" * 101) == "x-request-id must not exceed 100 characters"
    assert "x-ms-client-request-id" in settle(x_ms_client_request_id="x" * 101)


def test_every_outcome_has_its_status_and_its_words() -> None:
    assert set(STATUSES) == set(Outcome)
    silent = {Outcome.OK, Outcome.PASSED, Outcome.CLIENT_GONE}
    assert set(MESSAGES) == set(Outcome) - silent


@BOTH
def test_an_error_is_told_with_its_details(dialect: Dialect) -> None:
    answer = dialect.error(asked(dialect), Outcome.OVERLOAD, details={"cause": "x"})
    assert answer.head.status == 503
    assert json.loads(bytes(answer.body)) == {"message": MESSAGES[Outcome.OVERLOAD], "cause": "x"}
    assert fields(answer)["Retry-After"] == "1"
    assert fields(answer)["x-ms-run-function-failed"] == "False"


def test_statuses_of_v1_are_its_own() -> None:
    for dialect, status in ((NATIVE, 504), (OLD, 500)):
        answer = dialect.error(asked(dialect), Outcome.TIMEOUT, "Scoring timeout after 1 ms")
        assert answer.head.status == status
        assert json.loads(bytes(answer.body)) == {"message": "Scoring timeout after 1 ms"}


def test_v1_does_not_say_why_a_result_cannot_be_sent() -> None:
    told_by = [d.error(asked(d), Outcome.NOT_ENCODABLE, "why").body for d in (NATIVE, OLD)]
    assert json.loads(bytes(told_by[0]))["message"] == "why"
    assert json.loads(bytes(told_by[1]))["message"] == MESSAGES[Outcome.NOT_ENCODABLE]


@BOTH
def test_whoever_has_no_route_is_told_no_ids(dialect: Dialect) -> None:
    answer = dialect.error(KeptExchange(dialect=dialect), Outcome.NOT_FOUND)
    assert set(fields(answer)) == {"Content-Type", "x-ms-run-function-failed"}


@BOTH
def test_what_the_server_says_of_a_request_wins(dialect: Dialect) -> None:
    exchange = asked(dialect, {b"x-request-id": b"R"})
    headers = [("X-Request-Id", "mine"), ("Content-Length", "7"), ("X-Other", "a"), ("Date", "b")]
    said = Said(Outcome.PASSED, 202, None, headers)
    answer = dialect.answer(exchange, 0, b"body", None, said)
    assert (answer.outcome, answer.head.status, answer.body) == (Outcome.PASSED, 202, b"body")
    found = fields(answer)
    assert (found["x-request-id"], found["X-Other"]) == ("R", "a")
    assert not {"Content-Length", "Date"} & set(found)


@pytest.mark.parametrize(
    ("status", "failed", "native", "v1"),
    [(200, None, "False", None), (200, "True", "True", "True"), (500, "False", "True", "False")],
)
def test_whether_run_failed(status: int, failed: str | None, native: str, v1: str | None) -> None:
    headers = [] if failed is None else [("x-ms-run-function-failed", failed)]
    said = Said(Outcome.PASSED, status, None, headers)
    for dialect, expected in ((NATIVE, native), (OLD, v1)):
        found = fields(dialect.answer(asked(dialect), 0, b"", None, said))
        assert found.get("x-ms-run-function-failed") == expected


@BOTH
def test_an_array_is_told_as_json(dialect: Dialect) -> None:
    array = memoryview(bytes(range(4))).cast("B", (2, 2))
    answer = dialect.answer(asked(dialect), 1_500_000, b"", array)
    assert json.loads(bytes(answer.body)) == [[0, 1], [2, 3]]
    assert fields(answer)["x-ms-run-fn-exec-ms"] == "1.500"


def test_origins_are_told_what_they_may_read_and_a_script_may_say_it_itself() -> None:
    settings = read({"cors_origins": "http://a.com"}, {})
    for dialect, unknown in (
        (told(NativeDialect(), settings), True),
        (told(V1Dialect(), settings), False),
    ):
        exchange = asked(dialect)
        name = "Access-Control-Allow-Origin"
        assert fields(dialect.answer(exchange, 0, b""))[name] == "http://a.com"
        said = Said(Outcome.PASSED, 200, None, [(name, "*")])
        assert fields(dialect.answer(exchange, 0, b"", None, said))[name] == "*"
        nowhere = dialect.error(KeptExchange(dialect=dialect), Outcome.NOT_FOUND)
        assert (name in fields(nowhere)) == unknown


def test_the_version_of_the_server() -> None:
    for header, expected in (("mine/1", "mine/1"), ("off", None)):
        dialect = told(NativeDialect(), read({"version_header": header}, {}))
        found = fields(dialect.answer(asked(dialect), 0, b""))
        assert found.get("x-ms-server-version") == expected
    assert fields(NATIVE.answer(asked(NATIVE), 0, b""))["x-ms-server-version"].startswith("brygga")


@BOTH
@pytest.mark.parametrize("page", list(Page))
def test_every_page_can_be_given(dialect: Dialect, page: Page) -> None:
    answer = dialect.page(asked(dialect), page, b"text")
    assert (answer.outcome, answer.head.status) == (Outcome.OK, 200)
    assert fields(answer)["Content-Type"]


def test_v1_leaves_a_packed_body_as_it_came() -> None:
    for dialect, coding in ((NATIVE, b"gzip"), (OLD, b"")):
        assert asked(dialect, {b"content-encoding": b"GZip "}).coding == coding
