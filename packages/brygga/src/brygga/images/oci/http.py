"""One exchange with a registry: credentials shown where they are asked for, failures in words."""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from brygga.error_codes import ErrorCode
from brygga.errors import RegistryError
from brygga.images.oci.address import RegistryAddress
from brygga.images.oci.credentials import Credential

if TYPE_CHECKING:
    import urllib3

Body = Callable[[], bytes | Iterable[bytes]]
"""Makes the body of a request: anew for each time it is sent."""

PULL = "pull"
PUSH = "pull,push"

_CONNECT_S = 10.0
_READ_S = 120.0
_REDIRECTS = 5
_CHALLENGE = re.compile(r'([a-z_]+)="([^"]*)"')


class BrokenOffError(Exception):
    """The connection failed in the middle; what was asked may or may not have been done."""


@dataclass
class RegistryHttp:
    """A registry's API, with what the caller may show of himself.

    Attributes:
        credential: Finds what is to be shown; asked once, when the registry wants to see it.
    """

    address: RegistryAddress
    credential: Callable[[str], Credential | None]
    _pools: dict[str, urllib3.PoolManager] = field(default_factory=dict)
    _shown: dict[str, str] = field(default_factory=dict)
    _known: list[Credential | None] = field(default_factory=list)
    _has_answered: bool = False

    def request(
        self,
        method: str,
        path: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """Asks, and once more with credentials where the registry wants them.

        Args:
            path: Below the API, or a whole address that the registry gave.
            scope: What is to be done, as `repository:NAME:pull`.
            stream: The answer is read by the caller.

        Raises:
            RegistryError: it cannot be reached, or does not take the credentials.
            BrokenOffError: the connection failed after it was made, or is not taken any more.
        """
        try:
            url = urljoin(self.address.url, path)
            answer = self._followed(method, url, scope, headers or {}, body, stream=stream)
            if answer.status == 401 and self._is_own(url):
                challenge = str(answer.headers.get("WWW-Authenticate") or "")
                answer.drain_conn()
                self._shown[scope] = self._authorization(challenge, scope)
                answer = self._followed(method, url, scope, headers or {}, body, stream=stream)
        except ValueError as error:  # its own words may have the token in them
            raise RegistryError(
                self.address.host,
                "it sends its callers to what is no address, or gives a token that cannot be sent",
                code=ErrorCode.REGISTRY_ANSWER_INVALID,
                hint="Ask whoever runs it.",
            ) from error
        if answer.status == 401:
            raise self._refused(answer)
        return answer

    def _followed(
        self,
        method: str,
        url: str,
        scope: str,
        headers: Mapping[str, str],
        body: Body | None,
        *,
        stream: bool,
    ) -> urllib3.BaseHTTPResponse:
        """The answer, of whoever the registry sends us to: who gets no credentials then."""
        for _ in range(_REDIRECTS):
            sent = dict(headers)
            if self._is_own(url) and self._shown.get(scope):
                sent["Authorization"] = self._shown[scope]
            answer = self.exchange(method, url, sent, body, stream=stream)
            to = answer.headers.get("Location")
            if answer.status not in (301, 302, 303, 307, 308) or not to or method == "POST":
                return answer
            answer.drain_conn()
            following = urljoin(url, to)
            if url.startswith("https:") and not following.startswith("https:"):
                raise self._untrusted(f"it sends its callers on to {following}, without TLS")
            url = following
        raise self._untrusted(f"it sends its callers on and on, at last to {url}")

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Body | None = None,
        *,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """One request and its answer, whatever it is."""
        import urllib3

        if urlsplit(url).scheme not in ("http", "https"):
            raise RegistryError(
                self.address.host,
                f"it sends its callers on to {url!r}, which no registry can be asked at",
                code=ErrorCode.REGISTRY_ANSWER_INVALID,
                hint="Ask whoever runs it; nothing was sent there.",
            )
        try:
            answer = self._pool(url).request(
                method,
                url,
                headers={"User-Agent": "brygga", **headers},
                body=body() if body else None,
                redirect=False,
                retries=False,
                preload_content=not stream,
                # Packed content was not asked for, and may be a thousand times as large unpacked.
                decode_content=False,
                timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S),
            )
        except (urllib3.exceptions.SSLError, urllib3.exceptions.ProxyError) as error:
            raise self._no_connection(error) from error
        except (
            urllib3.exceptions.NewConnectionError,
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.LocationParseError,
        ) as error:
            if self._has_answered:  # it may be about to start again
                raise BrokenOffError(_words(error)) from error
            raise self._no_connection(error) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise BrokenOffError(_words(error)) from error
        if answer.status == 400 and b"HTTP request to an HTTPS server" in _peeked(answer):
            raise RegistryError(
                self.address.host,
                "it speaks TLS, and was asked without",
                code=ErrorCode.REGISTRY_NOT_TLS,
                hint=f"Write https://{self.address.host}.",
            )
        self._has_answered = True
        return answer

    def _authorization(self, challenge: str, scope: str) -> str:
        """What to show for this; made of the challenge that came with the refusal."""
        scheme, _, rest = challenge.partition(" ")
        credential = self._own_credential()
        if scheme.lower() == "basic":
            if credential is None:
                raise self._refused(None)
            return f"Basic {_basic(credential)}"
        parameters = dict(_CHALLENGE.findall(rest))
        realm = parameters.get("realm", "")
        if scheme.lower() != "bearer" or not realm:
            raise RegistryError(
                self.address.host,
                f"it asks for credentials in a way that is not known here: {challenge!r}",
                code=ErrorCode.REGISTRY_ANSWER_INVALID,
            )
        if not self.address.plain and not realm.startswith("https:"):
            raise self._untrusted(f"it wants to have the credentials sent to {realm}, without TLS")
        wanted = {"service": parameters.get("service", ""), "scope": scope}
        return f"Bearer {self._token(realm, wanted, credential)}"

    def _token(self, realm: str, wanted: Mapping[str, str], credential: Credential | None) -> str:
        asked = [(k, part) for k, v in wanted.items() for part in v.split() if part]
        if credential is not None and credential.identity_token:
            form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", credential.identity_token),
                ("client_id", "brygga"),
                ("service", wanted["service"]),
                ("scope", wanted["scope"]),
            ]
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = self.exchange("POST", realm, kind, lambda: urlencode(form).encode())
        else:
            headers = {"Authorization": f"Basic {_basic(credential)}"} if credential else {}
            separator = "&" if urlsplit(realm).query else "?"
            answer = self.exchange("GET", f"{realm}{separator}{urlencode(asked)}", headers)
        if answer.status in (400, 401, 403):
            raise self._refused(answer)
        try:
            data = json.loads(answer.data)
            return str(data.get("token") or data["access_token"])
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise RegistryError(
                self.address.host,
                f"{realm} gives no token (status {answer.status})",
                code=ErrorCode.REGISTRY_ANSWER_INVALID,
                hint="Try it again; it may have been busy.",
            ) from error

    def _own_credential(self) -> Credential | None:
        if not self._known:
            self._known.append(self.credential(self.address.host))
        return self._known[0]

    def _refused(self, answer: urllib3.BaseHTTPResponse | None) -> RegistryError:
        host = self.address.host
        credential = self._own_credential()
        said = f": {detail}" if answer is not None and (detail := complaint(answer)) else ""
        if credential is None:
            reason = f"it wants credentials, and there are none for it here{said}"
            hint = f"Log in: docker login {host}, or podman login {host}."
        else:
            who = f"of the user {credential.user!r}" if credential.user else "kept"
            reason = f"it does not take the credentials {who} in {credential.source}{said}"
            hint = f"Log in anew: docker login {host}, or podman login {host}."
        return RegistryError(host, reason, code=ErrorCode.REGISTRY_UNAUTHORIZED, hint=hint)

    def _untrusted(self, reason: str) -> RegistryError:
        return RegistryError(
            self.address.host,
            reason,
            code=ErrorCode.REGISTRY_UNTRUSTED,
            hint="Ask whoever runs it; nothing was sent there.",
        )

    def _no_connection(self, error: Exception) -> RegistryError:
        host, text = self.address.host, _words(error)
        lowered = text.lower()
        if "wrong version number" in lowered or "record layer failure" in lowered:
            return RegistryError(
                host,
                "it does not speak TLS",
                code=ErrorCode.REGISTRY_NOT_TLS,
                hint=f"If it is to be plain HTTP, write http://{host}.",
            )
        if "certificate" in lowered:
            return RegistryError(
                host,
                f"its certificate is not trusted: {text}",
                code=ErrorCode.REGISTRY_UNTRUSTED,
                hint="Name the file of its authority in SSL_CERT_FILE.",
            )
        return RegistryError(
            host,
            f"it cannot be reached: {text}",
            code=ErrorCode.REGISTRY_UNREACHABLE,
            hint="Look at its name and port, and at your network.",
        )

    def _is_own(self, url: str) -> bool:
        own, other = urlsplit(self.address.url), urlsplit(url)
        return (own.scheme, own.netloc) == (other.scheme, other.netloc)

    def _pool(self, url: str) -> urllib3.PoolManager:
        import urllib3

        parts = urlsplit(url)
        found = urllib.request.getproxies().get(parts.scheme)
        proxy = found if found and not urllib.request.proxy_bypass(parts.hostname or "") else ""
        if proxy not in self._pools:
            made = urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()
            self._pools[proxy] = made
        return self._pools[proxy]


