"""All there is to see of a service at one moment: its file, its gateway and its containers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from brygga.findings import Diagnosis
from brygga.images.engine import Engine
from brygga.targets.container import containers, failure, gateway
from brygga.targets.container.applied_state import AppliedState
from brygga.targets.container.containers import Container, InspectedContainer
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.container.gateway import Seen


@dataclass(frozen=True)
class View:
    """What was seen. Looking changes nothing.

    Attributes:
        seen: What the gateway says; None where none runs or it does not answer.
        engine: None where none answers; `there` is then empty.
        there: The containers of all generations.
    """

    folder: ContainerFolder
    applied: AppliedState
    seen: Seen | None
    engine: Engine | None
    there: Sequence[Container]

    @classmethod
    def take(
        cls, folder: ContainerFolder, engine: Engine | None, there: Sequence[Container]
    ) -> Self | None:
        """Looks at file and gateway; None where nothing was ever applied."""
        applied = AppliedState.read(folder)
        return (
            None if applied is None else cls(folder, applied, gateway.look(folder), engine, there)
        )

    def of(self, generation: str) -> list[Container]:
        """The containers of one generation."""
        return [c for c in self.there if c.generation == generation]

    def inspected(self, generation: str) -> list[InspectedContainer]:
        """The same, with what has to be asked for one by one."""
        return [] if self.engine is None else containers.inspect(self.engine, self.of(generation))

    def hopeless(self) -> Diagnosis | None:
        """Why the newest generation, which does not serve, never will; None while it may."""
        newest = self.applied.newest
        if self.applied.failed is not None:
            return Diagnosis.from_dict(self.applied.failed)
        if self.engine is None:
            return None
        there = self.inspected(newest.id)
        if self.seen is not None and self.seen.given_up == newest.id:
            return failure.of_patience(self.engine, newest, there)
        return failure.of_start(self.folder, self.engine, self.applied, there)
