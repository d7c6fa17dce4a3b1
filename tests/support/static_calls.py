"""Follows a Python expression by types alone: its names exist, its calls take what is given."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Instance:
    """An object of a class, of which nothing else is known."""

    kind: type


class Checker:
    """Walks expressions; what is not so raises AssertionError."""

    def __init__(self, names: Mapping[str, object], classes: Mapping[str, type]) -> None:
        """Takes what names stand for, and the classes that annotations speak of."""
        self._names = names
        self._classes = classes

    def check(self, source: str) -> None:
        """Goes through one expression."""
        self._value(ast.parse(source, mode="eval").body)

    def parameters(self, source: str) -> set[str]:
        """The names that the outermost call of an expression takes."""
        call = ast.parse(source, mode="eval").body
        assert isinstance(call, ast.Call)
        return set(inspect.signature(self._value(call.func)).parameters)

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Name(name):
                return self._names.get(name, Instance(object))
            case ast.Constant():
                return node.value
            case ast.Attribute(owner, name):
                return self._attribute(self._value(owner), name)
            case ast.Call():
                return self._called(node)
        raise AssertionError(f"not expected here: {ast.unparse(node)}")

    def _attribute(self, owner: Any, name: str) -> Any:
        kind = owner.kind if isinstance(owner, Instance) else owner
        if isinstance(owner, Instance) and f"self.{name} = " in inspect.getsource(kind):
            return Instance(object)
        assert hasattr(kind, name), f"{kind.__name__} has no {name}"
        found = inspect.getattr_static(kind, name)
        if isinstance(found, property):
            assert found.fget is not None
            return self._result(found.fget, kind)
        if isinstance(found, classmethod | staticmethod) or not isinstance(owner, Instance):
            return getattr(kind, name)
        return found.__get__(object.__new__(object), kind) if callable(found) else Instance(object)

    def _called(self, node: ast.Call) -> Instance:
        function = self._value(node.func)
        given = [self._value(each) for each in node.args]
        whole = [each for each in given if each is not ...]
        named = {k.arg or "": self._value(k.value) for k in node.keywords}
        signature = inspect.signature(function)
        try:
            bind = signature.bind if len(whole) == len(given) else signature.bind_partial
            bind(*whole, **named)
        except TypeError as error:
            raise AssertionError(f"{ast.unparse(node)}: {error}") from error
        if isinstance(function, type):
            return Instance(function)
        return self._result(function, getattr(function, "__self__", None))

    def _result(self, function: Any, owner: Any) -> Instance:
        annotated = inspect.signature(function).return_annotation
        name = annotated if isinstance(annotated, str) else getattr(annotated, "__name__", "")
        if name == "Self" and isinstance(owner, type):
            return Instance(owner)
        return Instance(self._classes.get(name.removesuffix(" | None"), object))
