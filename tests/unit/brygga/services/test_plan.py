"""What a deployment would change, told without doing it: the same that it then tells."""

from pathlib import Path
from typing import Any

import pytest
from support.house import SCRIPT, House

from brygga.environments import Environment
from brygga.environments.index import IndexOptions
from brygga.environments.lock import Lock, save_lock
from brygga.errors import InvalidInputError
from brygga.services import Plan


def plan(house: House, text: str = SCRIPT, **options: Any) -> Plan:
    house.script.write_text(text)
    return house.services.plan("svc", entry_script=house.script, **options)


def words(found: Plan) -> list[str]:
    return [str(change) for change in found.changes]


def test_a_new_service_is_described_and_not_made(house: House) -> None:
    found = plan(house, target="fake", models=[house.model("digits")], cpu_cores=0.5)

    assert (bool(found), found.is_new) == (True, True)
    assert words(found) == [
        "target: fake", "models: digits:1", "entry_script: score.py", "python: 3.11",
        "cpu_cores: 0.5",
    ]  # fmt: skip
    assert str(found).startswith("svc would be made:\n  target: fake\n")
    assert (house.services.list(), house.target.applied) == ([], [])


def test_what_would_change_is_what_a_deployment_tells(house: House) -> None:
    house.deploy(
        models=[house.model("digits")], cpu_cores=0.5, tags={"a": "1"}, secrets={"TOKEN": "t"}
    )
    options: dict[str, Any] = {
        "models": [house.model("digits")], "cpu_cores": 1, "tags": {"a": "2"}, "description": "d",
        "secrets": {"TOKEN": "0ther"}, "keys": {"primary": "k" * 32},
    }  # fmt: skip
    before = house.parts.secrets.keys("svc")

    found = plan(house, SCRIPT + "x = 1\n", **options)

    assert words(found) == [
        "models: digits:1 -> digits:2", "code: score.py changed", "cpu_cores: 0.5 -> 1",
        "secrets: TOKEN has another value", "keys: another value for primary", "tags: a=1 -> a=2",
        "description: none -> d",
    ]  # fmt: skip
    assert "0ther" not in str(found)
    assert len(house.services.get("svc").revisions()) == 1
    assert (house.parts.secrets.keys("svc"), len(house.target.applied)) == (before, 1)
    house.lines.clear()
    house.deploy("svc", SCRIPT + "x = 1\n", **options)
    assert [line.strip() for line in house.lines][: len(found.changes)] == words(found)
    again = plan(house, SCRIPT + "x = 1\n", **options)
    assert not again
    assert str(again) == "Nothing would change: svc serves this already."


def test_the_same_tags_secrets_and_keys_again_are_no_revision(house: House) -> None:
    said: dict[str, Any] = {"tags": {"a": "1"}, "description": "d", "secrets": {"T": "t"}}
    house.deploy(keys={"primary": "k" * 32}, **said)
    house.deploy(keys={"primary": "k" * 32}, **said)
    assert house.deploy(secrets={"T": None}).revision == 1
    assert house.parts.secrets.secrets("svc") == {"T": "t"}

    assert house.deploy(secrets={"T": "u"}).revision == 2
    with pytest.raises(InvalidInputError, match="The secret 'V' has no value"):
        house.deploy(secrets={"V": None})


def test_packages_are_compared_one_by_one(house: House) -> None:
    index = IndexOptions()
    before = Lock.write("a==1\nb==1\nc==1", python="3.11", platform="linux-x86_64", index=index)
    after = Lock.write("a==1\nb==2\nd==1", python="3.12", platform="linux-x86_64", index=index)
    for key, lock in {"before": before, "after": after}.items():
        save_lock(house.parts.store.locks, key, lock)
    assembler = house.parts.images.assembler
    object.__setattr__(assembler, "resolve", lambda _environment, _progress: before)
    house.deploy()
    object.__setattr__(assembler, "resolve", lambda _environment, _progress: after)

    assert words(plan(house)) == [
        "python: 3.11 -> 3.12", "packages: b 1 -> 2, c removed, d 1 added",
        "image base: python:3.11-slim -> python:3.12-slim",
    ]  # fmt: skip


def test_models_and_packages_change_without_the_script(house: House, tmp_path: Path) -> None:
    house.deploy(models=[house.model("digits")])
    bundle = house.services.get("svc").revisions()[-1]
    (tmp_path / "loose.pkl").write_bytes(b"weights")

    service = house.services.deploy("svc", models=[house.model("digits")])
    assert service.models == ("digits:2",)
    service = house.services.deploy("svc", environment=Environment.from_packages([]))
    assert service.models == ("digits:2",)
    assert service.revisions()[-1].bundle_digest != bundle.bundle_digest
    with pytest.raises(InvalidInputError, match="There is no entry script"):
        house.services.deploy("svc", source_directory=tmp_path)


def test_one_whose_rows_alone_are_here_would_be_started(house: House) -> None:
    house.deploy()
    house.target.statuses.clear()

    assert words(plan(house)) == ["state: not on this machine -> started"]


def test_a_value_that_cannot_be_used_is_told_by_the_plan(house: House) -> None:
    with pytest.raises(InvalidInputError, match="num_replicas=0"):
        plan(house, num_replicas=0)
    with pytest.raises(TypeError, match=r"plan\(\) got .*'cpus'"):
        plan(house, cpus=1)


def test_going_back_tells_what_it_changes_and_leaves_access(house: House) -> None:
    service = house.deploy(auth=False, cpu_cores=0.5, num_replicas=2, host="0.0.0.0")
    service.reconfigure(auth=True, cpu_cores=1, num_replicas=1, host="127.0.0.1")
    house.lines.clear()

    service.rollback(1, progress=house.lines.append)

    told = [line.strip() for line in house.lines if "->" in line]
    assert told == ["cpu_cores: 1 -> 0.5", "num_replicas: 1 -> 2"]
    assert (service.spec.auth, service.spec.host) == (True, "127.0.0.1")
    assert house.target.applied[-1].key_hashes


def test_variables_of_an_environment_are_set_and_what_is_said_for_itself_wins(
    house: House,
) -> None:
    conda = house.script.parent / "conda.yml"

    def environment(value: str) -> Environment:
        conda.write_text(f"dependencies: []\nvariables:\n  A: '{value}'\n  B: '{value}'\n")
        return Environment.from_conda_file(conda)

    service = house.deploy(environment=environment("1"), environment_variables={"B": "own"})
    assert service.spec.environment_variables == {"A": "1", "B": "own"}
    service = house.deploy(environment=environment("2"))
    assert service.spec.environment_variables == {"A": "2", "B": "2"}

    image = house.parts.images.create(
        "img", entry_script=house.script, environment=environment("3")
    )
    image.wait_for_creation()
    service = house.services.deploy("of-image", image=image.id, target="fake")
    assert service.spec.environment_variables == {"A": "3", "B": "3"}
