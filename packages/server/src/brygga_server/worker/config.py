"""What START tells a worker, see docs/server.md."""

import json
from types import MappingProxyType
from typing import Any, Dict, Mapping, NamedTuple, Optional

from . import frames


class BatchLimits(NamedTuple):
    """How far requests may be joined."""

    max_rows: int
    max_wait_ms: float


class Config(NamedTuple):
    """The settings of one worker; paths are absolute unless they say otherwise."""

    app_root: str
    profile: str = "native"
    entry_script: Optional[str] = None  # relative to app_root; None: `import main`
    source_directory: Optional[str] = None  # relative to app_root
    model_dir: Optional[str] = None
    secrets_dir: Optional[str] = None
    environment: Mapping[str, str] = MappingProxyType({})
    service_name: str = "ML service"
    service_version: str = "1.0"
    service_path_prefix: str = ""
    log_format: str = "text"
    log_level: str = "INFO"
    nan: str = "error"
    threads: int = 1
    scoring_timeout_ms: int = 60000
    batch: Optional[BatchLimits] = None
    open_files: Optional[int] = None

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
    known = {
        key: data[key] for key in Config._fields if key != "batch" and data.get(key) is not None
    }
    limits = data.get("batch")
    batch = limits and BatchLimits(int(limits["max_rows"]), float(limits.get("max_wait_ms", 0)))
    return Config(**known, batch=batch or None)
