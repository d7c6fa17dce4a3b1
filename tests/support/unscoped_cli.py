"""`brygga-server` on a kernel that cannot keep workers from sending it signals."""

import sys

from brygga_server import cli, signal_scope

if __name__ == "__main__":
    signal_scope.holds = lambda: False  # type: ignore[assignment]
    sys.exit(cli.main())
