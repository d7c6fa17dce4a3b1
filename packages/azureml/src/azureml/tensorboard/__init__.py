"""`Tensorboard`: TensorBoard on what runs have logged for it."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.run import Run

__all__ = ["Tensorboard"]

_PORT = 6006
_STARTS_WITHIN_S = 60.0
_POLL_S = 0.05


class Tensorboard:
    """Serves the event files of runs: those below `logs` and `outputs`, a folder for each run.

    The package `tensorboard` has to be installed where it is called.
    """

    def __init__(
        self,
        runs: list[Run] | Run,
        local_root: str | None = None,
        port: int = _PORT,
    ) -> None:
        self._runs = runs if isinstance(runs, list) else [runs]
        self._root = local_root
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, start_browser: bool = False) -> str:
        """Fetches the files of each run, and serves them; returns the address."""
        if find_spec("tensorboard") is None:
            raise UserErrorException(
                "The package tensorboard is not installed here: pip install tensorboard"
            )
        folder = Path(self._root or tempfile.mkdtemp(prefix="brygga-tensorboard-"))
        for run in self._runs:
            for prefix in ("logs", "outputs"):
                run.download_files(prefix=prefix, output_directory=str(folder / run.id))
        self.stop()
        port = _free(self._port)
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder)]
        folder.mkdir(parents=True, exist_ok=True)
        said = folder / "tensorboard.txt"
        with said.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait(port, said)
        address = f"http://127.0.0.1:{port}"
        print(address)
        if start_browser:
            webbrowser.open(address)
        return address

    def stop(self) -> None:
        """Ends it; the files stay."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def _wait(self, port: int, said: Path) -> None:
        ends = time.monotonic() + _STARTS_WITHIN_S
        process: Any = self._process
        while time.monotonic() < ends and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(_POLL_S)
        self.stop()
        why = said.read_text(errors="replace").strip()
        raise UserErrorException(f"TensorBoard did not start. {why}".strip())


def _free(port: int) -> int:
    """The port, or any where somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
