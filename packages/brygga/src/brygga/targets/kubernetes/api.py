"""The cluster's API, as much of it as is used: plain objects over HTTP.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import urllib3

from brygga.error_codes import ErrorCode
from brygga.targets.kubernetes.access import ClusterAccess, Credentials
from brygga.targets.kubernetes.kubeconfig import find_access
from brygga.targets.kubernetes.names import MANAGER
from brygga.targets.kubernetes.refusals import (
    ClusterError,
    ClusterUnreachableError,
    not_kubernetes,
    refusal,
    speaks_kubernetes,
    unreachable,
)
from brygga.targets.kubernetes.rendering import Manifest
from brygga.targets.kubernetes.resources import RESOURCES
from brygga.targets.kubernetes.websocket import HandshakeError, WebSocket

_TIMEOUT_S = 15.0
_BUSY = (429, 500, 502, 503, 504)
_CONFLICT = 409
_LONGEST_PAUSE_S = 5.0
_PAGE = 500
_TIMES = 6
_JSON = "application/json"


class ClusterApi:
    """One namespace of one cluster. Nothing is asked before it is needed; threads may share it."""

    def __init__(self, kubeconfig: str, context: str, namespace: str) -> None:
        self.namespace = namespace
        self._kubeconfig = kubeconfig
        self._context = context
        self._connecting = threading.Lock()
        self._connected: tuple[urllib3.PoolManager, ssl.SSLContext | None, Credentials] | None = (
            None
        )
        self._access: ClusterAccess | None = None

    @property
    def server(self) -> str:
        """Where it is."""
        return self._find().server

    def find(self, kind: str, name: str) -> Manifest | None:
        """An object; None where there is none.

        Raises:
            ClusterError: it may not be read.
        """
        path = RESOURCES[kind].path(self.namespace, name)
        try:
            return self._json("GET", path, what=f"read the {kind} {name}")
        except ClusterError as error:
            if error.status == 404:
                return None
            raise

    def list(self, kind: str, *, labels: str = "", fields: str = "") -> list[Manifest]:
        """All objects of a kind in the namespace: one call, unless there are very many."""
        query = {"labelSelector": labels, "fieldSelector": fields, "limit": str(_PAGE)}
        asked = {name: value for name, value in query.items() if value}
        found: list[Manifest] = []
        path, what = RESOURCES[kind].path(self.namespace), f"list the {RESOURCES[kind].plural}"
        while True:
            page = self._json("GET", path, query=asked, what=what)
            found += page.get("items") or ()
            rest = (page.get("metadata") or {}).get("continue")
            if not rest:
                return found
            asked["continue"] = str(rest)

    def apply(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        """Creates an object or makes its fields what they are here; others' fields stay theirs."""
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        query = {"fieldManager": MANAGER, "force": "true"}
        if dry_run:
            query["dryRun"] = "All"
        return self._json(
            "PATCH",
            RESOURCES[kind].path(self.namespace, name),
            query=query,
            body=manifest,
            content_type="application/apply-patch+yaml",
            what=f"apply the {kind} {name}",
        )

    def merge(self, kind: str, name: str, change: Manifest, *, manager: str = MANAGER) -> Manifest:
        """Changes fields of an object that is there; they are the manager's then."""
        return self._json(
            "PATCH",
            RESOURCES[kind].path(self.namespace, name),
            query={"fieldManager": manager},
            body=change,
            content_type="application/merge-patch+json",
            what=f"change the {kind} {name}",
        )

    def create(self, manifest: Manifest) -> Manifest:
        """Asks for what is answered at once, as a review of rights."""
        kind, version = str(manifest["kind"]), str(manifest["apiVersion"])
        path = f"/apis/{version}/{kind.lower()}s"
        return self._json("POST", path, body=manifest, what=f"ask for a {kind}")

    def delete(self, kind: str, name: str) -> None:
        """Removes an object and what it owns; idempotent."""
        path = RESOURCES[kind].path(self.namespace, name)
        body = {"propagationPolicy": "Background"}
        try:
            self._json("DELETE", path, body=body, what=f"delete the {kind} {name}")
        except ClusterError as error:
            if error.status != 404:
                raise

    def raw(self, path: str, *, what: str) -> Manifest:
        """What lies at a path of the API."""
        return self._json("GET", path, what=what)

    def log(
        self, pod: str, *, lines: int | None = None, previous: bool = False, follow: bool = False
    ) -> Iterator[bytes]:
        """What a pod's container has written, as it comes; nothing where it has gone."""
        query = {"container": "service", "follow": str(follow).lower()}
        if lines is not None:
            query["tailLines"] = str(lines)
        if previous:
            query["previous"] = "true"
        path = RESOURCES["Pod"].path(self.namespace, pod, "log")
        pool, _, credentials = self._connect()
        url = f"{self.server}{path}?{urlencode(query)}"
        timeout = urllib3.Timeout(connect=_TIMEOUT_S, read=None if follow else _TIMEOUT_S)
        try:
            response = pool.request(
                "GET",
                url,
                headers=_headers(credentials),
                timeout=timeout,
                preload_content=False,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self.server, error) from None
        with contextlib.closing(response):
            if response.status in (400, 404):  # it has not begun, or has gone
                return
            if response.status != 200:
                body = response.read()
                raise self._refusal(response.status, body, f"read the log of {pod}")
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                yield from response.stream(65_536, decode_content=True)

    def talk(self, pod: str, subresource: str, query: Sequence[tuple[str, str]]) -> WebSocket:
        """Opens a connection into a pod: `exec` or `portforward`.

        Raises:
            ClusterError: it is refused, or cannot be reached.
        """
        _, context, credentials = self._connect()
        path = RESOURCES["Pod"].path(self.namespace, pod, subresource)
        url = f"{self.server}{path}?{urlencode(query)}"
        try:
            return WebSocket.open(url, _headers(credentials), context)
        except HandshakeError as error:
            body = error.body.encode()
            what = f"use {subresource} of the pod {pod}"
            raise self._refusal(error.status, body, what) from None
        except OSError as error:
            raise unreachable(self.server, error) from None

    def _json(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Mapping[str, str] | None = None,
        body: Manifest | None = None,
        content_type: str = _JSON,
    ) -> Manifest:
        """Asks, and asks again where the cluster is busy or not there for a moment."""
        pause, left = 0.2, _TIMES
        url = path + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        while True:
            left -= 1
            try:
                status, headers, answer = self._once(method, url, content, content_type)
            except ClusterUnreachableError as error:
                if not left or method == "GET" or error.code is ErrorCode.CLUSTER_UNTRUSTED:
                    raise
            else:
                if status == 401 and self._renew():
                    continue
                if status < 300:
                    return self._object(status, answer)
                if not left or status not in (*_BUSY, _CONFLICT):
                    raise self._refusal(status, answer, what)
                pause = max(pause, _seconds(headers.get("Retry-After")))
            time.sleep(min(pause, _LONGEST_PAUSE_S))
            pause *= 2

    def _once(
        self, method: str, url: str, content: bytes | None, content_type: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        pool, _, credentials = self._connect()
        headers = {**_headers(credentials), "Accept": _JSON}
        if content is not None:
            headers["Content-Type"] = content_type
        try:
            response = pool.request(
                method, f"{self.server}{url}", body=content, headers=headers, retries=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self.server, error) from None
        return response.status, response.headers, response.data

    def _object(self, status: int, answer: bytes) -> Manifest:
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise not_kubernetes(self.server, status)
        return found

    def _refusal(self, status: int, answer: bytes, what: str) -> ClusterError:
        if not speaks_kubernetes(status, answer):
            return not_kubernetes(self.server, status)
        return refusal(status, answer, what, self.namespace)

    def _find(self) -> ClusterAccess:
        if self._access is None:
            self._access = find_access(self._kubeconfig, self._context)
        return self._access

    def _connect(self) -> tuple[urllib3.PoolManager, ssl.SSLContext | None, Credentials]:
        with self._connecting:
            if self._connected is None:
                access = self._find()
                credentials = access.credentials()
                secure = access.server.startswith("https")
                context = access.tls(credentials) if secure else None
                name = access.server_name or None
                keywords: dict[str, Any] = {}
                if secure:
                    keywords = {"ssl_context": context, "server_hostname": name}
                pool = urllib3.PoolManager(maxsize=8, timeout=_TIMEOUT_S, **keywords)
                self._connected = pool, context, credentials
            elif self._access is not None and self._access.token_file:
                pool, context, _ = self._connected
                self._connected = pool, context, self._access.credentials()
            return self._connected

    def _renew(self) -> bool:
        """Asks a helper for new credentials; whether there is one, and they are others."""
        with self._connecting:
            if self._access is None or self._access.helper is None or self._connected is None:
                return False
            before = self._connected[2]
            self._connected = None
        return self._connect()[2] != before


def _headers(credentials: Credentials) -> dict[str, str]:
    return {"Authorization": credentials.header} if credentials.header else {}


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 0.0
