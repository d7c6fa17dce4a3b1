"""Draws the pictures of the README from a real run of the demo: `make pictures`.

`docs/assets/demo.svg` is what the terminal shows, `docs/assets/demo-results.png` what the demo has
written. Both have a background of their own, so they can be read on a light and on a dark page.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 92
# Rich names a font at an address; whoever reads the picture has one that will do.
_FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_FAMILY = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def main() -> None:
    """Writes both files."""
    assets = HERE / "assets"
    with tempfile.TemporaryDirectory() as folder:
        brygga = Path(sys.executable).with_name("brygga")
        done = subprocess.run(
            [brygga, "demo"],
            cwd=folder,
            env={**os.environ, "BRYGGA_HOME": f"{folder}/home", "XDG_RUNTIME_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
        shutil.copy(Path(folder, "demo-output", "results.png"), assets / "demo-results.png")
    (assets / "demo.svg").write_text(terminal("brygga demo", done.stdout), encoding="utf-8")


def terminal(command: str, said: str) -> str:
    """A terminal in which a command was run, as SVG that fetches nothing."""
    console = Console(record=True, width=WIDTH, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(Text.assemble(("$ ", "green"), (command, "bold")))
    for line in said.splitlines():
        style = "bold cyan" if line.startswith("[") else ""
        console.print(Text(line, style=style, no_wrap=True, overflow="ellipsis"))
    drawn = _FONT_FACES.sub("", console.export_svg(title=command, unique_id="demo"))
    return re.sub(r"font-family: Fira Code, monospace", f"font-family: {_FAMILY}", drawn)


if __name__ == "__main__":
    main()
