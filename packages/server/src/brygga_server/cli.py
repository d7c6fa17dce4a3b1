"""`brygga-server`: serves a score.py in the foreground, without a workspace."""

# ruff: noqa: T201 - a command speaks to whoever called it

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from brygga_server import __version__
from brygga_server.settings import ServerSettings, SettingsError, read, table
from brygga_server.supervisor_channel import SupervisorLink

FAILED = 3
"""What was to be served does not come up; nothing starts that again."""


def main(argv: Sequence[str] | None = None, *, python: str | None = None) -> int:
    """The command; its exit code: 0 ended, 1 no address, 2 usage, 3 the script does not come up.

    Args:
        argv: Those of the process where it is None.
        python: The interpreter of the workers where the settings name none.
    """
    arguments = vars(_parser().parse_args(argv))
    config, reload = arguments.pop("config"), arguments.pop("reload")
    try:
        settings = read(arguments, file=config)
        if settings.entry_script is None:
            raise SettingsError("Which script? Give it with --entry-script score.py.")
        settings = with_python(settings, python)
        check(settings)
    except SettingsError as error:
        print(f"brygga-server: {error}", file=sys.stderr)
        return 2 if arguments.get("profile") != "v1" else FAILED
    return serve(settings, reload=reload)


def with_python(settings: ServerSettings, python: str | None) -> ServerSettings:
    """The settings, with this interpreter for the workers where they name none."""
    return settings if settings.python else replace(settings, python=python)


def check(settings: ServerSettings) -> None:
    """Reads the files that settings name.

    Raises:
        SettingsError: with the one that cannot be used.
    """
    from brygga_server.front import tls
    from brygga_server.front.cors import Cors
    from brygga_server.front.keys import Keys

    Keys.load(settings.keys_file)
    tls.context(settings)
    Cors.of(settings)


def serve(
    settings: ServerSettings,
    *,
    reload: bool = False,
    file: str | None = None,
    link: SupervisorLink | None = None,
) -> int:
    """Runs a front. The first worker starts before the front's own imports: they take as long.

    Args:
        settings: All of them.
        reload: Start a new generation when a source file changes.
        file: Where the configuration of the generation that serves is kept.
        link: To the supervisor.
    """
    from brygga_server.front.spawn import SpawnError, blas_threads, spawn, wanted_workers

    try:
        first = spawn(settings, blas_threads(settings, wanted_workers(settings)))
    except SpawnError:
        first = None  # the front tries again, and knows where to report it
    from brygga_server.front.handover import Handover
    from brygga_server.front.listeners import ListenError, listen
    from brygga_server.front.server import run

    try:
        sock = listen(settings)
    except ListenError as error:
        if first is not None:
            first.popen.kill()
            first.popen.wait()
        print(f"brygga-server: {error}", file=sys.stderr)
        return 1
    if settings.listen_fd is None:
        host, port = sock.getsockname()[:2]
        _greet(settings, host, port)
    if not reload:
        return run(settings, first=first, sock=sock, file=file, succession=Handover(link, file))
    from brygga_server.front.reload import watch

    return run(settings, first=first, sock=sock, watch=watch)


def _greet(settings: ServerSettings, host: str, port: int) -> None:
    where = f"[{host}]" if ":" in host else host
    key = " -H 'Authorization: Bearer <key>'" if settings.keys_file else ""
    scheme = "https" if settings.tls_certificate else "http"
    url = f"{scheme}://{where}:{port}{settings.path_prefix}"
    print(
        f"Serving {settings.entry_script} at {url}/score\n"
        f"  curl {url}/score{key} -d '{{\"data\": [[1, 2, 3]]}}'",
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="brygga-server",
        description="Serves a score.py with init() and run() over HTTP.",
        epilog="Flags win over the environment, which wins over the file of --config.",
    )
    parser.add_argument("--version", action="version", version=f"brygga-server {__version__}")
    parser.add_argument("--config", metavar="FILE", help='{"version": 1, "settings": {...}}')
    parser.add_argument(
        "--reload", action="store_true", help="start anew when a source file changes"
    )
    for row in table():
        text = row.help.replace("`", "").replace("%", "%%")
        parser.add_argument(row.flag, dest=row.key, metavar=row.kind.metavar, help=text)
    return parser


if __name__ == "__main__":
    sys.exit(main())
