"""Permissions mean nothing to root: these blocks run as somebody who is not."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Runs a block as `nobody`, who then owns `folder`, where the tests run as root.

    Elsewhere the block runs as it is. What it imports must be imported before: the interpreter's
    own folder may be closed to others.
    """
    if os.geteuid() != 0:
        yield
        return
    with ExitStack() as undo:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
        for parent in folder.parents:
            mode = parent.stat().st_mode
            if not mode & 0o001:
                undo.callback(parent.chmod, mode)
                parent.chmod(mode | 0o011)
        os.setegid(_NOBODY)
        undo.callback(os.setegid, 0)
        os.seteuid(_NOBODY)
        undo.callback(os.seteuid, 0)
        yield
