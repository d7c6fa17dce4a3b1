"""Whose signal is an order: by the sender's place in the tree of processes."""

import os
import signal

import pytest

from brygga_server import signal_scope
from brygga_server.signals import NOISE, ORDERS, OURS, Received, is_order

US, SUPERVISOR, WORKER, CHILD, SHELL = os.getpid(), 40, 501, 502, 700
PARENTS = {US: SUPERVISOR, SUPERVISOR: 1, WORKER: US, CHILD: WORKER, SHELL: 650, 650: 1, 900: OURS}
SI_USER, SI_KERNEL = 0, 0x80


@pytest.fixture(autouse=True, params=[True, False], ids=["scopes", "no scopes"])
def scopes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(signal_scope, "holds", lambda: request.param)
    return bool(request.param)


def order(pid: int, code: int = SI_USER, *, alone: bool = False) -> bool:
    return is_order(Received(15, pid, code), alone=alone, parent_of=PARENTS.get)


@pytest.mark.parametrize(
    "pid", [SHELL, SUPERVISOR, 1, US], ids=["shell", "supervisor", "init", "us"]
)
def test_from_outside_it_is_one(pid: int) -> None:
    assert order(pid)


@pytest.mark.parametrize("pid", [WORKER, CHILD])
def test_from_a_worker_and_what_it_started_it_is_none(pid: int) -> None:
    assert not order(pid)
    assert not order(pid, alone=True)


def test_a_workers_daemon_that_others_have_adopted_is_still_a_workers() -> None:
    assert not order(900)


def test_an_engine_and_a_terminal_are_outside() -> None:
    assert order(0)
    assert order(0, SI_KERNEL)


def test_who_is_gone_is_believed_only_where_that_can_do_no_harm(scopes: bool) -> None:
    assert order(12345) is scopes
    assert order(12345, alone=True)


def test_what_ends_a_process_is_kept_from_doing_so_and_nothing_else() -> None:
    kept = ORDERS | NOISE
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGALRM):
        assert number in kept
    assert signal.SIGRTMAX in kept
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGABRT, signal.SIGCHLD):
        assert number not in kept


def test_a_signal_has_a_name() -> None:
    assert Received(signal.SIGUSR1, 7, 0).name == "SIGUSR1 of process 7"
    assert Received(40, 7, 0).name == "signal 40 of process 7"
