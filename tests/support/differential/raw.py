"""@rawhttp: what a script sees of a request, and every method; and request_headers without it."""

# Tables of inputs and scripts are easier to read in long lines.
# ruff: noqa: E501

from __future__ import annotations

from itertools import product

from support.differential.plain import BODIES, METHODS, QUERIES, TYPES
from support.differential.scenario import JSON, Scenario, cors_cells, post, swagger_cells
from support.differential.servers import Setup
from support.differential.wire import Headers, Request

_RAW = """
import json
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

SEEN = {
    "method": lambda r: r.method, "path": lambda r: r.path, "full_path": lambda r: r.full_path,
    "url": lambda r: r.url, "base_url": lambda r: r.base_url, "host": lambda r: r.host,
    "scheme": lambda r: r.scheme, "remote": lambda r: r.remote_addr, "secure": lambda r: r.is_secure,
    "data": lambda r: repr(r.get_data()), "data attribute": lambda r: repr(r.data),
    "text": lambda r: r.get_data(as_text=True), "json": lambda r: r.get_json(force=True),
    "json silent": lambda r: r.get_json(silent=True), "json strict": lambda r: r.get_json(),
    "is_json": lambda r: r.is_json, "json attribute": lambda r: r.json,
    "args": lambda r: r.args.to_dict(flat=False), "first args": lambda r: dict(r.args),
    "query_string": lambda r: repr(r.query_string), "form": lambda r: r.form.to_dict(flat=False),
    "values": lambda r: r.values.to_dict(flat=False) if hasattr(r.values, "to_dict") else None,
    "files": lambda r: {n: [f.filename, repr(f.read())] for n, f in r.files.items()},
    "cookies": lambda r: dict(r.cookies), "content_type": lambda r: r.content_type,
    "mimetype": lambda r: r.mimetype, "params": lambda r: r.mimetype_params,
    "content_length": lambda r: r.content_length,
    "headers": lambda r: sorted([k, v] for k, v in r.headers.items() if k.startswith(("X-", "Content-"))),
    "header": lambda r: [r.headers.get("x-mine"), r.headers.get("X-MINE"), r.headers.get("nope", "d")],
    "stream": lambda r: repr(r.stream.read()),
    "accept": lambda r: [r.accept_mimetypes.best] if hasattr(r, "accept_mimetypes") else None,
    "class": lambda r: isinstance(r, AMLRequest) or type(r).__name__,
    "response": lambda r: AMLResponse(r.get_data(), 201, {"Content-Type": "image/x", "X-M": r.method}),
    "nothing": lambda r: None,
}

@rawhttp
def run(request):
    return SEEN[request.headers.get("X-See", "method")](request)
"""
SEEN = (
    "method", "path", "full_path", "url", "base_url", "host", "scheme", "remote", "secure", "data",
    "data attribute", "text", "json", "json silent", "json strict", "is_json", "json attribute", "args",
    "first args", "query_string", "form", "values", "files", "cookies", "content_type", "mimetype", "params",
    "content_length", "headers", "header", "stream", "class", "response", "nothing",
)  # fmt: skip
_MULTIPART = (
    b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n'
    b'--X\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nfile\r\n--X--\r\n"
)
_BODIES: dict[str, tuple[bytes, Headers]] = {
    "json": (b'{"a": [1]}', JSON),
    "bad json": (b"{", JSON),
    "a form": (b"a=1&a=2&b=%C3%B6+x", TYPES["form"]),
    "multipart": (_MULTIPART, TYPES["multipart"]),
    "octets": (b"\x00\xff", TYPES["octets"]),
    "text utf-8": ("grön".encode(), (("Content-Type", "text/plain; charset=utf-8"),)),
    "nothing": (b"", ()),
}
_MORE: Headers = (("x-mine", "1"), ("X-Mine", "2"), ("Cookie", "a=b; c=d"), ("x-a_b", "u"))


def _raw_cells() -> dict[str, Request]:
    cells = {}
    for seen, name in product(SEEN, _BODIES):
        body, headers = _BODIES[name]
        cells[f"{seen} of {name}"] = post(
            body, (*headers, *_MORE, ("X-See", seen)), "/score?q=1&q=x%20y"
        )
    for seen, method in product(("method", "response", "data", "nothing", "json strict"), METHODS):
        sent = b'{"a": 1}' if method in ("POST", "PUT", "PATCH", "DELETE") else None
        cells[f"{seen} with {method}"] = Request(method, "/score", (("X-See", seen), *JSON), sent)
    for query, seen in product(QUERIES[:30], ("args", "query_string", "full_path", "url")):
        cells[f"{seen} of ?{query[:30]}"] = Request("GET", f"/score?{query}", (("X-See", seen),))
    cells["raising"] = Request("GET", "/score", (("X-See", "no such"),))
    return cells


_HEADERS = """
def init():
    pass

def run(raw, request_headers):
    kept = ("X-", "Content-", "Accept", "Authorization", "Cookie", "Traceid", "Traceparent", "Host")
    return [raw, type(request_headers).__name__, sorted(
        [k, v] for k, v in request_headers.items() if k.startswith(kept))]
"""


def _header_cells() -> dict[str, Request]:
    sent: dict[str, Headers] = {
        "one": (("x-one", "1"),),
        "repeated": (("x-two", "1"), ("X-TWO", "2"), ("x-Two", "3")),
        "empty": (("x-empty", ""),),
        "padded": (("x-padded", "  a  "),),
        "latin-1": (("x-latin", "gr\xf6n"),),
        "underscore": (("x_under_score", "1"), ("x-under-score", "2")),
        "odd case": (("X-oDD-caSE", "1"), ("xyz", "1"), ("x-1a-2b", "3")),
        "authorization": (("Authorization", "Bearer abc"),),
        "cookies": (("Cookie", "a=b"), ("Cookie", "c=d")),
        "trace": (("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("TraceId", "T")),
        "ids": (("x-request-id", "R"), ("x-ms-client-request-id", "C")),
        "accept": (("Accept", "*/*"), ("Accept-Encoding", "gzip")),
        "dots": (("x.dotted", "1"), ("x-a!#$", "2")),
    }  # fmt: skip
    cells = {}
    for name, headers in sent.items():
        cells[f"headers {name}"] = post("{}", JSON + headers)
        cells[f"headers {name} by GET"] = Request("GET", "/score?a=1", headers)
    cells |= {
        f"{body} as {kind}": post(BODIES[body], TYPES[kind])
        for body, kind in product(BODIES, TYPES)
        if kind not in ("form", "multipart")
    }
    return cells


SCENARIOS = (
    Scenario(
        "rawhttp",
        Setup({"score.py": _RAW}, {"AML_CORS_ORIGINS": "http://.*\\.com, https://b.org"}),
        {**_raw_cells(), **swagger_cells(), **cors_cells(("http://a.com", "https://b.org"))},
    ),
    Scenario(
        "request headers",
        Setup(
            {"score.py": _HEADERS},
            {},
            ("--entry_script", "score.py", "--access_control_allow_origins", "*"),
        ),
        {**_header_cells(), **cors_cells(("http://a.com",))},
    ),
)
