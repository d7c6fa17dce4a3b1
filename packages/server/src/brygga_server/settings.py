"""The one table of settings, and how a value is found.

A setting is a field of `Settings`; its row (names, profile defaults, help) stands beside it.
Priority: flag, environment, configuration file, default of the profile.
"""

# The rows of the table are made by a call, as with dataclasses.field.
# ruff: noqa: RUF009

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast

Profile = Literal["native", "v1"]
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_DAY_MS = 86_400_000


class SettingsError(ValueError):
    """A configuration that cannot be used; the sentence names the value and where it came from."""


@dataclass(frozen=True)
class SettingRow:
    """What the table says about a setting beyond its type and native default."""

    key: str
    env: tuple[str, ...]
    kind: Kind
    native: object
    v1: object
    help: str

    @property
    def flag(self) -> str:
        """The flag of `brygga-server`."""
        return "--" + self.key.replace("_", "-")


@dataclass(frozen=True)
class Kind:
    """A type of value: its name on the docs page, and a reader of text and JSON."""

    name: str
    read: Callable[[object], object]

    @property
    def metavar(self) -> str:
        """As the help of a command shows it."""
        return self.name.replace("`", "").replace(" or ", "|").replace(" ", "-").upper()


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError("a text")
    return raw


def _path(raw: object) -> str:
    """Begins with a slash and ends with none; empty where there is nothing between slashes."""
    plain = _text(raw).strip("/")
    return f"/{plain}" if plain else ""


def _choice(*values: str) -> Kind:
    def read(raw: object) -> str:
        if raw not in values:
            raise ValueError("one of " + ", ".join(values))
        return str(raw)

    return Kind(" or ".join(f"`{v}`" for v in values), read)


def _number(low: float, high: float, *, whole: bool) -> Kind:
    what = f"{'a whole number' if whole else 'a number'} from {low:g} to {high:g}"

    def read(raw: object) -> object:
        if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
            raise ValueError(what)
        try:
            value: int | float = int(raw) if whole else float(raw)
        except ValueError:
            raise ValueError(what) from None
        if not low <= value <= high or (whole and value != float(raw)):
            raise ValueError(what)
        return value

    return Kind("integer" if whole else "number", read)


def _milliseconds(raw: object) -> object:
    value = _number(0, _DAY_MS, whole=True).read(raw)
    return value or _DAY_MS  # v1 has no timeout then


def _level(raw: object) -> str:
    if not isinstance(raw, str) or raw.upper() not in LEVELS:
        raise ValueError("one of " + ", ".join(LEVELS))
    return raw.upper()


def _object(raw: object) -> dict[str, str]:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise ValueError("a JSON object of text to text") from None
    if not isinstance(raw, dict) or not all(
        isinstance(k, str) and isinstance(v, str) for k, v in raw.items()
    ):
        raise ValueError("a JSON object of text to text")
    return raw


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in ("true", "false", "1", "0"):
        return raw.lower() in ("true", "1")
    raise ValueError("true or false")


TEXT = Kind("text", _text)
PATH = Kind("text", _path)
BOOLEAN = Kind("boolean", _boolean)
OBJECT = Kind("object", _object)
PORT = _number(0, 65535, whole=True)
COUNT = _number(1, 1024, whole=True)
BYTES = _number(1, 1 << 50, whole=True)
MILLISECONDS = Kind("integer", _milliseconds)
SECONDS = _number(0, 86400 * 7, whole=False)
_SAME = object()


