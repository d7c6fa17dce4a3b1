"""From what uv says of a failure to the error a person can act on."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterable, Sequence

from brygga.environments.import_names import IMPORT_TO_PYPI
from brygga.environments.known_packages import KNOWN_PACKAGES
from brygga.error_codes import ErrorCode
from brygga.errors import (
    PackageIndexError,
    PackageNotFoundError,
    PackagingError,
    ResolutionError,
)
from brygga.hints import Action, Hint, Verb

_ABSENT = re.compile(
    r"(?:because|and)\s+([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s+was\s+not\s+found\s+in\s+the",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(401 unauthorized|403 forbidden)\b|valid authentication credentials", re.IGNORECASE
)
_UNREACHABLE = re.compile(
    r"failed to fetch|error sending request|client error \(connect\)|dns error|request failed after"
    r"|operation timed out|invalid peer certificate|network connectivity is disabled",
    re.IGNORECASE,
)
_PREFIX = re.compile("^\\s*(error:|cause:|\u00d7|\u2570\u2500\u25b6|\u251c\u2500\u25b6|\u2502)\\s?")
_CERTIFICATE = re.compile(r"invalid peer certificate|certificate verify failed", re.IGNORECASE)
_TRY = re.compile(r"\s*\((?:try: )?`-[^)]*\)")
_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_HASH = re.compile(r"hash mismatch", re.IGNORECASE)


def explain(complaint: str, direct: Sequence[str], installed: Iterable[str] = ()) -> PackagingError:
    """The error for a failed run.

    Args:
        complaint: What uv wrote.
        direct: Names of the packages that were asked for.
        installed: Names that are known to be right, to compare a wrong one with.
    """
    text = cleaned(complaint)
    if _REFUSED.search(text):
        return PackageIndexError(
            f"The package index refuses to answer:\n{text}",
            code=ErrorCode.PACKAGE_INDEX_REFUSES,
            hint="Give its credentials in the address, as ${NAME} of an environment variable, "
            "or in ~/.netrc.",
        )
    absent = {name.lower() for name in _ABSENT.findall(text)}
    for name in direct:
        if name.lower() in absent:
            return PackageNotFoundError(name, near_names(name, installed))
    if "No solution found" in text:
        explanation, _, hint = text.partition("\nhint:")
        _, _, reason = explanation.partition("\n")
        told = _plain(hint) or "Ask for other versions of what it names, or for none in particular."
        return ResolutionError(reason.strip() or explanation, hint=told)
    return _not_installed(text)


def _plain(hint: str) -> str:
    """Uv's hint without the option of uv that it names."""
    return " ".join(_TRY.sub("", hint).split())


def _not_installed(text: str) -> PackagingError:
    if _CERTIFICATE.search(text):
        return PackageIndexError(
            f"The certificate of the package index is not trusted here:\n{text}",
            code=ErrorCode.PACKAGE_INDEX_UNTRUSTED,
            hint="Set SSL_CERT_FILE to the file with the certificates of your own authority "
            "(or pip's `cert`).",
        )
    if _UNREACHABLE.search(text):
        return PackageIndexError(
            f"The package index cannot be reached:\n{text}",
            code=ErrorCode.PACKAGE_INDEX_UNREACHABLE,
            hint="Look at the network and at the address of the index "
            "(--index-url in the file, UV_DEFAULT_INDEX, or pip's configuration).",
        )
    if _FULL.search(text):
        return PackagingError(
            f"There is no room for the packages:\n{text}",
            code=ErrorCode.DISK_FULL,
            hint="Make room, or move BRYGGA_HOME and UV_CACHE_DIR to a larger disk.",
        )
    if _HASH.search(text):
        return PackagingError(
            f"A package is not the one that was locked:\n{text}",
            code=ErrorCode.PACKAGE_HASH_MISMATCH,
            hint=Hint.of(
                "Lock the environment anew, if you trust the index: {}.", Action(Verb.LOCK)
            ),
        )
    return PackagingError(
        f"The packages cannot be installed:\n{text}",
        code=ErrorCode.PACKAGES_NOT_INSTALLED,
        hint="The lines above are uv's own.",
    )


def cleaned(complaint: str) -> str:
    """The resolver's words without the marks it draws for terminals."""
    lines = [line for line in complaint.splitlines() if not line.startswith("warning:")]
    blocks: list[list[str]] = []
    for line in lines:
        if not blocks or _PREFIX.match(line) or not line.startswith(" "):
            blocks.append([_PREFIX.sub("", line).strip()])
        else:
            blocks[-1].append(line)
    return "\n".join(
        "\n".join([first, textwrap.dedent("\n".join(rest))] if rest else [first])
        for first, *rest in blocks
    ).strip()


def near_names(name: str, installed: Iterable[str] = ()) -> list[str]:
    """Names of packages that are written almost like this one."""
    imported = {known.lower(): package for known, package in IMPORT_TO_PYPI.items()}
    if name.lower() in imported:
        return [imported[name.lower()]]
    known = {known.lower(): known for known in (*KNOWN_PACKAGES, *installed)}
    known.pop(name.lower(), None)
    return [
        known[near] for near in difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.75)
    ]
