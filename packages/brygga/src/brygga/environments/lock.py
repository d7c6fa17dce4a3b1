"""An environment resolved: every package pinned and hashed, for one Python and platform."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, Self

from brygga.environments.index import IndexOptions
from brygga.errors import CorruptError, NotFoundError

_TITLE = "# brygga lock 1"
_HEADER = re.compile(r"# (python|platform|wheel) (.+)")


class LockTexts(Protocol):
    """Where texts of locks are kept: `store.locks`."""

    def find(self, key: str) -> str | None:
        """The text that was saved last for a key."""

    def save(self, key: str, text: str) -> str:
        """Keeps a text for a key; returns its sha256."""

    def get_by_digest(self, digest: str) -> str | None:
        """The text whose sha256 this is."""


@dataclass(frozen=True)
class Lock:
    """Pinned and hashed packages. The text says by itself what it is for.

    Attributes:
        text: Requirements with hashes, below a head of comments. No addresses and no paths.
        python: The interpreter's version as X.Y.
        platform: As `linux-x86_64`.
        wheels: Local ones among the packages, as `<sha256>/<file name>` below the folder of wheels.
        index: Where its packages come from; no part of its identity, hashes decide what is taken.
    """

    text: str
    python: str
    platform: str
    wheels: tuple[str, ...] = ()
    index: IndexOptions = field(default_factory=IndexOptions, compare=False)

    @cached_property
    def digest(self) -> str:
        """sha256 of the text, and so of packages, Python and platform."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def packages(self) -> tuple[str, ...]:
        """What is installed, as `name==version`."""
        return tuple(re.findall(r"^([A-Za-z0-9][^\s;\\]*==[^\s;\\]+)", self.text, re.MULTILINE))

    @classmethod
    def write(
        cls,
        requirements: str,
        *,
        python: str,
        platform: str,
        wheels: tuple[str, ...] = (),
        index: IndexOptions,
    ) -> Self:
        """Puts the head on top of requirements."""
        head = [_TITLE, f"# python {python}", f"# platform {platform}"]
        head += [f"# wheel {wheel}" for wheel in wheels]
        text = "\n".join([*head, requirements.strip()]) + "\n"
        return cls(text, python, platform, wheels, index)

    @classmethod
    def read(cls, text: str, *, index: IndexOptions | None = None) -> Self:
        """Reads what `write` wrote.

        Raises:
            CorruptError: it is something else.
        """
        head: dict[str, list[str]] = {"python": [], "platform": [], "wheel": []}
        for name, value in _HEADER.findall(text):
            head[name].append(value)
        if not text.startswith(_TITLE) or not head["python"] or not head["platform"]:
            raise CorruptError("A stored lock", hashlib.sha256(text.encode()).hexdigest())
        return cls(
            text,
            head["python"][0],
            head["platform"][0],
            tuple(head["wheel"]),
            index or IndexOptions(),
        )


def save_lock(locks: LockTexts, key: str, lock: Lock) -> None:
    """Keeps a lock, and beside it where its packages come from."""
    locks.save(key, lock.text)
    locks.save(_index_key(lock.digest), json.dumps(lock.index.to_dict(), sort_keys=True))


def get_lock(locks: LockTexts, digest: str) -> Lock:
    """The stored lock of that digest, with where its packages come from.

    Raises:
        NotFoundError: there is none.
        CorruptError: what is stored is no lock.
    """
    text = locks.get_by_digest(digest)
    if text is None:
        raise NotFoundError("lock", digest, hint="Deploy again, which locks the environment anew.")
    stored = locks.find(_index_key(digest))
    index = IndexOptions.from_dict(json.loads(stored)) if stored else IndexOptions()
    return Lock.read(text, index=index)


def _index_key(digest: str) -> str:
    return f"index:{digest}"
