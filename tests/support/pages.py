"""Pages of Markdown, followed word for word: files are written, code is run, output is compared.

What a fenced block is follows from its first line:

    ```python title="score.py"     a file of that name (also of any other language)
    ```python                      run by the interpreter of the reader
    ```bash                        pasted into a shell, which keeps its folder and its variables
    ```text title="Output"         what the block before it has printed; `...` stands for anything
    ```crontab                     a line for cron, whose command is pasted
    ```text                        a picture, or the shape of something: nothing to run
"""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r'^```(\w*)(?: title="([^"]*)")?[^\n]*\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?<=\n\n)    (?! *[*-] )\S.*$", re.MULTILINE)
# What goes on until Ctrl-C; all else ends by itself.
_ENDLESS = re.compile(r"^(brygga-server|azmlinfsrv) |^brygga .* -f$|^brygga top$", re.MULTILINE)
_ENDS_WITHIN = 1.0  # seconds after its first line, what goes wrong: that line may be the error
# Of the repository; `make test` is what runs this.
_MAKE = re.compile(r"^make .*\n", re.MULTILINE)
OUTPUT = "Output"
_CRON = re.compile(r"(?:\S+ ){5}(.*)")
# Differ from run to run: times, sizes, ports, process ids in words that say so.
_VARYING = re.compile(
    r"\d+(?:\.\d+)?(?= ?(?:s|ms|KB|MB|GB|kB|MiB|bytes|seconds)\b)|(?<=127\.0\.0\.1:)\d+"
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; `line` is that of its text, from 1."""

    language: str
    title: str
    text: str
    line: int

    @property
    def is_run(self) -> bool:
        """Whether it is something to do, and not something to look at."""
        return bool(self.title) or self.language in ("python", "bash", "crontab")


def read(page: Path) -> list[Block]:
    """All blocks of a page, in order; fails on code that is set apart in another way."""
    text = page.read_text(encoding="utf-8")
    outside = _FENCE.sub("", text)
    assert not (found := _INDENTED.findall(outside)), f"{page.name}: fence these: {found}"
    return [
        Block(m[1], m[2] or "", m[3], text[: m.start(3)].count("\n") + 1)
        for m in _FENCE.finditer(text)
    ]


@dataclass
class Reader:
    """Somebody who follows pages in one folder.

    Attributes:
        folder: Where the page is followed, to begin with.
        environ: What commands find in their environment.
        instead: Texts of the pages, and what stands for them here (an address of a database).
        printed: What the last block has printed.
    """

    folder: Path
    environ: Mapping[str, str]
    instead: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""

    def follow(self, page: Path) -> None:
        """Does what a page says, block by block, in a shell that has just been opened."""
        self._state.unlink(missing_ok=True)
        for block in read(page):
            where = f"{page.name}:{block.line}"
            self._do(block, where)

    def _do(self, block: Block, where: str) -> None:
        text = block.text
        for there, here in self.instead.items():
            text = text.replace(there, here)
        if block.title == OUTPUT:
            assert_printed(self.printed, text, where)
        elif block.title:
            (self._here() / block.title).write_text(text, encoding="utf-8")
        elif block.language == "python":
            self.printed = self.shell(f"python - <<'END-OF-BLOCK'\n{text}END-OF-BLOCK", where)
        elif block.language == "crontab":
            for line in text.splitlines():
                found = _CRON.fullmatch(line)
                assert found is not None, f"{where}: {line!r} is no line for cron"
                self.shell(found[1].replace("\\%", "%"), where)
        elif block.language == "bash":
            self.printed = "".join(self._lines(text, where))

    def _lines(self, text: str, where: str) -> Iterator[str]:
        """What a block of commands prints; those that never end get Ctrl-C after a line."""
        rest = _MAKE.sub("", text)
        while found := _ENDLESS.search(rest):
            end = rest.find("\n", found.start()) + 1
            yield self.shell(rest[: found.start()], where)
            yield self._interrupted(rest[found.start() : end].strip())
            rest = rest[end:]
        yield self.shell(rest, where)

    def shell(self, text: str, where: str) -> str:
        """Pastes lines into the reader's shell; what they say, once all have ended well."""
        if not text.strip():
            return ""
        done = subprocess.run(
            ["bash", "-c", f"{self._before()}set -e\n{text}\n{self._after()}"],
            cwd=self.folder,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{where}\n{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _interrupted(self, line: str) -> str:
        with subprocess.Popen(
            ["bash", "-c", f"{self._before()}exec {line}"],
            cwd=self.folder,
            env=dict(self.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            assert running.stdout is not None
            try:
                first = running.stdout.readline()
                assert first, f"{line} has said nothing"
                with contextlib.suppress(subprocess.TimeoutExpired):
                    rest, _ = running.communicate(timeout=_ENDS_WITHIN)
                    raise AssertionError(f"{line} is to go on, and has ended:\n{first}{rest}")
                running.send_signal(signal.SIGINT)
                running.communicate(timeout=30)
            finally:
                running.kill()
        return first

    def _here(self) -> Path:
        """The folder that the reader's shell is in."""
        return Path(self.shell("pwd", "").strip())

    @property
    def _state(self) -> Path:
        return self.folder / ".shell"

    def _before(self) -> str:
        return f". {self._state}\n" if self._state.exists() else ""

    def _after(self) -> str:
        return f"{{ export -p; printf 'cd %q\\n' \"$PWD\"; }} > {self._state}"


def assert_printed(printed: str, expected: str, where: str) -> None:
    """Fails where something else was printed; `...` in what is expected stands for anything."""
    pieces = (re.escape(_even(piece)) for piece in expected.split("..."))
    pattern = ".*".join(pieces)
    assert re.fullmatch(pattern, _even(printed), re.DOTALL), (
        f"{where}: the page says\n{expected}\nand this was printed:\n{printed}"
    )


def _even(text: str) -> str:
    """Without what differs from run to run, trailing blanks and the width of columns."""
    lines = (re.sub(r" +", " ", line).rstrip() for line in text.split("\n"))
    return _VARYING.sub("0", "\n".join(lines)).rstrip("\n")
