"""What a server is told of a revision, whatever target runs it (docs/server.md)."""

from __future__ import annotations

from brygga.targets.base import Workload

GB = 1 << 30


def serving_settings(workload: Workload) -> dict[str, object]:
    """The settings that do not depend on where files and sockets are."""
    spec, bundle = workload.spec, workload.bundle
    settings: dict[str, object] = {
        "profile": spec.profile,
        "service_name": spec.name,
        "revision": workload.revision,
        "entry_script": bundle.entry_script,
        "model_dir": bundle.model_dir,
        "environment": dict(spec.environment_variables),
        "threads_per_worker": spec.threads_per_worker,
        "cpu_cores": spec.cpu_cores,
        "memory_bytes": int(spec.memory_gb * GB),
        "scoring_timeout_ms": spec.scoring_timeout_ms,
        "init_timeout_s": spec.init_timeout_s,
        "log_format": spec.log_format,
    }
    if bundle.source_directory is not None:
        settings["source_directory"] = bundle.source_directory
    if spec.workers is not None:
        settings["workers"] = spec.workers
    return settings
