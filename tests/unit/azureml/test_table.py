"""The table of support and the sources say the same."""

import ast
import contextlib
import importlib
import inspect
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import azureml
from azureml._support import page
from azureml._support.gate import checked, refused
from azureml._support.table import PARAMETERS, REFUSED, TABLE, Verdict
from azureml.exceptions import UserErrorException

SOURCES = Path(str(azureml.__file__)).parent
DOCS = Path(__file__).parents[3] / "docs"


def _decorated(decorator: str) -> Iterator[str]:
    for path in SOURCES.rglob("*.py"):
        for owner in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(owner, ast.ClassDef):
                continue
            for node in owner.body:
                if isinstance(node, ast.FunctionDef) and decorator in {
                    d.id for d in node.decorator_list if isinstance(d, ast.Name)
                }:
                    yield owner.name if node.name == "__init__" else f"{owner.name}.{node.name}"


def _owner(name: str) -> Any:
    for path in SOURCES.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if f"class {name}(" in text or f"class {name}:" in text:
            parts = path.relative_to(SOURCES.parent).with_suffix("").parts
            module = importlib.import_module(".".join(p for p in parts if p != "__init__"))
            return getattr(module, name)
    raise AssertionError(f"there is no class {name}")


def test_what_is_refused_in_the_table_is_refused_in_the_sources() -> None:
    assert set(_decorated("refused")) == set(REFUSED)


def test_what_is_checked_in_the_table_is_checked_in_the_sources() -> None:
    assert set(_decorated("checked")) == set(PARAMETERS)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.member)
def test_a_row_names_what_there_is(row: Any) -> None:
    member, _, parameter = row.member.partition("(")
    name, _, attribute = member.partition(".")
    found = _owner(name)
    if attribute:
        found = getattr(found, attribute)
    if parameter:
        taken = inspect.signature(found).parameters
        by_keyword = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values())
        assert parameter.removesuffix(")") in taken or by_keyword
    assert row.text.endswith(".")


def test_no_member_has_two_rows() -> None:
    members = [row.member for row in TABLE]
    assert len(members) == len(set(members))


def test_the_page_is_what_the_table_says() -> None:
    written = (DOCS / "azureml-support.md").read_text(encoding="utf-8")
    assert written == page.markdown(), "write it anew with: make docs"


@pytest.mark.parametrize("member", REFUSED)
def test_a_refused_member_says_why_when_it_is_called(member: str) -> None:
    with pytest.raises(UserErrorException, match=f"{re.escape(member)} is not supported by Brygga"):
        _use(member)


def _use(member: str) -> None:
    """Makes an object of a class, reads a property, or calls a method."""
    name, _, attribute = member.partition(".")
    owner = _owner(name)
    if not attribute:
        owner(*_required(owner.__init__)[1:])
        return
    found = getattr(object.__new__(owner), attribute)
    if callable(found):
        found(*_required(found))


def _required(function: Any) -> list[None]:
    """As many arguments as it cannot do without."""
    taken = inspect.signature(function).parameters.values()
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [None for each in taken if each.default is each.empty and each.kind in named]


def test_a_parameter_is_warned_about_once_it_is_given(caplog: pytest.LogCaptureFixture) -> None:
    from azureml.core.webservice import AciWebservice

    caplog.set_level(logging.WARNING, logger="azureml")
    AciWebservice.deploy_configuration(location=None, cpu_cores=1)
    assert caplog.messages == []

    AciWebservice.deploy_configuration(location="westeurope")

    (line,) = caplog.messages
    assert line.startswith("AciWebservice.deploy_configuration(location): Kept and shown")


def test_a_member_without_a_row_cannot_be_decorated() -> None:
    def unknown() -> None: ...

    for decorate in (refused, checked):
        with pytest.raises(KeyError):
            decorate(unknown)


def test_every_verdict_is_used() -> None:
    assert {row.verdict for row in TABLE} == set(Verdict)


