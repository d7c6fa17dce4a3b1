"""What a revision of a service is to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from brygga.spec.access import Endpoint
from brygga.spec.option import options_of
from brygga.spec.resources import Resources
from brygga.spec.serving import Serving

_OLDER_NAMES = {"auth_enabled": "auth"}


@dataclass(frozen=True)
class ServiceSpec(Resources, Endpoint, Serving):
    """What a revision of a service is to be, less its bundle.

    It has the fields of `Resources`, `Endpoint` and `Serving`, whose docstrings explain them.

    Attributes:
        name: The service.
        secrets: Names only; the values come with the `Workload`.
        tls_certificate: In PEM; empty for plain HTTP. The key is with the secrets.
    """

    name: str
    secrets: tuple[str, ...] = ()
    tls_certificate: str = ""

    @property
    def prefix(self) -> str:
        """What all its paths begin with: empty, or with a slash before it and none behind."""
        plain = (self.path_prefix or "").strip("/")
        return f"/{plain}" if plain and self.profile != "v1" else ""

    @property
    def has_docs(self) -> bool:
        """Whether it has the page at `/docs`; in v1's profile only where that is asked for."""
        return self.profile != "v1" if self.docs is None else self.docs

    def to_dict(self) -> dict[str, Any]:
        """A JSON object of what was said, and of the defaults there were."""
        values = asdict(self) | {"environment_variables": dict(self.environment_variables)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote, also that of an older version."""
        known = {f.name for f in fields(cls)}
        named = {_OLDER_NAMES.get(name, name): value for name, value in data.items()}
        values = {name: value for name, value in named.items() if name in known}
        return cls(**{**values, "secrets": tuple(data.get("secrets", ()))})

    def server_settings(self) -> dict[str, object]:
        """What the server is told as it stands here, by the names it knows."""
        told = {
            each.setting: getattr(self, name) for name, each in SPEC_OPTIONS.items() if each.setting
        }
        return {name: value for name, value in told.items() if value is not None}


SPEC_OPTIONS = options_of(Resources, Endpoint, Serving)
"""Every option that a stored spec has, by name."""
