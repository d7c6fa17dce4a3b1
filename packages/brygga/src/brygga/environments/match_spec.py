"""Conda's way to ask for a version, translated to that of the package index."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

_SPEC = re.compile(
    r"""(?:[\w./:-]+::)?                      # the channel
        (?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*)
        (?:\s*\[(?P<brackets>[^\]]*)\]|(?P<rest>[\s=<>!~].*))?""",
    re.VERBOSE | re.DOTALL,
)
_IN_BRACKETS = re.compile(r"""\bversion\s*=\s*['"]?([^'"\]]+)['"]?""")
_BUILD = re.compile(r"(?P<version>={1,2}[^=<>!~,|\s]+)(?:=|\s+)[^=<>!~,|\s]+")
_OPERATOR = re.compile(r"(===|==|!=|<=|>=|~=|<|>|=)?\s*(.+)")


@dataclass(frozen=True)
class MatchSpec:
    """A package by conda's name, and what was said of its version.

    Attributes:
        text: As it was written, and `where`.
        constraint: Of the version, in conda's words; builds and channels are left out.
    """

    name: str
    constraint: str
    text: str
    where: str

    @classmethod
    def parse(cls, text: str, where: str) -> MatchSpec:
        """Reads one line of a conda file's dependencies.

        Raises:
            InvalidInputError: it is none.
        """
        match = _SPEC.fullmatch(text.strip())
        if match is None:
            raise _unusable(where, text)
        constraint = match["rest"] or ""
        if match["brackets"] is not None:
            inside = _IN_BRACKETS.search(match["brackets"])
            constraint = inside[1] if inside else ""
        return cls(match["name"].lower(), constraint.strip(), text, where)

    @property
    def versions(self) -> SpecifierSet:
        """The versions that fit, in the words of PEP 440.

        Raises:
            InvalidInputError: they cannot be said in them.
        """
        try:
            return _translated(self.constraint)
        except InvalidSpecifier as error:
            raise _unusable(self.where, self.text) from error


def _translated(versions: str) -> SpecifierSet:
    if versions in ("", "*"):
        return SpecifierSet()
    if "|" in versions:
        raise InvalidSpecifier(versions)
    with_build = _BUILD.fullmatch(versions)
    if with_build:
        # A build pins its version, so that `=` means here what `==` means elsewhere.
        versions = "==" + with_build["version"].lstrip("=")
    elif not versions.startswith(("=", "<", ">", "!", "~")):
        versions = versions.split()[0] if " " in versions and "," not in versions else versions
    return SpecifierSet(",".join(_clause(part.strip()) for part in versions.split(",")))


def _clause(part: str) -> str:
    match = _OPERATOR.fullmatch(part)
    if match is None:
        raise InvalidSpecifier(part)
    operator, version = match[1] or "==", match[2].strip()
    if version == "*":
        return ">=0"
    if operator == "=":
        operator, version = "==", f"{version.removesuffix('*').rstrip('.')}.*"
    elif version.endswith("*"):
        version = f"{version.removesuffix('*').rstrip('.')}.*"
        if operator not in ("==", "!="):
            # `>=1.2.*` means `>=1.2` to conda.
            version = version.removesuffix(".*")
    return f"{operator}{version}"


def _unusable(where: str, text: str) -> InvalidInputError:
    return InvalidInputError(
        f"{where}: {text!r} cannot be translated to a package of the index.",
        code=ErrorCode.REQUIREMENT_INVALID,
        hint="Write it as name, name=1.2, name==1.2.3 or name>=1.2,<2.",
    )
