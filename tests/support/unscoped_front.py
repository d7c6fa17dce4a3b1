"""A front on a kernel that cannot keep workers from sending signals to it."""

import sys

from brygga_server import signal_scope
from brygga_server.front.__main__ import main

if __name__ == "__main__":
    signal_scope.holds = lambda: False  # type: ignore[assignment]
    sys.exit(main(*sys.argv[1:]))
