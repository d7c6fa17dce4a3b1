"""What public calls give is on the surface: whoever writes types has a name to import."""

import inspect
import re
import typing
from collections.abc import Iterator

import brygga
from brygga.services import ServiceCollection


def returned(kind: type) -> Iterator[tuple[str, str]]:
    """The classes of Brygga in what public methods and properties of a class give."""
    for name, member in inspect.getmembers(kind):
        if name.startswith("_"):
            continue
        function = member.fget if isinstance(member, property) else member
        if not inspect.isfunction(function):
            continue
        said = str(function.__annotations__.get("return", ""))
        for word in re.findall(r"\b[A-Z]\w+", said):
            found = getattr(inspect.getmodule(function), word, None)
            if inspect.isclass(found) and found.__module__.startswith("brygga."):
                yield f"{kind.__name__}.{name}", word


def test_what_services_give_is_on_the_surface() -> None:
    surface = set(brygga.__all__)
    kinds = {
        value
        for name in surface
        if inspect.isclass(value := getattr(brygga, name))
        and value.__module__.startswith(("brygga.services", "brygga.spec"))
    }
    missing = {
        (place, word)
        for kind in {*kinds, ServiceCollection}
        for place, word in returned(kind)
        if word not in surface
    }
    assert missing == set()


def test_what_is_on_the_surface_is_documented() -> None:
    for name in brygga.__all__:
        value = getattr(brygga, name)
        assert inspect.getdoc(value), name
        assert typing.get_origin(value) is None, name
