"""From an environment to its lock."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from brygga.environments import probe
from brygga.environments.environment import Environment
from brygga.environments.explain import explain
from brygga.environments.interpreters import (
    Interpreter,
    Interpreters,
    calling,
    found_versions,
    probed,
)
from brygga.environments.known_bounds import numpy_bounds
from brygga.environments.lock import Lock, LockTexts, get_lock, save_lock
from brygga.environments.machine_index import machine_index
from brygga.environments.python_choice import other_python, pins_of
from brygga.environments.uv import run_uv
from brygga.environments.wheels import WheelFolder
from brygga.error_codes import ErrorCode
from brygga.errors import PackagingError
from brygga.operations import SILENT, Phase, Progress
from brygga.store.files import scratch_folder

_LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?P<rest>(?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_NOT_THERE = re.compile(r"was not found in|there is no version of", re.IGNORECASE)
_MOST_PINS = 30
"""Each may be asked for by itself; of a longer list the first stand for all."""
_HASH = re.compile(r"\s*--hash=(\S+)")


class Resolver:
    """Locks environments; a lock that was made once stays until another is asked for."""

    def __init__(self, home: Path, locks: LockTexts, interpreters: Interpreters) -> None:
        """Nothing is read yet.

        Args:
            home: `$BRYGGA_HOME`.
            locks: `store.locks`.
        """
        self._locks = locks
        self._interpreters = interpreters
        self._wheels = WheelFolder(home)
        self._resolved: dict[str, Lock] = {}

    def resolve(
        self, environment: Environment, progress: Progress = SILENT, *, refresh: bool = False
    ) -> Lock:
        """The lock of an environment for this platform.

        The stored one where there is one for this spec, Python, platform and index: then neither
        index nor interpreter is asked. Packages without a pin prefer the versions installed where
        the call is made.

        Args:
            refresh: Resolve anew, and keep that.

        Raises:
            ResolutionError: no set of packages fits.
            PackageNotFoundError: a package is not on the index.
            PackageIndexError: the index cannot be reached.
            PythonNotFoundError: the Python is not here.
            PackagingError: a pin has no wheel for the Python that was asked for, but for another.
            InvalidInputError: a path or Python that cannot be used.
        """
        taken = self._wheels.take_in(environment, progress)
        interpreter = self._interpreter(environment, progress)
        key = _key(taken, interpreter)
        stored = None if refresh else self._locks.find(key)
        if stored is not None:
            lock = Lock.read(stored, index=environment.index)
            # It may be for the other Python that pins needed; not where one was asked for.
            if environment.python in (None, lock.python):
                return self._kept(lock)
        interpreter = self._with_wheels(taken, interpreter, progress)
        count = len(taken.packages)
        packages = "1 package" if count == 1 else f"{count or 'no'} packages"
        text = f"Locking {packages} for Python {interpreter.minor}"
        progress.phase(Phase.LOCKING, text)
        for note in environment.notes:
            progress.remark(note)
        if environment.dropped:
            names = ", ".join(environment.dropped)
            progress.remark(f"Left out, the service has what is needed of it: {names}")
        lock = self._compile(taken, interpreter)
        save_lock(self._locks, key, lock)
        return self._kept(lock)

    def get(self, digest: str) -> Lock:
        """The lock of that digest.

        One that was resolved here still knows the credentials its index was given with; a stored
        one never does.

        Raises:
            NotFoundError: there is none.
        """
        return self._resolved.get(digest) or get_lock(self._locks, digest)

    def _kept(self, lock: Lock) -> Lock:
        self._resolved[lock.digest] = lock
        return lock

    def _interpreter(self, environment: Environment, progress: Progress) -> Interpreter:
        if environment.python is None and environment.installed_in is not None:
            return self._interpreters.at(environment.installed_in)
        return self._interpreters.find(environment.python, progress)

    def _with_wheels(
        self, environment: Environment, interpreter: Interpreter, progress: Progress
    ) -> Interpreter:
        """The interpreter, or another where its Python has no wheel for a pin and was not named."""
        same = interpreter.path == (environment.installed_in or calling().path)
        pins = pins_of(environment.packages, _installed(environment.installed_in) if same else {})

        def has_wheels(pins: Sequence[str], version: str) -> bool | None:
            return _have_wheels(pins, version, interpreter, environment)

        other = other_python(
            pins[:_MOST_PINS],
            interpreter.version,
            here=found_versions,
            may_download=self._interpreters.may_download,
            has_wheels=has_wheels,
        )
        if other is None:
            return interpreter
        if environment.python is not None:
            raise PackagingError(
                f"{other.problem}.",
                code=ErrorCode.PACKAGE_OTHER_PYTHON,
                hint=f"{other.way_out[0].upper()}{other.way_out[1:]}: python={other.minor}.",
            )
        progress.remark(
            f"{other.problem}; {other.way_out}: the environment gets Python {other.minor}"
        )
        return self._interpreters.find(other.minor, progress)

    def _compile(self, environment: Environment, interpreter: Interpreter) -> Lock:
        told = [self._wheels.requirement(package) for package in environment.packages]
        wheels = tuple(sorted(wheel for _, wheel in told if wheel))
        installed = _installed(environment.installed_in)
        with scratch_folder() as folder:
            asked, constraints = folder / "asked.txt", folder / "constraints.txt"
            locked = folder / "locked.txt"
            asked.write_text("\n".join(requirement for requirement, _ in told))
            bounds = numpy_bounds(environment.packages)
            constraints.write_text("\n".join([*environment.constraints, *bounds]))
            # uv keeps to the versions of an output file that is there already where it can.
            locked.write_text("\n".join(f"{n}=={v}" for n, v in sorted(installed.items())))
            prerelease = ["--prerelease=allow"] if environment.prereleases else []
            result = run_uv(
                "pip", "compile", str(asked), "--constraints", str(constraints),
                "--output-file", str(locked), "--python", str(interpreter.path),
                "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url",
                "--no-emit-find-links", *prerelease,
                index=environment.index,
                variables={"UV_PYTHON_DOWNLOADS": "never"},
            )  # fmt: skip
            if not result.ok:
                raise explain(result.complaint, _names(environment), installed)
            requirements = _by_version(locked.read_text(), wheels)
        return Lock.write(
            _restricted(requirements, _given_hashes(environment)),
            python=interpreter.minor,
            platform=interpreter.platform,
            wheels=wheels,
            index=environment.index,
        )


def _have_wheels(
    pins: Sequence[str], version: str, interpreter: Interpreter, environment: Environment
) -> bool | None:
    """`HasWheels` of the package index; nothing is downloaded but what it says of them."""
    if not pins:
        return True
    with scratch_folder() as folder:
        asked = folder / "pins.txt"
        asked.write_text("\n".join(pins))
        prerelease = ["--prerelease=allow"] if environment.prereleases else []
        result = run_uv(
            "pip", "compile", str(asked), "--no-deps", "--only-binary", ":all:",
            "--python", str(interpreter.path), "--python-version", version, *prerelease,
            index=environment.index,
            variables={"UV_PYTHON_DOWNLOADS": "never"},
        )  # fmt: skip
    if result.ok:
        return True
    told = " ".join(result.complaint.split())
    return False if "No solution found" in told and not _NOT_THERE.search(told) else None


def _key(environment: Environment, interpreter: Interpreter) -> str:
    """What a lock is stored under; the spec less what does not matter to it."""
    spec = environment.to_dict()
    for unimportant in ("name", "dropped", "python", "index", "image", "variables"):
        spec.pop(unimportant, None)
    index = environment.index.over(machine_index().options).to_dict()
    whole = [spec, interpreter.minor, interpreter.platform, index]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _installed(interpreter: Path | None) -> dict[str, str]:
    if interpreter is None or interpreter == calling().path:
        found = probe.installed()
    else:
        found = probed(interpreter, "installed")[1]["installed"]
    usable: dict[str, str] = {}
    for name, version in found.items():
        try:
            usable[canonicalize_name(name, validate=True)] = str(Version(version))
        except (InvalidVersion, ValueError):
            continue
    return usable


def _names(environment: Environment) -> list[str]:
    names = []
    for package in environment.packages:
        try:
            names.append(Requirement(_HASH.sub("", package)).name)
        except InvalidRequirement:
            continue
    return names


def _by_version(requirements: str, wheels: tuple[str, ...]) -> str:
    """Local wheels by name and version instead of by address; their hash stays."""
    versions = {}
    for wheel in wheels:
        name, version, _, _ = parse_wheel_filename(wheel.partition("/")[2])
        versions[canonicalize_name(name)] = version

    def pinned(match: re.Match[str]) -> str:
        name = canonicalize_name(match["name"])
        if not re.match(r"(\[[^\]]*\])?\s*@\s", match["rest"]) or name not in versions:
            return match[0]
        hashes = "".join(f" \\\n    --hash={h}" for h in _HASH.findall(match["rest"]))
        return f"{match['name']}=={versions[name]}{hashes}"

    return _LOCKED.sub(pinned, requirements)


def _given_hashes(environment: Environment) -> dict[str, set[str]]:
    given = {}
    for package in environment.packages:
        if hashes := set(_HASH.findall(package)):
            try:
                given[str(canonicalize_name(Requirement(_HASH.sub("", package)).name))] = hashes
            except InvalidRequirement:
                continue  # a wheel taken in is named by its digest already
    return given


def _restricted(requirements: str, given: dict[str, set[str]]) -> str:
    """Where the author gave hashes, only distributions with one of them stay.

    Raises:
        PackagingError: none of a package's distributions has one.
    """

    def kept(match: re.Match[str]) -> str:
        name = canonicalize_name(match["name"])
        if name not in given:
            return match[0]
        both = [h for h in _HASH.findall(match["rest"]) if h in given[name]]
        if not both:
            raise PackagingError(
                f"No distribution of {name} on the package index has the hash that was given.",
                code=ErrorCode.PACKAGE_HASH_MISMATCH,
                hint="Pin the version that the hash belongs to, or correct the hash.",
            )
        bare = _HASH.sub("", match["rest"]).replace("\\\n", "").rstrip("\\ \n")
        return match["name"] + bare + "".join(f" \\\n    --hash={h}" for h in both)

    return _LOCKED.sub(kept, requirements)
