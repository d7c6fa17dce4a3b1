"""What the objects of a service are called, and how they are found again."""

from __future__ import annotations

import re
from dataclasses import dataclass

MANAGER = "brygga"
"""The owner of the fields that are applied, and of the objects."""
MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
NAME = "app.kubernetes.io/name"
PART_OF = "app.kubernetes.io/part-of"
VERSION = "app.kubernetes.io/version"
WORKSPACE = "brygga.dev/workspace"
REVISION = "brygga.dev/revision"
RESTARTED = "brygga.dev/restarted-at"
KEYS_CHANGED = "brygga.dev/keys"
DESCRIPTION = "brygga.dev/description"
TAGS = "brygga.dev/tags"
IMAGE = "brygga.dev/image"
ADDRESS = "brygga.dev/address"
"""Where an ingress takes requests for it."""

_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class ObjectNames:
    """Of one revision of a service, in the namespace of its target."""

    service: str
    revision: int

    @property
    def configuration(self) -> str:
        """Of the ConfigMap with the server's settings, which each revision has for itself."""
        return f"{self.service}-r{self.revision}"

    @property
    def secrets(self) -> str:
        """Of the Secret with what the script is told."""
        return f"{self.service}-r{self.revision}"

    @property
    def keys(self) -> str:
        """Of the Secret with the hashes of the keys, which all revisions share."""
        return f"{self.service}-keys"

    @property
    def pull(self) -> str:
        """Of the Secret with which images are pulled."""
        return f"{self.service}-pull"


def selector(service: str) -> dict[str, str]:
    """The labels by which a service's pods are known: they never change."""
    return {INSTANCE: service, MANAGED_BY: MANAGER}


def labels(service: str, workspace: str) -> dict[str, str]:
    """Of all objects of a service."""
    return {
        **selector(service),
        NAME: "scoring-service",
        PART_OF: label_value(workspace),
        WORKSPACE: label_value(workspace),
    }


def revision_labels(service: str, workspace: str, revision: int) -> dict[str, str]:
    """Of the objects that belong to one revision, pods among them."""
    return {
        **labels(service, workspace),
        VERSION: str(revision),
        REVISION: str(revision),
    }


def label_value(text: str) -> str:
    """A text as a label can have it: a workspace's name may end with a dash."""
    return text if _LABEL.fullmatch(text) else f"x{text[:61]}x"


def selecting(service: str | None, workspace: str | None = None) -> str:
    """A query for the objects of a service, or of all services of a workspace."""
    wanted = {MANAGED_BY: MANAGER} if service is None else selector(service)
    if workspace is not None:
        wanted[WORKSPACE] = label_value(workspace)
    return ",".join(f"{name}={value}" for name, value in wanted.items())
