"""What a base image is: its Python, its C library, its machine; asked before anything is built."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import ImageBuildError
from brygga.images.bundle import Bundle
from brygga.images.engine import Engine, EngineImage
from brygga.store.files import write_json

_PROBE = """
import json, os, platform, site, sys, sysconfig
import compileall, ctypes, ssl, zlib
libc, version = platform.libc_ver()
if "musl" in (sysconfig.get_config_var("SOABI") or ""):
    libc, version = "musl", ""
print(json.dumps({
    "python": platform.python_version(),
    "implementation": sys.implementation.name,
    "executable": os.path.realpath(sys.executable),
    "machine": platform.machine(),
    "libc": libc, "libc_version": version,
    "site_packages": site.getsitepackages(),
}))
"""
_OLDEST_FRONT = (3, 11)


@dataclass(frozen=True)
class BasePlatform:
    """What packages for a base image have to fit.

    Attributes:
        python: Its version as X.Y.Z.
        executable: Of its interpreter, with links resolved.
        machine: As `x86_64`.
        libc: `glibc` or `musl`, and `libc_version` as X.Y where it is known.
        site_packages: Folders with the packages that are installed in it.
    """

    python: str
    implementation: str
    executable: str
    machine: str
    libc: str
    libc_version: str
    site_packages: Sequence[str]

    @property
    def minor(self) -> str:
        """Its Python as X.Y."""
        return ".".join(self.python.split(".")[:2])

    @property
    def uv_platform(self) -> str:
        """What uv calls it."""
        if self.libc == "musl":
            return f"{self.machine}-unknown-linux-musl"
        return f"{self.machine}-manylinux_{self.libc_version.replace('.', '_')}"

    def check(self, bundle: Bundle, image: str) -> None:
        """Refuses a base image that this bundle cannot run on.

        Raises:
            ImageBuildError: with the reason.
        """
        if self.implementation != "cpython" or self.libc not in ("glibc", "musl"):
            raise ImageBuildError(
                image,
                f"the base image has {self.implementation}, and the C library {self.libc!r}",
                code=ErrorCode.BASE_IMAGE_UNSUITABLE,
                hint="Use a base image with CPython on glibc or musl, as python:3.12-slim.",
            )
        if _numbers(self.minor) < _OLDEST_FRONT:
            raise ImageBuildError(
                image,
                f"the scoring server needs Python 3.11 or newer, the base image has {self.python}",
                code=ErrorCode.BASE_IMAGE_UNSUITABLE,
                hint="Ask for python 3.11 or newer in the environment, or use the process target, "
                "whose server has an interpreter of its own.",
            )
        own = bundle.base is not None and bundle.base.own_packages
        if self.minor != bundle.python and not own:
            raise ImageBuildError(
                image,
                f"its environment is for Python {bundle.python}, the base image has {self.python}",
                code=ErrorCode.BASE_IMAGE_UNSUITABLE,
                hint=f"Name a base image with Python {bundle.python}.",
            )
        if bundle.platform != f"linux-{self.machine}":
            raise ImageBuildError(
                image,
                f"its environment is for {bundle.platform}, the base image for {self.machine}",
                code=ErrorCode.BASE_IMAGE_UNSUITABLE,
                hint="Name a base image for this machine's kind of processor.",
            )


def probe(engine: Engine, image: EngineImage, python: str, kept: Path) -> BasePlatform:
    """Asks the interpreter of an image what it is; the answer is kept by the image's id.

    Args:
        python: The X.Y that is looked for first.
        kept: Folder for the answers.

    Raises:
        ImageBuildError: there is no Python in it.
    """
    file = kept / f"{image.id.removeprefix('sha256:')}-{python}.json"
    try:
        return BasePlatform(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        found = _ask(engine, image, (f"python{python}", "python3", "python"))
    write_json(file, asdict(found))
    return found


def _ask(engine: Engine, image: EngineImage, names: Sequence[str]) -> BasePlatform:
    said = ""
    for name in names:
        code, said = engine.run_once(image.id, [name, "-I", "-c", _PROBE])
        if code == 0:
            try:
                return BasePlatform(**json.loads(said))
            except (ValueError, TypeError):
                continue
    raise ImageBuildError(
        image.id,
        f"no Python can be started in the base image: {said.strip()[-300:]}",
        code=ErrorCode.BASE_IMAGE_UNSUITABLE,
        hint="Name a base image with Python in it, as python:3.12-slim.",
    )


def _numbers(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))
