"""etcd, API server, controller manager and scheduler, as processes of the host."""

from __future__ import annotations

from cluster.commands import run, spawn, wait_until
from cluster.layout import API_PORT, ETCD, HOST, PODS, SERVICES, Layout

_QUICK = (
    "--node-monitor-grace-period=16s",
    "--horizontal-pod-autoscaler-sync-period=2s",
    "--horizontal-pod-autoscaler-downscale-stabilization=5s",
    "--horizontal-pod-autoscaler-initial-readiness-delay=2s",
    "--horizontal-pod-autoscaler-cpu-initialization-period=5s",
)
"""A test waits for what takes minutes elsewhere."""


def start_control_plane(layout: Layout) -> None:
    """Returns when the API server is ready."""
    _start_etcd(layout)
    start_api_server(layout)
    _start_controllers(layout)
    kubectl = ("kubectl", "--kubeconfig", layout.kubeconfig("admin"))
    # Without it logs and commands in pods are refused by the nodes.
    run(
        *(*kubectl, "create", "clusterrolebinding", "apiserver-kubelet"),
        *("--clusterrole=system:kubelet-api-admin", "--user=kube-apiserver-kubelet"),
    )


def _start_etcd(layout: Layout) -> None:
    spawn(
        layout,
        "etcd",
        layout.bin / "etcd",
        f"--data-dir={layout.root / 'etcd'}",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync",
    )


def start_api_server(layout: Layout) -> None:
    """Also again, after a test has ended it."""
    pki = layout.pki
    spawn(
        layout,
        "kube-apiserver",
        layout.bin / "kube-apiserver",
        f"--etcd-servers={ETCD}",
        f"--secure-port={API_PORT}",
        "--bind-address=0.0.0.0",
        f"--advertise-address={HOST}",
        f"--cert-dir={layout.root / 'apiserver'}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki / 'sa.pub'}",
        f"--service-account-signing-key-file={pki / 'sa.key'}",
        f"--service-cluster-ip-range={SERVICES}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={pki / 'ca.crt'}",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki / 'proxy-client.crt'}",
        f"--proxy-client-key-file={pki / 'proxy-client.key'}",
        "--enable-aggregator-routing=true",
    )

    def ready() -> bool:
        admin = ("--kubeconfig", layout.kubeconfig("admin"))
        return run("kubectl", *admin, "get", "--raw=/readyz", check=False).strip() == "ok"

    wait_until("an API server that is ready", ready, 90)


def _start_controllers(layout: Layout) -> None:
    pki = layout.pki
    for name, own in {
        "kube-controller-manager": (
            f"--service-account-private-key-file={pki / 'sa.key'}",
            f"--root-ca-file={pki / 'ca.crt'}",
            f"--cluster-signing-cert-file={pki / 'ca.crt'}",
            f"--cluster-signing-key-file={pki / 'ca.key'}",
            "--use-service-account-credentials",
            "--allocate-node-cidrs=true",
            f"--cluster-cidr={PODS}",
            "--node-cidr-mask-size=24",
            f"--service-cluster-ip-range={SERVICES}",
            "--configure-cloud-routes=false",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            *_QUICK,
        ),
        "kube-scheduler": (),
    }.items():
        config = layout.kubeconfig(name.removeprefix("kube-"))
        spawn(
            layout,
            name,
            layout.bin / name,
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            *own,
        )
