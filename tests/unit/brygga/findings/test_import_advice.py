"""An import that fails is told the way out of exactly that."""

from __future__ import annotations

import pytest

from brygga.findings import Cause, Diagnosis
from brygga.spellings import Language, words


@pytest.mark.parametrize("cause", [Cause.SCRIPT_IMPORT, Cause.INIT_RAISED])
@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("ImportError: attempted relative import with no known parent package", "`import helper`"),
        (
            "OSError: libgomp.so.1: cannot open shared object file: No such file or directory",
            "libgomp.so.1 is a library of the system",
        ),
        ("ModuleNotFoundError: No module named 'sklearn.svm'", "has 'sklearn' to the environment"),
        ("ModuleNotFoundError: No module named 'helper'", "--source-dir"),
    ],
)
def test_what_is_missing_is_named(cause: Cause, message: str, told: str) -> None:
    advice = Diagnosis(cause, message).of("svc").advice
    assert told in words(advice, Language.COMMAND)


def test_another_error_has_the_advice_of_its_cause() -> None:
    usual = Diagnosis(Cause.SCRIPT_IMPORT, "ValueError: no").advice
    assert usual == Diagnosis(Cause.SCRIPT_IMPORT, "KeyError: 'x'").advice
    assert "library" not in words(usual, Language.COMMAND)
