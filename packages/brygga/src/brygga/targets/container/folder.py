"""Where the container target keeps a service on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.targets.local.folder import ServiceFolder, read_json


@dataclass(frozen=True)
class ContainerFolder(ServiceFolder):
    """The files of one service, below `containers/<name>` of its workspace."""

    @property
    def gateway_file(self) -> Path:
        """What the gateway serves; it writes itself what it goes on with."""
        return self.path / "run" / "gateway.json"

    @property
    def gateway_log(self) -> Path:
        """What the gateway says."""
        return self.path / "logs" / "gateway.log"

    @property
    def certificate(self) -> Path:
        """Of TLS."""
        return self.path / "run" / "tls.pem"

    @property
    def certificate_key(self) -> Path:
        """Of the certificate."""
        return self.path / "run" / "tls.key"

    @property
    def sockets(self) -> Path:
        """Of all replicas: short, because the address of a socket has room for 107 bytes."""
        return self.control_socket.with_suffix("")

    def config(self, generation: str) -> Path:
        """What the containers of a generation see, read-only: configuration, keys, secrets.

        They run as another user, so it is readable by all; the folder above it is not.
        """
        return self.path / "generations" / generation / "config"

    def replica(self, generation: str, number: int) -> Path:
        """What one container writes: its sockets and its status."""
        return self.sockets / f"{generation}-{number}"

    def interpreters(self) -> Iterator[str]:
        """That of gateway and supervisor; workers have theirs in the image."""
        front = (read_json(self.supervisor_file) or {}).get("front")
        if isinstance(front, list):
            yield str(front[0])

    def started_with(self) -> Mapping[str, object]:
        """The plan of the gateway, which keeps it up to date."""
        return read_json(self.gateway_file) or {}
