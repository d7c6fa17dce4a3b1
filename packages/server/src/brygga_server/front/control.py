"""The control socket: one JSON object a line each way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

Operation = Callable[[dict[str, object]], dict[str, object]]


class Control:
    """A Unix socket that only our user may use."""

    def __init__(self, path: str, operations: dict[str, Operation]) -> None:
        self._path = Path(path)
        self._operations = operations
        self._server: asyncio.AbstractServer | None = None
        self._inode = 0

    async def open(self) -> None:
        """Listens."""
        self._path.unlink(missing_ok=True)  # one that a killed front left behind bars the way
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                lambda reader, writer: _talk(reader, writer, self._operations), self._path
            )
        finally:
            os.umask(before)
        self._inode = self._path.stat().st_ino

    def close(self) -> None:
        """Removes the socket, unless it is that of a front that has taken over."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()


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
    except (ValueError, RecursionError) as error:
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
