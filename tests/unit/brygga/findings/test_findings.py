"""The closed set of causes, and what is made of it."""

import json
from typing import get_args

import pytest

from brygga import findings
from brygga.findings import (
    CAUSES,
    Cause,
    CheckResult,
    Diagnosis,
    Finding,
    Level,
    MachineCause,
    MachineFinding,
)
from brygga.hints import Hint
from brygga.spellings import Language, words


def test_the_surface() -> None:
    assert sorted(findings.__all__) == findings.__all__
    assert all(hasattr(findings, name) for name in findings.__all__)


def test_every_cause_has_a_row_and_no_other_has_one() -> None:
    assert set(CAUSES) == {*Cause, *MachineCause}
    assert not {c.value for c in Cause} & {c.value for c in MachineCause}


@pytest.mark.parametrize("cause", [*Cause, *MachineCause])
@pytest.mark.parametrize("service", [None, "svc"])
def test_what_to_do_can_be_said_in_every_language(
    cause: Cause | MachineCause, service: str | None
) -> None:
    row = CAUSES[cause]
    assert row.sentence.endswith(".")
    for language in Language:
        said = words(row.advice(service), language)
        assert said
        assert "{}" not in said


def test_a_finding_names_its_place() -> None:
    found = Finding(Cause.SCRIPT_SYNTAX, "invalid syntax", "score.py", 3, 7)
    assert found.sentence == "invalid syntax (score.py:3:7)"
    assert found.fix == "Correct that line, then try again."


def test_a_diagnosis_is_a_finding_with_evidence_and_survives_being_kept() -> None:
    why = Diagnosis(Cause.OUT_OF_MEMORY, "too much", "score.py", 3, memory_limit_bytes=1 << 30)
    assert isinstance(why, Finding)
    assert "1.5" in why.fix
    assert Diagnosis.from_dict(json.loads(json.dumps(why.to_dict()))) == why


def test_a_machine_has_its_own_way_out_or_that_of_the_cause() -> None:
    own = MachineFinding(MachineCause.DISK_SCARCE, "1 MB left", remedy=Hint("delete /big"))
    assert own.fix == "delete /big"
    assert (
        MachineFinding(MachineCause.DISK_SCARCE, "1 MB left").advice
        == CAUSES[MachineCause.DISK_SCARCE].advice()
    )


def test_a_check_is_well_or_has_a_finding() -> None:
    assert get_args(Level) == ("ok", "warning", "failure")
    well = CheckResult.ok("disk", "1 TB free")
    assert (well.level, well.finding, well.advice) == ("ok", None, Hint())
    found = MachineFinding(MachineCause.DISK_SCARCE, "1 MB left")
    wrong = CheckResult.of("disk", "warning", found)
    assert (wrong.message, wrong.advice) == ("1 MB left", found.advice)
