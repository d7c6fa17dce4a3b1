"""What memory there still is, as the files of the kernel say."""

from __future__ import annotations

from pathlib import Path

import pytest

from brygga_server.front.memory import available

GB = 1 << 30
V1, V2 = (
    {"memory/memory.limit_in_bytes": GB, "memory/memory.usage_in_bytes": GB - 4096},
    {"memory.max": GB, "memory.current": GB - 4096, "memory.stat": "anon 5\ninactive_file 1000"},
)


@pytest.mark.parametrize(
    ("host", "groups", "left"),
    [
        (True, {}, 2 * GB),
        (True, {"memory.max": "max", "memory.current": 5}, 2 * GB),
        (True, V1, 4096),
        (True, V2, 4096 + 1000),
        (False, V2, 4096 + 1000),
        (False, {}, 1 << 62),
    ],
)
def test_what_is_left(tmp_path: Path, host: bool, groups: dict[str, object], left: int) -> None:
    files: dict[str, object] = {f"sys/fs/cgroup/{name}": text for name, text in groups.items()}
    if host:
        files["proc/meminfo"] = f"MemTotal: 9 kB\nMemAvailable:   {2 * GB // 1024} kB\n"
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert available(tmp_path) == left
