"""What a script declares of itself to Brygga."""

from typing import Any, Callable, TypeVar

__all__ = ["batched"]

Run = TypeVar("Run", bound=Callable[..., Any])


def batched(max_rows: int = 64, max_wait_ms: float = 0.0) -> Callable[[Run], Run]:
    """Let requests that wait at the same time go through run() together.

    run() needs one NumPy argument (`@input_schema(name, NumpyParameterType(...))`) whose first
    dimension are rows, and has to return a row for each of them, in their order.

    Args:
        max_rows: how many rows run() is given at most, unless one request alone has more.
        max_wait_ms: how long the first request may wait for others; 0 joins what is waiting
        already.
    """
    if max_rows < 1 or max_wait_ms < 0:
        raise ValueError(
            "batched(max_rows=%r, max_wait_ms=%r): at least one row, and no negative wait"
            % (max_rows, max_wait_ms)
        )

    def mark(run: Run) -> Run:
        run.__brygga_batch__ = (int(max_rows), float(max_wait_ms))  # type: ignore[attr-defined]
        return run

    return mark
