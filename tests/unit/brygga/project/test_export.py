"""The file of a service: read and deployed again, it changes nothing."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.house import House, a_house

from brygga.project import Exported, Project
from brygga.spec import SPEC_OPTIONS, Option, ServiceSpec

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12
) | st.sampled_from(["${HOME}", "$${X", 'a"b\\', "é\n\t\x7f"])
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


def _values(option: Option) -> st.SearchStrategy[Any]:
    if option.choices:
        return st.sampled_from(option.choices)
    low, high = option.low or 0, option.high or 10_000
    if option.kind is bool:
        return st.booleans()
    if option.kind is int:
        return st.integers(int(low), int(high))
    if option.kind is float:
        return st.floats(low + 0.01, high, allow_nan=False)
    return st.dictionaries(NAMES, TEXTS, max_size=3) if option.kind is not str else TEXTS


SPECS = st.fixed_dictionaries({}, optional={n: _values(o) for n, o in SPEC_OPTIONS.items()})


def exported(**changes: Any) -> Exported:
    given = Exported(
        spec=ServiceSpec("svc"),
        revision=3,
        target="process",
        models=["digits:2"],
        entry_script="score.py",
        source_directory=None,
        packages=["numpy==2.0"],
        python="3.11",
        tags={},
        description="",
    )
    return replace(given, **changes)


@settings(deadline=None)
@given(spec=SPECS, tags=st.dictionaries(TEXTS, TEXTS, max_size=2), description=TEXTS)
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    spec: dict[str, Any],
    tags: dict[str, str],
    description: str,
) -> None:
    asked = ServiceSpec("svc", **spec)
    file = tmp_path_factory.mktemp("export") / "brygga.toml"
    file.write_text(exported(spec=asked, tags=tags, description=description).text(), "utf-8")

    found = Project.read(file).service(environ={})
    said = found.keywords(lambda _: pytest.fail("no environment is named"), {})

    known = {name: said[name] for name in SPEC_OPTIONS if name in said}
    assert replace(ServiceSpec("svc"), **known) == asked
    assert (said.get("tags", {}), said["description"]) == (tags, description)
    assert (said["models"], said["target"]) == (["digits:2"], "process")


def test_script_and_packages_wait_for_the_code(tmp_path: Path) -> None:
    text = exported(source_directory="src").text()
    assert "entry_script" not in tomllib.loads(text)
    elsewhere = "\n".join(
        line.removeprefix("# ") if " = " in line or line.startswith("# [env") else line
        for line in text.splitlines()
    )
    (tmp_path / "brygga.toml").write_text(elsewhere)
    values = Project.read(tmp_path / "brygga.toml").service().values
    assert (values["entry_script"], values["source_directory"]) == ("score.py", "src")
    assert values["environment"] == {"python": "3.11", "packages": ["numpy==2.0"]}


def test_models_that_are_not_registered_stay(tmp_path: Path) -> None:
    text = exported(models=["loose.pkl:0"]).text()
    assert "models" not in tomllib.loads(text)
    assert "# It serves models that are not registered: loose.pkl:0" in text


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(spec=SPECS, secret=st.booleans(), tags=st.dictionaries(NAMES, TEXTS, max_size=2))
def test_deployed_again_it_changes_nothing(
    at_home: Callable[[], House],
    tmp_path: Path,
    spec: dict[str, Any],
    secret: bool,
    tags: dict[str, str],
) -> None:
    house = at_home()
    asked = {name: value for name, value in spec.items() if name not in _CHECKED_ELSEWHERE}
    secrets = {"TOKEN": "a-value-that-is-secret"} if secret else {}
    service = house.deploy(
        models=[house.model("digits")], secrets=secrets, tags=_printable(tags), fresh=True, **asked
    )
    text = service.export()
    assert "a-value-that-is-secret" not in text
    assert service.get_keys().primary not in text if asked.get("auth", True) else True
    (tmp_path / "brygga.toml").write_text(text, "utf-8")

    described = Project.read(tmp_path / "brygga.toml").service(environ={})
    said = described.keywords(lambda _: pytest.fail("no environment is named"), {})

    assert not house.services.plan(described.name, **said)
    revision = service.revision
    assert house.services.deploy(described.name, **said).revision == revision


_CHECKED_ELSEWHERE = {"environment_variables", "num_replicas"}


def _printable(tags: dict[str, str]) -> dict[str, str]:
    return {name: "".join(filter(str.isprintable, text)) for name, text in tags.items()}


@pytest.fixture
def at_home(tmp_path: Path, store_url: str) -> Callable[[], House]:
    """Behind a call, since Hypothesis writes what a test is given into its notes."""
    house = a_house(tmp_path, store_url)
    return lambda: house


def test_the_sample_input_stays_with_the_service(
    at_home: Callable[[], House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = at_home()
    monkeypatch.chdir(tmp_path)
    sample = tmp_path / "in.json"
    sample.write_text("1")
    service = house.deploy(sample_input=sample)
    house.deploy()
    assert 'sample_input = "in.json"\n' in service.export()
    assert not house.services.plan("svc", sample_input=sample)
    sample.unlink()
    assert '\n# sample_input = "in.json"\n' in service.export()
    service.delete()
    assert "sample_input" not in house.deploy().export()
