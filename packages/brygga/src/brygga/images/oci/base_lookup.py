"""What a base image is, asked of its registry: where no engine answers, or none is wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import ImageBuildError
from brygga.hints import Hint, Shell
from brygga.images.bundle import Bundle
from brygga.images.oci.address import ImageReference, RegistryAddress
from brygga.images.oci.client import RegistryClient
from brygga.images.oci.credentials import Credential
from brygga.images.oci.http import RegistryHttp
from brygga.images.oci.registry_base import RegistryBase
from brygga.images.platform import BasePlatform, examine, kept_platform
from brygga.operations import Phase, Progress
from brygga.store.files import scratch_folder


def platform_in(home: Path, base: RegistryBase, bundle: Bundle) -> BasePlatform:
    """What packages for it have to fit; looked for once, in the layers of the image.

    Raises:
        ImageBuildError: the bundle cannot run on it.
    """
    config = base.config
    found = kept_platform(
        home / "images",
        base.id,
        bundle.python,
        lambda: examine(
            base.files(), config.variables, config.machine, bundle.python, str(base.reference)
        ),
    )
    found.check(bundle, f"of {bundle.entry_script}")
    return found


class BaseLookup:
    """Asks registries what base images are."""

    def __init__(
        self,
        home: Path,
        credential: Callable[[str], Credential | None],
        connect: Callable[[RegistryHttp], RegistryClient] = RegistryClient,
    ) -> None:
        """Nothing is asked yet.

        Args:
            home: `$BRYGGA_HOME`.
            credential: Finds what a registry is to be shown.
        """
        self._home = home
        self._credential = credential
        self._connect = connect

    def __call__(self, bundle: Bundle, progress: Progress) -> BasePlatform:
        """What the base image of a bundle is.

        Raises:
            ImageBuildError: a Dockerfile makes it, or the bundle cannot run on it.
            RegistryError: it cannot be had.
        """
        if bundle.base is None or bundle.base.reference is None:
            raise ImageBuildError(
                f"of {bundle.entry_script}",
                "a Dockerfile makes its base image, and no container engine answers that could "
                "tell what is in it",
                code=ErrorCode.ENGINE_UNAVAILABLE,
                hint=Hint.of(
                    "Start Docker or {}, or name a base image.",
                    Shell(("podman", "system", "service")),
                ),
            )
        reference = ImageReference.parse(bundle.base.reference)
        address = RegistryAddress.parse(reference.host)
        client = self._connect(RegistryHttp(address, self._credential))
        with scratch_folder() as folder:
            progress.phase(Phase.PULLING, f"Looking at the base image {reference} in its registry")
            base = RegistryBase(client, reference, bundle.platform, folder)
            return platform_in(self._home, base, bundle)
