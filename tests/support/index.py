"""A package index of our own (PEP 503), with credentials, TLS or behind a proxy, as wanted."""

import base64
import hashlib
import http.client
import http.server
import ssl
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit


def make_wheel(folder: Path, name: str, version: str, *, requires: tuple[str, ...] = ()) -> Path:
    """A wheel with one module that knows its version."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {each}" for each in requires]
    files = {
        f"{module}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in files.items()]
    wheel = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,"]) + "\n")
    return wheel


class Index(http.server.ThreadingHTTPServer):
    """Serves the wheels of a folder; what was asked is kept.

    Attributes:
        seen: Path of each request that was answered.
        refused: Of each that was not, for want of credentials.
    """

    daemon_threads = True

    def __init__(self, wheels: Path, credentials: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wheels = wheels
        self.credentials = credentials
        self.seen: list[str] = []
        self.refused: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, credentials: str = "", scheme: str = "http", host: str = "127.0.0.1") -> str:
        at = f"{credentials}@" if credentials else ""
        return f"{scheme}://{at}{host}:{self.port}/simple"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        parts = urlsplit(self.path).path.strip("/").split("/")
        wanted = self.server.credentials
        if wanted is not None:
            expected = "Basic " + base64.b64encode(wanted.encode()).decode()
            if self.headers.get("Authorization") != expected:
                self.server.refused.append(self.path)
                self._send(401, b"", {"WWW-Authenticate": 'Basic realm="packages"'})
                return
        self.server.seen.append(self.path)
        if parts[0] == "files":
            self._send(200, (self.server.wheels / parts[1]).read_bytes(), {})
            return
        found = sorted(self.server.wheels.glob(f"{parts[-1].replace('-', '_')}-*.whl"))
        links = "".join(
            f'<a href="/files/{w.name}#sha256={hashlib.sha256(w.read_bytes()).hexdigest()}">'
            f"{w.name}</a><br>"
            for w in found
        )
        self._send(200 if found else 404, links.encode(), {"Content-Type": "text/html"})

    def do_HEAD(self) -> None:
        self._send(405, b"", {})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Proxy(http.server.ThreadingHTTPServer):
    """Forwards plain requests to one address, whatever host they name; keeps the hosts."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.target = port
        self.hosts: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Forward(http.server.BaseHTTPRequestHandler):
    server: Proxy

    def do_HEAD(self) -> None:
        self.send_error(405)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.hosts.append(parts.hostname or "")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=10)
        connection.request("GET", parts.path, headers={"Accept": "*/*"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type") or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving(
    wheels: Path, *, credentials: str | None = None, tls: tuple[Path, Path] | None = None
) -> Iterator[Index]:
    """An index that runs for the length of a block; `tls` is a certificate and its key."""
    index = Index(wheels, credentials)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        index.socket = context.wrap_socket(index.socket, server_side=True)
    with _running(index):
        yield index


@contextmanager
def proxying(port: int) -> Iterator[Proxy]:
    """A proxy that runs for the length of a block."""
    proxy = Proxy(port)
    with _running(proxy):
        yield proxy


@contextmanager
def _running(server: http.server.ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_authority(folder: Path) -> tuple[Path, Path, Path]:
    """A certificate authority of our own: its certificate, and one for 127.0.0.1 with its key."""
    authority, key = folder / "ca.pem", folder / "ca.key"
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Our CA"),
        *("-keyout", key, "-out", authority),
    )
    request, own = folder / "own.csr", folder / "own.key"
    _openssl(
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"),
        *("-keyout", own, "-out", request),
    )
    names = folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1\n")
    certificate = folder / "own.pem"
    _openssl(
        *("x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-CAcreateserial"),
        *("-days", "2", "-extfile", names, "-out", certificate),
    )
    return authority, certificate, own


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
