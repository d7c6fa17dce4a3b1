"""Where a cluster is and as whom we come: from a kubeconfig, or from within a pod.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import os
import ssl
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from brygga.hints import Argument, Hint, Verb
from brygga.targets.kubernetes.access import ClusterAccess, invalid_kubeconfig, load_pair, text_of

_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_USUAL = "~/.kube/config"


@dataclass(frozen=True)
class _ConfigEntry:
    """A cluster, a user or a context, with the file that has it: paths in it are relative to that.

    Attributes:
        kind: `cluster`, `user` or `context`.
    """

    kind: str
    name: str
    file: Path
    content: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A field of it; empty where it has none."""
        found = self.content.get(name)
        if isinstance(found, Mapping | list):
            raise invalid_kubeconfig(
                self.file, f"has no text as {name} of the {self.kind} {self.name!r}"
            )
        return str(found or "")

    def pem(self, name: str) -> str:
        """What is in the field itself, or in a file that it names relative to its own."""
        inline = f"{name}-data"
        if self.content.get(inline):
            try:
                raw = "".join(self.text(inline).split())
                return b64decode(raw, validate=True).decode()
            except ValueError:  # of Base64 and of UTF-8
                what = f"has as {inline} of the {self.kind} {self.name!r} what is no PEM in Base64"
                raise invalid_kubeconfig(self.file, what) from None
        named = self.text(name)
        return text_of(self.file, name, self.file.parent / named) if named else ""


@dataclass(frozen=True)
class _ConfigEntries:
    """All that some files have: what the first of them says of a name holds, as for kubectl."""

    found: dict[tuple[str, str], _ConfigEntry] = field(default_factory=dict)

    def add(self, file: Path, data: Mapping[str, Any]) -> None:
        for kind in ("cluster", "user", "context"):
            rows = data.get(f"{kind}s") or []
            if not isinstance(rows, list):
                raise invalid_kubeconfig(file, f"has no list as {kind}s")
            for row in rows:
                if not isinstance(row, Mapping) or "name" not in row:
                    raise invalid_kubeconfig(file, f"has an entry without a name in {kind}s")
                name, content = str(row["name"]), row.get(kind) or {}
                if not isinstance(content, Mapping):
                    what = f"has no fields for the {kind} {name!r}, but something else"
                    raise invalid_kubeconfig(file, what)
                self.found.setdefault((kind, name), _ConfigEntry(kind, name, file, content))

    def contexts(self) -> list[str]:
        return [name for kind, name in self.found if kind == "context"]

    def get(self, kind: str, name: str) -> _ConfigEntry | None:
        return self.found.get((kind, name))

    def named_by(self, context: _ConfigEntry, kind: str) -> _ConfigEntry:
        """That which a context names."""
        name = context.text(kind)
        found = self.get(kind, name)
        if found is None:
            what = f"has no {kind} {name!r}, which the context {context.name!r} names"
            what = what if name else f"has a context {context.name!r} that names no {kind}"
            raise invalid_kubeconfig(context.file, what)
        return found


def is_to_be_found(kubeconfig: str, context: str) -> bool:
    """Whether there is a kubeconfig to look at, or one was asked for."""
    named = kubeconfig or context or os.environ.get("KUBECONFIG")
    return bool(named) or _is_there(Path(_USUAL).expanduser())


