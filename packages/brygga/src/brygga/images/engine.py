"""The container engine of this machine: whatever speaks the Docker API."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brygga.error_codes import ErrorCode
from brygga.errors import EngineUnavailableError, ImageBuildError
from brygga.hints import Argument, Hint, Shell, Verb
from brygga.images.oci.documents import ImageConfig
from brygga.operations import Phase, Progress
from brygga.store.files import replacing

if TYPE_CHECKING:
    import docker

_PING_S = 5
_ANY_VERSION = "1.41"  # of a request that does not name it
_ANSWER_S = 600
_LOG_LINES = 40
_RUN = frozenset(
    {
        *("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels"),
        *("StopSignal", "Healthcheck", "Shell"),
    }
)
"""What of an image's configuration is how it is run."""


@dataclass(frozen=True)
class EngineImage:
    """An image the engine has.

    Attributes:
        id: Digest of its configuration.
        size: In bytes, with everything below it.
        user: The user it runs as; empty is root.
        config: How it is run, and its layers; as far as engines tell, which is all but history.
    """

    id: str
    size: int
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    config: ImageConfig = field(default_factory=lambda: ImageConfig({}))


def addresses(environ: Mapping[str, str], home: Path) -> list[str]:
    """Where an engine may answer, in the order they are tried; `DOCKER_HOST` stands alone."""
    if environ.get("DOCKER_HOST"):
        return [environ["DOCKER_HOST"]]
    places = [Path("/var/run/docker.sock"), home / ".docker/run/docker.sock"]
    if environ.get("XDG_RUNTIME_DIR"):
        own = Path(environ["XDG_RUNTIME_DIR"])
        places += [own / "docker.sock", own / "podman/podman.sock"]
    return [f"unix://{place}" for place in (*places, Path("/run/podman/podman.sock"))]


def connect() -> Engine:
    """The first engine that answers.

    Raises:
        EngineUnavailableError: none does; says what was tried.
    """
    try:
        import docker
    except ImportError as error:
        raise EngineUnavailableError(
            [("the Docker API", "the package docker is not installed")],
            hint=Hint.of("Install it: {}.", Shell(("pip", "install", "brygga[containers]"))),
        ) from error
    tried = []
    for address in addresses(os.environ, Path.home()):
        try:
            _require_socket(address)
            client = docker.DockerClient(address, version=_version_of(address), timeout=_PING_S)
        except (docker.errors.DockerException, OSError) as error:
            tried.append((address, innermost(error)))
            continue
        client.api.timeout = _ANSWER_S
        return Engine(client, address)
    raise EngineUnavailableError(tried)


def _version_of(address: str) -> str:
    """The version of the API that an engine speaks.

    `docker` by itself asks for it where Podman looks up the packages of all its programs, which
    takes a second.
    """
    import docker

    client = docker.APIClient(address, version=_ANY_VERSION, timeout=_PING_S)
    with contextlib.closing(client):
        answer = client.get(f"{client.base_url}/_ping", timeout=_PING_S)
        answer.raise_for_status()
        return str(answer.headers.get("Api-Version") or "auto")


