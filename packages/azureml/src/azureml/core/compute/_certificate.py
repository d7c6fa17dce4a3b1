"""The certificate of a cluster: all services that are deployed to it use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


def check_ssl(
    cname: str | None, certificate: str | None, key: str | None, label: str | None
) -> None:
    """Refuses half a certificate, and two ways to have one."""
    own = (cname, certificate, key)
    if label and any(own):
        raise ComputeTargetException(
            "Invalid configuration, leaf_domain_label cannot be provided together with ssl_cname, "
            "ssl_cert_pem_file and ssl_key_pem_file."
        )
    if not label and not all(own):
        raise ComputeTargetException(
            "Invalid configuration, not all ssl information provided. To enable SSL please "
            "provide ssl_cname, ssl_cert_pem_file and ssl_key_pem_file."
        )
    for file in filter(None, (certificate, key)):
        if not Path(file).is_file():
            raise ComputeTargetException(f"Invalid configuration, there is no file {file}.")


def certificate_files(workspace: Workspace, name: str) -> tuple[Path, Path]:
    """Where a cluster's certificate and its key are kept: only their owner reads them."""
    folder = workspace._brygga.data_folder / "compute" / name
    return folder / "certificate.pem", folder / "key.pem"


def keep_certificate(workspace: Workspace, name: str, files: tuple[str, str]) -> None:
    """Copies the files, as v1 took what was in them when the cluster was made."""
    for source, kept in zip(files, certificate_files(workspace, name), strict=True):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_bytes(Path(source).read_bytes())