def _unused() -> Iterator[str]:
    """Parameters that a member takes and does nothing with."""
    for path in SOURCES.rglob("*.py"):
        for owner in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(owner, ast.ClassDef) or owner.name.startswith("_"):
                continue
            for node in owner.body:
                if isinstance(node, ast.FunctionDef):
                    yield from _unused_in(owner.name, node)


def _unused_in(owner: str, node: ast.FunctionDef) -> Iterator[str]:
    member = owner if node.name == "__init__" else f"{owner}.{node.name}"
    hidden = node.name.startswith("_") and node.name != "__init__"
    without_body = all(
        isinstance(s, ast.Raise) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in node.body
    )
    decorators = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
    if hidden or without_body or decorators & {"refused", "abstractmethod"}:
        return
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    arguments = node.args
    for each in [*arguments.args, *arguments.kwonlyargs]:
        known = each.arg in ("self", "cls") or each.arg.startswith("_")
        if not known and not used & {each.arg, "locals"}:
            yield f"{member}({each.arg})"


def test_nothing_is_ignored_without_a_row() -> None:
    rows = {row.member for row in TABLE}
    assert sorted(set(_unused()) - rows) == []


_REFUSED_AS_A_WHOLE = ("AksEndpointDeploymentConfiguration", "AksUpdateConfiguration")


def _kept_and_never_read() -> Iterator[str]:
    """Parameters of configurations that are put into an attribute, and that is all."""
    texts = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py")]
    told = {row.member.partition("(")[2].removesuffix(")") for row in TABLE}
    for owner in (each for text in texts for each in ast.walk(ast.parse(text))):
        if not isinstance(owner, ast.ClassDef) or owner.name in _REFUSED_AS_A_WHOLE:
            continue
        if not owner.name.endswith(("Config", "Configuration")):
            continue
        for node in owner.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                for each in node.args.args[1:]:
                    is_kept = f"self.{each.arg} = {each.arg}" in ast.unparse(node)
                    if is_kept and each.arg not in told and not _is_read(each.arg, texts):
                        yield f"{owner.name}({each.arg})"


def _is_read(name: str, texts: list[str]) -> bool:
    reads = re.compile(rf"\.{name}\b(?!\s*(:[^=\n]*)?=[^=])|getattr\(\w+, \"{name}\"")
    return any(reads.search(text) for text in texts)


def test_nothing_is_kept_and_forgotten_without_a_row() -> None:
    assert sorted(_kept_and_never_read()) == []


_ROWS = [(member, name, row) for member, rows in PARAMETERS.items() for name, row in rows.items()]


@pytest.mark.parametrize(("member", "name", "row"), _ROWS, ids=lambda each: str(each)[:60])
def test_a_parameters_row_takes_effect_when_it_is_given(
    member: str, name: str, row: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path))
    caplog.set_level(logging.WARNING, logger="azureml")
    kind, _, attribute = member.partition(".")
    owner = _owner(kind)
    static = isinstance(
        inspect.getattr_static(owner, attribute or "__init__"), staticmethod | classmethod
    )
    function = getattr(owner, attribute or "__init__")
    required: list[Any] = list(_required(function))
    if not static:
        required = [SimpleNamespace(state="running", update_deployment_state=int), *required[1:]]
    keywords = dict(zip(_required_names(function), required, strict=True)) | {name: "given"}
    first = [] if static else [keywords.pop("self")]

    # What it does afterwards, of nothing that makes sense, is not what is tested.
    with (
        contextlib.suppress(Exception)
        if row.verdict is Verdict.WARNED
        else pytest.raises(UserErrorException, match=re.escape(row.text))
    ):
        function(*first, **keywords)

    if row.verdict is Verdict.WARNED:
        assert f"{row.member}: {row.text}" in caplog.messages


def _required_names(function: Any) -> list[str]:
    taken = inspect.signature(function).parameters.values()
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [each.name for each in taken if each.default is each.empty and each.kind in named]
