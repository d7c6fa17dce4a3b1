"""What the workspaces of a home need of what they share: environments, servers, wheels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from brygga.environments.environment import Environment
from brygga.environments.lock import Lock
from brygga.environments.wheels import local_wheels
from brygga.store.store import Store
from brygga.targets.base import Target


@dataclass(frozen=True)
class Tenant:
    """A workspace, as far as its needs go.

    Attributes:
        stores: Where its rows are; more than one where BRYGGA_STORE_URL is set and there is a file
            of rows from before.
    """

    name: str
    stores: tuple[Store, ...]
    targets: Mapping[str, Target]


Tenants = Callable[[], Iterable[Tenant]]


@dataclass(frozen=True)
class Retention:
    """What must stay.

    Attributes:
        locks: Digests of the locks of kept revisions and of images.
        servers: Digests of the scoring servers they go with.
        wheels: Local ones, as `<sha256>/<file name>`.
        environments: Digests of those that services name by their path, whatever the rows say.
        bundles: Digests of the bundles of kept revisions and of images.
    """

    locks: frozenset[str]
    servers: frozenset[str]
    wheels: frozenset[str]
    environments: frozenset[str]
    bundles: frozenset[str] = frozenset()


def read_retention(tenants: Iterable[Tenant]) -> Retention:
    """Reads the rows of all workspaces, and asks their targets.

    Raises:
        StoreError: the rows of one cannot be read: then nobody can say what it needs.
    """
    locks: set[str] = set()
    servers: set[str] = set()
    wheels: set[str] = set()
    environments: set[str] = set()
    digests: set[str] = set()
    for tenant in tenants:
        for store in tenant.stores:
            bundles = list(_bundles(store))
            digests |= set(_digests(store))
            locks |= {str(bundle["lock"]) for bundle in bundles}
            servers |= {str(bundle["server"]) for bundle in bundles}
            wheels |= _wheels(store, {str(bundle["lock"]) for bundle in bundles})
        for target in tenant.targets.values():
            environments |= {path.name for path in target.environments_in_use()}
    return Retention(
        frozenset(locks),
        frozenset(servers),
        frozenset(wheels),
        frozenset(environments),
        frozenset(digests),
    )


def _bundles(store: Store) -> Iterator[Mapping[str, Any]]:
    for service in store.services.list():
        yield from (revision.bundle for revision in store.services.revisions(service.name))
    yield from (image.bundle for image in store.images.list())


def _digests(store: Store) -> Iterator[str]:
    for service in store.services.list():
        yield from (revision.bundle_digest for revision in store.services.revisions(service.name))
    yield from (image.bundle_digest for image in store.images.list())


def _wheels(store: Store, locks: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for digest in locks:
        text = store.locks.get_by_digest(digest)
        if text is not None:
            found |= set(Lock.read(text).wheels)
    for row in store.environments.list():
        found |= set(local_wheels(Environment.from_dict(row.spec)))
    return found
