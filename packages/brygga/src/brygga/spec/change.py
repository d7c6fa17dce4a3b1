"""What differs between two specs of a service, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from brygga.spec.service import SPEC_OPTIONS, ServiceSpec


@dataclass(frozen=True)
class Change:
    """An option whose value is another one now, each value as people read it."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name}: {self.before} -> {self.after}"


def changes_between(before: ServiceSpec, after: ServiceSpec) -> list[Change]:
    """What a revision changes of the one before, in the order of the options."""
    return [*_changes(before, after)]


def _changes(before: ServiceSpec, after: ServiceSpec) -> Iterator[Change]:
    for name in SPEC_OPTIONS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change(name, *_both(old, new))
    if before.tls_certificate != after.tls_certificate:
        again = before.tls_certificate and after.tls_certificate
        yield Change("tls", _tls(before), "another certificate" if again else _tls(after))
    if before.secrets != after.secrets:
        yield Change("secrets", *(", ".join(each.secrets) or "none" for each in (before, after)))


def _both(old: object, new: object) -> tuple[str, str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        return _pairs(old, differing), _pairs(new, differing)
    return _shown(old), _shown(new)


def _pairs(values: Mapping[str, object], names: list[str]) -> str:
    return ", ".join(f"{name}={values[name]}" for name in names if name in values) or "none"


def _shown(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tls(spec: ServiceSpec) -> str:
    return "on" if spec.tls_certificate else "off"
