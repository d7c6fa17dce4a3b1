"""Counts of all replicas as one page for Prometheus, which do not go back when a replica does.

A replica counts from zero when it starts again, and its counts are gone when another takes its
place. To Prometheus a sum that falls is a restart of everything: it would take what is left of the
sum for new. So the last counts of whatever has ended are kept, and go on being added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from brygga_server.files import write_json

_SUMMED = frozenset(("counter", "histogram"))
_PARTS = ("", "_bucket", "_sum", "_count")
_BOUND = re.compile(r'[{,]le="([^"]*)"')

Counts = dict[str, float]
"""Values by sample: a name with its labels, as the page has it."""


@dataclass
class Family:
    """Samples of one kind, in the order of the page.

    Attributes:
        head: Its lines of HELP and TYPE.
    """

    name: str
    kind: str = "untyped"
    head: list[str] = field(default_factory=list)
    samples: Counts = field(default_factory=dict)


Page = dict[str, Family]


def read_page(text: str) -> Page:
    """Reads the text format of Prometheus, as far as the front writes it.

    Raises:
        ValueError: it is something else.
    """
    page: Page = {}
    family = Family("")
    for line in text.splitlines():
        if line.startswith("#"):
            _, word, name, *rest = line.split(" ", 3)
            if family.name != name:
                family = page.setdefault(name, Family(name))
            if word == "TYPE":
                family.kind = rest[0]
            family.head.append(line)
        elif line:
            sample, _, value = line.rpartition(" ")
            if not family.name or not sample:
                raise ValueError(f"{line!r} is no sample of a metric.")
            family.samples[sample] = float(value)
    return page


class Totals:
    """The counts of a service, over all its replicas that there ever were.

    They are in a file, so that the next gateway goes on with them.
    """

    def __init__(self, file: Path) -> None:
        """Reads the file where there is one."""
        self._file = file
        self._ended: Counts = {}
        self._seen: dict[str, Counts] = {}
        with suppress(OSError, ValueError, TypeError, KeyError):
            data = json.loads(file.read_bytes())
            if data["version"] == 1:
                self._ended, self._seen = dict(data["ended"]), dict(data["seen"])

    def add(self, pages: Mapping[str, Page], living: frozenset[str]) -> None:
        """Takes in what replicas say.

        Args:
            pages: By the life of a replica: another one each time that it starts.
            living: The lives that have not ended, also of those that say nothing now.
        """
        for life, page in pages.items():
            self._seen[life] = {
                sample: value
                for family in page.values()
                if family.kind in _SUMMED
                for sample, value in family.samples.items()
            }
        for life in [life for life in self._seen if life not in living]:
            for sample, value in self._seen.pop(life).items():
                self._ended[sample] = self._ended.get(sample, 0.0) + value
        self._write()

    def render(self, pages: Mapping[str, Page], own: Mapping[str, float]) -> bytes:
        """One page: counts summed, all else with the label `replica`.

        Args:
            pages: By the name of the replica.
            own: What the gateway adds of itself.
        """
        lines: list[str] = []
        shapes: Page = {}
        for page in pages.values():
            for name, family in page.items():
                shape = shapes.setdefault(name, Family(name, family.kind, family.head))
                shape.samples |= family.samples
        sums = self._sums()
        for name, shape in shapes.items():
            lines += shape.head
            if shape.kind in _SUMMED:
                lines += (f"{sample} {sums[sample]!r}" for sample in _samples(shape, sums))
                continue
            for replica, page in pages.items():
                samples = page[name].samples if name in page else {}
                lines += (f"{_labelled(s, replica)} {v!r}" for s, v in samples.items())
        for name, value in own.items():
            text = name.removeprefix("brygga_").replace("_", " ")
            lines += (f"# HELP {name} {text}.", f"# TYPE {name} gauge", f"{name} {value!r}")
        return ("\n".join(lines) + "\n").encode()

    def _sums(self) -> Counts:
        sums: Counts = {}
        for source in (self._ended, *self._seen.values()):
            for sample, value in source.items():
                sums[sample] = sums.get(sample, 0.0) + value
        return sums

    def _write(self) -> None:
        content = {"version": 1, "ended": self._ended, "seen": self._seen}
        with suppress(OSError):  # a full disk costs no answer
            write_json(self._file, content, durable=False)


def _samples(shape: Family, sums: Counts) -> Iterator[str]:
    """What is known of a family: in the order of a page, then what only others have said."""
    yield from shape.samples
    names = {shape.name + part for part in _PARTS}
    bounds = {_bound(sample) for sample in shape.samples} | {""}
    for sample in sums:
        # A bound that only an older release had would stand among those of this one.
        if (
            sample.partition("{")[0] in names
            and sample not in shape.samples
            and _bound(sample) in bounds
        ):
            yield sample


def _bound(sample: str) -> str:
    """Of a bucket; empty for what is none."""
    found = _BOUND.search(sample)
    return found[1] if found else ""


def _labelled(sample: str, replica: str) -> str:
    if sample.endswith("}"):
        return f'{sample[:-1]},replica="{replica}"}}'
    return f'{sample}{{replica="{replica}"}}'