def _row(
    kind: Kind, native: object, help_: str, *, v1: object = _SAME, env: tuple[str, ...] = ()
) -> Any:
    extra = {"kind": kind, "v1": native if v1 is _SAME else v1, "env": env, "help": help_}
    if isinstance(native, dict):
        return field(default_factory=dict, metadata=extra)
    return field(default=native, metadata=extra)


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Everything a front needs to know; see `docs/settings.md`, which is made from here."""

    profile: Profile = _row(
        _choice("native", "v1"),
        "native",
        "Whose defaults and answers: Brygga's or Azure ML v1's.",
        v1="v1",
    )
    service_name: str = _row(
        TEXT, "ML service", "Title of the OpenAPI document.", env=("SERVICE_NAME",)
    )
    service_version: str = _row(
        TEXT, "1.0", "Version of the OpenAPI document.", env=("SERVICE_VERSION",)
    )
    revision: int = _row(
        _number(0, 1 << 53, whole=True),
        1,
        "Number of the deployed revision, as status and metrics show it.",
    )
    app_root: str | None = _row(
        TEXT,
        None,
        "Working folder of the workers; unset, the current folder.",
        env=("AML_APP_ROOT",),
    )
    entry_script: str | None = _row(
        TEXT,
        None,
        "The script with `init()` and `run()`, relative to `source_directory` or `app_root`.",
        env=("AZUREML_ENTRY_SCRIPT",),
    )
    source_directory: str | None = _row(
        TEXT,
        None,
        "Folder put on the workers' `sys.path`, relative to `app_root`.",
        env=("AZUREML_SOURCE_DIRECTORY",),
    )
    model_dir: str | None = _row(
        TEXT,
        None,
        "Folder of the models, `AZUREML_MODEL_DIR` for the script.",
        env=("AZUREML_MODEL_DIR",),
    )
    python: str | None = _row(TEXT, None, "Interpreter of the workers; unset, the server's own.")
    environment: dict[str, str] = _row(OBJECT, {}, "Variables added to the workers' environment.")
    secrets_dir: str | None = _row(
        TEXT,
        None,
        "Folder with a file for each secret; variables of the workers after their start.",
    )
    workers: int | None = _row(
        COUNT,
        None,
        "Number of workers; unset, from `cpu_cores` and `memory_bytes`.",
        v1=1,
        env=("WORKER_COUNT",),
    )
    threads_per_worker: int = _row(
        COUNT, 1, "How many `run()` go on at once in a worker, for scripts that wait."
    )
    cpu_cores: float | None = _row(
        _number(0.001, 4096, whole=False),
        None,
        "CPU limit of the service; counts workers and BLAS threads.",
    )
    memory_bytes: int | None = _row(
        BYTES, None, "Memory limit of the service; a worker is ended at 90 % of it."
    )
    max_processes: int = _row(
        _number(1, 1 << 22, whole=True),
        512,
        "Processes that a worker may have started; one with more is ended.",
    )
    control_groups: dict[str, str] = _row(
        OBJECT,
        {},
        "Folders for this service in the hierarchies of control groups: `unified`, or `cpu` and "
        "`memory`. Without them, affinity and a watch hold the limits.",
    )
    host: str = _row(TEXT, "127.0.0.1", "Address to listen on.", v1="0.0.0.0")  # noqa: S104 - v1's default
    port: int = _row(PORT, 5001, "Port to listen on; 0 takes a free one.", env=("SERVER_PORT",))
    health_port: int | None = _row(
        PORT,
        None,
        "A second port to listen on, for probes that may not reach the first.",
        env=("HEALTH_PORT",),
    )
    metrics_port: int | None = _row(
        PORT,
        None,
        "A port for `/metrics` alone, which needs no key and speaks no TLS there.",
    )
    metrics_socket: str | None = _row(
        TEXT,
        None,
        "The same on a Unix socket, for a gateway that has the port.",
    )
    listen_fd: int | None = _row(
        _number(0, 1 << 20, whole=True),
        None,
        "An inherited listening socket; wins over host and port.",
    )
    path_prefix: str = _row(
        PATH,
        "",
        "Prefix of all routes, with or without slashes around it.",
        env=("SERVICE_PATH_PREFIX",),
    )
    keys_file: str | None = _row(
        TEXT, None, "File with the SHA-256 hashes of the keys; unset, no key is asked for."
    )
    tls_certificate: str | None = _row(
        TEXT, None, "File with the certificate, and those it was signed with (PEM); turns TLS on."
    )
    tls_key: str | None = _row(TEXT, None, "File with the certificate's key (PEM), not encrypted.")
    open_metrics: bool = _row(BOOLEAN, False, "`/metrics` needs no key.")
    docs: bool = _row(
        BOOLEAN, True, "`/docs` is a page that shows the API and has a form to try it.", v1=False
    )
    version_header: str | None = _row(
        TEXT,
        None,
        "Value of `x-ms-server-version`; unset, this server's name and version; `off`, no header.",
        v1="azmlinfsrv/1.5.1",
        env=("HTTP_X_MS_SERVER_VERSION",),
    )
    cors_origins: str = _row(
        TEXT,
        "",
        "Origins that browsers may call from, separated by commas; `*` is all.",
        env=("AML_CORS_ORIGINS",),
    )
    scoring_timeout_ms: int = _row(
        MILLISECONDS,
        60000,
        "Time `run()` may take for a request; 0 is a day.",
        v1=3600000,
        env=("SCORING_TIMEOUT_MS",),
    )
    on_timeout: Literal["interrupt", "replace"] = _row(
        _choice("interrupt", "replace"),
        "interrupt",
        "When `run()` takes longer: `interrupt` raises an exception in "
        "`run()` and replaces it only if it does not come back; `replace` replaces it at once.",
    )
    init_timeout_s: float = _row(
        SECONDS, 600, "Time `init()` may take, imports included.", v1=300, env=("WORKER_TIMEOUT",)
    )
    grace_s: float = _row(
        SECONDS, 30, "Time running requests and idle connections have after SIGTERM."
    )
    rest_grace_s: float | None = _row(
        SECONDS,
        None,
        "Time after SIGTERM without a request, after which resting connections are not waited for "
        "any more; unset, they have `grace_s`.",
    )
    nan: Literal["error", "null", "keep"] = _row(
        _choice("error", "null", "keep"),
        "error",
        "NaN and Infinity in results, for which JSON has no word: an error that names the place, "
        "`null`, or kept as `NaN`, as v1 writes them.",
        v1="keep",
    )
    read_ahead: bool = _row(
        BOOLEAN,
        True,
        "`json.loads` of the text that `run()` was given takes what the server has parsed already, "
        "where there is one worker.",
    )
    batch_max_rows: int | None = _row(
        _number(1, 1 << 20, whole=True),
        None,
        "Rows that `run()` is given at most when requests run together; unset, the script decides.",
    )
    batch_max_wait_ms: float | None = _row(
        _number(0, 60000, whole=False),
        None,
        "How long a request may wait for others to run with; 0 joins only what is queued already.",
    )
    queue_size: int = _row(
        _number(0, 1000000, whole=True),
        1000,
        "Requests that may wait for a worker; more are answered 503.",
    )
    queue_timeout_ms: int = _row(
        MILLISECONDS,
        300000,
        "Time a request may wait until a worker begins it, before it is answered 503; 0 is a day.",
        v1=3600000,
    )
    max_body_bytes: int = _row(
        BYTES, 100 << 20, "Largest body of a request; a larger one is answered 413.", v1=1 << 30
    )
    max_buffered_bytes: int = _row(
        BYTES,
        512 << 20,
        "Sum of the bodies held at one time; beyond it requests are answered 503.",
        v1=2 << 30,
    )
    max_header_bytes: int = _row(
        _number(1024, 1 << 24, whole=True),
        65536,
        "Largest head of a request; a larger one is answered 431.",
    )
    header_timeout_s: float = _row(SECONDS, 15, "Time a client has for the head of a request.")
    body_timeout_s: float = _row(
        SECONDS, 60, "Longest pause of a client that sends or reads a body."
    )
    idle_timeout_s: float = _row(SECONDS, 75, "Time a kept connection may rest between requests.")
    control_socket: str | None = _row(TEXT, None, "Unix socket for status, apply and keys.")
    status_file: str | None = _row(TEXT, None, "File that says what state the service is in.")
    log_format: Literal["text", "json"] = _row(
        _choice("text", "json"), "text", "Lines as v1 wrote them, or one JSON object a line."
    )
    log_level: str = _row(
        Kind(" or ".join(f"`{level}`" for level in LEVELS), _level),
        "INFO",
        "Least severe messages that are logged.",
        env=("AZUREML_LOG_LEVEL",),
    )
    access_log: bool = _row(BOOLEAN, True, "One line for each request.")


def table() -> Iterator[SettingRow]:
    """Every setting, in the order of the docs page."""
    for f in fields(ServerSettings):
        m = f.metadata
        native: object = {} if m["kind"] is OBJECT else f.default
        own = "BRYGGA_" + f.name.upper()
        yield SettingRow(f.name, (own, *m["env"]), m["kind"], native, m["v1"], m["help"])


def read(
    flags: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
    file: str | os.PathLike[str] | None = None,
    *,
    profile: Profile = "native",
) -> ServerSettings:
    """Settings from all sources; an empty variable counts as unset.

    Args:
        flags: Values of the command line by key; None means not given.
        environ: The environment; `os.environ` where it is None.
        file: A configuration file, native or in v1's form (variables as keys).
        profile: Whose defaults hold, unless a source says otherwise.

    Raises:
        SettingsError: A value, a key or the file cannot be used.
    """
    environ = os.environ if environ is None else environ
    from_file = read_file(file) if file is not None else {}
    given: dict[str, object] = {}
    for row in table():
        for source, raw in _candidates(row, flags, environ, from_file):
            given[row.key] = _value(row, raw, source)
            break
    profile = cast("Profile", given.get("profile", profile))
    return ServerSettings(**{row.key: given.get(row.key, default(row, profile)) for row in table()})  # type: ignore[arg-type]


def default(row: SettingRow, profile: str) -> object:
    """What holds where nobody says anything."""
    return row.v1 if profile == "v1" else row.native


def read_file(file: str | os.PathLike[str]) -> dict[str, object]:
    """The keys and values of a configuration file, unknown keys refused."""
    path = Path(file)
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"The configuration file {path} cannot be read: {error.strerror}."
        ) from error
    except ValueError as error:
        raise SettingsError(f"The configuration file {path} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise SettingsError(f"The configuration file {path} holds no JSON object.")
    if "settings" not in data:
        return {row.key: data[name] for row in table() for name in row.env if name in data}
    if data.get("version") != 1:
        raise SettingsError(
            f"The configuration file {path} has version {data.get('version')!r}, not 1."
        )
    known = {row.key for row in table()}
    for key in data["settings"]:
        if key not in known:
            raise SettingsError(f"The configuration file {path} has an unknown key {key!r}.")
    return dict(data["settings"])


def _candidates(
    row: SettingRow,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    file: Mapping[str, object],
) -> Iterator[tuple[str, object]]:
    if flags.get(row.key) is not None:
        yield row.flag, flags[row.key]
    for name in row.env:
        if environ.get(name):
            yield name, environ[name]
    if file.get(row.key) is not None:
        yield f"{row.key} in the configuration file", file[row.key]


def _value(row: SettingRow, raw: object, source: str) -> object:
    try:
        return row.kind.read(raw)
    except ValueError as error:
        raise SettingsError(f"{source} is {raw!r}, but has to be {error}.") from error


def markdown() -> str:
    """The docs page."""
    lines = [
        "# Settings of the server",
        "",
        "Made from `brygga_server/settings.py` by `make docs`; do not edit.",
        "A flag wins over the environment, which wins over the configuration file, which wins over",
        'the default of the profile. A file is `{"version": 1, "settings": {key: value}}`.',
        "",
        "| key and flag | variables | type | native | v1 | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for row in table():
        variables = ", ".join(f"`{name}`" for name in row.env)
        cells = (
            f"`{row.key}`, `{row.flag}`",
            variables,
            row.kind.name,
            _shown(row.native),
            _shown(row.v1),
            row.help,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    if value is None or value in ("", {}):
        return ""
    return f"`{json.dumps(value)}`"
