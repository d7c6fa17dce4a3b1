"""What a registry is asked, who one is to it, and what is said where it refuses."""

import hashlib
import socket
import tracemalloc
from pathlib import Path

import pytest
from support.certificates import make_certificate
from support.registry import ScriptedRegistry, scripted_registry

from brygga.error_codes import ErrorCode
from brygga.errors import RegistryError
from brygga.images.oci.address import RegistryAddress
from brygga.images.oci.client import RegistryClient
from brygga.images.oci.credentials import Credential
from brygga.images.oci.documents import Descriptor
from brygga.images.oci.http import RegistryHttp

ME = Credential("me", "secret", source="config.json")


def client_of(url: str, credential: Credential | None = None) -> RegistryClient:
    http = RegistryHttp(RegistryAddress.parse(url), lambda _: credential)
    return RegistryClient(http, wait=lambda _: None)


def refusal(client: RegistryClient) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        client.manifest("a/b", "1")
    return caught.value


def test_manifests_and_blobs(registry: ScriptedRegistry) -> None:
    digest = registry.put_image("a/b", "1", {"os": "linux"}, b"layer")
    client = registry.client()

    found = client.manifest("a/b", "1")

    assert found.digest == digest
    assert client.manifest("a/b", digest) == found
    blob = Descriptor.of("x", b"layer")
    assert client.small_blob("a/b", blob) == b"layer"
    assert client.has_blob("a/b", blob.digest)
    assert not client.has_blob("a/other", blob.digest)
    assert client.has_manifest("a/b", "1")
    assert not client.has_manifest("a/b", "2")


def test_what_is_packed_unasked_is_not_unpacked(registry: ScriptedRegistry) -> None:
    digest = registry.put_manifest("a/b", "1", "application/json", b" " * (64 << 20))
    registry.packs = True

    tracemalloc.start()
    with pytest.raises(RegistryError, match="digest"):
        registry.client().manifest("a/b", digest)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def test_no_document_is_so_large(registry: ScriptedRegistry) -> None:
    wanted = Descriptor("x", f"sha256:{'0' * 64}", 1 << 30)
    with pytest.raises(RegistryError, match="digest"):
        registry.client().small_blob("a/b", wanted)
    assert registry.asked("GET") == []


@pytest.mark.parametrize("tokens", [False, True])
def test_credentials_are_shown_where_they_are_asked_for(
    registry: ScriptedRegistry, tokens: bool
) -> None:
    registry.password, registry.tokens = "secret", tokens
    registry.put_image("a/b", "1", {})
    client = registry.client(ME)

    client.manifest("a/b", "1")
    client.has_blob("a/b", "sha256:1")

    # Once refused, once answered, and then known.
    assert len(registry.shown) == 3
    assert registry.shown[0] == ""
    asked = [path for path in registry.asked("GET") if path.startswith("/token")]
    assert asked == (["/token?service=it&scope=repository%3Aa%2Fb%3Apull"] if tokens else [])


def test_an_identity_token_is_exchanged(registry: ScriptedRegistry) -> None:
    registry.password, registry.tokens = "secret", True
    registry.put_image("a/b", "1", {})

    registry.client(Credential("", "", "secret")).manifest("a/b", "1")

    assert registry.asked("POST") == ["/token"]


@pytest.mark.parametrize("tokens", [False, True])
def test_wrong_credentials_are_named(registry: ScriptedRegistry, tokens: bool) -> None:
    registry.password, registry.tokens = "another", tokens

    error = refusal(registry.client(ME))

    assert error.code is ErrorCode.REGISTRY_UNAUTHORIZED
    assert "does not take the credentials of the user 'me' in config.json" in error.message
    assert "secret" not in str(error)
    assert f"docker login {registry.host}" in error.hint


@pytest.mark.parametrize("tokens", [False, True])
def test_missing_credentials_are_named(registry: ScriptedRegistry, tokens: bool) -> None:
    registry.password, registry.tokens = "secret", tokens

    error = refusal(registry.client())

    assert error.code is ErrorCode.REGISTRY_UNAUTHORIZED
    assert "it wants credentials, and there are none for it here" in error.message


def test_a_missing_tag_is_named(registry: ScriptedRegistry) -> None:
    registry.put_image("a/b", "2", {})

    error = refusal(registry.client())

    assert error.code is ErrorCode.REGISTRY_IMAGE_NOT_FOUND
    assert f"{registry.host}/a/b has no 1: manifest unknown" in error.message


def test_an_unreachable_one_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    error = refusal(client_of(f"http://127.0.0.1:{port}"))

    assert error.code is ErrorCode.REGISTRY_UNREACHABLE
    assert error.message.startswith(f"The registry 127.0.0.1:{port}: it cannot be reached: ")
    assert "refused" in error.message


def test_a_name_that_is_none_is_named() -> None:
    error = refusal(client_of("no-such-host.invalid"))

    assert error.code is ErrorCode.REGISTRY_UNREACHABLE
    assert "HTTPSConnection" not in error.message


def test_one_that_speaks_no_tls_is_told_apart(registry: ScriptedRegistry) -> None:
    error = refusal(client_of(f"https://{registry.host}"))

    assert error.code is ErrorCode.REGISTRY_NOT_TLS
    assert f"write http://{registry.host}" in error.hint


