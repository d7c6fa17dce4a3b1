"""`azureml.core`: so far its version; the classes of SDK v1 follow."""

VERSION = "0.1.0"
"""Of Brygga, not of the SDK it stands in for."""

__all__ = ["VERSION"]
