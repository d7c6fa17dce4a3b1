"""Certificates and kubeconfigs of all that talk to each other."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import yaml
from cluster.commands import run
from cluster.layout import API, HOST, Layout

_CURVE = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
_DAYS = 365


def make_certificates(layout: Layout) -> None:
    """All of them; a cluster lives for hours."""
    layout.pki.mkdir(parents=True, exist_ok=True)
    layout.pki.chmod(0o700)
    _make_authority(layout.pki)
    local = ("127.0.0.1", HOST, "10.96.0.1")
    names = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
    _issue(layout.pki, "apiserver", "kube-apiserver", names=(*local, *names))
    _issue(layout.pki, "apiserver-kubelet", "kube-apiserver-kubelet")
    _issue(layout.pki, "proxy-client", "front-proxy")
    _issue(layout.pki, "admin", "admin", group="system:masters")
    for each in ("controller-manager", "scheduler", "proxy"):
        _issue(layout.pki, each, f"system:kube-{each}")
    for node in layout.nodes:
        user = f"system:node:{node.name}"
        own = (node.name, node.address)
        _issue(layout.pki, node.name, user, group="system:nodes", names=own)
    key = layout.pki / "sa.key"
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    run("openssl", "pkey", "-in", key, "-pubout", "-out", layout.pki / "sa.pub")
    for each in ("admin", "controller-manager", "scheduler", "proxy"):
        write_kubeconfig(layout, each)
    for node in layout.nodes:
        write_kubeconfig(layout, node.name)


def write_kubeconfig(layout: Layout, user: str, *, token: str = "", namespace: str = "") -> Path:
    """For a user with a certificate, or with a token."""
    shown = {"token": token}
    if not token:
        certificate, key = (layout.pki / f"{user}.{ending}" for ending in ("crt", "key"))
        shown = {"client-certificate-data": _base64(certificate), "client-key-data": _base64(key)}
    authority = _base64(layout.pki / "ca.crt")
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [
            {"name": "test", "cluster": {"server": API, "certificate-authority-data": authority}}
        ],
        "users": [{"name": user, "user": shown}],
        "contexts": [
            {
                "name": "test",
                "context": {"cluster": "test", "user": user, "namespace": namespace or "default"},
            }
        ],
    }
    file = layout.kubeconfig(user)
    file.touch(0o600)
    file.write_text(yaml.safe_dump(content))
    return file


def _make_authority(pki: Path) -> None:
    run("openssl", "genpkey", *_CURVE, "-out", pki / "ca.key")
    run(
        *("openssl", "req", "-x509", "-new", "-key", pki / "ca.key", "-out", pki / "ca.crt"),
        *("-days", _DAYS, "-subj", "/CN=brygga-test-ca"),
        *("-addext", "basicConstraints=critical,CA:TRUE"),
        *("-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign"),
    )


def _issue(pki: Path, stem: str, user: str, *, group: str = "", names: Sequence[str] = ()) -> None:
    """Signs a certificate of a user, which may be a server by these names as well."""
    subject = (f"/O={group}" if group else "") + f"/CN={user}"
    extensions = "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth,serverAuth\n"
    if names:
        kinds = (f"{'IP' if each[0].isdigit() else 'DNS'}:{each}" for each in names)
        extensions += f"subjectAltName={','.join(kinds)}\n"
    (pki / f"{stem}.ext").write_text(extensions)
    run("openssl", "genpkey", *_CURVE, "-out", pki / f"{stem}.key")
    asked = run("openssl", "req", "-new", "-key", pki / f"{stem}.key", "-subj", subject)
    run(
        *("openssl", "x509", "-req", "-CA", pki / "ca.crt", "-CAkey", pki / "ca.key"),
        *("-CAcreateserial", "-days", _DAYS, "-extfile", pki / f"{stem}.ext"),
        *("-out", pki / f"{stem}.crt"),
        text=asked,
    )


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