def test_a_certificate_of_nobody_is_not_trusted(tmp_path: Path) -> None:
    with scripted_registry(make_certificate(tmp_path)) as registry:
        error = refusal(client_of(f"https://{registry.host}"))

    assert error.code is ErrorCode.REGISTRY_UNTRUSTED
    assert "SSL_CERT_FILE" in error.hint


def test_what_fails_for_a_moment_is_tried_again(registry: ScriptedRegistry) -> None:
    digest = registry.put_image("a/b", "1", {})
    registry.fails = [503, 429, 500]

    assert registry.client().manifest("a/b", "1").digest == digest


def test_one_that_has_just_gone_away_is_waited_for() -> None:
    waited: list[float] = []
    with scripted_registry() as registry:
        client = registry.client()
        client.wait = waited.append
        assert not client.has_blob("a/b", "sha256:1")

    client.http._pools.clear()  # its connections are gone as well
    error = refusal(client)

    assert error.code is ErrorCode.REGISTRY_FAILED
    assert "it broke off time and again" in error.message
    assert waited == [0.2, 0.5, 1.0, 2.0]


def test_what_goes_on_to_fail_is_given_up(registry: ScriptedRegistry) -> None:
    registry.fails = [503] * 20

    error = refusal(registry.client())

    assert error.code is ErrorCode.REGISTRY_FAILED
    assert "it fails with status 503: in a moment" in error.message
    assert len(registry.seen) == 5


def test_a_manifest_that_was_changed_is_refused(registry: ScriptedRegistry) -> None:
    digest = registry.put_image("a/b", "1", {})
    kind, content = registry.manifests["a/b", digest]
    registry.manifests["a/b", digest] = (kind, content + b" ")

    with pytest.raises(RegistryError, match="not what its digest says") as caught:
        registry.client().manifest("a/b", digest)

    assert caught.value.code is ErrorCode.REGISTRY_ANSWER_INVALID


def test_content_that_was_changed_is_refused(registry: ScriptedRegistry) -> None:
    blob = Descriptor.of("x", b"right")
    registry.blobs["a/b", blob.digest] = b"wrong"

    with pytest.raises(RegistryError, match="not what its digest says"):
        registry.client().small_blob("a/b", blob)


def test_content_goes_on_where_it_broke_off(registry: ScriptedRegistry) -> None:
    content = b"0123456789" * 1000
    digest = registry.put("a/b", content)
    registry.breaks = [4000, 1]

    found = registry.client().small_blob("a/b", Descriptor("x", digest, len(content)))

    assert found == content
    assert len(registry.asked("GET")) == 3


def test_where_content_lies_elsewhere_no_credentials_go(registry: ScriptedRegistry) -> None:
    content = b"layer"
    with scripted_registry() as store:
        registry.password = "secret"
        registry.sends_away = f"http://{store.host}"
        digest = registry.put("a/b", content)
        store.put("a/b", content)

        found = registry.client(ME).small_blob("a/b", Descriptor("x", digest, 5))

        assert found == content
        assert store.shown == [""]


def test_being_sent_to_no_address_is_said(registry: ScriptedRegistry) -> None:
    registry.sends_away = "http://[no"
    digest = registry.put("a/b", b"layer")

    with pytest.raises(RegistryError, match="to what is no address") as caught:
        registry.client(ME).small_blob("a/b", Descriptor("x", digest, 5))

    assert caught.value.code is ErrorCode.REGISTRY_ANSWER_INVALID


def test_the_digest_is_that_of_all_pieces() -> None:
    blob = Descriptor.of("x", b"content")

    assert blob.digest == f"sha256:{hashlib.sha256(b'content').hexdigest()}"


def test_content_of_no_length_is_held_against_its_digest_too(registry: ScriptedRegistry) -> None:
    empty = Descriptor("x", registry.put("a/b", b""), 0)
    other = Descriptor("x", f"sha256:{'0' * 64}", 0)
    registry.blobs["a/b", other.digest] = b""

    assert list(registry.client().blob("a/b", empty)) == []
    with pytest.raises(RegistryError, match="is not what its digest says") as caught:
        list(registry.client().blob("a/b", other))
    assert caught.value.code == ErrorCode.REGISTRY_ANSWER_INVALID


def test_nobody_is_sent_to_what_is_no_registry(registry: ScriptedRegistry) -> None:
    blob = Descriptor("x", registry.put("a/b", b"layer"), 5)
    registry.sends_away = "file://"

    with pytest.raises(
        RegistryError, match=r"on to 'file:///v2/a/b/.*', which no registry"
    ) as caught:
        list(registry.client().blob("a/b", blob))

    assert caught.value.code == ErrorCode.REGISTRY_ANSWER_INVALID
    assert ".." not in str(caught.value)
    assert len(registry.asked("GET")) == 1


def test_who_may_not_read_is_not_sent_for_the_right_to_write(registry: ScriptedRegistry) -> None:
    registry.fails = [403]
    error = refusal(registry.client())
    assert error.code == ErrorCode.REGISTRY_DENIED
    assert error.hint == "Ask whoever runs it for the right, or name another path in it."
