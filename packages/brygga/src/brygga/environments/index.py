"""Where packages come from: the addresses of indexes and folders, and how uv is told of them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True, repr=False)
class IndexOptions:
    """Where the packages of an environment come from, beyond what this machine is set to.

    Addresses may name environment variables as `${TOKEN}`; they are kept like that and filled in
    at the moment of use, so that a token is never stored.

    Attributes:
        index_url: Takes the place of the index this machine is set to.
        extra_index_urls: Asked as well.
        find_links: Folders or pages with distributions.
        trusted_hosts: Hosts whose certificates are not checked.
        no_index: Only `find_links` are looked at.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    no_index: bool = False

    def __repr__(self) -> str:
        return f"IndexOptions({self.to_dict()!r})"

    def to_dict(self) -> dict[str, Any]:
        """A JSON object without credentials, and without what is not set."""
        values: dict[str, Any] = {
            "index_url": self.index_url and without_credentials(self.index_url),
            "extra_index_urls": [without_credentials(url) for url in self.extra_index_urls],
            "find_links": [without_credentials(place) for place in self.find_links],
            "trusted_hosts": list(self.trusted_hosts),
            "no_index": self.no_index,
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote."""
        return cls(
            index_url=data.get("index_url"),
            extra_index_urls=tuple(data.get("extra_index_urls", ())),
            find_links=tuple(data.get("find_links", ())),
            trusted_hosts=tuple(data.get("trusted_hosts", ())),
            no_index=bool(data.get("no_index", False)),
        )

    def over(self, base: IndexOptions) -> IndexOptions:
        """These options on top of a machine's, as pip reads a file on top of its configuration."""
        return IndexOptions(
            index_url=self.index_url or base.index_url,
            extra_index_urls=_joined(self.extra_index_urls, base.extra_index_urls),
            find_links=_joined(self.find_links, base.find_links),
            trusted_hosts=_joined(self.trusted_hosts, base.trusted_hosts),
            no_index=self.no_index or base.no_index,
        )

    def variables(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment variables that tell uv, with `${NAME}` filled in.

        Variables and not arguments, because everybody on a machine can read arguments.

        Raises:
            InvalidInputError: an address names a variable that is not set.
        """
        known = os.environ if environ is None else environ
        values = {
            "UV_DEFAULT_INDEX": _filled(self.index_url or "", known),
            "UV_INDEX": " ".join(_filled(url, known) for url in self.extra_index_urls),
            "UV_FIND_LINKS": ",".join(_filled(place, known) for place in self.find_links),
            "UV_INSECURE_HOST": " ".join(self.trusted_hosts),
            "UV_NO_INDEX": "1" if self.no_index else "",
        }
        return {name: value for name, value in values.items() if value}


def without_credentials(address: str) -> str:
    """The address less user and password, unless what is secret of them is only `${NAME}`.

    A user without a password may be a token.
    """
    parts = urlsplit(address)
    credentials, at, host = parts.netloc.rpartition("@")
    user, colon, password = credentials.partition(":")
    if not at or not _VARIABLE.sub("", password if colon else user):
        return address
    return urlunsplit(parts._replace(netloc=host))


def redacted(text: str) -> str:
    """A text of uv's with what may be credentials made unreadable."""
    return _CREDENTIALS.sub("***@", text)


def _filled(address: str, environ: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environ:
            raise InvalidInputError(
                f"The address {without_credentials(address)!r} of a package index names the "
                f"environment variable {name}, which is not set.",
                code=ErrorCode.VARIABLE_NOT_SET,
                hint=f"Set {name}, then try again.",
            )
        return environ[name]

    return _VARIABLE.sub(value, address)


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
