"""A row of the table of support."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of a member."""

    REFUSED = "refused"  # raises UserErrorException with the row's text
    WARNED = "warned"  # works, with one line on the logger `azureml`
    DIFFERENT = "different"  # works, in a way that one has to know


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        member: `Class.member`, or `Class.member(parameter)`.
        text: Why, and what to do instead: sentences for the person who meets it.
    """

    member: str
    verdict: Verdict
    text: str


def rows(verdict: Verdict, text: str, *members: str) -> Iterator[Row]:
    return (Row(member, verdict, text) for member in members)


def parameters(verdict: Verdict, text: str, member: str, *names: str) -> Iterator[Row]:
    return (Row(f"{member}({name})", verdict, text) for name in names)
