"""The front of a control plane: ``python -I -m brygga_server.front FILE LISTEN_FD``.

FILE decides alone, flags and environment do not count; see docs/server.md.
"""

import faulthandler
import sys

from brygga_server.cli import FAILED, check, serve
from brygga_server.front.status import refuse
from brygga_server.front_plan import NEXT
from brygga_server.settings import SettingsError, read
from brygga_server.supervisor_channel import SupervisorLink


def main(file: str, listen_fd: str) -> int:
    """Serves on an inherited socket; exit codes as those of `brygga-server`, and 3 for settings.

    Beside another front that serves, the configuration is that in FILE.next, which takes FILE's
    place when this front takes over.
    """
    link = SupervisorLink.inherited()
    beside = link is not None and link.beside
    config = file + NEXT if beside else file
    faulthandler.enable()  # a front that hangs is told to abort
    try:
        settings = read({"listen_fd": listen_fd}, {}, config)
        check(settings)
    except SettingsError as error:
        print(f"brygga-server: {error}", file=sys.stderr)  # noqa: T201 - its log
        refuse(config, str(error), beside=beside)
        return FAILED  # it would not be any different the next time
    return serve(settings, file=file, link=link)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
