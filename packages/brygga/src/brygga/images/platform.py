"""What a base image is: its Python, C library and machine, found out from its files alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from brygga.error_codes import ErrorCode
from brygga.errors import ImageBuildError
from brygga.images.base_files import BaseFiles
from brygga.images.bundle import Bundle
from brygga.store.files import write_json

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for, if the image does not say."""
_HEAD = 1 << 16
_WHOLE = 1 << 24
_ELF_INTERPRETER = re.compile(rb"/[\w./-]*/ld-[\w.-]+\.so\.\d+(?=\0)")
_GLIBC = re.compile(rb"GNU C Library .{0,80}release version (\d+\.\d+)")
_WITH_SYSTEM = re.compile(r"^include-system-site-packages\s*=\s*true", re.MULTILINE | re.IGNORECASE)
_OLDEST_FRONT = (3, 11)


@dataclass(frozen=True)
class BasePlatform:
    """What packages for a base image have to fit.

    Attributes:
        python: Its version as X.Y.Z, or X.Y where its files do not tell more.
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


def examine(
    files: BaseFiles, variables: Mapping[str, str], machine: str, python: str, image: str
) -> BasePlatform:
    """Looks for an interpreter, and for what it runs on; nothing of the image is started.

    Args:
        variables: Of the image's environment.
        machine: As `x86_64`.
        python: The X.Y that is looked for first.
        image: What it is called, for people.

    Raises:
        ImageBuildError: there is no Python in it, or one that cannot be told.
    """
    command, executable = _interpreter(files, variables, python, image)
    prefix = str(PurePosixPath(executable).parent.parent)
    implementation, minor = _version(files, executable, prefix, image)
    version = variables.get("PYTHON_VERSION", "")
    libc, libc_version = _libc(files, executable)
    return BasePlatform(
        python=version if version.startswith(f"{minor}.") else minor,
        implementation=implementation,
        executable=executable,
        machine=machine,
        libc=libc,
        libc_version=libc_version,
        site_packages=_site_packages(files, command, prefix, minor),
    )


def kept_platform(
    folder: Path, image: str, python: str, found: Callable[[], BasePlatform]
) -> BasePlatform:
    """What is known of an image by its id, or is found out now."""
    file = folder / f"{image.removeprefix('sha256:')}-{python}.json"
    try:
        return BasePlatform(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        made = found()
    write_json(file, asdict(made))
    return made


def _interpreter(
    files: BaseFiles, variables: Mapping[str, str], python: str, image: str
) -> tuple[str, str]:
    """The command as it is found, and the program that it leads to."""
    folders = (variables.get("PATH") or _PATH).split(":")
    for name in (f"python{python}", "python3", "python"):
        for folder in folders:
            found = files.resolve(f"{folder}/{name}") if folder.startswith("/") else None
            if found is not None:
                return f"{folder}/{name}", found
    raise _unsuitable(image, f"there is no Python in the base image, in none of {folders}")


def _version(files: BaseFiles, executable: str, prefix: str, image: str) -> tuple[str, str]:
    name = PurePosixPath(executable).name
    told = re.fullmatch(r"(python|pypy)(\d\.\d+)", name)
    if told:
        minor = told[2]
        implementation = "cpython" if told[1] == "python" else "pypy"
    else:
        known = (f"3.{minor}" for minor in range(6, 40))
        there = [v for v in known if files.resolve(f"{prefix}/lib/python{v}/os.py")]
        if len(there) != 1 or not name.startswith("python"):
            raise _unsuitable(image, f"it cannot be told which Python {executable} of it is")
        implementation, minor = "cpython", there[0]
    library = f"{prefix}/lib/python{minor}"
    if files.resolve(f"{library}/os.py") and not files.resolve(f"{library}/ctypes/__init__.py"):
        raise _unsuitable(image, f"{library} of the base image has no ctypes: it is not whole")
    return implementation, minor


def _libc(files: BaseFiles, executable: str) -> tuple[str, str]:
    """The C library that the interpreter is linked with, and its version where it has one."""
    asked = _ELF_INTERPRETER.search(files.read(executable, _HEAD))
    loader = "" if asked is None else asked[0].decode()
    if "ld-musl" in loader:
        return "musl", ""
    place = files.resolve(loader) if loader else None
    library = place and files.resolve(str(PurePosixPath(place).parent / "libc.so.6"))
    told = library and _GLIBC.search(files.read(library, _WHOLE))
    return ("glibc", told[1].decode()) if told else ("", "")


def _site_packages(files: BaseFiles, command: str, prefix: str, minor: str) -> Sequence[str]:
    """Where the packages are that the command finds: those of its virtual environment, first."""
    own, folders = str(PurePosixPath(command).parent.parent), []
    if files.resolve(f"{own}/pyvenv.cfg"):
        folders = [f"{own}/lib/python{minor}/site-packages"]
        text = files.read(f"{own}/pyvenv.cfg", _HEAD).decode("utf-8", "replace")
        if not _WITH_SYSTEM.search(text):
            return folders
    folders.append(f"{prefix}/lib/python{minor}/site-packages")
    if prefix == "/usr":  # as Debian has it
        folders += [
            f"/usr/local/lib/python{minor}/dist-packages",
            "/usr/lib/python3/dist-packages",
            f"/usr/lib64/python{minor}/site-packages",
        ]
    return [folder for folder in folders if files.resolve(folder)]


def _unsuitable(image: str, why: str) -> ImageBuildError:
    return ImageBuildError(
        image,
        why,
        code=ErrorCode.BASE_IMAGE_UNSUITABLE,
        hint="Name a base image with Python in it, as python:3.12-slim.",
    )


def _numbers(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))
