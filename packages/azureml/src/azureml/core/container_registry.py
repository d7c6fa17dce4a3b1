"""`ContainerRegistry`: where an image lies, and who may fetch it."""

from __future__ import annotations


class RegistryIdentity:
    """An identity of Azure's; kept for scripts that make one."""

    def __init__(self) -> None:
        self.resource_id: str | None = None
        self.client_id: str | None = None


class ContainerRegistry:
    """An address, and a name and password for it."""

    def __init__(self) -> None:
        self.address: str | None = None
        self.username: str | None = None
        self.password: str | None = None
        self.registry_identity: RegistryIdentity | None = None
