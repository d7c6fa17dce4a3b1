"""Which replica gets the next request, and when a new generation takes over."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from brygga_server.gateway.plan import GatewayPlan, GatewayPlanError, GenerationPlan
from brygga_server.gateway.replica import Replica

_HOLD_SECONDS = 10.0
_DRAIN_SECONDS = 300.0
_LOOK_SECONDS = 0.05


class Waiter(Protocol):
    """A request that has no replica yet."""

    def placed(self, replica: Replica) -> None:
        """This one takes it."""

    def not_placed(self, *, starting: bool) -> None:
        """There is none, and none is expected."""


class ReplicaGeneration:
    """The replicas of one revision."""

    def __init__(self, plan: GenerationPlan, changed: Callable[[], None]) -> None:
        self.plan = plan
        self.replicas = [Replica(replica, changed) for replica in plan.replicas]
        self.started_at = 0.0
        self.retired_at = 0.0

    def start(self) -> None:
        """Begins to look whether they are ready."""
        self.started_at = time.monotonic()
        for each in self.replicas:
            each.start()

    def is_late(self, now: float) -> bool:
        """Whether it was never ready, and has had its time."""
        patience = self.plan.patience_s
        return not self.plan.proven and 0 < patience < now - self.started_at

    @property
    def ready(self) -> bool:
        """Whether all of them can serve."""
        return all(each.ready for each in self.replicas)

    def pick(self) -> Replica | None:
        """The least busy one of those that can serve; else one that at least answers."""
        living = [each for each in self.replicas if each.live]
        return min(living, key=_pressure) if living else None


def _pressure(replica: Replica) -> tuple[bool, bool, int]:
    return not replica.ready, replica.doubted, replica.in_flight


class Balancer:
    """The generations: one that serves, one that may be starting, and those that are leaving."""

    def __init__(self, plan: GatewayPlan, say: Callable[[str], None]) -> None:
        """Nothing runs yet; needs no loop."""
        self._plan = plan
        self._say = say
        self._waiting: deque[tuple[float, Waiter]] = deque()
        self.current = ReplicaGeneration(plan.current, self._changed)
        self.pending = ReplicaGeneration(plan.pending, self._changed) if plan.pending else None
        self.leaving: list[ReplicaGeneration] = []

    async def run(self) -> None:
        """Looks after everything that has to do with time."""
        self.current.start()
        if self.pending is not None:
            self.pending.start()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            for generation in [self.current, *([self.pending] if self.pending else [])]:
                for each in generation.replicas:
                    each.sweep(now)
            while self._waiting and now - self._waiting[0][0] > _HOLD_SECONDS:
                self._waiting.popleft()[1].not_placed(starting=False)
            await self._give_up_late(now)
            await self._end_drained(now)

    def place(self, waiter: Waiter) -> None:
        """Finds a replica for a request, now or as soon as there is one."""
        found = self.current.pick()
        if found is not None:
            waiter.placed(found)
        elif self.current.plan.proven:
            self._waiting.append((time.monotonic(), waiter))
        else:
            waiter.not_placed(starting=True)

    def forget(self, waiter: Waiter) -> None:
        """Its client is gone."""
        self._waiting = deque(pair for pair in self._waiting if pair[1] is not waiter)

    def apply(self, data: object) -> dict[str, object]:
        """Lets a new generation start beside the one that serves; it takes over when ready."""
        try:
            plan = GenerationPlan.from_dict(data if isinstance(data, dict) else {})
        except GatewayPlanError as error:
            return {"ok": False, "error": str(error)}
        if plan.id == self.current.plan.id:
            return {"ok": True}
        self._drop_pending()
        self._plan = self._plan.but(self.current.plan, plan)
        self.pending = ReplicaGeneration(plan, self._changed)
        self.pending.start()
        self._say(f"generation {plan.id} of revision {plan.revision} is starting")
        return {"ok": True}

    def abandon(self, generation: object) -> dict[str, object]:
        """Does not wait for a pending generation any longer."""
        if self.pending is not None and self.pending.plan.id == generation:
            self._drop_pending()
            self._plan = self._plan.but(self.current.plan, None)
        return {"ok": True}

    def report(self) -> dict[str, object]:
        """For status."""
        serving = self.current.pick()
        state = "starting"
        if self.current.plan.proven:
            state = "ready" if serving is not None and serving.ready else "unready"
        pending = self.pending
        return {
            "ok": True,
            "state": state,
            "revision": self.current.plan.revision,
            "generation": self.current.plan.id,
            "replicas": _described(self.current),
            "pending": None
            if pending is None
            else {
                "revision": pending.plan.revision,
                "generation": pending.plan.id,
                "replicas": _described(pending),
            },
            "leaving": [g.plan.id for g in self.leaving],
            "given_up": self._plan.given_up,
            "in_flight": sum(r.in_flight for g in self._all() for r in g.replicas),
            "waiting": len(self._waiting),
        }

    def counting(self, *, dead: bool = False) -> list[Replica]:
        """Those whose counts go on: that serve, or finish what they have; ready ones first.

        Args:
            dead: Also those that do not answer.
        """
        found = [r for g in (self.current, *self.leaving) for r in g.replicas]
        return sorted((r for r in found if dead or r.live), key=lambda r: not r.ready)

    @property
    def idle(self) -> bool:
        """Whether no request is anywhere."""
        return not self._waiting and not any(r.in_flight for g in self._all() for r in g.replicas)

    def close(self) -> None:
        """Ends all watching."""
        for generation in self._all():
            for each in generation.replicas:
                each.close()

    def _all(self) -> list[ReplicaGeneration]:
        return [self.current, *([self.pending] if self.pending else []), *self.leaving]

    def _changed(self) -> None:
        """A replica became ready, or is lost."""
        if self.pending is not None and self.pending.ready:
            self._switch(self.pending)
        elif not self.current.plan.proven and self.current.ready:
            self.current.plan = replace(self.current.plan, proven=True)
            self._plan = self._plan.but(
                self.current.plan, self.pending.plan if self.pending else None
            )
            self._say(f"revision {self.current.plan.revision} is ready")
        while self._waiting and (found := self.current.pick()) is not None:
            self._waiting.popleft()[1].placed(found)

    def _switch(self, pending: ReplicaGeneration) -> None:
        old, pending.plan = self.current, replace(pending.plan, proven=True)
        self.current, self.pending = pending, None
        self._plan = self._plan.but(pending.plan, None)
        self._say(f"revision {pending.plan.revision} serves")
        self._retire(old)

    def _drop_pending(self) -> None:
        if self.pending is not None:
            self._say(f"generation {self.pending.plan.id} is given up")
            self._retire(self.pending)
            self.pending = None

    async def _give_up_late(self, now: float) -> None:
        """Ends what will never be ready: nobody may be there who would."""
        pending, current = self.pending, self.current
        if pending is not None and pending.is_late(now):
            self._drop_pending()
            self._plan = self._plan.but(current.plan, None, given_up=pending.plan)
        if current.is_late(now) and self._plan.given_up != current.plan.id:
            self._say(f"generation {current.plan.id} is given up")
            waits = self.pending.plan if self.pending else None
            self._plan = self._plan.but(current.plan, waits, given_up=current.plan)
            for each in current.replicas:
                await each.end()

    def _retire(self, generation: ReplicaGeneration) -> None:
        generation.retired_at = time.monotonic()
        for each in generation.replicas:
            each.close()
        self.leaving.append(generation)

    async def _end_drained(self, now: float) -> None:
        for generation in list(self.leaving):
            late = now - generation.retired_at > _DRAIN_SECONDS
            if late or not any(each.in_flight for each in generation.replicas):
                self.leaving.remove(generation)
                for each in generation.replicas:
                    await each.end()


def _described(generation: ReplicaGeneration) -> list[dict[str, object]]:
    return [
        {"id": r.plan.id, "live": r.live, "ready": r.ready, "in_flight": r.in_flight}
        for r in generation.replicas
    ]
