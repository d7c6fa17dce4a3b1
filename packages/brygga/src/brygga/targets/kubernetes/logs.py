"""The log of a service: of all its pods, those that have died and those that live."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from brygga.errors import BryggaError
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.seen import SeenPod

_LOOK_S = 0.5
_BEFORE_ANY = datetime(1970, 1, 1, tzinfo=UTC)

Look = Callable[[], Sequence[SeenPod]]


def read(api: ClusterApi, pods: Sequence[SeenPod], lines: int | None) -> list[str]:
    """The last lines, those of older revisions first."""
    found: list[str] = []
    for pod in by_age(pods):
        found += of_pod(api, pod, lines)
    return found if lines is None else found[max(0, len(found) - lines) :]


def of_pod(api: ClusterApi, pod: SeenPod, lines: int | None) -> list[str]:
    """Of the container that runs, and before it of the one that ended last."""
    found: list[str] = []
    if pod.restarts:
        found += _lines(b"".join(api.log(pod.name, lines=lines, previous=True)))
    return found + _lines(b"".join(api.log(pod.name, lines=lines)))


def follow(
    api: ClusterApi, look: Look, lines: int | None, ended: Callable[[], bool]
) -> Iterator[str]:
    """The last lines, then each that any pod adds, also later ones, until `ended()`."""
    heard: queue.Queue[str] = queue.Queue()
    known: set[tuple[str, int]] = set()
    tail = lines
    while True:
        over = ended()
        for pod in by_age(look()):
            life = (pod.name, pod.restarts)
            if life in known or not pod.host_ip:
                continue
            known.add(life)
            listening = threading.Thread(
                target=_listen, args=(api, pod.name, tail, heard), daemon=True
            )
            listening.start()
        tail = None
        with contextlib.suppress(queue.Empty):
            while True:
                yield heard.get(timeout=_LOOK_S)
        if over:
            return


def by_age(pods: Sequence[SeenPod]) -> list[SeenPod]:
    """Those of older revisions first, and of one revision those that were made first."""
    return sorted(pods, key=lambda pod: (pod.revision, pod.created_at or _BEFORE_ANY, pod.name))


def _listen(api: ClusterApi, pod: str, lines: int | None, heard: queue.Queue[str]) -> None:
    rest = b""
    with contextlib.suppress(BryggaError, OSError):
        for part in api.log(pod, lines=lines, follow=True):
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                heard.put(line.decode("utf-8", "replace").rstrip("\r"))


def _lines(data: bytes) -> list[str]:
    whole = data.decode("utf-8", "replace").split("\n")
    return [line.rstrip("\r") for line in (whole if whole[-1] else whole[:-1])]
