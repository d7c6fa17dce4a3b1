"""Finding and removing what nothing uses any more."""

from brygga.gc.garbage import Collector, Garbage, Sweep, sweep

__all__ = ["Collector", "Garbage", "Sweep", "sweep"]
