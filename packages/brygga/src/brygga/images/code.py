"""The user's code: which files go with an entry script, and whether it can be served at all."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from brygga.environments.imports import reached_by
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, ScriptError
from brygga.findings import Cause, Diagnosis
from brygga.names import has_control_characters

LEFT_OUT = frozenset(
    {
        "__pycache__",
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        ".tox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".ipynb_checkpoints",
        ".azureml",
        "node_modules",
    }
)
"""Folders that are never part of a service."""


@dataclass(frozen=True)
class Code:
    """The files of a service's code.

    Attributes:
        entry_script: Relative to the app root.
        source_directory: The folder below the app root that holds the code, or None.
        files: Place below the app root, and where the file is now.
    """

    entry_script: str
    source_directory: str | None
    files: tuple[tuple[str, Path], ...]


def collect_code(
    entry_script: str | Path,
    source_directory: str | Path | None = None,
    *,
    dependencies: Sequence[str | Path] = (),
    folder: Path = Path(),
    modules: Sequence[str] = (),
) -> Code:
    """Finds the files that go with an entry script.

    Without a source directory that is the script and the modules beside it that it imports, of a
    package all files; with one, all of it, under the folder's own name, as Azure ML SDK v1 ships
    it.

    Args:
        entry_script: Relative to `source_directory` where there is one.
        dependencies: More files and folders; each keeps its relative path below the app root, one
            that is absolute or leads out of the working folder only its own name.
        folder: Where relative paths start.
        modules: What the script will import beside what it names.

    Raises:
        ScriptError: the script is missing, cannot be read, or cannot be served.
        InvalidInputError: the source directory cannot be used.
    """
    if source_directory is None:
        script = folder / entry_script
        check_script(script)
        named = tuple(_beside(dependencies, folder))
        given = {place for place, _ in named}
        own = ((p, f) for p, f in _imported(script, modules) if p not in given)
        return Code(script.name, None, ((script.name, script), *own, *named))
    source = (folder / source_directory).resolve()
    if not source.is_dir():
        raise InvalidInputError(
            f"The source directory {str(source_directory)!r} is not a folder.",
            code=ErrorCode.SOURCE_DIRECTORY_INVALID,
            hint="Give the folder that holds the entry script.",
        )
    script = source / entry_script
    if not script.resolve().is_relative_to(source):
        raise InvalidInputError(
            f"The entry script {str(entry_script)!r} lies outside the source directory {source}.",
            code=ErrorCode.SCRIPT_OUTSIDE_SOURCE,
            hint="Give its path relative to the source directory.",
        )
    check_script(script)
    name = source.name or "source"
    files = tuple((f"{name}/{place}", path) for place, path in sorted(_walk(source)))
    entry = f"{name}/{PurePosixPath(os.path.normpath(entry_script))}"
    return Code(entry, name, (*files, *_beside(dependencies, folder)))


def _imported(script: Path, modules: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """The script's own modules beside it; what it imports of a package may read its files."""
    beside = script.absolute().parent
    own = reached_by(script.absolute(), modules=modules).own[1:]
    tops = {path.relative_to(beside).parts[0] for path in own}
    for top in sorted(tops):
        path = beside / top
        if (path / "__init__.py").is_file():
            yield from ((f"{top}/{inner}", file) for inner, file in sorted(_walk(path.resolve())))
        elif path.is_file():
            yield top, path
        else:
            below = (each for each in own if each.is_relative_to(path))
            yield from ((str(each.relative_to(beside)), each) for each in sorted(below))


def _beside(dependencies: Sequence[str | Path], folder: Path) -> Iterator[tuple[str, Path]]:
    for given in dependencies:
        path = folder / given
        place = PurePosixPath(os.path.normpath(given))
        if place.is_absolute() or ".." in place.parts:
            place = PurePosixPath(path.resolve().name)
        if path.is_dir():
            yield from ((f"{place}/{inner}", file) for inner, file in sorted(_walk(path.resolve())))
        elif path.is_file():
            yield str(place), path
        else:
            raise InvalidInputError(
                f"The dependency {str(given)!r} is not there.",
                code=ErrorCode.FILE_NOT_FOUND,
                hint=f"Relative paths start at {folder.absolute()}.",
            )


