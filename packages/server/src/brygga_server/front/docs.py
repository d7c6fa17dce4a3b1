"""The page at `/docs`: its files, and what it asks of the service.

The files are those of `docs_page/`, as they are: nothing of a service is in them, so that they need
no key. What they tell of one they ask it for, with the key that is entered there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from brygga_server.front.actions import Actions
from brygga_server.front.dialects.base import Page
from brygga_server.front.exchange import Exchange

FOLDER = Path(__file__).with_name("docs_page")


@dataclass(frozen=True)
class DocsFile:
    """A file of the page; read when it is asked for, so that it costs a front no memory."""

    name: str
    kind: Page

    def give(self, actions: Actions, exchange: Exchange) -> None:
        """Answers with it."""
        actions.give(exchange, self.kind, (FOLDER / self.name).read_bytes())


_MODULES = (
    "answer.js", "calls.js", "contract.js", "digits.js", "drawing.js", "elements.js", "forms.js",
    "page.js", "pixels.js", "reference.js", "table.js",
)  # fmt: skip

FILES = {
    "": DocsFile("page.html", Page.DOCS),
    "/page.css": DocsFile("page.css", Page.DOCS_STYLE),
    **{f"/{name}": DocsFile(name, Page.DOCS_SCRIPT) for name in _MODULES},
}
"""Each file by its path below `/docs`."""
