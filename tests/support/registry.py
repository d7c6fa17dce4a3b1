"""An image registry of our own, in memory: with credentials and with all that can go wrong."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from brygga.images.oci.address import RegistryAddress
from brygga.images.oci.client import RegistryClient
from brygga.images.oci.credentials import Credential
from brygga.images.oci.documents import CONFIG, MANIFEST, TAR_GZIP
from brygga.images.oci.http import RegistryHttp

_UPLOAD = re.compile(r"/v2/(.+)/blobs/uploads/(\d*)")
_CONTENT = re.compile(r"/v2/(.+)/(blobs|manifests)/([^/]+)")


class ScriptedRegistry(http.server.ThreadingHTTPServer):
    """Keeps what is sent, and what was asked.

    Attributes:
        blobs: Content by repository and digest.
        manifests: Media type and content by repository and tag or digest.
        password: Of the user `me`; None where nobody is asked.
        tokens: Whether callers have to get themselves a token for their password.
        read_only: It refuses all that is to be kept.
        room: Bytes that it takes before it is full; None for any number.
        largest: Bytes of a request that are too many for it; None for none.
        breaks: At how many bytes of a request each next upload breaks off.
        fails: Status of each next answer.
        forgets: Whether an upload that broke off is lost.
        sends_away: Where content is to be had, if it is not here.
        seen: Method and path of each request.
        shown: Credentials of each request; empty where there were none.
        received: Bytes that came as content.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.blobs: dict[tuple[str, str], bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.uploads: dict[str, bytearray] = {}
        self.password: str | None = None
        self.tokens = False
        self.read_only = False
        self.room: int | None = None
        self.largest: int | None = None
        self.breaks: list[int] = []
        self.fails: list[int] = []
        self.forgets = False
        self.sends_away = ""
        self.packs = False
        self.seen: list[str] = []
        self.shown: list[str] = []
        self.received = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def asked(self, method: str) -> list[str]:
        """Paths that were asked for with a method."""
        return [each.partition(" ")[2] for each in self.seen if each.startswith(f"{method} ")]

    def put(self, repository: str, content: bytes) -> str:
        """Has a blob."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blobs[repository, digest] = content
        return digest

    def put_image(
        self, repository: str, tag: str, config: dict[str, object], *layers: bytes
    ) -> str:
        """Has an image; returns its digest."""
        made = json.dumps(config).encode()
        described = [
            {"mediaType": kind, "digest": self.put(repository, blob), "size": len(blob)}
            for kind, blob in ((CONFIG, made), *((TAR_GZIP, layer) for layer in layers))
        ]
        manifest = {"schemaVersion": 2, "config": described[0], "layers": described[1:]}
        return self.put_manifest(repository, tag, MANIFEST, json.dumps(manifest).encode())

    def put_manifest(self, repository: str, tag: str, kind: str, content: bytes) -> str:
        """Has a manifest; returns its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.manifests[repository, tag] = self.manifests[repository, digest] = (kind, content)
        return digest

    def client(self, credential: Credential | None = None) -> RegistryClient:
        """A client of it that waits for nothing."""
        address = RegistryAddress.parse(f"http://{self.host}")
        return RegistryClient(RegistryHttp(address, lambda _: credential), wait=lambda _: None)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedRegistry

    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self._get(body=False)

    def do_GET(self) -> None:
        self._get(body=True)

    def _get(self, *, body: bool) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/token":
            self._token()
            return
        if not self._may():
            return
        upload = _UPLOAD.fullmatch(parts.path)
        if upload:
            self._told(upload[2])
            return
        match = _CONTENT.fullmatch(parts.path)
        assert match is not None, self.path
        repository, kind, name = match.groups()
        headers: dict[str, str] = {}
        if kind == "manifests":
            found = self.server.manifests.get((repository, name))
            media, content = found or ("", b"")
            headers["Content-Type"] = media
        else:
            blob = self.server.blobs.get((repository, name))
            found, content = (None, b"") if blob is None else ("", blob)  # type: ignore[assignment]
        if found is None:
            self._refuse(404, f"{kind[:-1].upper()}_UNKNOWN", f"{kind[:-1]} unknown")
        elif kind == "blobs" and body and self.server.sends_away:
            self._answer(307, {"Location": f"{self.server.sends_away}{self.path}"})
        else:
            self._send(content, headers, body=body)

    def _send(self, content: bytes, headers: dict[str, str], *, body: bool) -> None:
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        part = content[int(start[1]) :] if start else content
        if self.server.packs:
            headers, part = {**headers, "Content-Encoding": "gzip"}, gzip.compress(part)
        self.send_response(206 if start else 200)
        for name, value in {**headers, "Content-Length": str(len(part))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body and self.server.breaks and len(part) > self.server.breaks[0]:
            self.wfile.write(part[: self.server.breaks.pop(0)])
            self._break_off()
        elif body:
            self.wfile.write(part)

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if parts.path == "/token":
            self._token(form.decode())
            return
        if not self._may():
            return
        match = _UPLOAD.fullmatch(parts.path)
        assert match is not None
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.server.read_only:
            self._refuse(405, "UNSUPPORTED", "The operation is unsupported.")
            return
        mounted = self.server.blobs.get((query.get("from", ""), query.get("mount", "")))
        if mounted is not None:
            self.server.put(match[1], mounted)
            self._answer(201, {})
            return
        number = str(len(self.server.uploads) + 1)
        self.server.uploads[number] = bytearray()
        self._answer(202, {"Location": f"/v2/{match[1]}/blobs/uploads/{number}", "Range": "0-0"})

    def do_PATCH(self) -> None:
        length = int(self.headers["Content-Length"])
        match = _UPLOAD.fullmatch(self.path)
        assert match is not None
        if not self._may():
            self._break_off()
            return
        if self.server.largest is not None and length > self.server.largest:
            self.rfile.read(length)
            self._refuse(413, "", "Request Entity Too Large")
            return
        kept = self.server.uploads.get(match[2])
        start = int((self.headers.get("Content-Range") or "0-").partition("-")[0])
        if kept is None or start != len(kept):
            self.rfile.read(length)
            self._refuse(404 if kept is None else 416, "BLOB_UPLOAD_UNKNOWN", "unknown")
            return
        breaks = self.server.breaks.pop(0) if self.server.breaks else None
        part = self.rfile.read(length if breaks is None else min(breaks, length))
        self.server.received += len(part)
        kept += part
        if self.server.room is not None and self.server.received > self.server.room:
            self.rfile.read(length - len(part))
            self._refuse(
                500,
                "UNKNOWN",
                "unknown error",
                {"DriverName": "filesystem", "Enclosed": {"Err": 28}},
            )
        elif breaks is not None:
            if self.server.forgets:
                del self.server.uploads[match[2]]
            self._break_off()
        else:
            self._told(match[2], 202)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._may():
            return
        parts = urlsplit(self.path)
        upload = _UPLOAD.fullmatch(parts.path)
        if upload:
            kept = bytes(self.server.uploads.pop(upload[2]))
            digest = parse_qs(parts.query)["digest"][0]
            if f"sha256:{hashlib.sha256(kept).hexdigest()}" != digest:
                self._refuse(400, "DIGEST_INVALID", "provided digest did not match")
                return
            self.server.put(upload[1], kept)
        else:
            match = _CONTENT.fullmatch(parts.path)
            assert match is not None
            self.server.received += len(content)
            self.server.put_manifest(match[1], match[3], self.headers["Content-Type"], content)
        self._answer(201, {})

    def _told(self, number: str, status: int = 204) -> None:
        kept = self.server.uploads.get(number)
        if kept is None:
            self._refuse(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown")
            return
        place = {"Location": self.path, "Range": f"0-{max(0, len(kept) - 1)}"}
        self._answer(status, place)

    def _may(self) -> bool:
        self.server.seen.append(f"{self.command} {self.path}")
        shown = self.headers.get("Authorization") or ""
        self.server.shown.append(shown)
        if self.server.fails:
            self._refuse(self.server.fails.pop(0), "UNAVAILABLE", "in a moment")
            return False
        if self.server.password is None:
            return True
        wanted = f"Bearer {self.server.password}" if self.server.tokens else self._basic()
        if shown == wanted:
            return True
        realm = f'Bearer realm="http://{self.server.host}/token",service="it"'
        challenge = realm if self.server.tokens else 'Basic realm="it"'
        self._refuse(401, "UNAUTHORIZED", "authentication required", challenge=challenge)
        return False

    def _basic(self) -> str:
        return f"Basic {base64.b64encode(f'me:{self.server.password}'.encode()).decode()}"

    def _token(self, form: str = "") -> None:
        self.server.seen.append(f"{self.command} {self.path}")
        refreshed = f"refresh_token={self.server.password}&" in form
        if refreshed or self.headers.get("Authorization") == self._basic():
            self._answer(200, {}, json.dumps({"token": self.server.password}).encode())
        else:
            self._refuse(401, "UNAUTHORIZED", "wrong password")

    def _refuse(
        self, status: int, code: str, message: str, detail: object = None, challenge: str = ""
    ) -> None:
        content = {"errors": [{"code": code, "message": message, "detail": detail}]}
        headers = {"WWW-Authenticate": challenge} if challenge else {}
        self._answer(status, headers, json.dumps(content).encode())

    def _answer(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _break_off(self) -> None:
        self.close_connection = True


@contextmanager
def scripted_registry(tls: tuple[Path, Path] | None = None) -> Iterator[ScriptedRegistry]:
    """One that answers until the end of the block."""
    with ScriptedRegistry() as registry:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            registry.socket = context.wrap_socket(registry.socket, server_side=True)
        thread = threading.Thread(target=registry.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield registry
        finally:
            registry.shutdown()
            thread.join()
