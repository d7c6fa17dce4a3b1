"""Which head is let through, and to what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from typing import cast

import pytest
from support.exchanges import KeptExchange
from support.virtual_loop import VirtualLoop

from brygga_server.front.accesslog import AccessLog, LogWriter
from brygga_server.front.actions import Actions
from brygga_server.front.admission import Admission
from brygga_server.front.answers import Answers
from brygga_server.front.dispatch import Dispatch
from brygga_server.front.keys import Keys
from brygga_server.front.metrics import Metrics
from brygga_server.front.outcomes import Outcome
from brygga_server.front.routes import Routes, rows
from brygga_server.front.unpacker import Unpacker
from brygga_server.settings import read


class Played(Actions):
    """Actions that only note what they were asked."""

    script_is_raw = False

    @property
    def raw(self) -> bool:
        return self.script_is_raw


@pytest.fixture
def answers() -> Iterator[Answers]:
    null = os.open(os.devnull, os.O_WRONLY)
    log = AccessLog(LogWriter(null), as_json=False, requests=False, v1=False)
    dialect = KeptExchange().dialect
    yield Answers(dialect, Metrics(), log, Admission(1, 1))
    os.close(null)


def options(authorization: bytes) -> KeptExchange:
    exchange = KeptExchange(method=b"OPTIONS")
    exchange.path = b"/score"
    exchange.headers = [(b"Authorization", authorization)]
    return exchange


def test_a_key_is_asked_for_as_soon_as_it_is_known_that_the_script_would_run(
    answers: Answers,
) -> None:
    """A head may come while the first worker starts, and its body when the contract is known."""
    actions = Played(cast("Dispatch", None), answers, Metrics())
    unpacker = Unpacker(VirtualLoop().call_soon, lambda _exchange, _size: True)
    routes = Routes(rows(read({}, {})), actions, answers, unpacker)
    keys = Keys({"primary": sha256(b"k").digest()})
    routes.take(read({}, {}), keys)
    early = options(b"Bearer wrong")
    assert routes.begin(early) is None
    actions.script_is_raw = True
    routes.handle(early)
    assert [answer.outcome for answer in early.answers] == [Outcome.UNAUTHORIZED]
    refusal = routes.begin(options(b"Bearer wrong"))
    assert refusal is not None
    assert refusal.outcome is Outcome.UNAUTHORIZED
    welcome = options(b"Bearer k")
    assert routes.begin(welcome) is None
    assert welcome.key == "primary"
