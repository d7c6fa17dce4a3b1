"""`async def` in scripts: each thread that calls run() keeps an event loop between requests."""

import threading
from typing import Any

from .interruption import ScoringTimeoutError

_loops = threading.local()


def is_awaitable(value: Any) -> bool:
    """Whether `value` is what an `async def` function returns."""
    return hasattr(type(value), "__await__")


def complete(awaitable: Any) -> Any:
    """Wait for `awaitable` on this thread's loop; its result, or whatever it raises."""
    loop = _loop()
    task = loop.create_task(_wait_for(awaitable))
    try:
        return loop.run_until_complete(task)
    except ScoringTimeoutError:
        # The next request's loop must not go on with it: what it has to clean up, it does now.
        task.cancel()
        loop.call_soon(loop.stop)
        loop.run_forever()
        if not task.done():
            _loops.loop = None
        raise


async def _wait_for(awaitable: Any) -> Any:
    return await awaitable


def _loop() -> Any:
    loop = getattr(_loops, "loop", None)
    if loop is None or loop.is_closed():
        import asyncio

        loop = _loops.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
    return loop
