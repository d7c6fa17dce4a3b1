"""Writes the pages of docs/ that are made from the code: `make docs`."""

import tomllib
from pathlib import Path

from azureml._support import page as azureml_page
from brygga import error_codes
from brygga.cli import reference
from brygga_server import settings

HERE = Path(__file__).parent
DIFFERENCES = HERE.parent / "tests" / "support" / "differential" / "differences.toml"


def pages() -> dict[Path, str]:
    """What stands in which file."""
    return {
        HERE / "azureml-support.md": azureml_page.markdown(),
        HERE / "cli.md": reference.markdown(),
        HERE / "errors.md": error_codes.markdown(),
        HERE / "settings.md": settings.markdown(),
        HERE / "differences-from-azmlinfsrv.md": differences(),
    }


def differences() -> str:
    """The page on where our `azmlinfsrv` answers otherwise than the original."""
    rows = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["difference"]
    lines = [
        "# Differences from azureml-inference-server-http 1.5.1",
        "",
        "Made from `tests/support/differential/differences.toml` by `make docs`; do not edit.",
        "",
        "The differential test sends the original server and `azmlinfsrv` of Brygga the same",
        "requests and compares status, body, Content-Type, `x-*`, TraceId, Allow and CORS",
        "headers to the byte. It fails on a difference that is not listed",
        "here, and on a row that no request shows any more.",
        "",
        "| | the original | Brygga | why |",
        "|---|---|---|---|",
    ]
    for row in rows:
        cells = (row[name].replace("|", "\\|") for name in ("what", "theirs", "ours", "reason"))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
