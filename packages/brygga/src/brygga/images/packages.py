"""Installing packages for an image, on this machine and with uv's cache."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

from brygga.environments import Interpreter, Interpreters
from brygga.environments.index import IndexOptions
from brygga.environments.lock import Lock
from brygga.environments.server import ServerRelease
from brygga.environments.uv import run_uv
from brygga.environments.wheels import WheelFolder
from brygga.error_codes import ErrorCode
from brygga.errors import PackagingError, PythonNotFoundError
from brygga.images.context import adopt_scripts, write_path_to, write_prefix
from brygga.images.dockerfile import ENVIRONMENT, SERVER
from brygga.images.platform import BasePlatform
from brygga.operations import Phase, Progress
from brygga.store.files import scratch_folder

# Bytecode has to be in the image: the root is read-only when it runs, so that otherwise every start
# would compile everything anew. It is trusted unchecked, since nothing in an image changes. The
# tests of packages are left out: a third of all files, and nobody runs them here.
_COMPILE = (
    "import compileall, py_compile, re, sys; "
    "compileall.compile_dir(sys.argv[1] + '/lib', quiet=2, workers=0, rx=re.compile('/tests/'), "
    "invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, "
    "stripdir=sys.argv[1], prependdir=sys.argv[2])"
)
_NO_WHEEL = re.compile(r"([\w.-]+)==\S+ has no usable wheels|Wheels are required for `([\w.-]+)`")


class Packages:
    """Writes prefixes with packages for a base image."""

    def __init__(self, home: Path, interpreters: Interpreters) -> None:
        self._interpreters = interpreters
        self._wheels = WheelFolder(home)

    def write_server(
        self, release: ServerRelease, folder: Path, base: BasePlatform, progress: Progress
    ) -> None:
        """The scoring server and what it needs, into `folder / "server"`."""
        progress.phase(Phase.INSTALLING, "Installing the scoring server for the image")
        prefix = folder / "server"
        into = write_prefix(prefix, SERVER, base)
        requirements = release.requirements.read_text(encoding="utf-8")
        self._install(requirements, into, base, IndexOptions(), progress)
        wheel = ("--no-deps", "--no-index", "--target", str(into), str(release.wheel))
        self._run(wheel, base, None, progress)
        adopt_scripts(prefix, into / "bin", SERVER)
        self._compile(prefix, SERVER, base, progress)

    def write_environment(
        self,
        lock: Lock,
        folder: Path,
        base: BasePlatform,
        progress: Progress,
        *,
        with_own: bool = False,
        bytecode: bool = False,
    ) -> None:
        """The packages of a lock, into `folder / "env"`.

        Args:
            with_own: The script also finds those that are installed in the base image.
            bytecode: They are compiled, too.

        Raises:
            PackagingError: one has no wheel for the image, and none can be built for it here.
        """
        what = "Compiling" if bytecode else "Installing"
        progress.phase(Phase.INSTALLING, f"{what} {len(lock.packages)} packages for the image")
        prefix = folder / "env"
        into = write_prefix(prefix, ENVIRONMENT, base)
        if with_own:
            write_path_to(base.site_packages, into)
        wheels = [self._wheels.path(wheel) for wheel in lock.wheels]
        local = IndexOptions(find_links=tuple(str(wheel.parent) for wheel in wheels))
        if lock.packages:
            self._install(lock.text, into, base, local.over(lock.index), progress)
        adopt_scripts(prefix, into / "bin", ENVIRONMENT)
        _require_loadable(into, base)
        if bytecode:
            self._compile(prefix, ENVIRONMENT, base, progress)

    def _install(
        self,
        requirements: str,
        into: Path,
        base: BasePlatform,
        index: IndexOptions,
        progress: Progress,
    ) -> None:
        with scratch_folder() as folder:
            file = folder / "requirements.txt"
            file.write_text(requirements, encoding="utf-8")
            arguments = ["--require-hashes", "--no-deps", "--target", str(into), "-r", str(file)]
            if not _can_build_for(base) or self._interpreter(base, progress) is None:
                arguments += ["--only-binary", ":all:"]
            self._run(arguments, base, index, progress)

    def _run(
        self,
        arguments: list[str] | tuple[str, ...],
        base: BasePlatform,
        index: IndexOptions | None,
        progress: Progress,
    ) -> None:
        interpreter = self._interpreter(base, progress)
        result = run_uv(
            "pip",
            "install",
            "--python",
            sys.executable if interpreter is None else str(interpreter.path),
            "--python-version",
            base.minor,
            "--python-platform",
            base.uv_platform,
            *arguments,
            index=index,
        )
        if not result.ok:
            raise _refusal(result.complaint, base)

    def _compile(self, prefix: Path, place: str, base: BasePlatform, progress: Progress) -> None:
        """Writes bytecode as the interpreter of the image does, where there is one like it here."""
        interpreter = self._interpreter(base, progress)
        if interpreter is None:
            progress.remark(
                f"There is no Python {base.minor} here: {place} goes without bytecode, and each "
                "start of a container takes seconds longer."
            )
            return
        command = [str(interpreter.path), "-I", "-c", _COMPILE, str(prefix), place]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def _interpreter(self, base: BasePlatform, progress: Progress) -> Interpreter | None:
        try:
            return self._interpreters.find(base.minor, progress)
        except PythonNotFoundError:
            return None


def _can_build_for(base: BasePlatform) -> bool:
    """Whether a wheel built here has a chance to load there."""
    libc, _ = platform.libc_ver()
    return base.libc == "glibc" == libc and base.machine == platform.machine()


def _require_loadable(packages: Path, base: BasePlatform) -> None:
    """Refuses extension modules that were built here against a newer C library than the image's.

    Wheels of an index say how old a C library they work with; those built here say only `linux`.
    """
    here = platform.libc_ver()[1]
    if _numbers(here) <= _numbers(base.libc_version):
        return
    built = [
        info.parent.name.split("-")[0]
        for info in packages.glob("*.dist-info/WHEEL")
        if re.search(r"^Tag: \S+-linux_", info.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    if built:
        raise PackagingError(
            f"{', '.join(sorted(built))} has no wheel for the image, and one that is built here "
            f"needs glibc {here}; the base image has {base.libc_version}.",
            code=ErrorCode.PACKAGE_WITHOUT_WHEEL,
            hint="Name a newer base image, or a version of the package that has a wheel.",
        )


def _refusal(complaint: str, base: BasePlatform) -> PackagingError:
    if "no usable wheels" in complaint or "building from source is disabled" in complaint:
        named = dict.fromkeys(first or other for first, other in _NO_WHEEL.findall(complaint))
        what = ", ".join(named) or complaint.strip()
        return PackagingError(
            f"{what} has no wheel for the image ({base.uv_platform}, Python "
            f"{base.minor}), and none can be built for it on this machine ({platform.machine()}, "
            f"{' '.join(platform.libc_ver())}).",
            code=ErrorCode.PACKAGE_WITHOUT_WHEEL,
            hint="Name a version that has a wheel, or build the image on a machine of its kind.",
        )
    from brygga.environments.explain import explain

    return explain(complaint, ())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
