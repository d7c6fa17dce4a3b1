"""A package that holds other shims and nothing else."""

__path__ = []  # what is below is served by name, and this folder is nobody's
