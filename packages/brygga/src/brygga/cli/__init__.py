"""The `brygga` command."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """The entry point of the console script; ends the process with 0, 1, 2 or 130."""
    from brygga.cli.root import brygga

    brygga.main(prog_name="brygga")
