"""The tables, as they are now; `migrations/` makes them, and has how they came to be.

Every table carries the workspace's id. No row holds an absolute path, a process id or a port that
was assigned: those belong to the host that runs the service. The one exception is
`services.home`: with `host_name` it says whose a service is, to those whose it is not.
"""

from __future__ import annotations

from brygga.store.sql import ColumnKind, Table

_PLAIN, _TIME, _JSON = ColumnKind.PLAIN, ColumnKind.TIME, ColumnKind.JSON


def _table(name: str, key: tuple[str, ...], /, **columns: ColumnKind) -> Table:
    """One whose rows are a workspace's; columns that are not named are of its key."""
    first = {"workspace_id": _PLAIN, **dict.fromkeys(key, _PLAIN)}
    return Table(name, {**first, **columns}, ("workspace_id", *key))


workspaces = Table(
    "workspaces",
    {
        "id": _PLAIN,
        "subscription_id": _PLAIN,
        "resource_group": _PLAIN,
        "name": _PLAIN,
        "created_at": _TIME,
    },
    ("id",),
)

# The last number given out for each name. It outlives what was numbered: a version that was
# deleted is never given to something else.
counters = _table("counters", ("kind", "name"), last=_PLAIN)

models = _table(
    "models",
    ("name", "version"),
    sha256=_PLAIN,
    size=_PLAIN,
    description=_PLAIN,
    framework=_PLAIN,
    framework_version=_PLAIN,
    created_at=_TIME,
    created_by=_PLAIN,
)

model_files = _table(
    "model_files",
    ("name", "version", "path"),
    sha256=_PLAIN,
    size=_PLAIN,
    executable=ColumnKind.BOOLEAN,
)

model_tags = _table("model_tags", ("name", "version", "key"), value=_PLAIN)

model_properties = _table("model_properties", ("name", "version", "key"), value=_PLAIN)

environments = _table(
    "environments", ("name", "version"), spec=_JSON, created_at=_TIME, created_by=_PLAIN
)

# A lock by its digest stays when its key is resolved anew: revisions that run name it.
locks = _table("locks", ("digest",), text=_PLAIN, created_at=_TIME)

lock_keys = _table("lock_keys", ("key",), digest=_PLAIN)

services = _table(
    "services",
    ("name",),
    target=_PLAIN,
    host_name=_PLAIN,
    current_revision=_PLAIN,
    last_revision=_PLAIN,
    tags=_JSON,
    description=_PLAIN,
    created_at=_TIME,
    updated_at=_TIME,
    home=_PLAIN,
    created_by=_PLAIN,
)

revisions = _table(
    "revisions",
    ("service", "number"),
    spec=_JSON,
    bundle=_JSON,
    bundle_digest=_PLAIN,
    status=_PLAIN,
    diagnosis=ColumnKind.JSON_OR_NULL,
    created_at=_TIME,
    created_by=_PLAIN,
)

# Its reference to `models` is what keeps a model from being deleted under a service, also when
# both happen at the same moment.
revision_models = _table(
    "revision_models", ("service", "number", "position"), model=_PLAIN, version=_PLAIN
)

# Small JSON documents that a layer above keeps under a kind and a name of its own.
documents = _table("documents", ("kind", "name"), content=_JSON, created_at=_TIME, updated_at=_TIME)

experiments = _table(
    "experiments", ("name",), id=_PLAIN, tags=_JSON, archived_at=_TIME, created_at=_TIME
)

runs = _table(
    "runs",
    ("id",),
    experiment=_PLAIN,
    number=_PLAIN,
    parent=_PLAIN,
    kind=_PLAIN,
    display_name=_PLAIN,
    description=_PLAIN,
    status=_PLAIN,
    tags=_JSON,
    properties=_JSON,
    details=_JSON,
    created_at=_TIME,
    ended_at=_TIME,
    created_by=_PLAIN,
)

run_metrics = _table(
    "run_metrics", ("run", "position"), name=_PLAIN, kind=_PLAIN, value=_JSON, step=_PLAIN
)

run_files = _table("run_files", ("run", "path"), sha256=_PLAIN, size=_PLAIN)

images = _table(
    "images",
    ("name", "version"),
    bundle=_JSON,
    bundle_digest=_PLAIN,
    tags=_JSON,
    properties=_JSON,
    description=_PLAIN,
    created_at=_TIME,
    created_by=_PLAIN,
)

# As for revisions: a model in an image cannot be deleted.
image_models = _table(
    "image_models", ("image", "image_version", "position"), model=_PLAIN, version=_PLAIN
)

# Of a workspace; a table comes after those that its rows refer to.
OF_A_WORKSPACE = (
    counters,
    models,
    model_files,
    model_tags,
    model_properties,
    environments,
    locks,
    lock_keys,
    services,
    revisions,
    revision_models,
    documents,
    experiments,
    runs,
    run_metrics,
    run_files,
    images,
    image_models,
)
