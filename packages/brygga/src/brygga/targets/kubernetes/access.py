"""A cluster and a user of it: what is shown to it, and what its connections are made with."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Action, Hint, Verb
from brygga.store.files import scratch_folder

_EXEC_S = 60


@dataclass(frozen=True)
class ClusterAccess:
    """A cluster, and a user of it.

    Attributes:
        server: URL of its API.
        context: Named in messages.
        file: The kubeconfig that has the user; named in messages.
        certificate: Of the user, and its key, in PEM; empty for none.
        token_file: Read anew for each request: the cluster replaces what is in it.
        helper: A program that is asked for credentials.
    """

    server: str
    context: str
    file: Path
    authority: str = ""
    insecure: bool = False
    server_name: str = ""
    certificate: str = ""
    key: str = ""
    token: str = ""
    token_file: str = ""
    basic: str = ""
    helper: Mapping[str, Any] | None = None

    def credentials(self) -> Credentials:
        """What to show now; a helper is run for it.

        Raises:
            InvalidInputError: a file or a helper gives none.
        """
        if self.helper is not None:
            return _ask(self.helper)
        token = self.token
        if self.token_file:
            token = text_of(self.file, "tokenFile", Path(self.token_file)).strip()
        header = f"Bearer {token}" if token else f"Basic {self.basic}" if self.basic else ""
        return Credentials(header, self.certificate, self.key)

    def tls(self, credentials: Credentials) -> ssl.SSLContext:
        """What the connection is made with.

        Raises:
            InvalidInputError: the certificate that a helper gave cannot be used.
        """
        context = ssl.create_default_context(cadata=self.authority or None)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if credentials.certificate:
            try:
                load_pair(context, credentials.certificate, credentials.key)
            except ValueError as error:
                what = f"the client certificate and key that were given {error}"
                raise refused_credentials(what) from None
        return context


@dataclass(frozen=True)
class Credentials:
    """What is shown to the cluster: a header, or a certificate, or both."""

    header: str = ""
    certificate: str = ""
    key: str = ""


def load_pair(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Has a connection show a certificate.

    Raises:
        ValueError: what is wrong with it or with its key, as the end of a sentence.
    """
    with scratch_folder() as folder:  # there is no way to give it but as files
        for name, text in (("crt", certificate), ("key", key)):
            file = folder / name
            file.touch(0o600)
            file.write_text(text, encoding="utf-8")
        try:
            # Without a password OpenSSL would ask the terminal for one.
            context.load_cert_chain(folder / "crt", folder / "key", password=lambda: "")
        except (ssl.SSLError, OSError) as error:
            reason = getattr(error, "reason", None) or "no PEM"
            why = str(reason).lower().replace("_", " ")
            raise ValueError(f"cannot be used together ({why})") from None


def text_of(kubeconfig: Path, field: str, named: Path) -> str:
    """What is in a file that a kubeconfig names.

    Raises:
        InvalidInputError: it cannot be read.
    """
    try:
        return named.read_text(encoding="utf-8")
    except OSError as error:
        what = f"names {named} as {field}, which cannot be read: {error.strerror}"
        raise invalid_kubeconfig(kubeconfig, what) from None
    except UnicodeDecodeError:
        raise invalid_kubeconfig(
            kubeconfig, f"names {named} as {field}, which is no text"
        ) from None


def invalid_kubeconfig(file: Path | str, what: str, hint: str | Hint = "") -> InvalidInputError:
    """That a kubeconfig cannot be used."""
    other = Action(Verb.ADD_TARGET, {"kubeconfig": "FILE", "replace": True})
    return InvalidInputError(
        f"The kubeconfig {file} {what}.",
        code=ErrorCode.KUBECONFIG_INVALID,
        hint=hint
        or Hint.of("Correct it, or declare the target with one that kubectl takes: {}", other),
    )


def refused_credentials(
    what: str, hint: str = "Log in as for kubectl, then try again."
) -> InvalidInputError:
    """That there is nothing to show to the cluster."""
    return InvalidInputError(
        f"No credentials for the cluster: {what}.",
        code=ErrorCode.CLUSTER_UNAUTHORIZED,
        hint=hint,
    )


def _ask(helper: Mapping[str, Any]) -> Credentials:
    """Runs the program that the kubeconfig names, and reads the ExecCredential it prints."""
    version = str(helper.get("apiVersion") or "client.authentication.k8s.io/v1")
    command = [str(helper.get("command")), *map(str, helper.get("args") or ())]
    asked = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    variables = {str(each["name"]): str(each["value"]) for each in helper.get("env") or ()}
    environ = {**os.environ, **variables, "KUBERNETES_EXEC_INFO": json.dumps(asked)}
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=_EXEC_S, check=True
        )
        status = json.loads(done.stdout)["status"]
        token = str(status.get("token") or "")
        pair = status.get("clientCertificateData"), status.get("clientKeyData")
    except FileNotFoundError:
        how = helper.get("installHint") or "Install it, or use another context."
        raise refused_credentials(f"{command[0]} is not installed", str(how)) from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip().splitlines()
        why = said[-1] if said else error.returncode
        raise refused_credentials(f"{command[0]} failed: {why}") from error
    except (
        subprocess.TimeoutExpired, OSError, ValueError, KeyError, TypeError, AttributeError,
    ) as error:  # fmt: skip
        raise refused_credentials(f"{command[0]} gave none: {type(error).__name__}") from error
    return Credentials(f"Bearer {token}" if token else "", str(pair[0] or ""), str(pair[1] or ""))
