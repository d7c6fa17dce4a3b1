"""Content on its way to a registry: not sent, mounted, in chunks, and on from a break."""

from pathlib import Path

import pytest
from support.registry import ScriptedRegistry

from brygga.error_codes import ErrorCode
from brygga.errors import RegistryError
from brygga.images.oci.credentials import Credential
from brygga.images.oci.documents import Descriptor
from brygga.images.oci.upload import Upload

CONTENT = bytes(range(256)) * 400
BLOB = Descriptor.of("x", CONTENT)


def upload(registry: ScriptedRegistry, chunk: int = 1 << 20, source: object = CONTENT) -> Upload:
    client = registry.client(Credential("me", "secret"))
    return Upload(client, "a/b", BLOB, source, chunk=chunk)  # type: ignore[arg-type]


def kept(registry: ScriptedRegistry) -> bool:
    return registry.blobs.get(("a/b", BLOB.digest)) == CONTENT


def test_one_request_carries_it(registry: ScriptedRegistry, tmp_path: Path) -> None:
    file = tmp_path / "layer"
    file.write_bytes(CONTENT)

    sent = upload(registry, source=lambda: file)
    sent.run()

    assert kept(registry)
    assert sent.sent == len(CONTENT)
    assert len(registry.asked("PATCH")) == 1


def test_what_is_there_is_not_sent(registry: ScriptedRegistry) -> None:
    registry.put("a/b", CONTENT)

    upload(registry).run()

    assert [each.partition(" ")[0] for each in registry.seen] == ["HEAD"]


def test_what_another_repository_has_is_mounted(registry: ScriptedRegistry) -> None:
    registry.password, registry.tokens = "secret", True
    registry.put("base", CONTENT)

    def never() -> Path:
        raise AssertionError("nobody needs the file")

    upload(registry, source=never).run("base")

    assert kept(registry)
    assert registry.received == 0
    token = [path for path in registry.asked("GET") if path.startswith("/token")][-1]
    assert "scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Abase%3Apull" in token


def test_what_cannot_be_mounted_is_sent(registry: ScriptedRegistry) -> None:
    upload(registry).run("base")

    assert kept(registry)


def test_chunks(registry: ScriptedRegistry) -> None:
    upload(registry, chunk=30_000).run()

    assert kept(registry)
    assert len(registry.asked("PATCH")) == 4
    assert registry.received == len(CONTENT)


@pytest.mark.parametrize("chunk", [30_000, 1 << 20])
def test_a_break_is_gone_on_from(registry: ScriptedRegistry, chunk: int) -> None:
    registry.breaks = [20_000, 0, 5_000]

    upload(registry, chunk).run()

    assert kept(registry)
    # What had arrived was not sent a second time.
    assert registry.received == len(CONTENT)


def test_pieces_get_smaller_where_they_are_too_large(registry: ScriptedRegistry) -> None:
    content = bytes(5 << 20)
    registry.largest = 2 << 20
    large = Upload(registry.client(), "a/b", Descriptor.of("x", content), content, chunk=4 << 20)

    large.run()

    assert registry.received == len(content)
    assert len(registry.asked("PATCH")) == 6  # one of 4 MiB, and five of one


def test_where_the_registry_has_forgotten_it_begins_anew(registry: ScriptedRegistry) -> None:
    registry.breaks, registry.forgets = [20_000], True

    upload(registry).run()

    assert kept(registry)
    assert registry.received == len(CONTENT) + 20_000


def test_answers_that_pass_are_waited_out(registry: ScriptedRegistry) -> None:
    registry.fails = [503, 429, 502]

    upload(registry, chunk=30_000).run()

    assert kept(registry)


def test_breaks_without_end_are_given_up(registry: ScriptedRegistry) -> None:
    registry.breaks = [0] * 50

    with pytest.raises(RegistryError, match="broke off time and again") as caught:
        upload(registry).run()

    assert caught.value.code is ErrorCode.REGISTRY_FAILED
    assert "not sent a second time" in caught.value.hint


def test_a_full_one_is_told_at_once_and_later_gone_on_from(registry: ScriptedRegistry) -> None:
    registry.room = 50_000

    with pytest.raises(RegistryError, match="has no room left") as caught:
        upload(registry, chunk=30_000).run()

    assert caught.value.code is ErrorCode.REGISTRY_FULL
    assert len(registry.asked("PATCH")) == 2
    registry.room = None
    upload(registry).run()
    assert kept(registry)


def test_one_that_can_only_be_read_is_told(registry: ScriptedRegistry) -> None:
    registry.read_only = True

    with pytest.raises(RegistryError, match="can only be read") as caught:
        upload(registry).run()

    assert caught.value.code is ErrorCode.REGISTRY_READ_ONLY
    assert registry.asked("PATCH") == []


def test_other_content_than_was_announced_is_refused(registry: ScriptedRegistry) -> None:
    with pytest.raises(RegistryError, match="digest did not match"):
        upload(registry, source=CONTENT[::-1]).run()

    assert not kept(registry)


def test_a_caller_without_the_right_is_told(registry: ScriptedRegistry) -> None:
    registry.put("a/b", b"")
    registry.fails = [403]

    with pytest.raises(RegistryError, match="may not do this") as caught:
        upload(registry).run()

    assert caught.value.code is ErrorCode.REGISTRY_DENIED


def test_progress_is_told(registry: ScriptedRegistry) -> None:
    told: list[int] = []
    sent = upload(registry, chunk=30_000)
    sent.told = told.append

    sent.run()

    assert sum(told) == len(CONTENT)
