"""Whether the files of an environment are still those that were installed."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Damage:
    """A file that is missing or changed.

    Attributes:
        file: Relative to the environment.
        distribution: What it belongs to; empty where that cannot be told.
    """

    file: str
    distribution: str


def find_damage(environment: Path) -> tuple[Damage, ...]:
    """Reads every file that a distribution's record names, and compares its sha256."""
    found = []
    for packages in environment.glob("lib/python*/site-packages"):
        for information in sorted(packages.glob("*.dist-info")):
            name = information.name.partition("-")[0].replace("_", "-")
            record = information / "RECORD"
            if not record.is_file():
                found.append(Damage(_relative(record, environment), name))
                continue
            for place, expected in _recorded(record):
                path = Path(os.path.normpath(packages / place))
                if _sha256(path) != expected:
                    found.append(Damage(_relative(path, environment), name))
    return tuple(found)


def _recorded(record: Path) -> Iterator[tuple[str, str]]:
    with record.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) >= 2 and row[1].startswith("sha256="):
                yield row[0], row[1].removeprefix("sha256=").rstrip("=")


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _relative(path: Path, environment: Path) -> str:
    return os.path.relpath(path, environment)
