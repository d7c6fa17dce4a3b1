"""The course of a search: what to begin, what to end, and when it is over. Touches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.runs.search.goal import Goal
from brygga.runs.search.policy import NoPolicy, Policy
from brygga.runs.search.sampling import Sampling, Trial
from brygga.runs.search.space import Parameters, Value

_HOPELESS = 3  # so many have failed, and none has measured anything


@dataclass(frozen=True)
class SearchSpec:
    """What is searched, and within which bounds.

    Attributes:
        metric: What the script logs, and the search compares.
        total: Runs in all, at most.
        at_once: Runs at one time, at most.
        seconds: After these, what still runs is ended; None: whenever it is done.
    """

    metric: str
    goal: Goal
    sampling: Sampling
    total: int
    at_once: int
    policy: Policy = field(default_factory=NoPolicy)
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuses bounds that let nothing run.

        Raises:
            InvalidInputError: naming the bound.
        """
        for name, value in (("total", self.total), ("at_once", self.at_once)):
            if value < 1:
                raise _invalid(f"A search cannot have {value} runs ({name}).")
        if self.seconds is not None and not self.seconds > 0:
            raise _invalid(f"A search cannot take {self.seconds:g} seconds.")


@dataclass(frozen=True)
class Part:
    """One run of a search, as it stands.

    Attributes:
        values: Of the metric, in the order they were logged.
    """

    parameters: Parameters
    values: tuple[float, ...] = ()
    ended: bool = False
    failed: bool = False


class WhyOver(StrEnum):
    """Why a search is over."""

    DONE = "done"
    TIME = "time"
    HOPELESS = "hopeless"


@dataclass(frozen=True)
class Step:
    """What is to be done now.

    Attributes:
        begin: Parameters of the runs to begin.
        end: Ids of the runs to end.
        over: Why nothing more will come; None while something will.
    """

    begin: tuple[dict[str, Value], ...] = ()
    end: tuple[str, ...] = ()
    over: WhyOver | None = None


class Course:
    """Is shown how all stands from time to time, and says what to do."""

    def __init__(self, spec: SearchSpec, now: float) -> None:
        """Begins at `now`, in seconds of any clock."""
        self._spec = spec
        self._until = None if spec.seconds is None else now + spec.seconds
        self._seen: dict[str, int] = {}
        self._ended: set[str] = set()
        self._exhausted = False
        self._stopped: WhyOver | None = None

    def step(self, now: float, parts: Mapping[str, Part]) -> Step:
        """The next step; all that was begun is among the parts, also what has ended."""
        running = {name: part for name, part in parts.items() if not part.ended}
        if self._stopped is None:
            self._stopped = self._reason_to_stop(now, parts)
        if self._stopped is not None:
            self._ended |= set(running)
            return Step(end=tuple(running), over=None if running else self._stopped)
        end = tuple(name for name in running if self._is_to_end(name, parts))
        self._ended |= set(end)
        begin = self._drawn(parts, len(running))
        is_over = not running and not begin
        return Step(begin, end, WhyOver.DONE if is_over else None)

    def _reason_to_stop(self, now: float, parts: Mapping[str, Part]) -> WhyOver | None:
        if self._until is not None and now >= self._until:
            return WhyOver.TIME
        failed = sum(part.failed for part in parts.values())
        hopeful = any(part.values or (part.ended and not part.failed) for part in parts.values())
        if failed >= min(_HOPELESS, self._spec.total) and not hopeful:
            return WhyOver.HOPELESS
        return None

    def _is_to_end(self, name: str, parts: Mapping[str, Part]) -> bool:
        """Looks once at each interval that a run has reached."""
        if name in self._ended:
            return False
        values, policy = parts[name].values, self._spec.policy
        others = [part.values for other, part in parts.items() if other != name]
        first, self._seen[name] = self._seen.get(name, 0) + 1, len(values)
        return any(
            policy.looks_at(interval) and policy.ends(values[:interval], others, self._spec.goal)
            for interval in range(first, len(values) + 1)
        )

    def _drawn(self, parts: Mapping[str, Part], running: int) -> tuple[dict[str, Value], ...]:
        goal = self._spec.goal
        trials = [
            Trial(part.parameters, goal.best(part.values) if part.values else None)
            for part in parts.values()
            if part.values or not part.ended
        ]
        drawn: list[dict[str, Value]] = []
        free = min(self._spec.at_once - running, self._spec.total - len(parts))
        while len(drawn) < free and not self._exhausted:
            found = self._spec.sampling.next(trials, goal)
            if found is None:
                self._exhausted = True
            else:
                drawn.append(found)
                trials.append(Trial(found, None))
        return tuple(drawn)


def _invalid(message: str) -> InvalidInputError:
    return InvalidInputError(message, code=ErrorCode.SEARCH_INVALID, hint="Give more than 0.")
