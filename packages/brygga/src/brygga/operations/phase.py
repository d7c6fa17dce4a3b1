"""The phases of what takes a while."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """What work can be at: a closed set, for programs. The text that comes with it is for people.

    Another one is a line here, and a word for those that follow from elsewhere.
    """

    WAITING = "waiting"  # for another process that makes the same
    DOWNLOADING = "downloading"  # an interpreter
    LOCKING = "locking"  # finding out which packages it takes
    INSTALLING = "installing"  # packages
    PULLING = "pulling"  # an image from a registry
    BUILDING = "building"  # an image, or a wheel
    PUSHING = "pushing"  # an image to a registry
    WRITING = "writing"  # files for elsewhere
    LAYING_OUT = "laying_out"  # models and code
    STOPPING = "stopping"
    STARTING = "starting"  # until it serves
    REMOVING = "removing"
    RUNNING = "running"  # a user's script
    MEASURING = "measuring"
    VERIFYING = "verifying"  # what was installed
    OTHER = "other"  # said in words alone: by a caller, or by a newer Brygga
