"""Where a store is kept, as a URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

_HINT = "Give BRYGGA_STORE_URL as sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."
# What lies before the first slash may also be a host and its port.
_LOGIN = re.compile(r"([^:/@?]*):(?!\d*[/?])([^@]*)@(?=[^@]*$|[^@]*[/?])")
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(:\d*)?")


@dataclass(frozen=True)
class StoreUrl:
    """A file of SQLite, or a database of PostgreSQL.

    Attributes:
        file: None for PostgreSQL.
        address: As PostgreSQL's own library reads it; the password is in it.
    """

    file: Path | None = None
    address: str = ""

    def __str__(self) -> str:
        """For people, without a password."""
        if self.file is not None:
            return f"sqlite:///{self.file}"
        shown = re.sub(r"(?<=//)([^/@?]*?):[^/?]*@", r"\1:***@", self.address)
        return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", shown)

    __repr__ = __str__


def sqlite_url(path: Path) -> StoreUrl:
    """The URL of a file; any character may be in its name."""
    return StoreUrl(file=path)


def parse_url(text: str) -> StoreUrl:
    """Reads a store's URL.

    PostgreSQL's is what libpq takes:
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING

    Raises:
        InvalidInputError: it is no URL, or one of another database.
    """
    scheme, separator, rest = text.partition("://")
    kind = scheme.partition("+")[0].lower()  # a driver may be named, as SQLAlchemy's URLs do
    if not separator or not kind:
        raise _refused("The store's URL cannot be read.")
    if kind == "sqlite":
        return _of_sqlite(rest)
    if kind == "postgresql":
        return _of_postgresql(rest)
    raise _refused(f"The store cannot be kept in {kind!r}.")


def _of_sqlite(rest: str) -> StoreUrl:
    path, _, parameters = rest.removeprefix("/").partition("?")
    if path in ("", ":memory:"):
        raise _refused("The store needs a file, not memory.")
    if not rest.startswith("/"):
        raise _refused("The store's URL cannot be read: a file has three slashes before it.")
    if parameters:
        raise _refused(f"The store's URL has parameters ({parameters}), and a file takes none.")
    return StoreUrl(file=Path(path))


def _of_postgresql(rest: str) -> StoreUrl:
    # In a password there may be what ends it for libpq: it would be read as an address, and shown.
    rest = _LOGIN.sub(_quoted_login, rest, count=1) if _LOGIN.match(rest) else rest
    hosts = re.split(r"[/?]", rest.rpartition("@")[2], maxsplit=1)[0]
    if not all(_HOST.fullmatch(host) for host in hosts.split(",")):
        raise _refused(f"The store's URL cannot be read: {hosts!r} is no host and port.")
    return StoreUrl(address=f"postgresql://{rest}")


def _quoted_login(found: re.Match[str]) -> str:
    user, password = found.groups()
    return f"{user}:{password.replace('/', '%2F').replace('?', '%3F')}@"


def _refused(message: str) -> InvalidInputError:
    return InvalidInputError(message, code=ErrorCode.STORE_URL_INVALID, hint=_HINT)
