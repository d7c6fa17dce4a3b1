"""Blocks of code are run, compared, or pictures where pictures belong; how a page is followed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cache import ROOT
from support.pages import Reader, assert_printed, read

DOCS = ROOT / "docs"
# Shapes of files and messages, how parts lie, and what takes a cluster: nothing to run. The first
# two come from code.
PICTURES = (
    "cli",
    "errors",
    "architecture",
    "control-plane",
    "server",
    "limits",
    "containers",
    "kubernetes",
)
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_run_or_compared_or_a_picture(page: Path) -> None:
    blocks = read(page)
    before = None
    for block in blocks:
        where = f"{page.name}:{block.line}"
        if block.title == "Output":
            assert before is not None, f"{where}: the output of nothing"
            assert before.is_run, f"{where}: the output of nothing"
        elif not block.is_run:
            allowed = page.stem in PICTURES or (page.name == "README.md" and "──▶" in block.text)
            assert allowed, f"{where}: say what this is; support/pages.py has the kinds"
        before = block


def follow(folder: Path, text: str) -> Reader:
    page = folder / "page.md"
    page.write_text(text)
    reader = Reader(folder, {"PATH": "/usr/bin:/bin"})
    reader.follow(page)
    return reader


def test_a_page_is_followed_in_one_shell(tmp_path: Path) -> None:
    follow(
        tmp_path,
        """
```bash
mkdir a
cd a
export N=7
make nothing
```

```text title="x.txt"
hi
```

```bash
cat x.txt; echo $N 12.5 s; pwd
```

```text title="Output"
hi
7 0.3 s
...a
```
""",
    )
    assert (tmp_path / "a/x.txt").read_text() == "hi\n"


@pytest.mark.parametrize(
    "text",
    [
        "```bash\nfalse\n```\n",
        "```bash\ntrue\nfalse\ntrue\n```\n",
        '```bash\necho 1\n```\n\n```text title="Output"\n2\n```\n',
        "```crontab\n0 3 * * * false\n```\n",
        "```crontab\n0 3 * * true\n```\n",
        "prose\n\n    code that nobody runs\n",
    ],
)
def test_what_does_not_hold_fails(tmp_path: Path, text: str) -> None:
    with pytest.raises(AssertionError):
        follow(tmp_path, text)


def brygga(folder: Path, text: str) -> None:
    """A command of that name for `follow`, which finds it there."""
    command = folder / "brygga"
    command.write_text(f"#!/bin/sh\n{text}\n")
    command.chmod(0o755)


FOLLOWED = "```bash\nexport PATH=$PWD:$PATH\nbrygga service logs it -f\n```\n"


def test_what_goes_on_until_ctrl_c_gets_it(tmp_path: Path) -> None:
    brygga(tmp_path, "echo one; exec sleep 60")
    assert follow(tmp_path, FOLLOWED).printed == "one\n"


@pytest.mark.parametrize("text", ["echo error: no service; exit 1", "exit 1"])
def test_what_is_to_go_on_and_ends_fails(tmp_path: Path, text: str) -> None:
    brygga(tmp_path, text)
    with pytest.raises(AssertionError):
        follow(tmp_path, FOLLOWED)


def test_times_and_ports_are_not_compared_and_answers_are() -> None:
    assert_printed("took 1.25 s at 127.0.0.1:2031\n", "took 0.1 s at 127.0.0.1:1\n", "")
    with pytest.raises(AssertionError):
        assert_printed("[1, 2]", "[1, 3]", "")
