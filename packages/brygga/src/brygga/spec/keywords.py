"""From the keywords of a call to the groups they belong to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Self, TypeVar

from brygga.arguments import wanted_of
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.spec.access import Access
from brygga.spec.build import Build
from brygga.spec.option import OptionGroup
from brygga.spec.resources import Resources
from brygga.spec.service import SPEC_OPTIONS
from brygga.spec.serving import Serving

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Asked:
    """What a call asks of a service, in its groups."""

    resources: Resources
    access: Access
    serving: Serving
    build: Build

    @classmethod
    def read(
        cls,
        call: str,
        keywords: Mapping[str, object],
        *,
        resources: Resources | None = None,
        access: Access | None = None,
        serving: Serving | None = None,
        build: Build | None = None,
    ) -> Self:
        """Takes what is given in groups, and by itself.

        Args:
            call: The name of the call, for the message.
            keywords: Fields of the groups by name.

        Raises:
            TypeError: a keyword that no group has.
            InvalidInputError: something that is said twice, or of another type than it has.
        """
        given: Mapping[str, OptionGroup] = {
            "resources": resources or Resources(),
            "access": access or Access(),
            "serving": serving or Serving(),
            "build": build or Build(),
        }
        said: dict[str, dict[str, object]] = {name: each.said() for name, each in given.items()}
        for name, value in keywords.items():
            group = _group_of(call, name)
            if value is None:
                continue
            if name in said[group]:
                raise InvalidInputError(
                    f"{name} is given twice, by itself and in {group}.",
                    code=ErrorCode.OPTION_CONFLICT,
                    hint="Give it once.",
                )
            said[group][name] = value
        for group, values in said.items():
            wanted = wanted_of(_GROUPS[group].__init__)
            for name, value in values.items():
                if name in SPEC_OPTIONS:
                    values[name] = SPEC_OPTIONS[name].check(value)
                else:
                    wanted[name].check(name, value)
        made = {name: type(group)(**said[name]) for name, group in given.items()}
        return cls(**made)

    def heeding_variables(self) -> tuple[Self, list[str]]:
        """With the options that variables of Azure ML SDK v1 mean, where they are not said.

        Returns:
            The same with them, and a sentence for each.
        """
        said, given = self.serving.said(), self.serving.environment_variables
        found, sentences = {}, []
        for name, option in SPEC_OPTIONS.items():
            for variable in option.variables:
                if variable in given and name not in said:
                    found[name] = option.parse(given[variable], called=variable)
                    sentences.append(
                        f"{variable} is a setting of the server: {name}={found[name]}."
                    )
        if not found:
            return self, []
        serving = Serving(**{**said, **found})  # type: ignore[arg-type]
        return replace(self, serving=serving), sentences

    def changes(self) -> dict[str, object]:
        """What is said of a stored spec, by the names of its options."""
        groups: tuple[OptionGroup, ...] = (self.resources, self.access, self.serving)
        said = {name: value for group in groups for name, value in group.said().items()}
        return {name: value for name, value in said.items() if name in SPEC_OPTIONS}


_GROUPS: Mapping[str, type[OptionGroup]] = {
    each.called: each for each in (Resources, Access, Serving, Build)
}
_HOMES = {
    field.name: group
    for group, kind in _GROUPS.items()
    for field in fields(kind)  # type: ignore[arg-type]
}


def _group_of(call: str, name: str) -> str:
    if name not in _HOMES:
        near = get_close_matches(name, _HOMES, n=1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"{call}() got an unexpected keyword argument {name!r}.{meant}")
    return _HOMES[name]


def takes(*names: str) -> Callable[[F], F]:
    """Shows the fields of groups among the keywords of a function that takes them as `**`.

    For `help()` and for completion; the function itself is left alone.
    """

    def shown(function: F) -> F:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        flat = [
            inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=None)
            for name in names
            for field in fields(_GROUPS[name])  # type: ignore[arg-type]
        ]
        function.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*own, *flat]
        )
        return function

    return shown
