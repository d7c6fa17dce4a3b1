"""The event loop's own complaints reach the service's log, and nothing else."""

from __future__ import annotations

import asyncio
import logging

import pytest

from brygga_server.front.loop_errors import listen_to_complaints


def test_exceptions_and_warnings_are_noted(capfd: pytest.CaptureFixture[str]) -> None:
    noted: list[tuple[str, str]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        listen_to_complaints(loop, lambda text, level: noted.append((text, level)))
        loop.call_soon(lambda: 1 // 0)
        logging.getLogger("asyncio").warning("socket.send() raised exception.")
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    logger = logging.getLogger("asyncio")
    handlers, propagate = logger.handlers, logger.propagate
    try:
        asyncio.run(main())
    finally:
        logger.handlers, logger.propagate = handlers, propagate
    assert ("socket.send() raised exception.", "warning") in noted
    error = next(text for text, level in noted if level == "error")
    assert "ZeroDivisionError" in error
    assert "Traceback" in error
    assert capfd.readouterr() == ("", "")
