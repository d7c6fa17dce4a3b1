"""What differs between two specs of a service, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from brygga.spec.option import shown
from brygga.spec.service import SPEC_OPTIONS, ServiceSpec


@dataclass(frozen=True)
class Change:
    """An option whose value is another one now, each value as people read it.

    Attributes:
        before: Empty where `after` says what has become of many things.
    """

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        became = f"{self.before} -> {self.after}" if self.before else self.after
        return f"{self.name}: {became}"

    def to_dict(self) -> dict[str, str]:
        """A JSON object."""
        return {"name": self.name, "before": self.before, "after": self.after}


def changes_between(before: ServiceSpec, after: ServiceSpec) -> list[Change]:
    """What a revision changes of the one before, in the order of the options."""
    return [*_changes(before, after)]


def _changes(before: ServiceSpec, after: ServiceSpec) -> Iterator[Change]:
    for name in SPEC_OPTIONS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield change(name, old, new)
    if before.tls_certificate != after.tls_certificate:
        again = before.tls_certificate and after.tls_certificate
        yield Change("tls", _tls(before), "another certificate" if again else _tls(after))
    if before.secrets != after.secrets:
        yield Change("secrets", *(", ".join(each.secrets) or "none" for each in (before, after)))


def change(name: str, old: object, new: object) -> Change:
    """That something has another value; of pairs, those that differ."""
    return Change(name, *_both(old, new))


def _both(old: object, new: object) -> tuple[str, str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        before, after = ({n: each[n] for n in differing if n in each} for each in (old, new))
        return shown(before), shown(after)
    return shown(old), shown(new)


def _tls(spec: ServiceSpec) -> str:
    return "on" if spec.tls_certificate else "off"
