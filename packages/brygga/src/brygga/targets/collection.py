"""What can run services: what every installation has, and the clusters that were declared."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from brygga.arguments import checked
from brygga.error_codes import ErrorCode
from brygga.errors import (
    AlreadyExistsError,
    InUseError,
    InvalidInputError,
    NotFoundError,
)
from brygga.findings import CheckResult
from brygga.hints import Action, Argument, Hint, Verb
from brygga.targets.base import Target
from brygga.targets.declared import DeclaredTarget, Expose

if TYPE_CHECKING:
    from brygga.store.store import Store

_KIND = "target"
Make = Callable[[DeclaredTarget], Target]


class Targets(Mapping[str, Target]):
    """All targets by name. The declared ones are read anew each time: others may declare some."""

    def __init__(self, own: Mapping[str, Target], store: Callable[[], Store], make: Make) -> None:
        """Asks nothing.

        Args:
            own: Those that every installation has.
            store: Where the others are declared; opened when one of them is asked for.
            make: From a declaration to what runs services there.
        """
        self.own = own
        self._store = store
        self.make = make
        self._made: dict[str, tuple[DeclaredTarget, Target]] = {}

    def __getitem__(self, name: str) -> Target:
        """The target of that name."""
        if name in self.own:
            return self.own[name]
        found = self._store().documents.find(_KIND, name)
        if found is None:
            raise KeyError(name)
        declared = DeclaredTarget.from_dict(name, found.content)
        kept = self._made.get(name)
        if kept is None or kept[0] != declared:
            kept = self._made[name] = declared, self.make(declared)
        return kept[1]

    def __iter__(self) -> Iterator[str]:
        """First those that every installation has."""
        yield from self.own
        yield from (row.name for row in self._store().documents.list(_KIND))

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)


@checked
class TargetCollection:
    """The clusters that were declared: `workspace.targets`."""

    def __init__(self, store: Store, targets: Targets) -> None:
        """Asks nothing."""
        self._store = store
        self._targets = targets

    def add(
        self,
        name: str,
        *,
        registry: str,
        kubeconfig: str = "",
        context: str = "",
        namespace: str = "default",
        expose: Expose = "cluster",
        host: str = "",
        path: str = "/",
        ingress_class: str = "",
        tls_secret: str = "",
        replace: bool = False,
    ) -> DeclaredTarget:
        """Declares a namespace of a cluster as a target of that name; nothing is asked of it.

        The kubeconfig is looked at, where one is named or lies in the usual place. All arguments
        but the last are the fields of `DeclaredTarget`.

        Args:
            replace: Take the place of one that is declared by that name.

        Raises:
            InvalidInputError: a value, or a kubeconfig, that cannot be used.
            AlreadyExistsError: there is one, and not `replace`.
        """
        if name in self._targets.own:
            raise InvalidInputError(
                f"{name!r} is a target that every installation has.",
                code=ErrorCode.TARGET_EXISTS,
                hint="Choose another name.",
            )
        made = DeclaredTarget(
            name=name,
            registry=registry,
            kubeconfig=kubeconfig,
            context=context,
            namespace=namespace,
            expose=expose,
            host=host,
            path=path,
            ingress_class=ingress_class,
            tls_secret=tls_secret,
        )
        if not replace and self._store.documents.find(_KIND, name) is not None:
            way = Hint.of(
                "Give {} to take its place, or choose another name.",
                Argument(Verb.ADD_TARGET, "replace", value=True),
            )
            raise AlreadyExistsError("target", name, hint=way)
        self._targets.make(made).require_reachable()
        self._store.documents.put(_KIND, name, made.to_dict())
        return made

    def get(self, name: str) -> DeclaredTarget:
        """The declaration of that name.

        Raises:
            NotFoundError: naming those there are.
        """
        found = self._store.documents.find(_KIND, name)
        if found is None:
            way = Hint.of("None is declared: {}", Action(Verb.ADD_TARGET, {"name": name}))
            raise self._not_found(name, way)
        return DeclaredTarget.from_dict(name, found.content)

    def list(self) -> builtins.list[DeclaredTarget]:
        """All that are declared, by name."""
        rows = self._store.documents.list(_KIND)
        return [DeclaredTarget.from_dict(row.name, row.content) for row in rows]

    def remove(self, name: str) -> None:
        """Forgets a declaration; nothing in the cluster is touched.

        Raises:
            NotFoundError: there is none of that name.
            InUseError: services run on it.
        """
        if self._store.documents.find(_KIND, name) is None:
            raise self._not_found(name, Hint("None is declared: there is nothing to remove."))
        on_it = [row.name for row in self._store.services.list() if row.target == name]
        users = [f"the service {each!r}" for each in on_it]
        if users:
            raise InUseError("target", name, users)
        self._store.documents.delete(_KIND, name)

    def check(self, name: str) -> Iterator[CheckResult]:
        """Looks at what a deployment there would meet, one thing after another."""
        return self._to_look_at(name).check()

    def role(self, name: str, *, nodes: bool = False) -> builtins.list[Mapping[str, Any]]:
        """The rights that it needs, as objects for the cluster's owner to apply.

        Args:
            nodes: Also that to look at nodes, which are in no namespace.
        """
        return [*self._to_look_at(name).role(nodes=nodes)]

    def _to_look_at(self, name: str) -> Target:
        """The target of that name; one that every installation has says itself what it lacks."""
        if name not in self._targets.own:
            self.get(name)
        return self._targets[name]

    def _not_found(self, name: str, without: Hint) -> NotFoundError:
        """That none of that name is declared.

        Args:
            without: The way out where none is declared at all.
        """
        if name in self._targets.own:
            own = Hint(f"Every installation has {name!r}: it is no cluster, and not declared.")
            return NotFoundError("target", name, hint=own)
        known = [each.name for each in self.list()]
        return NotFoundError("target", name, known, hint="" if known else without)
