"""How the server of a service works."""

# The rows of the table are made by a call, as with dataclasses.field.
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from brygga.spec.option import OptionGroup, documented, option

Profile = Literal["native", "v1"]
LogFormat = Literal["text", "json"]


@documented
@dataclass(frozen=True, kw_only=True, repr=False)
class Serving(OptionGroup):
    """How requests are served.

    What the server calls by the same name is told to it as it is; None is its own default.
    """

    called: ClassVar[str] = "serving"

    profile: Profile = option(
        "native",
        "Whose defaults and answers: Brygga's, or exactly those of Azure ML SDK v1.",
        told=True,
    )
    workers: int | None = option(
        None, "Worker processes; from the limits unless given.", low=1, told=True
    )
    threads_per_worker: int = option(
        1, "How many run() go on at once in a worker, for scripts that wait.", low=1, told=True
    )
    scoring_timeout_ms: int = option(
        60_000,
        "After it a request is answered with an error, and its worker replaced.",
        low=0,
        told=True,
    )
    init_timeout_s: float = option(
        600.0,
        "Seconds that init() may take, imports included.",
        flag="--init-timeout",
        low=0,
        told=True,
    )
    log_format: LogFormat = option(
        "text", "Lines for people, or one JSON object a line.", told=True
    )
    environment_variables: Mapping[str, str] = option(
        {},
        "Seen by the script; shown in listings, so nothing secret.",
        flag="--env",
        told="environment",
    )
    collect_data: bool = option(
        False,
        "Keep the rows that the script gives to ModelDataCollector as files: `service show` says "
        "where.",
    )
