"""Writes the pages of docs/ that are made from the code: `make docs`."""

import json
import re
import tomllib
from pathlib import Path

from azureml._support import page as azureml_page
from brygga import error_codes
from brygga.cli import reference
from brygga.project.schema import json_schema, tables
from brygga_server import settings

HERE = Path(__file__).parent
DIFFERENCES = HERE.parent / "tests" / "support" / "differential" / "differences.toml"


def pages() -> dict[Path, str]:
    """What stands in which file."""
    return {
        HERE / "azureml-support.md": azureml_page.markdown(),
        HERE / "cli.md": reference.markdown(),
        HERE / "errors.md": error_codes.markdown(),
        HERE / "project-file.md": project_file(),
        HERE / "brygga.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        HERE / "settings.md": settings.markdown(),
        HERE / "differences-from-azmlinfsrv.md": differences(),
        HERE / "adr" / "index.md": decisions(),
        HERE.parent / "zensical.toml": navigation(),
    }


def project_file() -> str:
    """The page on the project file: its prose, and the table below it."""
    mark = "written by `make docs` from the options themselves. -->\n"
    prose, mark, _ = (HERE / "project-file.md").read_text(encoding="utf-8").partition(mark)
    return f"{prose}{mark}\n{tables()}"


def differences() -> str:
    """The page on where our `azmlinfsrv` answers otherwise than the original."""
    table = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))
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
    lines += map(_row, table["difference"])
    lines += [
        "",
        "## Beside the answers",
        "",
        "Command line, start and log, which no comparison of answers shows.",
        "",
        "| | the original | Brygga | why |",
        "|---|---|---|---|",
        *map(_row, table["beside"]),
    ]
    return "\n".join(lines) + "\n"


def decisions() -> str:
    """The list of decisions: number, title, status and date stand at the head of each."""
    lines = [
        "# Decisions",
        "",
        "Made from the pages of this folder by `make docs`; do not edit.",
        "",
        "A decision that somebody will question has a page: what was decided, why, and what was",
        "considered.",
        "",
        "| | decision | status |",
        "|---|---|---|",
    ]
    for page in _decisions():
        title, _, status = page.read_text(encoding="utf-8").split("\n")[:3]
        dated = re.match(r"(Accepted|Superseded by [^,]+), (\d{4}-\d\d-\d\d)", status)
        if dated is None:
            raise ValueError(f"{page.name}: its third line has to begin with 'Accepted, DATE'")
        link = f"[{_title(title)}]({page.name})"
        lines.append(f"| {page.name[:4]} | {link} | {dated[1]}, {dated[2]} |")
    return "\n".join(lines) + "\n"


def navigation() -> str:
    """The configuration of the site: as it is, with all decisions in its navigation."""
    text = (HERE.parent / "zensical.toml").read_text(encoding="utf-8")
    before, rest = text.split(_DECISIONS, 1)
    after = rest[rest.index("        ] },") :]
    entries = "".join(
        f'            {{ "{page.name[:4]} {_title(page.read_text(encoding="utf-8"))}" = '
        f'"adr/{page.name}" }},\n'
        for page in _decisions()
    )
    return f"{before}{_DECISIONS}{entries}{after}"


_DECISIONS = "            # The rest is written by `make docs`.\n"


def _decisions() -> list[Path]:
    return sorted((HERE / "adr").glob("[0-9]*.md"))


def _title(text: str) -> str:
    return re.sub(r"^# (\d+\. )?", "", text.split("\n", 1)[0])


def _row(row: dict[str, str]) -> str:
    cells = (row[name].replace("|", "\\|") for name in ("what", "theirs", "ours", "reason"))
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
