"""What only a cluster can do: elsewhere it is refused with what would have to be typed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from support.workloads import workload

from brygga.errors import InvalidInputError
from brygga.spellings import Language, words
from brygga.targets.base import Target
from brygga.testing.targets import FakeTarget

SERVICE = workload().spec.name


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (lambda it: it.manifest(workload(), None), "`--target NAME` and `--image REF`"),
        (lambda it: it.drift(workload()), f"`brygga deploy {SERVICE} ... --target NAME`"),
        (lambda it: it.forward(SERVICE, 0), f"`brygga deploy {SERVICE} ... --target NAME`"),
        (lambda it: it.check(), "`brygga target list`"),
        (lambda it: it.role(nodes=False), "`brygga target list`"),
    ],
)
def test_the_hint_can_be_typed(asked: Callable[[Target], Iterable[object]], hint: str) -> None:
    with pytest.raises(InvalidInputError, match="'fake' is no cluster") as caught:
        asked(FakeTarget())

    assert hint in words(caught.value.advice, Language.COMMAND)
