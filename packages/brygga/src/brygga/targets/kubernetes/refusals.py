"""What a cluster answers where it does not do as it is asked, as errors with a way out."""

from __future__ import annotations

import json
import re
import ssl
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError
from brygga.targets.kubernetes.role import Right

_FORBIDDEN = re.compile(
    r'cannot (?P<verb>\w+) resource "(?P<resource>[\w/]+)" in API group "(?P<group>[\w.]*)"'
)
_NAMESPACE = re.compile(r'namespaces "(?P<name>[^"]+)" not found')


class ClusterError(BryggaError):
    """The cluster does not do what it is asked, or is not there."""

    status: int | None = None


class ClusterUnreachableError(ClusterError):
    """Nobody answers where the cluster is said to be."""


def unreachable(server: str, error: BaseException) -> ClusterUnreachableError:
    """That no answer came."""
    why = innermost_reason(error)
    if isinstance(why, ssl.SSLCertVerificationError):
        expired = "expired" in why.verify_message
        return ClusterUnreachableError(
            f"The certificate of {server} is not valid: {why.verify_message}.",
            code=ErrorCode.CLUSTER_UNTRUSTED,
            hint="Its owner has to renew it."
            if expired
            else "Take the kubeconfig of the cluster that answers there, with its authority.",
        )
    said = str(why).rstrip(".") or type(why).__name__
    return ClusterUnreachableError(
        f"The cluster at {server} does not answer: {said}.",
        code=ErrorCode.CLUSTER_UNREACHABLE,
        hint="See with kubectl whether it is there, and whether a VPN or proxy is needed.",
    )


def not_kubernetes(server: str, status: int) -> ClusterUnreachableError:
    """That what answers is something else."""
    return ClusterUnreachableError(
        f"What answers at {server} is not Kubernetes ({status}).",
        code=ErrorCode.CLUSTER_UNREACHABLE,
        hint="See whether the kubeconfig has the right server; a proxy or a load balancer before "
        "the cluster may have answered, too.",
    )


def speaks_kubernetes(status: int, body: bytes) -> bool:
    """Whether a refusal may be a cluster's: a Status object, or plain words on the way to it."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return status != 404 and not body.lstrip().startswith(b"<")
    return isinstance(data, dict) and "message" in data


def refusal(status: int, body: bytes, what: str, namespace: str) -> ClusterError:
    """Why it was refused.

    Args:
        what: Was asked, as `apply the Deployment digits`.
    """
    said = message_of(body)
    found = _refusal(status, said, what, namespace)
    found.status = status
    return found


def message_of(body: bytes) -> str:
    """The sentence of a Status object; what does not hold one is given as it is."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace").strip()[:500]


def innermost_reason(error: BaseException) -> BaseException:
    """What lies below the errors of the layers that passed it on."""
    below = getattr(error, "reason", None)
    if not isinstance(below, BaseException):
        below = error.__cause__ or error.__context__
    return error if below is None or below is error else innermost_reason(below)


def _refusal(status: int, said: str, what: str, namespace: str) -> ClusterError:
    if status == 401:
        return ClusterError(
            f"The cluster does not know its caller ({said}).",
            code=ErrorCode.CLUSTER_UNAUTHORIZED,
            hint="The credentials have expired or are another cluster's: log in as for kubectl.",
        )
    missing = _NAMESPACE.search(said)
    if missing is not None:
        return ClusterError(
            f"The cluster has no namespace {missing['name']!r}.",
            code=ErrorCode.NAMESPACE_NOT_FOUND,
            hint=f"Have it made (kubectl create namespace {missing['name']}), or declare another.",
        )
    forbidden = _FORBIDDEN.search(said)
    if status == 403 and forbidden is not None:
        right = Right(forbidden["group"], forbidden["resource"], (forbidden["verb"],))
        return ClusterError(
            f"You may not {what}: {said}.",
            code=ErrorCode.CLUSTER_FORBIDDEN,
            hint=f"The Role in {namespace} lacks the line  {right.line()}",
        )
    if "exceeded quota" in said or "usage per" in said:
        return ClusterError(
            f"The quota of {namespace} does not let you {what}: {said}.",
            code=ErrorCode.QUOTA_EXCEEDED,
            hint="Ask for less, or have the quota raised.",
        )
    if status >= 500:
        return ClusterError(
            f"The cluster failed when it was asked to {what}: {said}.",
            code=ErrorCode.CLUSTER_REFUSED,
            hint="Try again; if it goes on, see with kubectl whether the cluster is well.",
        )
    return ClusterError(
        f"The cluster does not let you {what}: {said}.",
        code=ErrorCode.CLUSTER_REFUSED,
        hint="A policy of the cluster may be in the way: its owner knows."
        if status == 403
        else "Correct what is named, then try again.",
    )
