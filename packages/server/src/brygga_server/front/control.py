"""The control socket: one JSON object a line each way."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

Operation = Callable[[dict[str, object]], dict[str, object]]


async def serve_control(path: str, operations: dict[str, Operation]) -> asyncio.AbstractServer:
    """Listens on a Unix socket that only our user may use."""
    _remove(path)
    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(
            lambda reader, writer: _talk(reader, writer, operations), path
        )
    finally:
        os.umask(before)


def _remove(path: str) -> None:
    """One that a killed front left behind would bar the way."""
    Path(path).unlink(missing_ok=True)


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, operations: dict[str, Operation]
) -> None:
    try:
        while line := await reader.readline():
            writer.write(json.dumps(_answer(line, operations)).encode() + b"\n")
            await writer.drain()
    except (ConnectionError, ValueError):
        pass  # gone, or a line without end: either way there is nobody to tell
    finally:
        writer.close()


def _answer(line: bytes, operations: dict[str, Operation]) -> dict[str, object]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        return {"version": 1, "ok": False, "error": f"Not JSON: {error}."}
    if not isinstance(asked, dict) or asked.get("version") != 1:
        return {"version": 1, "ok": False, "error": 'A request needs "version": 1.'}
    operation = operations.get(str(asked.get("op")))
    if operation is None:
        known = ", ".join(sorted(operations))
        return {
            "version": 1,
            "ok": False,
            "error": f"There is no op {asked.get('op')!r}, only {known}.",
        }
    return {"version": 1, **operation(asked)}
