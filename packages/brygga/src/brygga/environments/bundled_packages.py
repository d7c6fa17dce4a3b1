"""What Azure ML SDK v1 had installed into every service, and the scoring server brings itself."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

_NAMES = frozenset(
    {
        "azureml-contrib-services",
        "azureml-core",
        "azureml-dataprep",
        "azureml-dataset-runtime",
        "azureml-defaults",
        "azureml-inference-server-http",
        "azureml-model-management-sdk",
        "azureml-monitoring",
        "azureml-sdk",
        "brygga",
        "brygga-azureml",
        "brygga-server",
        "inference-schema",
    }
)
_LEADING_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
# Versions of azureml-core wrote this host, which is no more, into every file they made.
_RETIRED_HOST = "pypi.python.org"


def is_provided(requirement: str) -> bool:
    """Whether a requirement is met by the scoring server, whatever version or extra it asks for."""
    match = _LEADING_NAME.match(requirement)
    return match is not None and canonicalize_name(match[1]) in _NAMES


def is_of_debian(requirement: str) -> bool:
    """Whether it is what Debian's pip once wrote into every list, and no index has."""
    return requirement.replace("_", "-").replace(" ", "").lower() == "pkg-resources==0.0.0"


def is_retired_address(address: str) -> bool:
    """Whether an index address is one that old versions of azureml-core wrote by themselves."""
    return f"//{_RETIRED_HOST}/" in f"{address}/"