class Engine:
    """A container engine, by the API of Docker.

    Attributes:
        client: For what has no method here.
        address: Where it answers.
    """

    def __init__(self, client: docker.DockerClient, address: str) -> None:
        self.client = client
        self.address = address

    @property
    def is_local(self) -> bool:
        """Whether it sees the files and sockets of this machine."""
        return self.address.startswith("unix://")

    def find_image(self, reference: str) -> EngineImage | None:
        """An image it has; None where it has none of that name."""
        from docker.errors import ImageNotFound, NotFound

        try:
            data = self.client.api.inspect_image(reference)
        except (ImageNotFound, NotFound):
            return None
        config = data.get("Config") or {}
        return EngineImage(
            id=str(data["Id"]),
            size=int(data.get("Size") or 0),
            user=str(config.get("User") or ""),
            labels=config.get("Labels") or {},
            config=_config(data),
        )

    def pull(self, reference: str) -> EngineImage:
        """Fetches an image from its registry.

        Raises:
            ImageBuildError: it cannot be had.
        """
        from docker.errors import DockerException

        try:
            self.client.images.pull(reference)
            found = self.find_image(reference)
        except (DockerException, OSError) as error:
            raise ImageBuildError(
                reference,
                f"it is not here and cannot be pulled: {innermost(error)}",
                code=ErrorCode.IMAGE_NOT_PULLED,
                hint=Hint.of(
                    "Look at its name and at your network, or name another base image ({}, or "
                    "BRYGGA_BASE_IMAGE for all).",
                    Argument(Verb.DEPLOY, "base_image"),
                ),
            ) from error
        if found is None:
            raise ImageBuildError(
                reference,
                "the engine pulled it, but does not have it now",
                code=ErrorCode.IMAGE_NOT_PULLED,
            )
        return found

    def build(self, context: Path, reference: str, progress: Progress) -> EngineImage:
        """Builds the Dockerfile of a folder with all that is in it, and tags what comes out.

        Raises:
            ImageBuildError: with the end of what the engine said.
        """
        from docker.errors import DockerException

        said: list[str] = []
        try:
            for event in self.client.api.build(
                path=str(context), tag=reference, rm=True, forcerm=True, decode=True
            ):
                for line in str(event.get("stream") or "").splitlines():
                    if line.strip():
                        said.append(line)
                        progress.printed(line)
                if event.get("error"):
                    raise ImageBuildError(
                        reference, str(event["error"]).strip(), said[-_LOG_LINES:]
                    )
        except (DockerException, OSError) as error:
            raise ImageBuildError(reference, innermost(error), said[-_LOG_LINES:]) from error
        found = self.find_image(reference)
        if found is None:
            raise ImageBuildError(reference, "the engine does not have it", said[-_LOG_LINES:])
        return found

    def load(self, archive: Iterator[bytes], reference: str) -> EngineImage:
        """Takes an archive of images in; returns the one of that name.

        Raises:
            ImageBuildError: it does not take it.
        """
        from docker.errors import DockerException

        said = ""
        try:
            for event in self.client.api.load_image(archive):
                said = str(event.get("error") or event.get("stream") or said).strip()
            found = self.find_image(reference)
        except (DockerException, OSError) as error:
            raise ImageBuildError(reference, f"it cannot be loaded: {innermost(error)}") from error
        if found is None:
            raise ImageBuildError(reference, f"it cannot be loaded: {said}")
        return found

    def save(self, reference: str, file: Path) -> None:
        """Writes an image with all its layers as one archive.

        Raises:
            ImageBuildError: the engine does not have it, or the file cannot be written.
        """
        from docker.errors import DockerException

        try:
            with replacing(file, mode=None) as archive:
                for part in self.client.api.get_image(reference):
                    archive.write(part)
        except (DockerException, OSError) as error:
            raise ImageBuildError(
                reference, f"it cannot be saved: {innermost(error)}", code=ErrorCode.IMAGE_NOT_SAVED
            ) from error

    def push(self, reference: str, target: str, progress: Progress) -> str:
        """Sends an image to a registry under the name `target`; returns its digest there.

        Raises:
            ImageBuildError: with what the registry says.
        """
        from docker.errors import DockerException
        from docker.utils import parse_repository_tag

        repository, tag = parse_repository_tag(target)
        digest = ""
        progress.phase(Phase.PUSHING, f"Pushing {target}")
        try:
            self.client.api.tag(reference, repository, tag or "latest")
            for event in self.client.api.push(
                repository, tag or "latest", stream=True, decode=True
            ):
                if event.get("error"):
                    raise ImageBuildError(
                        target,
                        f"it was not pushed: {event['error'].strip()}",
                        code=ErrorCode.IMAGE_NOT_PUSHED,
                    )
                if event.get("status"):
                    progress.printed(str(event["status"]))
                digest = str((event.get("aux") or {}).get("Digest") or digest)
        except (DockerException, OSError) as error:
            raise ImageBuildError(
                target,
                f"it was not pushed: {innermost(error)}",
                code=ErrorCode.IMAGE_NOT_PUSHED,
                hint=Hint.of(
                    "Look at its name, and log in with {} or {}.",
                    Shell(("docker", "login")),
                    Shell(("podman", "login")),
                ),
            ) from error
        return digest

    def remove_image(self, reference: str) -> None:
        """Takes the name away, and what nothing else needs with it; idempotent."""
        from docker.errors import APIError, ImageNotFound, NotFound

        try:
            self.client.images.remove(reference, force=False)
        except (ImageNotFound, NotFound):
            return
        except APIError as error:
            if error.status_code != 409:  # a container needs it: it goes with that one
                raise


def _config(data: Mapping[str, Any]) -> ImageConfig:
    """What an engine tells of an image, as the image's own configuration has it."""
    run = {k: v for k, v in (data.get("Config") or {}).items() if k in _RUN and v}
    known = {
        "architecture": data.get("Architecture"),
        "variant": data.get("Variant"),
        "os": data.get("Os"),
        "created": data.get("Created"),
    }
    layers = {"type": "layers", "diff_ids": list((data.get("RootFS") or {}).get("Layers") or ())}
    told = {key: value for key, value in known.items() if value}
    return ImageConfig({**told, "config": run, "rootfs": layers})


def _require_socket(address: str) -> None:
    """Raises what is wrong with a socket in plain words, before a client hides it in its own."""
    if not address.startswith("unix://"):
        return
    path = Path(address.removeprefix("unix://"))
    if not path.exists():
        raise FileNotFoundError("no such socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_PING_S)
        sock.connect(str(path))


def innermost(error: BaseException) -> str:
    """The engine's own words, without the layers of clients around them."""
    explanation: Any = getattr(error, "explanation", None)
    if explanation:
        return str(explanation).strip()
    while error.__cause__ is not None or (error.args and isinstance(error.args[0], BaseException)):
        error = error.__cause__ or error.args[0]
    return str(error).strip() or type(error).__name__
