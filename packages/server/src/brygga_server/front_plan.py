"""The file that says what a supervisor supervises (docs/server.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

NEXT = ".next"
"""Added to the name of a file (plan, configuration, status): that of a front that is to take over.

What succeeds is renamed to the name without it; what fails stays, to be looked at.
"""


class FrontPlanError(Exception):
    """The file that says what to supervise cannot be used."""


@dataclass(frozen=True)
class FrontPlan:
    """What to supervise."""

    front: list[str]
    listen_fd: int
    log_path: str
    log_max_bytes: int
    log_keep: int
    lock_file: str
    state_file: str
    status_file: str | None

    @classmethod
    def load(cls, file: str) -> Self:
        """Reads FILE; what it does not know in it is somebody else's.

        Raises:
            FrontPlanError: With the key that is missing or wrong.
        """
        try:
            data = json.loads(Path(file).read_bytes())
            if data["version"] != 1:
                raise FrontPlanError(f"{file} has version {data['version']!r}, not 1.")
            log = data["log"]
            status = data.get("status_file")
            return cls(
                front=[str(word) for word in data["front"]],
                listen_fd=int(data["listen_fd"]),
                log_path=str(log["path"]),
                log_max_bytes=int(log["max_bytes"]),
                log_keep=int(log["keep"]),
                lock_file=str(data["lock_file"]),
                state_file=str(data["state_file"]),
                status_file=None if status is None else str(status),
            )
        except OSError as error:
            raise FrontPlanError(f"{file} cannot be read: {error.strerror}.") from error
        except KeyError as error:
            raise FrontPlanError(f"{file} lacks {error}.") from error
        except (ValueError, TypeError) as error:
            raise FrontPlanError(f"{file} is not a plan of a supervisor: {error}.") from error
