"""A supervisor with less patience than a machine with much to do would need."""

import sys

from brygga_server import heartbeat, supervisor

if __name__ == "__main__":
    heartbeat.PATIENCE = 1.0
    sys.exit(supervisor.main())
