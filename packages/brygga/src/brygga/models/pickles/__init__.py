"""What a pickle holds, read from its opcodes: nothing of it is executed."""

from brygga.models.pickles.pickled import Pickled, read_pickle

__all__ = ["Pickled", "read_pickle"]
