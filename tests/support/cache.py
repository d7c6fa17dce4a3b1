"""What tests make once and use again: by all processes of a run, and by later runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def made(name: str, inputs: str, make: Callable[[Path], None]) -> Path:
    """A folder that is named by a digest of what it is made from.

    Whoever asks first makes it, and all others wait for that. `BRYGGA_TEST_CACHE` names another
    place for such folders than `.cache` of this checkout.
    """
    digest = hashlib.sha256(inputs.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("BRYGGA_TEST_CACHE") or ROOT / ".cache")
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"{name}-{digest}"
    with (cache / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "complete").touch()
    return folder
