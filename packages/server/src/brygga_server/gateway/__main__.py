"""`python -I -m brygga_server.gateway FILE --listen-fd N`, as the supervisor starts it."""

from __future__ import annotations

import argparse
import faulthandler
import sys
from collections.abc import Sequence
from pathlib import Path

from brygga_server.gateway.plan import GatewayPlan, GatewayPlanError
from brygga_server.gateway.server import run
from brygga_server.supervisor_channel import SupervisorLink


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code: 0 ended, 3 the plan cannot be used (nothing restarts it)."""
    parser = argparse.ArgumentParser(prog="python -m brygga_server.gateway")
    parser.add_argument("file", type=Path)
    parser.add_argument("--listen-fd", type=int, required=True)
    arguments = parser.parse_args(argv)
    link = SupervisorLink.inherited()
    faulthandler.enable()  # one that hangs is told to abort
    try:
        return run(GatewayPlan.load(arguments.file), arguments.listen_fd, link)
    except GatewayPlanError as error:
        print(f"gateway: {error}", file=sys.stderr)  # noqa: T201
        return 3


if __name__ == "__main__":
    sys.exit(main())
