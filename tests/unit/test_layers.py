"""Who may import whom, read from the sources without running them (docs/control-plane.md)."""

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGES = Path(__file__).parents[2] / "packages"

# From the top down. A module may import from its own layer and from those below it.
LAYERS = (
    ("cli", "demo", "scaffolds", "testing", "__main__"),
    ("doctor",),
    (
        "workspace",
        "workspace_backup",
        "wiring",
        "workspace_config",
        "workspace_folder",
        "workspace_naming",
    ),
    ("backup",),
    ("gc",),
    ("services", "runs"),
    ("project",),
    ("targets",),
    ("spec",),
    ("images",),
    ("models", "environments"),
    ("operations", "notebook"),
    ("store",),
    ("arguments",),
    (
        "errors",
        "error_codes",
        "first_use",
        "hints",
        "spellings",
        "findings",
        "settings",
        "names",
        "markup",
    ),
)

# The worker runs in the user's environment: these are theirs. The worker asks for them where it
# cannot do without, never at its start; shims stand in for packages that need them anyway.
USERS_PACKAGES = {"numpy", "pandas", "joblib", "dateutil"}


class Import(NamedTuple):
    importer: str
    imported: str
    place: str
    nested: bool


def _modules(distribution: str, top: str) -> Iterator[tuple[str, Path]]:
    root = PACKAGES / distribution / "src"
    found = sorted((root / top).rglob("*.py"))
    assert found, f"there are no sources in {root / top}"
    for path in found:
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports_of(module: str, source: str, *, is_package: bool, place: str = "") -> list[Import]:
    """All imports of a module, also those within functions, with relative ones made absolute."""
    found = []
    tree = ast.parse(source)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    nested = {id(inner) for function in functions for inner in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")
            if node.level:
                package = package[: len(package) - node.level + is_package]
            base = ".".join([*package, node.module or ""] if node.level else [node.module or ""])
            # `from package import module` names a module as well.
            names = [f"{base.rstrip('.')}.{alias.name}" for alias in node.names]
        else:
            continue
        where = f"{place}:{node.lineno}"
        found += [Import(module, name, where, id(node) in nested) for name in names]
    return found


@functools.cache  # every test looks at the same sources
def _imports(distribution: str, top: str) -> list[Import]:
    return [
        each
        for module, path in _modules(distribution, top)
        for each in imports_of(
            module,
            path.read_text(),
            is_package=path.name == "__init__.py",
            place=str(path.relative_to(PACKAGES)),
        )
    ]


def _top(name: str) -> str:
    return name.partition(".")[0]


def _layer(module: str) -> int | None:
    """The layer of a module of brygga; None for the surface, which is `brygga` itself."""
    parts = module.split(".")
    for number, names in enumerate(LAYERS):
        if len(parts) > 1 and parts[1] in names:
            return number
    return None


def _explained(wrong: list[Import]) -> str:
    return "\n".join(f"{i.place}: {i.importer} imports {i.imported}" for i in wrong)


def test_relative_imports_are_understood() -> None:
    source = "from . import a\nfrom ..b import c\ndef f():\n    import d.e\n"
    expected = ["x.y.a", "x.b.c", "d.e"]
    assert [i.imported for i in imports_of("x.y.z", source, is_package=False)] == expected
    assert [i.imported for i in imports_of("x.y", source, is_package=True)] == expected


def test_every_part_of_brygga_has_a_layer() -> None:
    homeless = {m for m, _ in _modules("brygga", "brygga") if m != "brygga" and _layer(m) is None}
    assert not homeless, f"give these a layer in LAYERS and in docs/control-plane.md: {homeless}"


def test_nothing_reaches_up() -> None:
    wrong = []
    for each in _imports("brygga", "brygga"):
        ours, theirs = _layer(each.importer), _layer(each.imported)
        if ours is not None and theirs is not None and theirs < ours:
            wrong.append(each)
    assert not wrong, _explained(wrong)


def test_only_the_top_uses_the_surface() -> None:
    """Below it, `from brygga import Workspace` would be a way around the layers."""
    wrong = [
        each
        for each in _imports("brygga", "brygga")
        if each.imported.startswith("brygga.")
        and _layer(each.imported) is None
        and _layer(each.importer) not in (None, 0)
        and each.imported != "brygga.__version__"
    ]
    assert not wrong, _explained(wrong)


def test_only_the_composition_root_knows_the_targets() -> None:
    """Nor do they know each other: what two of them share is in `targets/local`."""
    wrong = [
        each
        for each in _imports("brygga", "brygga")
        if each.importer != "brygga.wiring"
        and _concrete_target(each.imported) not in (None, _concrete_target(each.importer))
    ]
    assert not wrong, _explained(wrong)


def _concrete_target(module: str) -> str | None:
    """The target a module is a part of; None where it is of none, or of what several share."""
    root = PACKAGES / "brygga" / "src" / "brygga" / "targets"
    kinds = {folder.name for folder in root.iterdir() if (folder / "target.py").exists()}
    assert kinds, f"there is no target in {root}"
    package, layer, part, *_ = (*module.split("."), "", "", "")
    return part if (package, layer) == ("brygga", "targets") and part in kinds else None


@pytest.mark.parametrize("name", ["sqlalchemy", "alembic", "psycopg"])
def test_only_the_store_knows_the_database(name: str) -> None:
    wrong = [
        each
        for each in _imports("brygga", "brygga")
        if _top(each.imported) == name and not each.importer.startswith("brygga.store.")
    ]
    assert not wrong, _explained(wrong)


def test_what_runs_in_services_and_what_deploys_them_do_not_meet() -> None:
    wrong = [i for i in _imports("brygga", "brygga") if _top(i.imported) == "brygga_server"]
    wrong += [i for i in _imports("server", "brygga_server") if _top(i.imported) == "brygga"]
    assert not wrong, _explained(wrong)


def test_the_worker_needs_nothing_but_the_standard_library() -> None:
    own = "brygga_server.worker"
    wrong = []
    for each in _imports("server", "brygga_server"):
        if not each.importer.startswith(own) or each.imported.startswith(own):
            continue
        is_shim = each.importer.startswith(f"{own}.shims.")
        allowed = {*sys.stdlib_module_names, "_brygga_worker"}
        if each.nested or is_shim:
            allowed |= USERS_PACKAGES
        if is_shim:
            allowed.add("azureml")  # is a shim itself, unless the user has the real one
        if _top(each.imported) not in allowed:
            wrong.append(each)
    assert not wrong, _explained(wrong)


def test_the_front_never_imports_user_code() -> None:
    """Of the worker it takes the codec and what describes it; nothing that could load a script."""
    ways = {"runpy", "imp", "importlib.machinery", "importlib.util", "importlib.import_module"}
    front = [
        each
        for each in _imports("server", "brygga_server")
        if not each.importer.startswith("brygga_server.worker")
    ]
    wrong = [i for i in front if i.imported in ways or _parent(i.imported) in ways]
    wrong += [i for i in front if i.imported.startswith("brygga_server.worker.script")]
    for module, path in _modules("server", "brygga_server"):
        if module.startswith("brygga_server.worker"):
            continue
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not calls & {"exec", "eval", "__import__", "compile"}, f"{path} runs code"
    assert not wrong, _explained(wrong)


def test_the_front_has_no_import_cycle() -> None:
    """Of a module that knows only what is below it, no other need be read to understand it.

    What is imported for types alone counts as well.
    """
    own = "brygga_server.front."
    modules = {m for m, _ in _modules("server", "brygga_server") if m.startswith(own)}
    knows: dict[str, set[str]] = {module: set() for module in modules}
    for each in _imports("server", "brygga_server"):
        if each.importer in modules:
            # A module, or a name in one.
            knows[each.importer] |= modules & {each.imported, _parent(each.imported)}
    cycles = _cycles(knows)
    assert not cycles, "\n".join(" -> ".join(cycle) for cycle in cycles)


def test_a_cycle_is_found() -> None:
    assert _cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c", "b"]]
    assert _cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def _cycles(knows: dict[str, set[str]]) -> list[list[str]]:
    """Ways from a module to itself, one for each that closes a cycle."""
    found: list[list[str]] = []
    done: set[str] = set()

    def follow(way: list[str]) -> None:
        for module in sorted(knows[way[-1]]):
            if module in way:
                found.append([*way[way.index(module) :], module])
            elif module not in done:
                follow([*way, module])
        done.add(way[-1])

    for module in sorted(knows):
        if module not in done:
            follow([module])
    return found


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


def test_the_facade_knows_only_brygga() -> None:
    allowed = sys.stdlib_module_names | {"azureml", "brygga"}
    # What comes with Brygga, or is the user's own: asked for where it is used, never at import.
    nested = {"yaml", "numpy", "pandas", "joblib", "matplotlib", "sklearn"}
    wrong = [
        each
        for each in _imports("azureml", "azureml")
        if _top(each.imported) not in allowed
        and not (each.nested and _top(each.imported) in nested)
    ]
    assert not wrong, _explained(wrong)
