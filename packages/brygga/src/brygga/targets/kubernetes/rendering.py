"""What is known when the objects of a revision are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brygga.spec import ServiceSpec, Workload
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.names import ObjectNames, labels, revision_labels

Manifest = dict[str, Any]
"""One object, as it is sent."""

PRE_STOP_S = 3
"""How long a pod that is to end goes on listening, until every node has heard of it."""
_SPARE_S = 5
_LEAST_GRACE_S = 30
_DAY_S = 86_400


@dataclass(frozen=True)
class Rendering:
    """One revision, where it runs, and the image it runs from.

    Attributes:
        image: By digest, as nodes pull it.
        pull_secret: Whether the registry asks for credentials.
    """

    workload: Workload
    declared: DeclaredTarget
    workspace: str
    image: str
    pull_secret: bool = False

    @property
    def spec(self) -> ServiceSpec:
        """What the revision is asked to be."""
        return self.workload.spec

    @property
    def service(self) -> str:
        """Its name."""
        return self.spec.name

    @property
    def names(self) -> ObjectNames:
        """Of its objects."""
        return ObjectNames(self.service, self.workload.revision)

    @property
    def prefix(self) -> str:
        """What its paths begin with: what was asked for, else what the ingress routes by."""
        return self.spec.prefix or self.declared.prefix_of(self.service)

    @property
    def served_prefix(self) -> str:
        """The same as the server has it: that of v1 leaves a prefix to what stands before it."""
        return "" if self.spec.profile == "v1" else self.prefix

    @property
    def address(self) -> str:
        """Where an ingress takes requests, less the prefix that the spec asks for; else empty."""
        if self.declared.expose != "ingress":
            return ""
        scheme = "https" if self.declared.tls_secret else "http"
        rest = "" if self.spec.prefix else self.prefix
        return f"{scheme}://{self.declared.host_of(self.service)}{rest}"

    @property
    def scoring_timeout_s(self) -> int:
        """Whole seconds; 0 means a day, as for the server."""
        return math.ceil(self.spec.scoring_timeout_ms / 1000) or _DAY_S

    @property
    def drain_s(self) -> int:
        """How long the server finishes what it has, once it is told to end."""
        return max(_LEAST_GRACE_S, self.scoring_timeout_s + 2)

    @property
    def grace_s(self) -> int:
        """How long the cluster lets a pod end: the wait, what runs, and some."""
        return PRE_STOP_S + self.drain_s + _SPARE_S

    def metadata(self, name: str | None = None, **annotations: str) -> dict[str, Any]:
        """Of an object that all revisions share."""
        found: dict[str, Any] = {
            "name": name or self.service,
            "namespace": self.declared.namespace,
            "labels": labels(self.service, self.workspace),
        }
        return {**found, "annotations": annotations} if annotations else found

    def own_metadata(self, name: str) -> dict[str, Any]:
        """Of an object that this revision has for itself."""
        return {**self.metadata(name), "labels": self.pod_labels}

    @property
    def pod_labels(self) -> Mapping[str, str]:
        """Of its pods."""
        return revision_labels(self.service, self.workspace, self.workload.revision)
