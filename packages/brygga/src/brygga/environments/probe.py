"""What an interpreter is, and which distributions it holds the modules of.

The text of this file is run by other interpreters, from CPython 3.8 on: the standard library only.
"""

from __future__ import annotations

import csv
import json
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit


def interpreter() -> dict[str, str]:
    """Its version, the build its extension modules are for, and where its packages would run."""
    return {
        "version": "%d.%d.%d" % sys.version_info[:3],  # noqa: UP031
        "build": f"{sys.implementation.name}-{sysconfig.get_config_var('SOABI')}",
        "platform": sysconfig.get_platform(),
        "executable": sys.executable,
    }


def installed() -> dict[str, str]:
    """Names of the distributions and their versions."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and distribution.version:
            found.setdefault(name, distribution.version)
    return found


def owners(modules: list[str]) -> dict[str, list[dict[str, str]]]:
    """For each dotted name of an import, the distributions it comes from; none where unknown.

    Several distributions may share a first name, as those below `google` do: then the ones that
    hold the longest part of the name.
    """
    tops: dict[str, list[metadata.Distribution]] = {}
    for distribution in metadata.distributions() if modules else ():
        for top in _top_levels(distribution):
            tops.setdefault(top, []).append(distribution)
    found = {}
    for module in modules:
        candidates = tops.get(module.partition(".")[0], [])
        if len({_name(d) for d in candidates}) > 1:
            candidates = _holding(module, candidates)
        unique = {_name(d): d for d in reversed(candidates)}
        found[module] = [_described(d) for _, d in sorted(unique.items())]
    return found


def _name(distribution: metadata.Distribution) -> str:
    return str(distribution.metadata["Name"] or "")


def _top_levels(distribution: metadata.Distribution) -> set[str]:
    written = set((distribution.read_text("top_level.txt") or "").split())
    held = {_module(path.partition("/")[0]) for path in _paths(distribution) if _is_code(path)}
    folder = _folder(distribution)
    if folder is not None:
        # Installed in place: its files are where they were written, not where it is installed.
        for root in (folder, folder / "src"):
            held |= {p.parent.name for p in root.glob("*/__init__.py")}
            held |= {p.stem for p in root.glob("*.py")} - {"setup", "conftest", "noxfile"}
    return {top for top in written | held if top.isidentifier()}


def _paths(distribution: metadata.Distribution) -> list[str]:
    """Its files, not through `files`, which makes a path object of each in ten times the time."""
    record = distribution.read_text("RECORD")
    if record is None:
        return [str(file) for file in distribution.files or []]
    return [row[0] for row in csv.reader(record.splitlines()) if row]


def _module(part: str) -> str:
    return part.split(".", 1)[0]


def _is_code(name: str) -> bool:
    return name.endswith((".py", ".so", ".pyd"))


def _holding(module: str, candidates: list[metadata.Distribution]) -> list[metadata.Distribution]:
    files = [(set(_paths(d)), d) for d in candidates]
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        place = "/".join(parts[:length])
        wanted = (f"{place}.py", f"{place}/__init__.py")
        holding = [d for names, d in files if any(w in names for w in wanted)]
        holding = holding or [d for names, d in files if any(_extends(n, place) for n in names)]
        if holding:
            return holding
    return candidates


def _extends(name: str, place: str) -> bool:
    return name.startswith(f"{place}.") and name.endswith((".so", ".pyd"))


def _folder(distribution: metadata.Distribution) -> Path | None:
    """The source folder of a distribution that is installed from one."""
    text = distribution.read_text("direct_url.json")
    if not text:
        return None
    url = json.loads(text)
    if "dir_info" not in url or not str(url.get("url", "")).startswith("file:"):
        return None
    return Path(unquote(urlsplit(url["url"]).path))


def _described(distribution: metadata.Distribution) -> dict[str, str]:
    folder = _folder(distribution)
    return {
        "name": _name(distribution),
        "version": distribution.version,
        "folder": "" if folder is None else str(folder),
    }


if __name__ == "__main__":
    answer: dict[str, object] = {"interpreter": interpreter()}
    if sys.argv[1:] == ["installed"]:
        answer["installed"] = installed()
    elif sys.argv[1:2] == ["owners"]:
        answer["owners"] = owners(sys.argv[2:])
    print(json.dumps(answer))  # noqa: T201
