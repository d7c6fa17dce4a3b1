"""What a deployment to a cluster would meet, looked at before there is one."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from brygga.errors import BryggaError
from brygga.findings import CheckResult, MachineCause, MachineFinding
from brygga.hints import Action, Hint, Verb, as_hint
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.refusals import ClusterError, ClusterUnreachableError
from brygga.targets.kubernetes.registry_probe import ask_registry
from brygga.targets.kubernetes.rendering import Manifest
from brygga.targets.kubernetes.role import Right, reviews

_AHEAD = timedelta(days=21)
_OLDEST = (1, 30)
"""The first to have `preStop.sleep` unless it is told not to."""
_NUMBER = re.compile(r"v?(?P<major>\d+)\.(?P<minor>\d+)")


def check(api: ClusterApi, declared: DeclaredTarget) -> Iterator[CheckResult]:
    """One look at each thing; where the cluster does not answer, at no more than that."""
    try:
        version = api.raw("/version", what="read its version")
    except BryggaError as error:
        yield _bad("cluster", error.message, error.advice)
        return
    yield _version(api, version)
    yield _certificate(api.server)
    looks: Sequence[tuple[str, Callable[[], Iterator[CheckResult]]]] = (
        ("rights", lambda: _rights(api, declared)),
        ("nodes", lambda: _nodes(api, declared)),
        ("quota", lambda: _quota(api)),
        ("metrics", lambda: _metrics(api)),
    )
    for name, look in looks:
        try:
            yield from look()
        except ClusterError as error:
            if isinstance(error, ClusterUnreachableError) or error.status == 401:
                yield _bad("cluster", error.message, error.advice)
                return
            yield _bad(name, error.message, error.advice)
    yield ask_registry(declared)


def _version(api: ClusterApi, version: Manifest) -> CheckResult:
    given = str(version.get("gitVersion"))
    found = f"Kubernetes {given} at {api.server}"
    number = _NUMBER.match(given)
    if number is None or (int(number["major"]), int(number["minor"])) >= _OLDEST:
        return CheckResult.ok("cluster", found)
    needed = ".".join(map(str, _OLDEST))
    return _bad(
        "cluster",
        f"{found} is too old: {needed} or newer is needed, where a pod can wait before it ends.",
        f"Have the cluster brought to {needed} or newer, or declare another.",
    )


def _rights(api: ClusterApi, declared: DeclaredTarget) -> Iterator[CheckResult]:
    missing: dict[Right, list[str]] = {}
    for right, verb, review in reviews(api.namespace):
        answer = api.create(review)
        if not (answer.get("status") or {}).get("allowed"):
            missing.setdefault(right, []).append(verb)
    if not missing:
        yield CheckResult.ok("rights", f"all that is needed in {api.namespace}")
        return
    lines = "\n".join(replace(each, verbs=tuple(verbs)).line() for each, verbs in missing.items())
    number = sum(map(len, missing.values()))
    are = "right is" if number == 1 else "rights are"
    on = ", ".join(each.resource for each in missing)
    yield _bad(
        "rights",
        f"{number} {are} missing in {api.namespace}, on {on}.",
        Hint.of(
            f"Have this applied: {{}}, or add to the Role:\n{lines}",
            Action(Verb.TARGET_ROLE, {"name": declared.name}),
        ),
    )


def _nodes(api: ClusterApi, declared: DeclaredTarget) -> Iterator[CheckResult]:
    try:
        found = api.list("Node")
    except ClusterError as error:
        if error.status != 403:
            raise
        yield _advice(
            "nodes",
            "Nodes may not be looked at: what is too large is only told when no node takes it.",
            Hint.of(
                "Have this applied, if that is not wanted: {}",
                Action(Verb.TARGET_ROLE, {"name": declared.name, "nodes": True}),
            ),
        )
        return
    yield CheckResult.ok("nodes", f"{len(found)} node{'' if len(found) == 1 else 's'}")


def _quota(api: ClusterApi) -> Iterator[CheckResult]:
    for each in api.list("ResourceQuota"):
        status = each.get("status") or {}
        hard, used = status.get("hard") or {}, status.get("used") or {}
        shown = ", ".join(f"{used.get(name, 0)} of {most} {name}" for name, most in hard.items())
        full = [name for name, most in hard.items() if used.get(name) == most]
        if full:
            yield _advice("quota", f"Used up: {shown}.", "Delete something, or have it raised.")
        else:
            yield CheckResult.ok("quota", shown)


def _metrics(api: ClusterApi) -> Iterator[CheckResult]:
    groups = api.raw("/apis", what="list what it serves").get("groups") or ()
    if any(each.get("name") == "metrics.k8s.io" for each in groups):
        yield CheckResult.ok("metrics", "the cluster measures its pods")
        return
    yield _advice(
        "metrics",
        "The cluster does not measure its pods: with autoscale_max their number stays as it is.",
        "Have metrics-server installed, where services are to scale by load.",
    )


def _certificate(server: str) -> CheckResult:
    """How long the certificate that the cluster shows still holds."""
    parts = urlsplit(server)
    if parts.scheme != "https":
        return _advice(
            "certificate",
            f"{server} speaks plain HTTP: who listens reads the credentials and the secrets.",
            "Use https: have the kubeconfig name the https:// address of the cluster.",
        )
    until = _not_after(parts.hostname or "", parts.port or 443)
    if until is None:
        return CheckResult.ok("certificate", "the cluster does not say how long it holds")
    left = until - datetime.now(UTC)
    if left < _AHEAD:
        return _advice(
            "certificate",
            f"The cluster's certificate ends on {until:%Y-%m-%d}, in {left.days} days.",
            "Its owner has to renew it before that.",
        )
    return CheckResult.ok("certificate", f"until {until:%Y-%m-%d}")


def _not_after(host: str, port: int) -> datetime | None:
    """Read from the certificate itself: a connection that checks nothing tells no dates."""
    try:
        pem = ssl.get_server_certificate((host, port), timeout=5)
    except (OSError, socket.gaierror):
        return None
    return _end_of(ssl.PEM_cert_to_DER_cert(pem))


def _end_of(der: bytes) -> datetime | None:
    """The second of the two times of an X.509 certificate's validity (RFC 5280, 4.1.2.5)."""
    times: list[str] = []
    place = 0
    while len(times) < 2 and place < len(der) - 2:
        kind, size = der[place], der[place + 1]
        text = der[place + 2 : place + 2 + size]
        if (kind, size) in ((0x17, 13), (0x18, 15)) and text[:-1].isdigit() and text[-1:] == b"Z":
            times.append(text.decode())
            place += size + 1
        place += 1
    if len(times) < 2:
        return None
    form = "%y%m%d%H%M%SZ" if len(times[1]) == 13 else "%Y%m%d%H%M%SZ"
    return datetime.strptime(times[1], form).replace(tzinfo=UTC)


def _bad(name: str, message: str, fix: str | Hint) -> CheckResult:
    return CheckResult.of(name, "failure", _finding(message, fix))


def _advice(name: str, message: str, fix: str | Hint) -> CheckResult:
    return CheckResult.of(name, "warning", _finding(message, fix))


def _finding(message: str, fix: str | Hint) -> MachineFinding:
    return MachineFinding(MachineCause.TARGET_UNFIT, message, remedy=as_hint(fix))
