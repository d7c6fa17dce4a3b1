"""The tutorial in one command: a model is trained, registered, tested, deployed and scored."""

from brygga.demo.walk import INPUT, Demo

__all__ = ["INPUT", "Demo"]
