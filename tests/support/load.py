"""Constant load on a service: kept connections, every answer checked, nothing sent twice."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

PATIENCE_S = 20.0


@dataclass
class Load:
    """So many clients, each on one kept connection, `rate` requests a second altogether.

    A request is sent once. A connection that the server ends properly, with `Connection: close`,
    is opened anew; one that breaks is a failure.

    Attributes:
        headers: Read for every request, so that a test may change keys.
        label: Of an answer: what `labels_since` counts.
        body: What each request sends. None: a number of its own, negative, which has to come back
            as `echo`.
    """

    port: int
    clients: int
    rate: float
    label: Callable[[object], object]
    headers: Callable[[], Mapping[str, str]] = dict
    body: object = None
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._answers: list[tuple[float, object]] = []  # when it was asked, and the label
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._client, args=(n,), daemon=True)
            for n in range(self.clients)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self.seconds = time.monotonic() - self._began

    @property
    def answered(self) -> int:
        """How many right answers there were."""
        with self._lock:
            return len(self._answers)

    def labels_since(self, moment: float) -> dict[object, int]:
        """Answers to what was asked after that moment of `time.monotonic`, by their label."""
        with self._lock:
            found: dict[object, int] = {}
            for asked, label in self._answers:
                if asked > moment:
                    found[label] = found.get(label, 0) + 1
            return found

    def _client(self, number: int) -> None:
        pause = self.clients / self.rate
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        turn, due = 0, self._began + pause * number / self.clients
        while not self._over.wait(max(0.0, due - time.monotonic())):
            turn += 1
            # A client that fell behind does not make up for it: the rate is one of the crowd.
            due = max(due + pause, time.monotonic())
            self._ask(connection, -(number * 1_000_000 + turn))
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, sent: int) -> None:
        asked = time.monotonic()
        try:
            body = json.dumps(sent if self.body is None else self.body)
            connection.request("POST", "/score", body, dict(self.headers()))
            response = connection.getresponse()
            text = response.read()
            if response.status != 200:
                raise ValueError(f"{response.status} {text[:200]!r}")
            answer = json.loads(text)
            echo = answer.get("echo") if isinstance(answer, dict) else None
            if self.body is None and echo != sent:
                raise ValueError(f"{sent} was answered with {answer}")
            with self._lock:
                self._answers.append((asked, self.label(answer)))
        except (OSError, ValueError, http.client.HTTPException) as error:
            with self._lock:
                self.failures.append(f"{asked - self._began:.3f} s: {error!r}")
            connection.close()
