"""The request that a @rawhttp run() gets."""

import io
import json
from typing import Any, Dict, Optional, Tuple
from urllib.parse import parse_qsl, unquote

from . import multipart, uri
from .headers import Headers, MultiDict, headers_dict, parse_options

_URLENCODED = "application/x-www-form-urlencoded"


class AMLRequest:
    """One HTTP request. `data` is the body whatever its type; forms are parsed beside it."""

    def __init__(
        self,
        method: str = "GET",
        path: str = "/",
        query_string: bytes = b"",
        headers: Tuple[Tuple[str, str], ...] = (),
        body: bytes = b"",
        remote_addr: Optional[str] = None,
        scheme: str = "http",
    ) -> None:
        self.method = method
        self.path = unquote(path)
        self.query_string = query_string
        self.headers = Headers(headers_dict(headers).items())
        self.remote_addr = remote_addr
        self.scheme = scheme
        self.content_type = self.headers.get("Content-Type")
        self.mimetype, self.mimetype_params = parse_options(self.content_type)
        self.content_length = self.headers.get("Content-Length", len(body), type=int)
        self.stream = io.BytesIO(body)
        self._body = body
        self._form: Optional[multipart.MultipartForm] = None

    def __repr__(self) -> str:
        return "<AMLRequest %r [%s]>" % (self.url, self.method)

    @property
    def data(self) -> bytes:
        """The body."""
        return self._body

    def get_data(
        self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False
    ) -> Any:
        """The body, as UTF-8 text if asked; the other arguments are Flask's and change nothing."""
        return self._body.decode("utf-8", "replace") if as_text else self._body

    @property
    def is_json(self) -> bool:
        """Whether the Content-Type says JSON."""
        kind = self.mimetype
        return kind == "application/json" or (
            kind.startswith("application/") and kind.endswith("+json")
        )

    @property
    def json(self) -> Any:
        """The body as JSON. Raises `ValueError` where it is not, or does not say so."""
        return self.get_json()

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as JSON; `force`: of any Content-Type, `silent`: None for what is not JSON."""
        if not (force or self.is_json):
            if silent:
                return None
            raise ValueError(
                "The Content-Type is %r, not JSON: use get_json(force=True)" % self.content_type
            )
        try:
            return json.loads(self._body)
        except ValueError:
            if silent:
                return None
            raise

    @property
    def args(self) -> MultiDict:
        """The query string's values."""
        return MultiDict(uri.query_pairs(self.query_string))

    @property
    def form(self) -> MultiDict:
        """The fields of a form."""
        return MultiDict(self._parsed_form().fields)

    @property
    def files(self) -> MultiDict:
        """The files of a form."""
        return MultiDict(self._parsed_form().files)

    @property
    def values(self) -> MultiDict:
        """Query string and form together, the former first."""
        return MultiDict(uri.query_pairs(self.query_string) + self._parsed_form().fields)

    @property
    def cookies(self) -> Dict[str, str]:
        """The cookies by name."""
        from http.cookies import CookieError, SimpleCookie

        found: Dict[str, str] = {}
        for part in (self.headers.get("Cookie") or "").split(";"):
            try:
                found.update((k, morsel.value) for k, morsel in SimpleCookie(part.strip()).items())
            except CookieError:
                continue
        return found

    @property
    def host(self) -> str:
        """The host that the client has asked."""
        return str(self.headers.get("Host", "localhost"))

    @property
    def host_url(self) -> str:
        """Scheme and host, with a slash."""
        return "%s://%s/" % (self.scheme, self.host)

    url_root = root_url = host_url

    @property
    def base_url(self) -> str:
        """The URL without the query."""
        return self.host_url.rstrip("/") + self.path

    @property
    def url(self) -> str:
        """The URL, as people read it."""
        query = uri.readable(self.query_string.decode("latin-1"))
        return self.base_url + ("?" + query if query else "")

    @property
    def full_path(self) -> str:
        """Path and query, with a question mark in any case."""
        return "%s?%s" % (self.path, self.query_string.decode("latin-1"))

    @property
    def is_secure(self) -> bool:
        """Whether the client came over TLS."""
        return self.scheme == "https"

    @property
    def user_agent(self) -> str:
        """The client's name for itself."""
        return str(self.headers.get("User-Agent", ""))

    @property
    def environ(self) -> Dict[str, Any]:
        """The request as WSGI tells it."""
        name, _, port = self.host.partition(":")
        environ: Dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query_string.decode("latin-1"),
            "SERVER_NAME": name,
            "SERVER_PORT": port or ("443" if self.is_secure else "80"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.remote_addr,
            "wsgi.url_scheme": self.scheme,
            "wsgi.input": self.stream,
        }
        for key, value in self.headers:
            field = key.upper().replace("-", "_")
            if field not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                field = "HTTP_" + field
            repeated = field in environ
            environ[field] = "%s,%s" % (environ[field], value) if repeated else value
        return environ

    def _parsed_form(self) -> multipart.MultipartForm:
        if self._form is None:
            self._form = self._parse_form()
        return self._form

    def _parse_form(self) -> multipart.MultipartForm:
        if self.mimetype == _URLENCODED:
            text = self._body.decode("utf-8", "replace")
            return multipart.MultipartForm(parse_qsl(text, keep_blank_values=True), [])
        if self.mimetype == "multipart/form-data":
            return multipart.parse(self._body, self.mimetype_params.get("boundary", ""))
        return multipart.MultipartForm([], [])


def from_meta(meta: Dict[str, Any], body: bytes) -> AMLRequest:
    """The request that a RAW frame tells of."""
    return AMLRequest(
        meta["method"],
        meta["path"],
        meta.get("query", "").encode("latin-1", "replace"),
        tuple((name, value) for name, value in meta["headers"]),
        body,
        meta.get("remote"),
        meta.get("scheme", "http"),
    )
