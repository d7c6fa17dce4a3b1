"""What answers like a cluster's API, as far as it is told to: a real server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

Answer = tuple[int, object]
"""A status, and an object or the text of a page."""

VERSION: Answer = (200, {"gitVersion": "v1.31.2+k3s1"})
WELL: Mapping[str, Answer] = {
    "/version": VERSION,
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": (201, {"status": {"allowed": True}}),
    "/api/v1/nodes": (200, {"items": [{}]}),
    "/api/v1/namespaces/default/resourcequotas": (200, {"items": []}),
    "/apis": (200, {"groups": [{"name": "metrics.k8s.io"}]}),
    "/v2/": (200, {}),
}
"""By path; the last is a registry's."""


def refused(status: int, message: str) -> Answer:
    return status, {"kind": "Status", "message": message}


@contextmanager
def stub_cluster(answers: Mapping[str, Answer]) -> Iterator[str]:
    """Its URL, as long as it answers; any other path is answered by 404, as a cluster does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one go, or the client waits for the second

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            status, content = answers.get(path) or refused(404, "not found")
            body = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that the server looks for

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def kubeconfig_for(server: str) -> str:
    """The text of one that names it."""
    return yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "contexts": [{"name": "x", "context": {"cluster": "c"}}],
            "current-context": "x",
        }
    )
