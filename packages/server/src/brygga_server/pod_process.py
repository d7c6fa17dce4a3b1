"""The first process of a pod: a front that says at its end why it has ended.

``python -I -m brygga_server.pod_process CONFIG [NOTE]``

What it says is written to NOTE as JSON: the cluster keeps as much as 4 KiB of it with the state of
the container, where it can be read when the pod's own files have gone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from brygga_server import cli
from brygga_server.front.status import refuse
from brygga_server.settings import SettingsError, read

NOTE = "/dev/termination-log"
_MOST_BYTES = 4000


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to end."""
    config, *places = sys.argv[1:] if argv is None else argv
    try:
        settings = read({}, file=config)
        cli.check(settings)
    except SettingsError as error:
        print(f"brygga-server: {error}", file=sys.stderr)  # noqa: T201 - its log
        refuse(config, str(error))
        code = cli.FAILED
    else:
        code = cli.serve(settings)
    if code:
        write_note(config, Path(places[0] if places else NOTE))
    return code


def write_note(config: str, note: Path) -> None:
    """Writes what the status file says of a failure; nothing where it says nothing."""
    try:
        settings = json.loads(Path(config).read_bytes())["settings"]
        found = json.loads(Path(settings["status_file"]).read_bytes())["diagnosis"]
        if found:
            note.write_text(fitting(found), encoding="utf-8")
    except (OSError, ValueError, KeyError, TypeError):
        return  # then the last lines of the log have to do


def fitting(diagnosis: dict[str, object]) -> str:
    """As JSON that has room: of a long traceback the end, which names the user's own line."""
    kept = {name: value for name, value in diagnosis.items() if value is not None}
    while len(text := json.dumps(kept)) > _MOST_BYTES:
        longest = max(kept, key=lambda name: len(json.dumps(kept[name])))
        said = str(kept[longest])
        half = len(said) * 3 // 4
        kept[longest] = said[-half:] if longest == "traceback" else said[:half]
    return text


if __name__ == "__main__":
    sys.exit(main())
