"""What differs between two bundles of a service, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from brygga.environments.lock import LockTexts, get_lock
from brygga.errors import CorruptError, NotFoundError
from brygga.images.bundle import Bundle, ImageBase
from brygga.spec.change import Change

_SHOWN = 8


def bundle_changes(before: Bundle, after: Bundle, locks: LockTexts) -> Iterator[Change]:
    """What a bundle changes of the one before: models, code, packages, what it is built on."""
    models = [", ".join(f"{m.name}:{m.version}" for m in each.models) for each in (before, after)]
    if before.models != after.models:
        again = models[0] == models[1]
        yield Change("models", models[0] or "none", "changed" if again else models[1] or "none")
    if before.entry_script != after.entry_script:
        yield Change("entry_script", before.entry_script, after.entry_script)
    code = _differing(_contents(before), _contents(after))
    if code:
        yield Change("code", "", code)
    for name in ("python", "platform"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change(name, old, new)
    if before.lock != after.lock:
        yield Change("packages", "", _packages(before.lock, after.lock, locks))
    if before.server != after.server:
        yield Change("server", before.server[:12], after.server[:12])
    if before.base != after.base:
        yield Change("image base", *map(_base, (before.base, after.base)))


def _contents(bundle: Bundle) -> dict[str, str]:
    return {file.path: f"{file.sha256} {file.executable}" for file in bundle.code}


def _packages(before: str, after: str, locks: LockTexts) -> str:
    try:
        old, new = (
            dict(each.split("==", 1) for each in get_lock(locks, digest).packages)
            for digest in (before, after)
        )
    except (NotFoundError, CorruptError):
        return "others"
    return _differing(old, new, values=True) or "the same, from other files"


def _differing(old: Mapping[str, str], new: Mapping[str, str], *, values: bool = False) -> str:
    """What was added, removed and changed, in a line."""
    words = []
    for name in sorted({**old, **new}):
        if name not in old:
            words.append(f"{name} {new[name]} added" if values else f"{name} added")
        elif name not in new:
            words.append(f"{name} removed")
        elif old[name] != new[name]:
            words.append(f"{name} {old[name]} -> {new[name]}" if values else f"{name} changed")
    more = [f"and {len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
    return ", ".join([*words[:_SHOWN], *more])


def _base(base: ImageBase | None) -> str:
    if base is None:
        return "none"
    return base.reference or "a Dockerfile"
