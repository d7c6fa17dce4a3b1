"""Facts about SDK v1 that lie beside the repository: names, signatures, and what people import.

`python tests/support/v1_contract.py` writes the tables that the repository keeps of them. Nothing
but that, and the tests that skip without, needs the folder.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT.parent / "shared" / "contract"
NAMES = ROOT / "packages/azureml/src/azureml/_support/v1_names.tsv"

_CORE = "azureml-core-1.61-signatures.txt"
_AROUND = "azureml-train-1.62-signatures.txt"
_HEAD = """\
# Names of Azure ML SDK v1: modules with what people import from them, and, after a dot, classes
# with their members. Facts, written by tests/support/v1_contract.py.
"""
_DOCUMENTED = (
    "azureml.contrib", "azureml.core.databricks", "azureml.core.linked_service",
    "azureml.core.private_endpoint", "azureml.core.script_run", "azureml.core.util",
    "azureml.core.webservice.batch", "azureml.data.abstract_dataset",
    "azureml.data.abstract_datastore", "azureml.data.azure_data_lake_datastore",
    "azureml.data.azure_my_sql_datastore", "azureml.data.azure_postgre_sql_datastore",
    "azureml.data.azure_sql_database_datastore", "azureml.data.constants",
    "azureml.data.context_managers", "azureml.data.dataset_action_run",
    "azureml.data.dataset_definition", "azureml.data.dataset_profile",
    "azureml.data.dataset_profile_run", "azureml.data.dataset_snapshot",
    "azureml.data.dbfs_datastore", "azureml.data.hdfs_datastore", "azureml.dataprep.api",
    "azureml.history", "azureml.logging", "azureml.studio", "azureml.training",
)  # fmt: skip
"""Modules that the vendor's reference lists, beside those that signatures and imports show."""
_DOCUMENTED_NAMES = {
    "azureml.core.runconfig": (
        "EggLibrary", "MavenLibrary", "ParallelTaskConfiguration", "PyPiLibrary", "RCranLibrary",
    ),
    "azureml.pipeline.core": ("ModuleVersion",),
}  # fmt: skip


@dataclass(frozen=True)
class Import:
    """A name that public code imports.

    Attributes:
        name: None for the module itself, `*` for all of it.
        uses: In how many files.
    """

    module: str
    name: str | None
    uses: int

    @property
    def spelling(self) -> str:
        """As the contract writes it."""
        return self.module if self.name is None else f"{self.module}:{self.name}"


def imports() -> Iterator[Import]:
    """What one public collection imports, over its whole history."""
    for line in (CONTRACT / "imports.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            spelling, uses = line.split("\t")
            module, _, name = spelling.partition(":")
            yield Import(module, name or None, int(uses))


@dataclass(frozen=True)
class Class:
    """A class, or a function where it has no members."""

    module: str
    name: str
    members: tuple[str, ...]


def classes() -> Iterator[Class]:
    """What the lists of signatures name, by the module that people import it from."""
    for file, root in ((_CORE, "azureml/core/"), (_AROUND, "")):
        for part in (CONTRACT / file).read_text(encoding="utf-8").split("\n### ")[1:]:
            head, *lines = part.splitlines()
            found = re.fullmatch(r"(class|def) (\w+)\(.*\)  \[(.*)\.py\]", head)
            assert found, head
            kind, name, path = found.groups()
            places = [p for p in f"{root}{path}".split("/") if not p.startswith("_")]
            members = filter(None, map(_member, lines)) if kind == "class" else ()
            yield Class(".".join(places), name, tuple(members))


def _member(line: str) -> str | None:
    """`  @staticmethod name(...)`, `   name(...)` or `  attr name = ...`."""
    found = re.match(r"\s+(?:@\S+ |attr )?(\w+)", line)
    name = found.group(1) if found else ""
    return None if name.startswith("_") else name or None


def names() -> str:
    """The table that the facade carries."""
    modules: dict[str, set[str]] = {module: set() for module in _DOCUMENTED}
    members: dict[str, set[str]] = {}
    for each in imports():
        modules.setdefault(each.module, set()).update({each.name or "*"} - {"*"})
    for of in classes():
        if not of.name.startswith("_"):
            modules.setdefault(of.module, set()).add(of.name)
            members.setdefault(of.name, set()).update(of.members)
    for module, documented in _DOCUMENTED_NAMES.items():
        modules[module].update(documented)
    for module in list(modules):
        for parent in _parents(module):
            modules.setdefault(parent, set())
    rows = [f"{m}\t{' '.join(sorted(found))}" for m, found in sorted(modules.items())]
    rows += [f".{name}\t{' '.join(sorted(m))}" for name, m in sorted(members.items()) if m]
    return _HEAD + "".join(f"{row}\n" for row in rows)


def _parents(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


if __name__ == "__main__":
    NAMES.write_text(names(), encoding="utf-8")
