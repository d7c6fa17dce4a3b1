"""The scoring server: a front that speaks HTTP and workers that run the user's script."""

__version__ = "0.2.0"
