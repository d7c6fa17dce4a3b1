"""A revision that can be handed to a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from brygga.spec.service import ServiceSpec

if TYPE_CHECKING:
    from brygga.images.bundle import Bundle


@dataclass(frozen=True)
class Workload:
    """One revision, ready to be run.

    Attributes:
        key_hashes: Key name to the sha256 (hex) of its value; empty when keys are off.
        secret_values: For each name in `spec.secrets`; never logged, never in arguments.
        tls_key: Of the certificate, in PEM.
        tags: Of the service, and its description: for people who look at what runs it.
        data_folder: Where what the script collects goes to, on this machine; None: nowhere.
    """

    spec: ServiceSpec
    revision: int
    bundle: Bundle
    key_hashes: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_values: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls_key: str = field(default="", repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    data_folder: Path | None = None
