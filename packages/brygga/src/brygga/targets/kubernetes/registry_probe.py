"""Whether the registry of a target answers, and asks for credentials."""

from __future__ import annotations

import urllib3

from brygga.findings import CheckResult, MachineCause, MachineFinding
from brygga.hints import Hint
from brygga.images.oci.address import RegistryAddress
from brygga.targets.declared import DeclaredTarget

_TIMEOUT_S = 5.0


def ask_registry(declared: DeclaredTarget) -> CheckResult:
    """Asks it for its version, as every client does first."""
    address = RegistryAddress.parse(declared.registry)
    host, url = address.host, address.url
    try:
        status = urllib3.request("GET", url, timeout=_TIMEOUT_S, retries=False).status
    except urllib3.exceptions.HTTPError as error:
        said = f"The registry does not answer at {url}: {error}".rstrip(".")
        fix = "See whether its name is right; one that speaks plain HTTP is written http://HOST."
        finding = MachineFinding(MachineCause.TARGET_UNFIT, f"{said}.", remedy=Hint(fix))
        return CheckResult.of("registry", "failure", finding)
    if status == 401:
        return CheckResult.ok("registry", f"{host} answers, and asks for credentials")
    if status == 200:
        return CheckResult.ok("registry", f"{host} answers")
    said = f"{url} answers {status}, which is no registry."
    finding = MachineFinding(MachineCause.TARGET_UNFIT, said, remedy=Hint("Declare another."))
    return CheckResult.of("registry", "failure", finding)
