"""Calling a service by its name, over connections that are kept."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError, NotFoundError, ServiceCallError
from brygga.hints import Action, Hint, Verb
from brygga.services.client import ScoringClient
from brygga.services.dependencies import ServiceDependencies
from brygga.services.inquiry import find_contract, find_failure
from brygga.services.operation import find_row
from brygga.services.payload import Payload, payload_of
from brygga.services.snapshot import ServiceSnapshot
from brygga.services.state import ServiceState
from brygga.services.streamed_answer import StreamedAnswer

_TIMED_OUT = 504
_LATE = "Scoring timeout"
_COMES_BACK_S, _PAUSE_S = 0.8, 0.05
"""For a run() that is interrupted to come back with where it was; C code does not."""


class ServiceSession:
    """Keeps one session to a service as long as its address and key stay the same."""

    def __init__(self, parts: ServiceDependencies) -> None:
        self._parts = parts
        self._client: tuple[str, str | None, ScoringClient] | None = None

    def call(self, service: ServiceSnapshot, data: object, *, timeout_s: float) -> Any:
        """Sends data and returns the decoded answer.

        Raises:
            NotFoundError: it has no address yet.
            ServiceCallError: no answer, or an error.
        """
        with self._explained(service):
            client = self._client_of(service)
            return client.run(self._payload(service.name, data), timeout_s=timeout_s)

    def stream(self, service: ServiceSnapshot, data: object, *, timeout_s: float) -> StreamedAnswer:
        """As `call`, but returns as soon as the answer begins."""
        with self._explained(service):
            client = self._client_of(service)
            return client.stream(self._payload(service.name, data), timeout_s=timeout_s)

    def _payload(self, name: str, data: object) -> Payload:
        return payload_of(data, lambda: find_contract(self._parts, find_row(self._parts, name)))

    def _client_of(self, service: ServiceSnapshot) -> ScoringClient:
        uri, spec = service.scoring_uri, service.newest.spec
        if uri is None:
            raise NotFoundError(
                "address of the service", service.name, hint="Wait until it serves."
            )
        # While an update switches them on or off, both kinds of revisions may answer.
        keyed = spec.auth or service.current.spec.auth
        keys = self._parts.secrets.keys(service.name) if keyed else None
        key = None if keys is None else keys.primary
        if self._client is None or self._client[:2] != (uri, key):
            self.close()
            certificate = spec.tls_certificate if uri.startswith("https:") else ""
            self._client = (uri, key, ScoringClient(service.name, uri, key, certificate))
        return self._client[2]

    @contextlib.contextmanager
    def _explained(self, service: ServiceSnapshot) -> Iterator[None]:
        try:
            yield
        except ServiceCallError as error:
            if error.code is ErrorCode.CALL_UNREACHABLE:
                raise _unreachable(service, error) from error
            self._explain(service.name, error)
            raise

    def _explain(self, name: str, error: ServiceCallError) -> None:
        """Says what run() raised; that is asked where only the owner can, and clients hear less."""
        told = {key.lower(): value for key, value in error.headers.items()}
        request = told.get("x-ms-request-id")
        failed = told.get("x-ms-run-function-failed") == "True"
        if error.status not in (500, _TIMED_OUT) or not failed or not request:
            return
        # A client hears at once that its time is up; where run() was then, a moment later.
        until = time.monotonic() + (_COMES_BACK_S if _LATE in error.body else 0)
        with contextlib.suppress(BryggaError):  # the answer counts, not why more cannot be had
            row = find_row(self._parts, name)
            failure = find_failure(self._parts, row, request)
            while failure is None and time.monotonic() < until:
                time.sleep(_PAUSE_S)
                failure = find_failure(self._parts, row, request)
            if failure is not None:
                error.explain(failure)

    def close(self) -> None:
        """Gives the connections up."""
        if self._client is not None:
            self._client[2].close()
            self._client = None


def _unreachable(service: ServiceSnapshot, error: ServiceCallError) -> ServiceCallError:
    """That the service does not run, where that is why nobody answers."""
    if service.state is ServiceState.STOPPED:
        return ServiceCallError(
            f"The service {service.name!r} is stopped.",
            status=None,
            hint=Hint.of("Start it again: {}.", Action(Verb.RESTART, {"name": service.name})),
        )
    if service.state is ServiceState.FAILED and service.diagnosis is not None:
        failure = service.diagnosis.of(service.name)
        return ServiceCallError(
            f"The service {service.name!r} has failed: {failure.sentence}",
            status=None,
            hint=failure.advice,
        )
    return error
