"""What START tells a worker, see docs/server.md."""

import json
from types import MappingProxyType
from typing import Any, Dict, Mapping, NamedTuple, Optional

from . import frames
from .workplace import Workplace, settle


class BatchLimits(NamedTuple):
    """How far requests may be joined."""

    max_rows: int
    max_wait_ms: float


class Config(NamedTuple):
    """The settings of one worker."""

    place: Workplace
    profile: str = "native"
    environment: Mapping[str, str] = MappingProxyType({})
    service_name: str = "ML service"
    service_version: str = "1.0"
    service_path_prefix: str = ""
    log_format: str = "text"
    log_level: str = "INFO"
    nan: str = "error"
    read_ahead: bool = True
    threads: int = 1
    scoring_timeout_ms: int = 60000
    batch: Optional[BatchLimits] = None

    @property
    def v1(self) -> bool:
        """Whether to answer as the v1 inference server does."""
        return self.profile == "v1"


def parse_config(payload: frames.Buffer) -> Config:
    """START's payload. Keys of a newer front are ignored, an unknown version is refused."""
    return from_dict(json.loads(bytes(payload)))


def from_dict(data: Dict[str, Any]) -> Config:
    """The same from decoded JSON; what is missing or null has its default."""
    if data.get("version", 1) != 1:
        raise ValueError("START has version %r, this worker knows version 1" % data["version"])
    given = {key: value for key, value in data.items() if value is not None}
    place = settle(**{key: given[key] for key in (*Workplace._fields, "profile") if key in given})
    limits = given.get("batch")
    batch = limits and BatchLimits(int(limits["max_rows"]), float(limits.get("max_wait_ms", 0)))
    known = {key: given[key] for key in Config._fields if key in given}
    if given.get("profile") == "v1":
        known.setdefault("nan", "keep")
    return Config(**dict(known, place=place, batch=batch or None))
