"""Calling a service over HTTP."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from brygga.error_codes import ErrorCode
from brygga.errors import ServiceCallError
from brygga.hints import Action, Argument, Hint, Value, Verb
from brygga.services.payload import Payload
from brygga.services.streamed_answer import StreamedAnswer, decoded

if TYPE_CHECKING:
    import urllib3


class ScoringClient:
    """One kept session to one service.

    A call that did not reach the service, or found it too busy (503), is tried again up to three
    times. One that failed inside is not: `run()` may have done something already.
    """

    def __init__(
        self, service: str, scoring_uri: str, key: str | None, certificate: str = ""
    ) -> None:
        """Nothing is connected yet.

        Args:
            service: Its name, for what to do about a failure.
            scoring_uri: Where to POST to.
            key: Of the service; None where it has none.
            certificate: In PEM; the one the service has to show, whoever signed it.
        """
        self._service = service
        self._uri = scoring_uri
        self._certificate = certificate
        self._headers = {"Accept": "application/json"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"

    def run(self, payload: Payload, *, timeout_s: float) -> Any:
        """Sends data and returns the decoded answer.

        Raises:
            ServiceCallError: no answer, or one that is not 200.
        """
        return decoded(self._post(payload, timeout_s, whole=True).data)

    def stream(self, payload: Payload, *, timeout_s: float) -> StreamedAnswer:
        """Sends data and returns the answer as soon as it begins.

        Args:
            timeout_s: For its beginning, and for each part of it.

        Raises:
            ServiceCallError: no answer, or one that is not 200; also where its parts break off.
        """
        response = self._post(payload, timeout_s, whole=False)

        def failed(error: Exception) -> ServiceCallError:
            return ServiceCallError(
                f"The answer of {self._uri} broke off: {error}",
                status=None,
                code=ErrorCode.CALL_FAILED,
                hint=Hint.of("Its log has more: {}.", Action(Verb.LOGS, {"name": self._service})),
            )

        return StreamedAnswer(response, failed)

    def _post(self, payload: Payload, timeout_s: float, *, whole: bool) -> urllib3.BaseHTTPResponse:
        import urllib3

        try:
            response = self._pool.request(
                "POST",
                self._uri,
                body=payload.body,
                headers={**self._headers, "Content-Type": payload.content_type},
                timeout=urllib3.Timeout(connect=5.0, read=timeout_s),
                preload_content=whole,
            )
            if response.status != 200:
                text = response.data.decode("utf-8", "replace")
                raise _refused(self._service, response.status, text, response.headers)
        except urllib3.exceptions.HTTPError as error:
            raise self._unanswered(error, timeout_s) from error
        return response

    def close(self) -> None:
        """Gives the session's connections up."""
        if "_pool" in self.__dict__:
            self._pool.clear()

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        import urllib3

        retries = urllib3.Retry(
            total=3,
            connect=3,
            read=False,
            redirect=0,
            other=0,
            status=3,
            status_forcelist=[503],
            allowed_methods=None,
            backoff_factor=0.1,
            raise_on_status=False,
        )
        if not self._certificate:
            return urllib3.PoolManager(maxsize=4, retries=retries)
        return urllib3.PoolManager(
            maxsize=4,
            retries=retries,
            ssl_context=_trusting(self._certificate),
            assert_hostname=False,
        )

    def _unanswered(self, error: Exception, timeout_s: float) -> ServiceCallError:
        from urllib3.exceptions import ReadTimeoutError

        if isinstance(error, ReadTimeoutError):
            return ServiceCallError(
                f"{self._uri} did not answer within {timeout_s:g} s.",
                status=None,
                code=ErrorCode.CALL_TIMEOUT,
                hint=Hint.of(
                    "Give it longer with {}, or look at its log: {}.",
                    Argument(Verb.RUN, "timeout_s"),
                    Action(Verb.LOGS, {"name": self._service}),
                ),
            )
        return ServiceCallError(
            f"{self._uri} cannot be reached: {_plain(error)}.",
            status=None,
            hint=Hint.of("Whether it runs says {}.", Action(Verb.SHOW, {"name": self._service})),
        )


def _plain(error: Exception) -> str:
    """Why there was no answer, without the words of the client's layers."""
    from urllib3 import exceptions

    cause = error.reason if isinstance(error, exceptions.MaxRetryError) else error
    inner = getattr(cause, "__cause__", None)
    match cause, inner:
        case exceptions.NameResolutionError(), _:
            why = "no machine of that name is known"
        case exceptions.NewConnectionError(), ConnectionRefusedError():
            why = "nothing listens there"
        case exceptions.NewConnectionError(), OSError(strerror=str(said)):
            why = said.lower()
        case exceptions.ConnectTimeoutError(), _:
            why = "nobody takes the connection in time"
        case exceptions.SSLError(args=(said, *_)), _:
            why = f"TLS fails, {said}"
        case exceptions.ProtocolError(), _:
            why = "the connection was closed before an answer came"
        case _:
            why = type(cause).__name__
    return why


def _trusting(certificate: str) -> ssl.SSLContext:
    """Takes exactly this certificate: it is known, so that no name and no authority is needed."""
    context = ssl.create_default_context(cadata=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _refused(service: str, status: int, text: str, headers: Mapping[str, str]) -> ServiceCallError:
    try:
        message = str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        message = text.strip()[:500]
    return ServiceCallError(
        f"The service answered {status}: {message}",
        status=status,
        body=text,
        headers=headers,
        hint=_advice(service, status),
    )


def _advice(service: str, status: int) -> Hint:
    name: dict[str, Value] = {"name": service}
    if status == 401:
        return Hint.of("Use one of its keys: {}.", Action(Verb.KEYS, name))
    if status == 502:
        log = Action(Verb.LOGS, name)
        return Hint.of("Its log says what became of the worker: {}.", log)
    if status == 504:
        longer = Argument(Verb.DEPLOY, "scoring_timeout_ms")
        return Hint.of("Deploy it with a longer {}, or make run() faster.", longer)
    return Hint.of("Its log has more: {}.", Action(Verb.LOGS, name)) if status >= 500 else Hint()
