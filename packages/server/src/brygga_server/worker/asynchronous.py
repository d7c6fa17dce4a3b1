"""`async def` in scripts: each thread that calls run() keeps an event loop between requests."""

import threading
from typing import Any

_loops = threading.local()


def is_awaitable(value: Any) -> bool:
    """Whether `value` is what an `async def` function returns."""
    return hasattr(type(value), "__await__")


def complete(awaitable: Any) -> Any:
    """Wait for `awaitable` on this thread's loop; its result, or whatever it raises."""
    return _loop().run_until_complete(_wait_for(awaitable))


async def _wait_for(awaitable: Any) -> Any:
    return await awaitable


def _loop() -> Any:
    loop = getattr(_loops, "loop", None)
    if loop is None or loop.is_closed():
        import asyncio

        loop = _loops.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
    return loop
