"""An undecorated run(): results, bodies, queries, methods, paths, ids, browsers."""

from __future__ import annotations

import json
from itertools import product
from urllib.parse import quote

from support.differential import results
from support.differential.scenario import JSON, Scenario, cors_cells, post, swagger_cells
from support.differential.servers import Setup
from support.differential.wire import Headers, Request

_RUN = """
def init():
    pass

def run(raw):
    assert type(raw) is str
    try:
        asked = json.loads(raw)
    except ValueError:
        return "text %r" % raw
    if isinstance(asked, dict) and asked.get("do") in DO:
        return DO[asked["do"]]()
    return "read %r" % raw
"""
SCRIPT = "\n".join((results.PRELUDE, results.table(), _RUN))

BODIES = {
    "an object": b'{"data": [1, 2.50]}',
    "an array": b"[1]",
    "text": b"plain words",
    "nothing": b"",
    "white space": b" \r\n",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NUL": b"a\0b",
    "a form": b"a=1&b=%20c",
    "unicode": "grön ☃".encode(),
    "latin-1": b"gr\xf6n",
    "binary": b"\xff\xfe\x00",
    "cut UTF-8": b"abc\xe2\x98",
    "surrogates": b"\xed\xa0\x80",
    "300 kB": b'"' + b"x" * 300_000 + b'"',
}
_MULTIPART = b'--X\r\nContent-Disposition: form-data; name="f"\r\n\r\nvalue\r\n--X--\r\n'
TYPES: dict[str, Headers] = {
    "no type": (),
    "json": JSON,
    "json utf-8": (("Content-Type", "application/json; charset=utf-8"),),
    "JSON": (("Content-Type", "Application/JSON"),),
    "text": (("Content-Type", "text/plain"),),
    "octets": (("Content-Type", "application/octet-stream"),),
    "form": (("Content-Type", "application/x-www-form-urlencoded"),),
    "multipart": (("Content-Type", "multipart/form-data; boundary=X"),),
    "problem+json": (("Content-Type", "application/problem+json"),),
    "text/json": (("Content-Type", "text/json"),),
    "garbage": (("Content-Type", "gar bage;;"),),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
TARGETS = (
    "/", "/score", "/score/", "/score?a=1", "//score", "/SCORE", "/sc%6Fre", "/score%2F",
    "/score;x", "/swagger.json", "/swagger.json/", "/swagger", "/nowhere", "/static/x", "/?a=1",
    "/./score", "/x/../score", "/metrics", "/ready",
)  # fmt: skip
QUERIES = (
    "", "a=1", "a=1&a=2", "a=1&a=x&b=3", "a=[1,2]", "a={%22b%22:null}", "a=null", "a=true",
    "a=True", "a=1.50", "a=1e3", "a=NaN", "a=-Infinity", "a=%22q%22", "a=word", "a=", "a", "=1",
    "&", "a=1&&b=2",
    "a=1;b=2", "a=x+y", "a=x%20y", "a=%2B", "a=%C3%B6", "a=%F6", "a=%", "a=%zz", "a=1#f", "a=b=c",
    "A=1&a=2", "a%5B%5D=1", "do=list", "do=%22list%22", "a=01", "a=99999999999999999999",
    "a=" + "9" * 400, "a=" + "x" * 3000,
)  # fmt: skip


def _results() -> dict[str, Request]:
    cells = {}
    for name in results.RESULTS:
        body = json.dumps({"do": name}).encode()
        cells[f"result {name}"] = post(body)
        cells[f"result {name} by GET"] = Request("GET", f"/score?do={quote(json.dumps(name))}")
    return cells


def _bodies() -> dict[str, Request]:
    cells = {
        f"{body} as {kind}": post(BODIES[body], TYPES[kind])
        for body, kind in product(BODIES, TYPES)
    }
    cells["multipart"] = post(_MULTIPART, TYPES["multipart"])
    chunked: Headers = (("Transfer-Encoding", "chunked"),)
    for kind, headers in TYPES.items():
        text = b"7\r\n" + b'{"a":1}' + b"\r\n0\r\n\r\n"
        cells[f"chunked as {kind}"] = Request("POST", "/score", headers + chunked, text)
    cells["no body and no length"] = Request("POST")
    cells["GET with a body"] = Request("GET", "/score?a=1", JSON, b'{"b": 2}')
    return cells


def _paths() -> dict[str, Request]:
    return {
        f"{method} {target}": Request(method, target, (), b"{}" if method in BODIED else None)
        for method, target in product(METHODS, TARGETS)
    }


BODIED = ("POST", "PUT", "PATCH")


def _ids() -> dict[str, Request]:
    names = ("x-request-id", "x-ms-request-id", "x-ms-client-request-id", "TraceId")
    values = (
        (None, "A", "", "a" * 100, "a" * 101),
        (None, "B", "b" * 100, "b" * 101),
        (None, "C", "c" * 101),
        (None, "T1"),
    )
    cells = {}
    for chosen in product(*values):
        sent = tuple((n, v) for n, v in zip(names, chosen, strict=True) if v is not None)
        shown = ", ".join("-" if v is None else v if len(v) < 5 else str(len(v)) for v in chosen)
        cells[f"ids {shown}"] = post('{"do": "list"}', JSON + sent)
    for target in ("/", "/swagger.json", "/nowhere", "/score?a=1"):
        for length in (1, 101):
            sent = (("x-request-id", "r" * length), ("TraceId", "T"))
            cells[f"ids of {length} on GET {target}"] = Request("GET", target, sent)
    for method in ("OPTIONS", "HEAD", "PUT"):
        sent = (("X-REQUEST-ID", "R"), ("traceid", "T"), ("x-ms-client-request-id", "C"))
        cells[f"ids on {method}"] = Request(method, "/score", sent)
    cells["ids while run() raises"] = post('{"do": "raise KeyError"}', (("x-request-id", "R"),))
    cells["ids with odd letters"] = post("{}", (("x-request-id", "gr\xf6n, [x] 'y'"),))
    cells["ids twice"] = post("{}", (("x-request-id", "R1"), ("x-request-id", "R2")))
    return cells


PLAIN = Scenario(
    "undecorated",
    Setup(
        {"score.py": SCRIPT},
        {"SCORING_TIMEOUT_MS": "1200"},
        ("--entry_script", "score.py", "--access_control_allow_origins", "http://a.com"),
    ),
    {
        **_results(),
        **_bodies(),
        **_paths(),
        **{f"GET /score?{query[:40]}": Request("GET", f"/score?{query}") for query in QUERIES},
        **_ids(),
        **swagger_cells(),
        **cors_cells(("http://a.com",)),
    },
)
