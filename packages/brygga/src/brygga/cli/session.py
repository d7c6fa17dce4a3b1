"""What the commands of one run share: the workspace and what to say when they are stopped."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from brygga.errors import BryggaError

if TYPE_CHECKING:
    from brygga.workspace import Workspace


def _open_workspace(name: str | None) -> Workspace:
    from brygga.workspace import Workspace

    return Workspace.from_config() if name is None else Workspace.get(name)


class Session:
    """One run of the command line.

    Attributes:
        workspace_name: What `--workspace` says; None leaves it to the folder's configuration.
        debug: Whether a failure shows Brygga's own traceback.
        as_json: Whether the command was asked for JSON.
        when_interrupted: How to go on after Ctrl-C, as far as the command has come.
    """

    def __init__(
        self,
        open_workspace: Callable[[str | None], Workspace] = _open_workspace,
        *,
        somebody_answers: bool | None = None,
    ) -> None:
        """Opens nothing yet.

        Args:
            somebody_answers: Whether a person reads and types; None looks at standard input.
        """
        self.workspace_name: str | None = None
        self.debug = False
        self.as_json = False
        self.when_interrupted = "Nothing was left half done; run the command again to go on."
        self._open = open_workspace
        self._somebody_answers = somebody_answers
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """Opened at the first use, so that commands that need none work without one."""
        if self._workspace is None:
            self._workspace = self._open(self.workspace_name)
            # What a killed profiling has left. What keeps it from going is no concern of a command
            # that may only want to read.
            with contextlib.suppress(BryggaError, OSError):
                self._workspace.services.remove_abandoned()
        return self._workspace

    def glance(self) -> Workspace:
        """The workspace as it is, for who waits in the middle of a line: nothing is removed."""
        return self._open(self.workspace_name)

    @property
    def somebody_answers(self) -> bool:
        """Whether a person is there to be asked."""
        if self._somebody_answers is None:
            self._somebody_answers = sys.stdin.isatty()
        return self._somebody_answers

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks on a terminal, unless that is answered already; a script is not asked.

        Raises:
            Abort: the answer is not yes.
        """
        if self.somebody_answers and not yes:
            click.confirm(question, abort=True, err=True)


yes_option = click.option("--yes", is_flag=True, help="Do not ask; only a terminal is asked.")

pass_session = click.make_pass_decorator(Session, ensure=True)
