"""How registries and images are written."""

import pytest

from brygga.errors import InvalidInputError
from brygga.images.oci.address import ImageReference, RegistryAddress


@pytest.mark.parametrize(
    ("text", "host", "prefix", "url"),
    [
        ("registry.example.com", "registry.example.com", "", "https://registry.example.com/v2/"),
        ("ghcr.io/team/ml/", "ghcr.io", "team/ml", "https://ghcr.io/v2/"),
        ("http://10.99.0.1:5000", "10.99.0.1:5000", "", "http://10.99.0.1:5000/v2/"),
        ("127.0.0.1:5000/a", "127.0.0.1:5000", "a", "http://127.0.0.1:5000/v2/"),
        ("localhost:5000", "localhost:5000", "", "http://localhost:5000/v2/"),
        ("https://127.0.0.1:5000", "127.0.0.1:5000", "", "https://127.0.0.1:5000/v2/"),
        ("docker.io/me", "docker.io", "me", "https://registry-1.docker.io/v2/"),
    ],
)
def test_registries(text: str, host: str, prefix: str, url: str) -> None:
    address = RegistryAddress.parse(text)

    assert (address.host, address.prefix, address.url) == (host, prefix, url)
    assert address.repository("svc") == (f"{prefix}/svc" if prefix else "svc")


@pytest.mark.parametrize("text", ["", "ftp://host", "host/Team", "host name", "http://", "a/b//c"])
def test_what_is_no_registry_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not the address of a registry"):
        RegistryAddress.parse(text)


@pytest.mark.parametrize(
    ("text", "host", "repository", "version"),
    [
        ("python:3.11-slim", "docker.io", "library/python", "3.11-slim"),
        ("me/own", "docker.io", "me/own", "latest"),
        ("docker.io/library/python:3", "docker.io", "library/python", "3"),
        ("127.0.0.1:5000/base:1", "127.0.0.1:5000", "base", "1"),
        ("localhost/brygga-base:bookworm", "localhost", "brygga-base", "bookworm"),
        ("ghcr.io/a/b:1@sha256:" + "a" * 64, "ghcr.io", "a/b", "sha256:" + "a" * 64),
    ],
)
def test_references(text: str, host: str, repository: str, version: str) -> None:
    reference = ImageReference.parse(text)

    assert (reference.host, reference.repository, reference.version) == (host, repository, version)
    assert ImageReference.parse(str(reference)) == reference


@pytest.mark.parametrize("text", ["", "UPPER", "a:b:c", "ghcr.io/", "a@sha256:1", "a:-x"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not the reference of an image"):
        ImageReference.parse(text)
