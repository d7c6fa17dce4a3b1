"""The reference of the SDK names all that is public, where it is."""

import re
from importlib import import_module

from support.cache import ROOT

import brygga

NAMED = re.findall(r"^::: (\S+)\.(\w+)$", (ROOT / "docs/sdk.md").read_text("utf-8"), re.MULTILINE)


def test_every_public_name_is_in_the_reference_of_the_sdk() -> None:
    assert set(brygga.__all__) - {name for _, name in NAMED} == set()


def test_what_the_reference_names_is_there_and_has_a_docstring() -> None:
    for module, name in NAMED:
        assert getattr(import_module(module), name).__doc__, f"{module}.{name}"
