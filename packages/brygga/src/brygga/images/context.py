"""Writing build contexts: folders with a Dockerfile and what it copies. No engine is needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from brygga.images import dockerfile
from brygga.images.approot import lay_out
from brygga.images.bundle import Bundle
from brygga.images.platform import BasePlatform
from brygga.store.blobs import BlobStore
from brygga.store.files import make_folder


def write_app(bundle: Bundle, folder: Path, blobs: BlobStore) -> None:
    """`files/`: the models and the code, each at its place in the image.

    Raises:
        CorruptError: a blob was damaged.
    """
    files = folder / "files"
    make_folder(files)
    lay_out(bundle, files / dockerfile.APP[1:], blobs)
    _let_all_read(files)


def write_config(bundle: Bundle, folder: Path) -> None:
    """`files/`: how the server is to serve them."""
    settings = {"host": "0.0.0.0", "port": dockerfile.PORT, **dockerfile.serve_settings(bundle)}  # noqa: S104 - within the container
    text = json.dumps({"version": 1, "settings": settings}, indent=2)
    config = folder / "files" / dockerfile.CONFIG[1:]
    make_folder(config.parent)
    config.write_text(text + "\n", encoding="utf-8")
    _let_all_read(folder / "files")


def write_prefix(folder: Path, place: str, base: BasePlatform) -> Path:
    """A prefix without packages, as the image's interpreter wants to find it at `place`.

    A real one, with `pyvenv.cfg`: otherwise no `.pth` file would be read.

    Returns:
        Its folder for packages.
    """
    packages = folder / "lib" / f"python{base.minor}" / "site-packages"
    make_folder(packages)
    lines = (
        f"home = {PurePosixPath(base.executable).parent}",
        "include-system-site-packages = false",
        f"version = {base.python}",
        f"command = {base.executable} -m venv {place}",
    )
    (folder / "pyvenv.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
    make_folder(folder / "bin")
    (folder / "bin" / "python").symlink_to(base.executable)
    for name in ("python3", f"python{base.minor}"):
        (folder / "bin" / name).symlink_to("python")
    _let_all_read(folder)
    return packages


def write_path_to(folders: Sequence[str], packages: Path) -> None:
    """Has a prefix find the packages in other folders of the image, after its own."""
    calls = "; ".join(f"site.addsitedir({folder!r})" for folder in folders)
    (packages / "image.pth").write_text(f"import site; {calls}\n", encoding="utf-8")


def adopt_scripts(prefix: Path, installed: Path, place: str) -> None:
    """Moves the commands that were installed beside packages to where a prefix has them.

    Their first line then names the interpreter at `place`, instead of the one that installed them.
    """
    if not installed.is_dir():
        return
    for script in sorted(installed.iterdir()):
        content = script.read_bytes()
        first, newline, rest = content.partition(b"\n")
        if first.startswith(b"#!") and b"python" in first:
            content = f"#!{place}/bin/python".encode() + newline + rest
        target = prefix / "bin" / script.name
        if not target.is_symlink():
            target.write_bytes(content)
            target.chmod(0o755)
        script.unlink()
    installed.rmdir()


def _let_all_read(folder: Path) -> None:
    """The user of the container is nobody of this machine."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
