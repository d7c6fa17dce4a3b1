"""The codes of errors are a closed set, and every error has one of them."""

import re
from pathlib import Path
from typing import get_args

import pytest

from brygga import errors
from brygga.error_codes import ErrorCode
from brygga.errors import (
    AlreadyExistsError,
    BryggaError,
    DeploymentError,
    InUseError,
    InvalidNameError,
    Named,
    NotFoundError,
    ScriptError,
    ServiceCallError,
)
from brygga.findings import Cause, Diagnosis
from brygga.hints import Action, Hint, Verb

PACKAGES = Path(__file__).parents[4] / "packages"


def test_codes_are_a_noun_and_a_problem_with_a_meaning() -> None:
    for code in ErrorCode:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", code), code
        assert re.fullmatch(r"(init\(\)|run\(\)|[A-Z]).*\.", code.meaning), code


def test_every_kind_of_thing_has_its_codes() -> None:
    for kind in get_args(errors.Named):
        assert InvalidNameError(kind, "x", "").code.endswith(".name_invalid")
    for kind in get_args(errors.Sought):
        assert NotFoundError(kind, "x").code in ErrorCode
    for kind in get_args(errors.Taken):
        assert AlreadyExistsError(kind, "x").code == f"{kind}.exists"
    for kind in get_args(errors.Used):
        assert InUseError(kind, "x", ["y"]).code == f"{kind}.in_use"


def test_every_code_is_raised_somewhere() -> None:
    sources = (p for p in PACKAGES.glob("*/src/**/*.py") if p.name != "error_codes.py")
    named = {
        name for path in sources for name in re.findall(r"ErrorCode\.([A-Z]\w+)", path.read_text())
    }
    used = {ErrorCode[name] for name in named if name in ErrorCode.__members__}
    used |= {DeploymentError("svc", 1, Diagnosis(cause, "m")).code for cause in Cause}
    used |= {ScriptError(Diagnosis(cause, "m")).code for cause in Cause}
    used |= {InvalidNameError(kind, "x", "").code for kind in get_args(errors.Named)}
    used |= {AlreadyExistsError(kind, "x").code for kind in get_args(errors.Taken)}
    used |= {InUseError(kind, "x", ["y"]).code for kind in get_args(errors.Used)}
    assert set(ErrorCode) - used == set()


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_code_of_its_own(cause: Cause) -> None:
    assert DeploymentError("svc", 1, Diagnosis(cause, "m")).code == f"deployment.{cause}"
    script = ScriptError(Diagnosis(cause, "m")).code
    assert script == (
        f"script.{cause.removeprefix('script_')}"
        if cause.startswith("script_")
        else "script.unusable"
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "call.unreachable"), (400, "call.rejected"), (401, "call.unauthorized"),
        (413, "call.rejected"), (429, "call.busy"), (500, "call.failed"),
        (502, "call.worker_died"), (503, "call.busy"), (504, "call.deadline"),
    ],
)  # fmt: skip
def test_every_status_has_a_code(status: int | None, code: str) -> None:
    assert ServiceCallError("m", status=status).code == code


def test_an_error_speaks_python_by_itself() -> None:
    advice = Hint.of("Bring it back with {}.", Action(Verb.RESTART, {"name": "svc"}))
    error = BryggaError("It is down.", code=ErrorCode.SERVICE_UNRESPONSIVE, hint=advice)
    assert error.advice == advice
    assert error.hint == "Bring it back with `ws.services.get('svc').restart()`."
    assert str(error) == f"It is down. {error.hint}"
    assert (
        BryggaError("It is down.", code=ErrorCode.SERVICE_UNRESPONSIVE, hint="Wait.").hint
        == "Wait."
    )


def test_a_failed_update_says_what_serves_on() -> None:
    error = DeploymentError("svc", 4, Diagnosis(Cause.INIT_RAISED, "KeyError: 'x'"), serving=3)
    assert error.message.endswith("did not start: KeyError: 'x'. Revision 3 serves on.")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("experiment", "an experiment"), ("image", "an image"), ("model", "a model")],
)
def test_a_kind_has_its_article(kind: Named, said: str) -> None:
    assert InvalidNameError(kind, "?", "").message == f"'?' is not a name for {said}."
