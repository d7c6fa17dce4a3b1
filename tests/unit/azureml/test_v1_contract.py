"""What public code imports of v1, held against the facade; skips without the contract."""

import importlib

import pytest
from support import v1_contract
from support.v1_contract import Import

pytestmark = pytest.mark.skipif(
    not v1_contract.CONTRACT.is_dir(), reason="the facts about v1 are not beside the repository"
)
LEAST = 0.88
"""Of all uses, those that have to be there."""


def _is_there(wanted: Import) -> bool:
    try:
        module = importlib.import_module(wanted.module)
        if wanted.name in (None, "*"):
            return True
        if not hasattr(module, str(wanted.name)):
            importlib.import_module(f"{wanted.module}.{wanted.name}")
    except ImportError:
        return False
    return True


def test_nearly_all_that_public_code_imports_is_there() -> None:
    wanted = list(v1_contract.imports())
    missing = [each for each in wanted if not _is_there(each)]
    uses = sum(each.uses for each in wanted)
    share = 1 - sum(each.uses for each in missing) / uses

    lines = "".join(f"\n{each.uses}\t{each.spelling}" for each in missing)
    told = f"{share:.1%} of {uses} uses, {len(wanted) - len(missing)} of {len(wanted)} names"
    print(f"{told}; missing:{lines}")
    assert share >= LEAST, f"only {told} import; missing:{lines}"


def test_the_facade_carries_the_names_of_the_contract() -> None:
    written = v1_contract.NAMES.read_text(encoding="utf-8")
    assert written == v1_contract.names(), "write it anew: python tests/support/v1_contract.py"
