"""Which modules a script needs: the imports of the script and of those of its own it reaches."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from brygga.environments.import_names import NOT_OF_THE_LIBRARY_ANYMORE, PROVIDED_IMPORTS
from brygga.errors import ScriptError
from brygga.findings import Cause, Diagnosis

_STANDARD = sys.stdlib_module_names | NOT_OF_THE_LIBRARY_ANYMORE
_MISSING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True)
class Import:
    """An import of something that has to be installed.

    Attributes:
        module: Dotted; the last part may be something inside the module.
        file: Where it stands, and its `line`.
        optional: The script does without where it is missing.
    """

    module: str
    file: Path
    line: int
    optional: bool

    @property
    def top(self) -> str:
        """The first part of its name."""
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Reached:
    """What running a script imports.

    Attributes:
        imports: What has to be installed.
        own: The files of its own, itself the first.
    """

    imports: tuple[Import, ...]
    own: tuple[Path, ...]


def reached_by(
    script: Path, source_directory: Path | None = None, *, modules: Iterable[str] = ()
) -> Reached:
    """Reads a script and the modules of its own that it reaches; nothing is executed.

    Args:
        source_directory: Its modules are the script's own, as are those beside the script.
        modules: More modules that will be imported; those among them that are not its own are
            passed over.

    Raises:
        ScriptError: a file that is missing, cannot be read, or is not Python.
    """
    roots = [script.parent, *([source_directory] if source_directory else [])]
    more = [path for module in modules for path in _own_files(module, roots)]
    seen = dict.fromkeys([script, *more])
    waiting, found = list(seen), list[Import]()
    while waiting:
        file = waiting.pop()
        for module, node, optional in _Finder(file, roots).imports():
            own = _own_files(module, roots)
            waiting += [path for path in own if path not in seen]
            seen |= dict.fromkeys(own)
            top = module.partition(".")[0]
            if own or top in _STANDARD or top in PROVIDED_IMPORTS or top.startswith("brygga_"):
                continue
            found.append(Import(module, file, node.lineno, optional))
    return Reached(tuple(found), tuple(seen))


class _Finder(ast.NodeVisitor):
    """The imports of one file with relative names made absolute."""

    def __init__(self, file: Path, roots: list[Path]) -> None:
        self._file = file
        self._package = _package_of(file, roots)
        self._tree = _parsed(file)
        self._optional = 0
        self._found: list[tuple[str, ast.stmt | ast.expr, bool]] = []

    def imports(self) -> Iterator[tuple[str, ast.stmt | ast.expr, bool]]:
        try:
            self.visit(self._tree)
        except RecursionError:
            raise _not_python(self._file, "it is nested too deeply") from None
        yield from self._found

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            above = self._package[: len(self._package) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        for alias in node.names:
            name = base if alias.name == "*" else f"{base}.{alias.name}".strip(".")
            if name:
                self._add(name, node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else None
        called = node.func.id if isinstance(node.func, ast.Name) else called
        if called in ("import_module", "__import__") and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                name = first.value
                if all(part.isidentifier() for part in name.split(".")):
                    self._add(name, node)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        test = node.test.attr if isinstance(node.test, ast.Attribute) else None
        test = node.test.id if isinstance(node.test, ast.Name) else test
        for child in node.orelse if test == "TYPE_CHECKING" else ast.iter_child_nodes(node):
            self.visit(child)

    def visit_Try(self, node: ast.Try) -> None:
        does_without = any(_catches_missing(handler) for handler in node.handlers)
        self._optional += does_without
        for child in (*node.body, *node.handlers):
            self.visit(child)
        self._optional -= does_without
        for child in (*node.orelse, *node.finalbody):
            self.visit(child)

    def _add(self, module: str, node: ast.stmt | ast.expr) -> None:
        self._found.append((module, node, self._optional > 0))
        if module.startswith("sklearn.externals.joblib"):
            # It was scikit-learn's own copy; the server's stand-in takes the real one.
            self._found.append(("joblib", node, self._optional > 0))


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in _MISSING for name in names)


def _package_of(file: Path, roots: list[Path]) -> list[str]:
    for root in sorted(roots, key=lambda r: len(r.parts), reverse=True):
        if file.is_relative_to(root):
            return list(file.relative_to(root).parent.parts)
    return []


def _own_files(module: str, roots: list[Path]) -> list[Path]:
    """The files below the roots that importing a dotted name would run."""
    for root in roots:
        folder, files = root, list[Path]()
        for part in module.split("."):
            package = folder / part / "__init__.py"
            if package.is_file():
                files.append(package)
            elif (folder / f"{part}.py").is_file():
                files.append(folder / f"{part}.py")
                break
            elif not any((folder / part).glob("*.py")):
                break
            folder = folder / part
        if files:
            return files
    return []


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_bytes(), filename=str(file))
    except FileNotFoundError as error:
        diagnosis = Diagnosis(Cause.SCRIPT_MISSING, f"The script {file} does not exist.")
        raise ScriptError(diagnosis) from error
    except OSError as error:
        diagnosis = Diagnosis(
            Cause.SCRIPT_MISSING, f"The script {file} cannot be read: {error.strerror}."
        )
        raise ScriptError(diagnosis) from error
    except SyntaxError as error:
        raise _not_python(file, f"SyntaxError: {error.msg}", error) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise _not_python(file, str(error)) from error


def _not_python(file: Path, reason: str, error: SyntaxError | None = None) -> ScriptError:
    return ScriptError(
        Diagnosis(
            Cause.SCRIPT_SYNTAX,
            reason,
            file=str(file),
            line=error.lineno if error else None,
            column=error.offset if error else None,
        )
    )
