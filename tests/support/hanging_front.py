"""A front whose loop hangs as soon as there is a file `hang` in the folder of its configuration."""

import asyncio
import sys
import threading
from pathlib import Path

from brygga_server.front import server
from brygga_server.front.__main__ import main


class HangingLife(server._Life):
    async def tick(self) -> None:
        asyncio.get_running_loop().call_later(0.05, self.look)
        await super().tick()

    def look(self) -> None:
        file = Path(sys.argv[1]).with_name("hang")
        if file.exists():
            file.unlink()
            wait_for_nobody()
        asyncio.get_running_loop().call_later(0.05, self.look)


def wait_for_nobody() -> None:
    lock = threading.Lock()
    with lock, lock:
        pass


if __name__ == "__main__":
    server._Life = HangingLife  # type: ignore[misc]
    sys.exit(main(*sys.argv[1:]))
