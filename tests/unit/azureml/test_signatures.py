"""Every public member of v1 is there with its parameters, or is listed here with the reason."""

import ast
import importlib
import inspect
from typing import Any

from support import v1_signatures
from support.v1_signatures import Member

DIFFERENCES: dict[str, str] = {}
"""By member; v1's own working, which begins with an underscore, is not in the table."""


def _home(member: Member) -> Any:
    module = importlib.import_module(member.module)
    return getattr(module, member.owner)


def _difference(member: Member) -> str | None:
    """What differs; None where nothing does."""
    try:
        owner = _home(member)
    except (ImportError, AttributeError):
        return f"there is no {member.module}.{member.owner}"
    if member.kind == "class":
        return None
    if not hasattr(owner, member.name):
        instance_only = member.name in inspect.getsource(owner)
        return None if instance_only and member.kind == "attribute" else "it is not there"
    found = inspect.getattr_static(owner, member.name)
    if member.kind == "attribute":
        return None
    if member.kind == "property":
        return None if isinstance(found, property) else "it is no property"
    if member.kind == "static" and not isinstance(found, staticmethod):
        return "it is not static"
    if member.kind == "of class" and not isinstance(found, classmethod):
        return "it is no class method"
    return _parameters_differ(member, getattr(owner, member.name), found)


def _parameters_differ(member: Member, function: Any, found: Any) -> str | None:
    actual = list(inspect.signature(function).parameters.values())
    expected = list(member.parameters)
    if expected and expected[0][0] in ("self", "cls") and not isinstance(found, staticmethod):
        expected = expected[1:]
        if actual and actual[0].name in ("self", "cls"):
            actual = actual[1:]
    stars: dict[Any, str] = {
        inspect.Parameter.VAR_POSITIONAL: "*",
        inspect.Parameter.VAR_KEYWORD: "**",
    }
    names = [stars.get(p.kind, "") + p.name for p in actual]
    if names != [name for name, _ in expected]:
        return f"parameters are {names}, not {[name for name, _ in expected]}"
    for parameter, (name, default) in zip(actual, expected, strict=True):
        if default is None:
            if parameter.default is not inspect.Parameter.empty:
                return f"{name} has the default {parameter.default!r}, v1 has none"
            continue
        try:
            value = ast.literal_eval(default)
        except ValueError:
            continue  # a name of v1's own modules
        if parameter.default != value:
            return f"{name} is {parameter.default!r} by default, not {default}"
    return None


def test_every_member_is_as_in_v1_or_listed() -> None:
    found = {}
    for member in v1_signatures.members():
        difference = _difference(member)
        if difference:
            found[member.member] = difference

    assert found.keys() == DIFFERENCES.keys(), "\n".join(
        f"{name}: {found.get(name, 'is as in v1 now')}"
        for name in sorted(found.keys() ^ DIFFERENCES.keys())
    )
    assert sum(1 for _ in v1_signatures.members()) > 500
