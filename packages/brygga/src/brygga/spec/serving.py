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
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


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
        lasting=True,
    )
    workers: int | None = option(
        None,
        "Worker processes; from the limits unless given.",
        low=1,
        told=True,
        variables=("WORKER_COUNT",),
    )
    threads_per_worker: int = option(
        1, "How many run() go on at once in a worker, for scripts that wait.", low=1, told=True
    )
    scoring_timeout_ms: int = option(
        60_000,
        "After it a request is answered with an error, and its run() interrupted.",
        low=0,
        told=True,
        variables=("SCORING_TIMEOUT_MS",),
    )
    init_timeout_s: float = option(
        600.0,
        "Seconds that init() may take, imports included.",
        low=0,
        told=True,
        variables=("WORKER_TIMEOUT",),
    )
    nan: Literal["error", "null", "keep"] | None = option(
        None, "The form of NaN and Infinity in results, for which JSON has no word.", told=True
    )
    read_ahead: bool | None = option(
        None,
        "json.loads of the text that run() is given takes what the server has parsed already, "
        "where there is one worker.",
        told=True,
    )
    batch_max_rows: int | None = option(
        None,
        "Rows that run() is given at most when requests run together; unset, the script decides.",
        low=1,
        told=True,
    )
    batch_max_wait_ms: float | None = option(
        None, "How long a request may wait for others to run with.", low=0, told=True
    )
    queue_size: int | None = option(
        None, "Requests that may wait for a worker; more are answered 503.", low=0, told=True
    )
    queue_timeout_ms: int | None = option(
        None,
        "How long a request may wait until a worker begins it; then it is answered 503.",
        low=0,
        told=True,
    )
    on_timeout: Literal["interrupt", "replace"] | None = option(
        None,
        "When run() takes too long: interrupt it and replace its worker only if it does not "
        "come back, or replace the worker at once.",
        told=True,
    )
    cors_origins: str | None = option(
        None,
        "Origins that browsers may call from, separated by commas; `*` is all.",
        told=True,
        variables=("AML_CORS_ORIGINS",),
    )
    path_prefix: str | None = option(
        None,
        "Prefix of all paths of the service, as `/models/digits`; in Azure ML v1's profile it is "
        "only documented.",
        told=True,
        lasting=True,
        variables=("SERVICE_PATH_PREFIX",),
    )
    metrics_port: int | None = option(
        None,
        "A port for /metrics alone, which needs no key and speaks no TLS there.",
        low=1,
        high=65_535,
        told=True,
        lasting=True,
    )
    open_metrics: bool | None = option(None, "/metrics needs no key.", told=True, lasting=True)
    docs: bool | None = option(
        None,
        "/docs is a page that shows the API and has a form to try it; on, but in Azure ML v1's "
        "profile.",
        told=True,
        lasting=True,
    )
    max_body_bytes: int | None = option(
        None, "Largest body of a request; a larger one is answered 413.", low=1, told=True
    )
    max_buffered_bytes: int | None = option(
        None,
        "Sum of the bodies held at one time; beyond it requests are answered 503.",
        low=1,
        told=True,
    )
    body_timeout_s: float | None = option(
        None,
        "Longest pause in seconds of a client that sends or reads a body.",
        low=0,
        told=True,
    )
    log_format: LogFormat = option(
        "text", "Lines for people, or one JSON object a line.", told=True, lasting=True
    )
    log_level: LogLevel | None = option(
        None,
        "Least severe messages that are logged.",
        told=True,
        lasting=True,
        variables=("AZUREML_LOG_LEVEL",),
    )
    access_log: bool | None = option(
        None, "One line of log for each request.", told=True, lasting=True
    )
    environment_variables: Mapping[str, str] = option(
        {},
        "Seen by the script; shown in listings, so nothing secret.",
        told="environment",
    )
    collect_data: bool = option(
        False,
        "Keep the rows that the script gives to ModelDataCollector as files: `service show` says "
        "where.",
    )
