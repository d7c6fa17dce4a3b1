"""Where a cluster is and as whom we come: from a kubeconfig, or from within a pod.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.store.files import scratch_folder

_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_USUAL = "~/.kube/config"
_EXEC_S = 60


@dataclass(frozen=True)
class ClusterAccess:
    """A cluster, and a user of it.

    Attributes:
        server: URL of its API.
        context: Named in messages.
        certificate: Of the user, and its key, in PEM; empty for none.
        token_file: Read anew for each request: the cluster replaces what is in it.
        helper: A program that is asked for credentials.
    """

    server: str
    context: str
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
        """What to show now; a helper is run for it."""
        if self.helper is not None:
            return _ask(self)
        token = self.token
        if self.token_file:
            token = Path(self.token_file).read_text(encoding="utf-8").strip()
        header = f"Bearer {token}" if token else f"Basic {self.basic}" if self.basic else ""
        return Credentials(header, self.certificate, self.key)

    def tls(self, credentials: Credentials) -> ssl.SSLContext:
        """What the connection is made with."""
        context = ssl.create_default_context(cadata=self.authority or None)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if credentials.certificate:
            with scratch_folder() as folder:  # there is no way to give it but as files
                for name, text in (("crt", credentials.certificate), ("key", credentials.key)):
                    file = folder / name
                    file.touch(0o600)
                    file.write_text(text, encoding="utf-8")
                context.load_cert_chain(folder / "crt", folder / "key")
        return context


@dataclass(frozen=True)
class Credentials:
    """What is shown to the cluster: a header, or a certificate, or both."""

    header: str = ""
    certificate: str = ""
    key: str = ""


def find_access(kubeconfig: str, context: str) -> ClusterAccess:
    """Reads the kubeconfig that is named, or that of `$KUBECONFIG`, the usual one or the pod's own.

    Raises:
        InvalidInputError: the file, or the context in it, cannot be used.
    """
    named = kubeconfig or os.environ.get("KUBECONFIG", "").partition(os.pathsep)[0]
    file = Path(named or _USUAL).expanduser()
    if not named and not file.exists() and (_POD / "token").exists():
        return _of_pod()
    try:
        import yaml

        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _invalid(file, f"cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _invalid(file, "is no YAML") from error
    if not isinstance(data, dict):
        raise _invalid(file, "has nothing in it")
    return _read(file, data, context)


def _read(file: Path, data: Mapping[str, Any], context: str) -> ClusterAccess:
    contexts = _named(data.get("contexts"), "context")
    chosen = context or str(data.get("current-context") or "")
    if chosen not in contexts:
        known = f"It has {', '.join(contexts)}." if contexts else "It has none."
        what = f"has no context {chosen!r}" if chosen else "has no current context"
        raise _invalid(file, what, hint=f"{known} Name one with the target.")
    found = contexts[chosen]
    clusters, users = _named(data.get("clusters"), "cluster"), _named(data.get("users"), "user")
    cluster = clusters.get(str(found.get("cluster")))
    if cluster is None or not cluster.get("server"):
        raise _invalid(file, f"has no cluster {found.get('cluster')!r}, which {chosen!r} names")
    user = users.get(str(found.get("user")), {})
    if user.get("auth-provider"):
        raise _invalid(
            file,
            f"has an `auth-provider` for {found.get('user')!r}, which no Kubernetes knows any more",
            hint="Let an exec plugin give the credentials, as kubectl needs it, too.",
        )
    name, word = user.get("username"), user.get("password")
    return ClusterAccess(
        server=str(cluster["server"]).rstrip("/"),
        context=chosen,
        authority=_content(file, cluster, "certificate-authority"),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        server_name=str(cluster.get("tls-server-name") or ""),
        certificate=_content(file, user, "client-certificate"),
        key=_content(file, user, "client-key"),
        token=str(user.get("token") or ""),
        token_file=str(file.parent / user["tokenFile"]) if user.get("tokenFile") else "",
        basic=b64encode(f"{name}:{word}".encode()).decode() if name and word else "",
        helper=user.get("exec"),
    )


def _of_pod() -> ClusterAccess:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    return ClusterAccess(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        context="the pod's own",
        authority=(_POD / "ca.crt").read_text(encoding="utf-8"),
        token_file=str(_POD / "token"),
    )


def _ask(access: ClusterAccess) -> Credentials:
    """Runs the program that the kubeconfig names, and reads the ExecCredential it prints."""
    helper = access.helper or {}
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
    except FileNotFoundError as error:
        how = helper.get("installHint") or "Install it, or use another context."
        raise _refused(f"{command[0]} is not installed", str(how)) from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip().splitlines()
        raise _refused(f"{command[0]} failed: {said[-1] if said else error.returncode}") from error
    except (subprocess.TimeoutExpired, OSError, ValueError, KeyError, TypeError) as error:
        raise _refused(f"{command[0]} gave none: {type(error).__name__}") from error
    token = str(status.get("token") or "")
    return Credentials(
        f"Bearer {token}" if token else "",
        str(status.get("clientCertificateData") or ""),
        str(status.get("clientKeyData") or ""),
    )


def _named(rows: object, content: str) -> dict[str, Mapping[str, Any]]:
    found = rows if isinstance(rows, list) else []
    return {str(each["name"]): each.get(content) or {} for each in found if "name" in each}


def _content(file: Path, data: Mapping[str, Any], name: str) -> str:
    """What is in the file itself, or in one that it names relative to it."""
    if data.get(f"{name}-data"):
        return b64decode(str(data[f"{name}-data"])).decode()
    if not data.get(name):
        return ""
    named = file.parent / str(data[name])
    try:
        return named.read_text(encoding="utf-8")
    except OSError as error:
        raise _invalid(file, f"names {named}, which cannot be read: {error.strerror}") from error


def _invalid(file: Path, what: str, hint: str = "") -> InvalidInputError:
    return InvalidInputError(
        f"The kubeconfig {file} {what}.",
        code=ErrorCode.KUBECONFIG_INVALID,
        hint=hint or "Declare the target with another file: one that kubectl takes.",
    )


def _refused(what: str, hint: str = "Log in as for kubectl, then try again.") -> InvalidInputError:
    return InvalidInputError(
        f"No credentials for the cluster: {what}.",
        code=ErrorCode.CLUSTER_UNAUTHORIZED,
        hint=hint,
    )
