"""Writes the pages of docs/ that are made from the code: `make docs`."""

from pathlib import Path

from brygga.cli import reference
from brygga_server import settings

HERE = Path(__file__).parent


def pages() -> dict[Path, str]:
    """What stands in which file."""
    return {
        HERE / "cli.md": reference.markdown(),
        HERE / "settings.md": settings.markdown(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
