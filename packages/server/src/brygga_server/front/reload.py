"""`--reload`: a new generation of workers whenever a source file changes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from brygga_server.front.service import FrontService
from brygga_server.front.spawn import workplace

_EVERY = 0.3
_PASSED_OVER = frozenset(("__pycache__", "node_modules", "site-packages"))
_MOST_FILES = 5000  # a home folder as source folder is a mistake, not a reason to be slow


async def watch(service: FrontService) -> None:
    """Looks at the script's folder and the source directory until the server ends."""
    settings = service.settings
    place = workplace(settings)
    folders = {Path(place.script_folder), Path(place.source_directory or place.script_folder)}
    seen = _state(folders)
    while True:
        await asyncio.sleep(_EVERY)
        now = _state(folders)
        if now == seen:
            continue
        changed = sorted({path.name for path, _ in now.items() ^ seen.items()})
        seen = now
        service.note(f"Changed: {', '.join(changed)}. Starting a new generation.")
        service.generations.replace(settings)


def _state(folders: set[Path]) -> dict[Path, int]:
    """When each source file was written last."""
    found: dict[Path, int] = {}
    waiting = list(folders)
    while waiting and len(found) < _MOST_FILES:
        folder = waiting.pop()
        try:
            entries = list(folder.iterdir())
        except OSError:
            continue
        for path in entries:
            if path.name.startswith(".") or path.name in _PASSED_OVER:
                continue
            try:
                if path.suffix == ".py":
                    found[path] = path.stat().st_mtime_ns
                elif path.is_dir() and not (path / "pyvenv.cfg").exists():
                    waiting.append(path)
            except OSError:
                continue
    return found
