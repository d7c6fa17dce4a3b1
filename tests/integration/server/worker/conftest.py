import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.worker import Worker, find_python, start_config, started

StartWorker = Callable[..., Worker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartWorker]:
    """Start a worker for the text of a score.py; settings go into START."""
    with ExitStack() as stack:

        def start_worker(script: str, python: str = sys.executable, **settings: Any) -> Worker:
            (tmp_path / "score.py").write_text(textwrap.dedent(script))
            return stack.enter_context(started(start_config(tmp_path, **settings), python))

        yield start_worker


@pytest.fixture(params=["3.8", "3.13"])
def other_python(request: pytest.FixtureRequest) -> str:
    """An interpreter of the oldest supported version, and of a recent one."""
    found = find_python(request.param)
    if found is None:
        pytest.skip(f"no Python {request.param} on this machine")
    return found
