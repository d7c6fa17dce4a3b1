"""The address of a service: chosen once, bound before anything is started."""

from __future__ import annotations

import errno
import hashlib
import socket
import time
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb
from brygga.spec import ServiceSpec

_FIRST, _COUNT = 20_000, 10_000
"""Where ports are chosen from: below the range the kernel hands out to clients by itself."""
_BACKLOG = 2048


def url(host: str, port: int, scheme: str = "http") -> str:
    """An address as it can be called from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def bind(host: str, *, asked: int | None, kept: int | None, name: str) -> socket.socket:
    """A listening socket for a service: on the port asked for, else the one it had, else a new one.

    Args:
        name: Of the service, to choose a port by.

    Raises:
        InvalidInputError: it cannot be had.
    """
    if kept is not None and asked in (None, kept):
        return listen_again(host, kept)
    return choose(host, name) if asked is None else listen(host, asked)


def listen_again(host: str, port: int, patience_s: float = 3.0) -> socket.socket:
    """A listening socket on an address whose last holder is ending.

    Raises:
        InvalidInputError: somebody else has it; as `listen`.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return listen(host, port)
        except InvalidInputError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on exactly this address.

    Raises:
        InvalidInputError: the port is in use, or the host is not an address of this machine.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise InvalidInputError(
            f"{host!r} is not an address: {error.strerror}.",
            code=ErrorCode.HOST_INVALID,
            hint="Use 127.0.0.1 or 0.0.0.0.",
        ) from error
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise _refusal(host, port, error) from error
    return sock


def check_metrics_port(spec: ServiceSpec, held: int) -> None:
    """Refuses a port for metrics that cannot be had, before anything is changed.

    Args:
        spec: What is asked for.
        held: The one that the service has already; 0 for none.

    Raises:
        InvalidInputError: it is the service's own port, or somebody else's.
    """
    port = spec.metrics_port
    if port is None or port == held:
        return
    if port == spec.port:
        raise InvalidInputError(
            f"Port {port} cannot be that of the service and that of its metrics.",
            code=ErrorCode.PORT_TAKEN,
            hint="Give two.",
        )
    listen(spec.host, port).close()


def choose(host: str, name: str) -> socket.socket:
    """A listening socket on a port of our choice; the same name tends to get the same port."""
    start = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    reserved = _ephemeral_range()
    refused: InvalidInputError | None = None
    for step in range(200):
        port = _FIRST + (start + step * 37) % _COUNT
        if port in reserved:
            continue
        try:
            return listen(host, port)
        except InvalidInputError as error:
            refused = error
    raise refused or InvalidInputError(
        f"No port between {_FIRST} and {_FIRST + _COUNT - 1} is left for services.",
        code=ErrorCode.PORT_TAKEN,
        hint=Hint.of("Give one with {}.", Argument(Verb.DEPLOY, "port")),
    )


def _ephemeral_range() -> range:
    try:
        text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
        low, high = (int(part) for part in text.split())
    except (OSError, ValueError):
        return range(32_768, 61_000)
    return range(low, high + 1) if low > _FIRST else range(0)


def _refusal(host: str, port: int, error: OSError) -> InvalidInputError:
    if error.errno == errno.EADDRINUSE:
        return InvalidInputError(
            f"Port {port} on {host} is in use.",
            code=ErrorCode.PORT_TAKEN,
            hint="Give another one, or leave it out to have one chosen.",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return InvalidInputError(
            f"{host!r} is not an address of this machine.",
            code=ErrorCode.HOST_INVALID,
            hint="Use 127.0.0.1 or 0.0.0.0.",
        )
    if error.errno == errno.EACCES:
        return InvalidInputError(
            f"Port {port} is reserved for the system.",
            code=ErrorCode.PORT_INVALID,
            hint="Use one of 1024 to 65535.",
        )
    return InvalidInputError(
        f"{host}:{port} cannot be listened on: {error.strerror}.", code=ErrorCode.PORT_TAKEN
    )