def find_access(kubeconfig: str, context: str) -> ClusterAccess:
    """Reads the kubeconfig that is named, or those of `$KUBECONFIG`, the usual one or the pod's.

    Raises:
        InvalidInputError: a file, or the context in it, cannot be used.
    """
    listed = [each for each in os.environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    names = [kubeconfig] if kubeconfig else listed
    files = [Path(each).expanduser() for each in names or [_USUAL]]
    if not names and not _is_there(files[0]) and _is_there(_POD / "token"):
        return _of_pod()
    if len(files) > 1:
        files = [each for each in files if _is_there(each)] or files[:1]
    entries, current = _ConfigEntries(), ""
    for file in files:
        data = _load(file)
        if not data and len(files) == 1:
            raise invalid_kubeconfig(file, "has nothing in it")
        entries.add(file, data)
        current = current or str(data.get("current-context") or "")
    return _read(files, entries, context or current)


def _is_there(file: Path) -> bool:
    """Also where it cannot be looked at: that is said when it is read."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _load(file: Path) -> Mapping[str, Any]:
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise invalid_kubeconfig(file, f"cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise invalid_kubeconfig(file, "is no YAML") from error
    if not isinstance(data or {}, Mapping):
        raise invalid_kubeconfig(file, "is no kubeconfig: it has no fields")
    return data or {}


def _read(files: Sequence[Path], entries: _ConfigEntries, chosen: str) -> ClusterAccess:
    context = entries.get("context", chosen)
    if context is None:
        known = entries.contexts()
        what = f"has no context {chosen!r}" if chosen else "has no current context"
        shown = os.pathsep.join(map(str, files))
        if not known:
            raise invalid_kubeconfig(shown, f"{what}, and none that could be chosen")
        hint = f"It has {', '.join(known)}. Declare the target with one of them, as {{}}."
        option = Argument(Verb.ADD_TARGET, "context", known[0])
        raise invalid_kubeconfig(shown, what, Hint.of(hint, option))
    cluster = entries.named_by(context, "cluster")
    nobody = _ConfigEntry("user", "", context.file, {})
    user = entries.named_by(context, "user") if context.text("user") else nobody
    if user.content.get("auth-provider"):
        raise invalid_kubeconfig(
            user.file,
            f"has an `auth-provider` for {user.name!r}, which no Kubernetes knows any more",
            hint="Let an exec plugin give the credentials, as kubectl needs it, too.",
        )
    name, word, token_file = user.text("username"), user.text("password"), user.text("tokenFile")
    access = ClusterAccess(
        server=_server(cluster),
        context=chosen,
        file=user.file,
        authority=_authority(cluster),
        insecure=bool(cluster.content.get("insecure-skip-tls-verify")),
        server_name=cluster.text("tls-server-name"),
        certificate=user.pem("client-certificate"),
        key=user.pem("client-key"),
        token=user.text("token"),
        token_file=str(user.file.parent / token_file) if token_file else "",
        basic=b64encode(f"{name}:{word}".encode()).decode() if name and word else "",
        helper=_helper(user),
    )
    if access.helper is None:
        _check_certificate(user, access)
        access.credentials()
    return access


def _of_pod() -> ClusterAccess:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    return ClusterAccess(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        context="the pod's own",
        file=_POD,
        authority=(_POD / "ca.crt").read_text(encoding="utf-8"),
        token_file=str(_POD / "token"),
    )


def _server(cluster: _ConfigEntry) -> str:
    given = cluster.text("server")
    server = given.rstrip("/")
    if not server:
        raise invalid_kubeconfig(cluster.file, f"has no server for the cluster {cluster.name!r}")
    try:
        parts = urlsplit(server)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        what = f"has {server!r} as server of the cluster {cluster.name!r}, which is no URL"
        hint = "Write it there as https://HOST:PORT."
        if "//" not in given:
            hint = f"Write it there as https://{server}, if that is it."
        raise invalid_kubeconfig(cluster.file, what, hint)
    return server


def _authority(cluster: _ConfigEntry) -> str:
    found = cluster.pem("certificate-authority")
    given = [
        name
        for name in ("certificate-authority-data", "certificate-authority")
        if cluster.content.get(name)
    ]
    if given:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
        except (ssl.SSLError, ValueError):
            what = f"has no certificate in PEM as {given[0]} of the cluster {cluster.name!r}"
            raise invalid_kubeconfig(cluster.file, what) from None
    return found


def _check_certificate(user: _ConfigEntry, access: ClusterAccess) -> None:
    if not access.certificate and not access.key:
        return
    for name, text in (("client-certificate", access.certificate), ("client-key", access.key)):
        if "-----BEGIN " not in text:
            what = f"has no PEM as {name} of the user {user.name!r}"
            raise invalid_kubeconfig(user.file, what)
    try:
        load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), access.certificate, access.key)
    except ValueError as error:
        what = f"has a client-certificate and client-key of the user {user.name!r} that {error}"
        raise invalid_kubeconfig(user.file, what) from None


def _helper(user: _ConfigEntry) -> Mapping[str, Any] | None:
    """The program that gives credentials, with every field of the kind that it has to be."""
    helper = user.content.get("exec")
    if not helper:
        return None
    variables = (helper.get("env") or []) if isinstance(helper, Mapping) else None
    if (
        not isinstance(helper, Mapping)
        or not isinstance(helper.get("command"), str)
        or not isinstance(helper.get("args") or [], list)
        or not isinstance(variables, list)
        or not all(isinstance(each, Mapping) and {"name", "value"} <= {*each} for each in variables)
    ):
        what = f"has an exec of the user {user.name!r} that is not as kubectl takes it"
        raise invalid_kubeconfig(user.file, what, "It has a command, a list of args, and an env.")
    return helper