def check_script(script: Path) -> None:
    """Refuses what the worker would refuse anyway, before anything is built.

    Only what can be seen without running it: that it is there, parses, and binds `init` and a `run`
    that can be called with one named argument.

    Raises:
        ScriptError: with file, line and column.
    """
    tree = _parse(script)
    bound: dict[str, ast.AST] = {}
    for node in _module_level(tree):
        if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
            return
        for name in _bindings(node):
            bound[name] = node
    for name in ("init", "run"):
        if name not in bound and "driver_module" not in bound:
            raise _script_error(Cause.SCRIPT_CONTRACT, f"{script.name} has no {name}().", script)
    run = bound.get("run")
    if isinstance(run, ast.FunctionDef | ast.AsyncFunctionDef):
        _check_run(run, script)


def _parse(script: Path) -> ast.Module:
    if not script.is_file():
        message = f"The entry script {str(script)!r} does not exist."
        raise ScriptError(Diagnosis(Cause.SCRIPT_MISSING, message))
    if script.suffix != ".py":
        message = f"The entry script {script.name!r} is not a Python file."
        raise ScriptError(Diagnosis(Cause.SCRIPT_MISSING, message))
    try:
        return ast.parse(script.read_bytes(), filename=str(script))
    except OSError as error:
        message = f"The entry script cannot be read: {error.strerror}."
        raise ScriptError(Diagnosis(Cause.SCRIPT_MISSING, message, file=str(script))) from error
    except (SyntaxError, ValueError) as error:
        line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
        message = f"SyntaxError: {getattr(error, 'msg', error)}"
        raise ScriptError(
            Diagnosis(Cause.SCRIPT_SYNTAX, message, str(script), line, column)
        ) from error


def _check_run(run: ast.FunctionDef | ast.AsyncFunctionDef, script: Path) -> None:
    arguments = run.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        message = "run() must name its arguments: *args, **kwargs and / are not allowed."
        raise _script_error(Cause.SCRIPT_CONTRACT, message, script, run)
    if not [a for a in arguments.args + arguments.kwonlyargs if a.arg != "request_headers"]:
        raise _script_error(Cause.SCRIPT_CONTRACT, "run() takes no input argument.", script, run)


def _script_error(
    cause: Cause, message: str, script: Path, node: ast.stmt | None = None
) -> ScriptError:
    line, column = (node.lineno, node.col_offset + 1) if node else (None, None)
    return ScriptError(Diagnosis(cause, message, str(script), line, column))


def _module_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run on import, those inside `if`, `try` and `with` too."""
    stack: list[ast.AST] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt):
            yield node
        elif not isinstance(node, ast.ExceptHandler | ast.match_case):
            continue
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            stack += reversed(list(ast.iter_child_nodes(node)))


def _bindings(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def _check_name(path: Path) -> None:
    try:
        path.name.encode()
    except UnicodeEncodeError:
        bad = "is not UTF-8"
    else:
        if not has_control_characters(path.name):
            return
        bad = "has a control character"
    raise InvalidInputError(
        f"The file name {path.name!r} in {str(path.parent)!r} {bad}.",
        code=ErrorCode.FILE_NAME_INVALID,
        hint="Rename it.",
    )


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in files:
            path = Path(parent) / name
            _check_name(path)
            if name.endswith((".pyc", ".pyo")):
                continue
            if not path.resolve().is_relative_to(folder):
                raise InvalidInputError(
                    f"{path} is a link that leaves the source directory.",
                    code=ErrorCode.LINK_OUTSIDE,
                    hint="Copy the file into the source directory.",
                )
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path
