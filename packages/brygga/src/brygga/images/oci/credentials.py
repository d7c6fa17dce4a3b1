"""Who one is to a registry: read where Docker and Podman keep it, asked of their helpers."""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import RegistryError
from brygga.images.oci.address import DOCKER_HUB

_HUB_KEY = "https://index.docker.io/v1/"
_HELPER_S = 30
_TOKEN_USER = "<token>"  # noqa: S105 - what a helper says for a user that is none


@dataclass(frozen=True)
class Credential:
    """What a registry is shown.

    Attributes:
        secret: A password.
        identity_token: In their place, to be exchanged for a token; empty where there is none.
        source: The file or the helper that has it, for people.
    """

    user: str
    secret: str
    identity_token: str = ""
    source: str = ""

    def __repr__(self) -> str:
        return f"Credential(user={self.user!r}, source={self.source!r})"


@dataclass(frozen=True)
class DockerCredentials:
    """The credentials in the configurations of Docker and Podman.

    Attributes:
        files: Where they are looked for, the first that knows a registry decides.
    """

    files: tuple[Path, ...]

    @classmethod
    def of(cls, environ: Mapping[str, str], home: Path) -> DockerCredentials:
        """Where Docker looks, and then Podman."""
        docker = Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
        files = [docker]
        if environ.get("REGISTRY_AUTH_FILE"):
            files.append(Path(environ["REGISTRY_AUTH_FILE"]))
        if environ.get("XDG_RUNTIME_DIR"):
            files.append(Path(environ["XDG_RUNTIME_DIR"], "containers/auth.json"))
        config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        return cls((*files, config / "containers/auth.json"))

    def find(self, host: str) -> Credential | None:
        """Those of a registry; None where nothing is said of it.

        Raises:
            RegistryError: a file or a helper cannot be used.
        """
        for file in self.files:
            data = _read(file, host)
            helpers = data.get("credHelpers") or {}
            helper = helpers.get(host) or data.get("credsStore")
            found = _asked(str(helper), host) if helper else None
            found = found or _written(data.get("auths") or {}, host, file)
            if found is not None:
                return found
        return None

    def pull_secret(self, host: str) -> str | None:
        """The same as a `config.json` with nothing else in it: what a cluster pulls with."""
        found = self.find(host)
        if found is None:
            return None
        entry = {"username": found.user, "password": found.secret}
        entry["auth"] = base64.b64encode(f"{found.user}:{found.secret}".encode()).decode()
        if found.identity_token:
            entry = {"identitytoken": found.identity_token}
        key = _HUB_KEY if host == DOCKER_HUB else host
        return json.dumps({"auths": {key: entry}}, sort_keys=True)


def _read(file: Path, host: str) -> Mapping[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise _unusable(host, f"{file} cannot be read: {error}") from error
    return data if isinstance(data, dict) else {}


def _written(auths: Mapping[str, Any], host: str, file: Path) -> Credential | None:
    for key, entry in auths.items():
        if _host_of(str(key)) != host or not isinstance(entry, dict):
            continue
        if entry.get("identitytoken"):
            return Credential("", "", str(entry["identitytoken"]), str(file))
        if entry.get("auth"):
            try:
                text = base64.b64decode(str(entry["auth"]), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise _unusable(host, f"what {file} has for it is not base64") from error
            user, _, secret = text.partition(":")
            return Credential(user, secret.rstrip("\0"), source=str(file))
        if entry.get("username"):
            return Credential(str(entry["username"]), str(entry.get("password", "")), "", str(file))
    return None


def _asked(helper: str, host: str) -> Credential | None:
    program = f"docker-credential-{helper}"
    key = _HUB_KEY if host == DOCKER_HUB else host
    try:
        said = subprocess.run(
            [program, "get"], input=key, capture_output=True, text=True, timeout=_HELPER_S,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise _unusable(host, f"{program} cannot be asked: {error}") from error
    if said.returncode:
        words = (said.stdout + said.stderr).strip()
        if "not found" in words.lower():
            return None
        raise _unusable(host, f"{program} says: {words[-200:] or said.returncode}")
    try:
        answer = json.loads(said.stdout)
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable(host, f"{program} answers with what is no credential") from error
    if user == _TOKEN_USER:
        return Credential("", "", secret, program)
    return Credential(user, secret, source=program) if user or secret else None


def _host_of(key: str) -> str:
    """The registry that an entry is for: they are written in all kinds of ways."""
    host = key.partition("://")[2] or key
    host = host.partition("/")[0].lower()
    return DOCKER_HUB if host in ("index.docker.io", "registry-1.docker.io") else host


def _unusable(host: str, why: str) -> RegistryError:
    return RegistryError(
        host,
        f"the credentials for it cannot be had: {why}",
        code=ErrorCode.REGISTRY_CREDENTIALS_UNUSABLE,
        hint="Mend the file, or log in anew with docker login or podman login.",
    )
