"""Where a service is reached, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from brygga.spec.option import OptionGroup, documented, option

Certificate = tuple[Path | str, Path | str]
"""Files with a certificate and its key, both in PEM."""


@documented
@dataclass(frozen=True, kw_only=True, repr=False)
class Endpoint(OptionGroup):
    """Where a service listens, and whether it asks for a key."""

    called: ClassVar[str] = "access"

    auth: bool = option(True, "Ask callers for one of two keys.")
    host: str = option("127.0.0.1", "The address to listen on.")
    port: int | None = option(
        None,
        "The port to listen on; one is chosen, and kept as long as the service exists, unless it "
        "is given.",
        low=1,
        high=65_535,
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Access(Endpoint):
    """Where a service is reached, and by whom.

    Attributes:
        auth: Whether callers need one of two keys.
        host: The address to listen on.
        port: One is chosen, and kept as long as the service exists, unless it is given.
        keys: `{"primary": ..., "secondary": ...}`; those left out are kept, or made.
        tls: Files with a certificate and its key, both in PEM: callers then use HTTPS. False is
            plain HTTP again, `kept` the same as not to say it.
    """

    keys: Mapping[str, str] | None = field(default=None, metadata={"secret": True})
    tls: Certificate | Literal["kept", False] | None = None

    def __repr__(self) -> str:
        said = {**self.said(), "keys": "..."} if self.keys else self.said()
        return f"Access({', '.join(f'{name}={value!r}' for name, value in sorted(said.items()))})"
