"""A cluster that somebody has declared as a target, and the rules for what is said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, InvalidNameError
from brygga.hints import Argument, Hint, Verb
from brygga.images.oci.address import RegistryAddress

Expose = Literal["cluster", "node-port", "load-balancer", "ingress"]
EXPOSES: tuple[Expose, ...] = get_args(Expose)

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_RULE = (
    "It has at most 63 lowercase letters, digits and dashes, and neither begins nor ends with a "
    "dash."
)
_HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SERVICE = "{service}"
_HOST_EXAMPLE = Argument(Verb.ADD_TARGET, "host", f"{_SERVICE}.models.example.com")
_PLACEHOLDER = re.compile(r"\{[^}]*\}?|\}")


@dataclass(frozen=True, kw_only=True)
class DeclaredTarget:
    """A namespace of a Kubernetes cluster, as `deploy --target NAME` knows it.

    Nothing in it is secret: credentials stay in the kubeconfig, and in Docker's configuration.

    Attributes:
        kubeconfig: Path of the file; empty: that of `$KUBECONFIG`, the usual one, or the pod's own.
        context: One of the file's; empty: its current one.
        registry: Where images are pushed to and pulled from, with a path or without; with
            `http://` in front where it speaks plain HTTP.
        expose: How requests get in: from inside the cluster alone, on a port of every node,
            through a load balancer, or through an ingress.
        host: Of an ingress, with `{service}` in it or in `path`; with `node-port`, the address of
            the nodes.
        path: What an ingress routes by, beside the host.
        ingress_class: Of the ingress; empty: the cluster's own default.
        tls_secret: Name of a secret in the namespace with the certificate for `host`.
    """

    name: str
    registry: str
    kubeconfig: str = ""
    context: str = ""
    namespace: str = "default"
    expose: Expose = "cluster"
    host: str = ""
    path: str = "/"
    ingress_class: str = ""
    tls_secret: str = ""

    def __post_init__(self) -> None:
        """Refuses what can be seen to be wrong without asking the cluster."""
        if not _NAME.fullmatch(self.name):
            raise InvalidNameError("target", self.name, _RULE)
        if not _NAME.fullmatch(self.namespace):
            raise InvalidNameError("namespace", self.namespace, _RULE)
        RegistryAddress.parse(self.registry)
        if self.expose not in EXPOSES:
            raise _invalid("expose", self.expose, f"one of {', '.join(EXPOSES)}.")
        self._check_address()

    def host_of(self, service: str) -> str:
        """The name by which callers reach a service through the ingress."""
        return self.host.replace(_SERVICE, service)

    def prefix_of(self, service: str) -> str:
        """What the paths of a service begin with there; empty for nothing."""
        path = self.path.replace(_SERVICE, service).strip("/")
        return f"/{path}" if path and self.expose == "ingress" else ""

    def to_dict(self) -> dict[str, Any]:
        """A JSON object, less the name."""
        return {name: value for name, value in asdict(self).items() if name != "name"}

    @classmethod
    def from_dict(cls, name: str, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote; what a newer Brygga has added is left out."""
        known = {each.name for each in fields(cls)}
        return cls(name=name, **{key: value for key, value in data.items() if key in known})

    def _check_address(self) -> None:
        if self.expose != "ingress":
            for option in ("ingress_class", "tls_secret"):
                if getattr(self, option):
                    raise _without_ingress(option)
            if self.path != "/":
                raise _without_ingress("path")
            if self.host and self.expose != "node-port":
                raise _without_ingress("host")
            if _SERVICE in self.host:
                raise _invalid("host", self.host, "the address of the nodes.")
            return
        self._check_template("host", self.host)
        if _SERVICE not in self.host + self.path:
            self._check_template("path", self.path)
        if not self.host:
            raise InvalidInputError(
                "An ingress needs a host: none takes every name.",
                code=ErrorCode.OPTION_INVALID,
                hint=Hint.of("Give {}.", _HOST_EXAMPLE),
            )
        if not _HOST.fullmatch(self.host_of("service")):
            raise _invalid("host", self.host, "a name of lowercase letters, as {}.", _HOST_EXAMPLE)
        if _SERVICE not in self.host and _SERVICE not in self.path:
            raise InvalidInputError(
                f"All services would have the address {self.host}{self.path}.",
                code=ErrorCode.OPTION_INVALID,
                hint=Hint.of(
                    f"Put {_SERVICE} into host or path, as {{}}.",
                    Argument(Verb.ADD_TARGET, "path", f"/{_SERVICE}"),
                ),
            )

    def _check_template(self, option: str, value: str) -> None:
        """Refuses a placeholder that would never be filled in."""
        strange = [each for each in _PLACEHOLDER.findall(value) if each != _SERVICE]
        if strange:
            raise InvalidInputError(
                f"{option}={value!r} has {strange[0]} in it, which stands for nothing.",
                code=ErrorCode.OPTION_INVALID,
                hint=f"Write {_SERVICE} where the name of the service is to be.",
            )


def _without_ingress(option: str) -> InvalidInputError:
    return InvalidInputError(
        f"{option} is of no use without an ingress.",
        code=ErrorCode.OPTION_CONFLICT,
        hint=Hint.of(
            "Give {} with it, or leave it out.", Argument(Verb.ADD_TARGET, "expose", "ingress")
        ),
    )


def _invalid(option: str, value: str, wanted: str, *example: Argument) -> InvalidInputError:
    return InvalidInputError(
        f"{option}={value!r} cannot be used.",
        code=ErrorCode.OPTION_INVALID,
        hint=Hint.of(f"Give {wanted}", *example),
    )