def complaint(answer: urllib3.BaseHTTPResponse) -> str:
    """What a registry says of an error, in one line; empty where it says nothing."""
    try:
        errors = json.loads(answer.data).get("errors") or []
        said = [_sentence(error) for error in errors]
    except (ValueError, AttributeError, TypeError):
        said = [answer.data.decode("utf-8", "replace").strip().partition("\n")[0]]
    return "; ".join(each for each in said if each)[:300]


def _sentence(error: Mapping[str, Any]) -> str:
    message = str(error.get("message") or error.get("code") or "")
    detail = error.get("detail")
    if '"Err": 28' in json.dumps(detail):  # ENOSPC, as Docker's own registry has it
        return "no space left on device"
    return f"{message} ({detail})" if isinstance(detail, str) and detail else message


def _peeked(answer: urllib3.BaseHTTPResponse) -> bytes:
    return answer.data or b""


def _basic(credential: Credential) -> str:
    return base64.b64encode(f"{credential.user}:{credential.secret}".encode()).decode()


def _words(error: BaseException) -> str:
    """The innermost reason, without the layers of the client around it."""
    while error.__cause__ is not None or (error.args and isinstance(error.args[-1], BaseException)):
        error = error.__cause__ or error.args[-1]
    text = str(error).strip()
    return re.sub(r"^(\[[^\]]*\]|<[^>]*>: ?|\S+\(.*?\): ?)\s*", "", text) or type(error).__name__
