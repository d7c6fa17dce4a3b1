"""Answers as HTTP/1.1 writes them."""

from __future__ import annotations

import re
from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from brygga_server.front import http_answer
from brygga_server.front.answer import Answer, Head
from brygga_server.front.http_answer import write_head
from brygga_server.front.outcomes import Outcome

texts = st.text(max_size=20)
fields = st.lists(st.tuples(texts, texts), max_size=4)


@given(st.integers(200, 599), fields, fields)
def test_no_field_gets_out_of_its_line(
    status: int, own: list[tuple[str, str]], more: list[tuple[str, str]]
) -> None:
    head = Head(status, *own)
    answer = Answer(Outcome.OK, head, more, b"")
    for _ in range(2):  # the second time from what was rendered
        written = write_head(answer, "Content-Length: 0\r\n")
        lines = written.split(b"\r\n")
        assert lines[0].startswith(b"HTTP/1.1 %d " % status)
        assert len(lines) == 1 + len(own) + 1 + 1 + len(more) + 2
        assert lines[-2:] == [b"", b""]
        assert not re.search(rb"[\r\n]", b"".join(lines))


@given(st.integers(0, 4_000_000_000))
def test_the_date_is_that_of_the_standard(second: int) -> None:
    assert http_answer._date(second) == f"Date: {formatdate(second, usegmt=True)}\r\n"
