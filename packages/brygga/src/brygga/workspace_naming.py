"""How a workspace is named: the key of what somebody wrote, and what to write for a key."""

from __future__ import annotations

from collections.abc import Sequence

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Value
from brygga.names import check_group_name, check_workspace_name
from brygga.store.rows import WorkspaceKey
from brygga.workspace_folder import LOCAL


def key_of(name: str, subscription_id: str, resource_group: str) -> WorkspaceKey:
    """The key of three names.

    Raises:
        InvalidNameError: one of them breaks its rule.
    """
    return WorkspaceKey(
        check_group_name("subscription", subscription_id),
        check_group_name("resource group", resource_group),
        check_workspace_name(name),
    )


def as_arguments(key: WorkspaceKey) -> dict[str, Value]:
    """The arguments that name a workspace; the labels where they are not the native ones."""
    if (key.subscription_id, key.resource_group) == (LOCAL, LOCAL):
        return {"name": key.name}
    return {
        "name": key.name,
        "subscription_id": key.subscription_id,
        "resource_group": key.resource_group,
    }


def ambiguous(name: str, keys: Sequence[WorkspaceKey]) -> InvalidInputError:
    """That several workspaces have a name, and how each is told from the others."""
    paths = sorted(f"{each.subscription_id}/{each.resource_group}/{each.name}" for each in keys)
    return InvalidInputError(
        f"{len(keys)} workspaces have the name {name!r}.",
        code=ErrorCode.WORKSPACE_AMBIGUOUS,
        hint=f"Name one with its subscription and group: {' or '.join(paths)}.",
    )
