"""What can be asked of a front: each is an action that a route may name."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from brygga_server.front.answers import Answers
from brygga_server.front.dialects.base import Page
from brygga_server.front.dispatch import Dispatch
from brygga_server.front.exchange import Exchange
from brygga_server.front.metrics import Metrics
from brygga_server.front.outcomes import Outcome

_VERSIONS = {"2": "2", "2.0": "2", "3": "3", "3.0": "3", "3.1": "3.1"}


class Actions:
    """The rest of the front, as routes see it."""

    def __init__(self, dispatch: Dispatch, answers: Answers, metrics: Metrics) -> None:
        self.draining = False
        self._dispatch = dispatch
        self._answers = answers
        self._counters = metrics

    @property
    def contract(self) -> dict[str, object]:
        """What the worker said of the script; nothing before it has."""
        pool = self._dispatch.pool
        return {} if pool is None else pool.contract

    @property
    def raw(self) -> bool:
        """Whether the script wants every request, whatever its method."""
        return bool(self.contract.get("raw"))

    def health(self, exchange: Exchange) -> None:
        """Whether a worker has been ready in this life."""
        if self._dispatch.pool is None:
            self._answers.error(exchange, Outcome.STARTING)
        else:
            self._answers.page(exchange, Page.HEALTH)

    def ready(self, exchange: Exchange) -> None:
        """Whether a request would be run now."""
        if self.draining:
            self._answers.error(exchange, Outcome.STOPPING)
        elif self._dispatch.pool is None:
            self._answers.error(exchange, Outcome.STARTING)
        elif not self._dispatch.able:
            self._answers.error(exchange, Outcome.OVERLOAD)
        else:
            self._answers.page(exchange, Page.READY)

    def score(self, exchange: Exchange) -> None:
        """Has the script run."""
        if exchange.method == b"HEAD" and not self.raw:
            self._answers.error(exchange, Outcome.METHOD_NOT_ALLOWED, "Method not allowed")
        elif self._dispatch.pool is None:
            self._answers.error(exchange, Outcome.STARTING)
        else:
            self._dispatch.submit(exchange)

    def document(self, exchange: Exchange) -> None:
        """The API document, in the version that the query asks for."""
        if self._dispatch.pool is None:
            self._answers.error(exchange, Outcome.STARTING)
            return
        query = parse_qs(exchange.query.decode("latin-1"), keep_blank_values=True)
        asked = query.get("version", ["2"])[0]
        documents = self.contract.get("swagger")
        documents = documents if isinstance(documents, dict) else {}
        version = _VERSIONS.get(asked)
        if version is None:
            text = f"Swagger version [{asked}] is not valid. Supported versions: [2, 3, 3.1]."
            self._answers.error(exchange, Outcome.NOT_FOUND, text)
        elif version not in documents:
            supported = ", ".join(documents)
            text = (
                f"Swagger version [{asked}] is not supported for the scoring script. "
                f"Supported swagger versions: [{supported}]."
            )
            self._answers.error(exchange, Outcome.NOT_FOUND, text)
        else:
            document = documents[version]
            body = (document if isinstance(document, str) else json.dumps(document)).encode()
            self._answers.page(exchange, Page.DOCUMENT, body)

    def describe(self, exchange: Exchange) -> None:
        """What run() takes, and in which versions there is an API document."""
        if self._dispatch.pool is None:
            self._answers.error(exchange, Outcome.STARTING)
            return
        told = {name: self.contract.get(name) for name in ("takes_input", "parameters", "batch")}
        documents = self.contract.get("swagger")
        told["documents"] = list(documents) if isinstance(documents, dict) else []
        self._answers.page(exchange, Page.CONTRACT, json.dumps(told).encode())

    def give(self, exchange: Exchange, page: Page, body: bytes) -> None:
        """A page that is ready to be sent."""
        self._answers.page(exchange, page, body)

    def metrics(self, exchange: Exchange) -> None:
        """All counts, for Prometheus."""
        self._answers.page(exchange, Page.METRICS, self._counters.render())

    def methods(self, exchange: Exchange) -> None:
        """What a path takes."""
        runs = exchange.route is not None and exchange.route.runs
        self._answers.page(exchange, Page.SCORE_METHODS if runs else Page.METHODS)
