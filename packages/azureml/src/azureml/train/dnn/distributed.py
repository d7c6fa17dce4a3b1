"""How v1 spread a script over machines and processes: here each means one process."""

from __future__ import annotations


class Mpi:
    """By MPI."""

    def __init__(self, process_count_per_node: int = 1) -> None:
        self.process_count_per_node = process_count_per_node


class ParameterServer:
    """By parameter servers of TensorFlow's."""

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count


class Gloo:
    """By Gloo."""


class Nccl:
    """By NCCL."""
