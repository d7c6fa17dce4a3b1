"""What a project file says of a service: overlays, variables, several services, and mistakes."""

from pathlib import Path

import pytest

from brygga.errors import InvalidInputError, NotFoundError
from brygga.project import DescribedService, Project

from .conftest import Write

PLAIN = """\
name = "digits"
entry_script = "score.py"
models = ["digits:3", { path = "scaler.pkl" }]

[resources]
cpu_cores = 2

[access]
tls = { certificate = "c.pem", key = "k.pem" }

[serving]
environment_variables = { MODE = "slow" }

[build]
extra_steps = "steps"
"""


def keywords(service: DescribedService, **over: object) -> dict[str, object]:
    def registered(reference: str) -> object:
        raise AssertionError(reference)

    return service.keywords(registered, over)  # type: ignore[arg-type]


def test_a_file_says_what_deploy_takes(write: Write, tmp_path: Path) -> None:
    assert keywords(write(PLAIN).service()) == {
        "folder": tmp_path,
        "entry_script": "score.py",
        "models": ["digits:3", tmp_path / "scaler.pkl"],
        "cpu_cores": 2.0,
        "tls": (tmp_path / "c.pem", tmp_path / "k.pem"),
        "environment_variables": {"MODE": "slow"},
        "extra_steps": tmp_path / "steps",
    }


def test_what_a_call_says_wins_and_tables_of_texts_are_joined(write: Write) -> None:
    found = keywords(
        write(PLAIN).service(), cpu_cores=1, environment_variables={"A": "b"}, auth=None
    )
    assert (found["cpu_cores"], "auth" in found) == (1, False)
    assert found["environment_variables"] == {"MODE": "slow", "A": "b"}

    other = keywords(write(PLAIN).service(), entry_script="other.py", source_directory="there")
    assert other["source_directory"] == Path("there").absolute()


def test_an_image_of_a_call_takes_the_place_of_all_that_would_be_built(write: Write) -> None:
    found = keywords(write(PLAIN).service(), image="digits:2")
    assert not {"entry_script", "models", "extra_steps", "environment"} & set(found)

    found = keywords(write('image = "digits:1"\nname = "digits"').service(), entry_script="s.py")
    assert "image" not in found


def test_a_service_is_named_after_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "wine-svc"
    folder.mkdir()
    (folder / "brygga.toml").write_text('entry_script = "score.py"')

    assert Project.read(folder / "brygga.toml").service().name == "wine-svc"


def test_packages_are_those_of_the_one_place_that_is_named(write: Write, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy<3\n")
    for table, packages in [
        ('requirements_file = "requirements.txt"\npython = "3.10"', ("numpy<3",)),
        ('packages = ["scipy"]', ("scipy",)),
    ]:
        found = write(f'name = "svc"\n[environment]\n{table}').service()
        environment = found.environment.read(lambda _: pytest.fail("it is not registered"))
        assert environment is not None
        assert environment.packages == packages


@pytest.mark.parametrize("python", ["2.7", "3.7", "3.11.4", "3"])
def test_a_python_that_nothing_runs_on_is_told_with_its_line(write: Write, python: str) -> None:
    with pytest.raises(InvalidInputError, match=r"line 3: python = .* X\.Y, from 3\.8 on"):
        write(f'name = "svc"\n[environment]\npython = "{python}"').service()


OVERLAID = """\
target = "process"
[resources]
cpu_cores = 1
memory_gb = 1
[serving.environment_variables]
A = "common"
B = "common"

[targets.container.resources]
memory_gb = 2
num_replicas = 2

[stages.prod]
target = "container"
[stages.prod.resources]
num_replicas = 3

[services.one]
entry_script = "one.py"
[services.one.serving.environment_variables]
B = "one"

[services.two]
entry_script = "two.py"
[services.two.stages.test]
name = "two-test"
[services.two.stages.test.environment]
packages = ["numpy"]
[services.two.environment]
conda_file = "env.yml"
"""


def test_later_tables_win_stage_over_target_over_service_over_what_is_common(write: Write) -> None:
    project = write(OVERLAID)
    assert (project.names, project.stages) == (("one", "two"), ("prod", "test"))

    plain = keywords(project.service("one"))
    assert (plain["memory_gb"], "num_replicas" in plain) == (1.0, False)
    assert plain["environment_variables"] == {"A": "common", "B": "one"}
    prod = keywords(project.service("one", stage="prod"))
    assert (prod["target"], prod["memory_gb"], prod["num_replicas"]) == ("container", 2.0, 3)
    assert keywords(project.service("one", target="container"))["num_replicas"] == 2


def test_the_target_of_a_service_that_is_there_decides_where_nothing_else_does(
    write: Write,
) -> None:
    text = 'name = "svc"\n[targets.container.resources]\nmemory_gb = 2'
    found = write(text).service(runs_on={"svc": "container"}.get)
    assert keywords(found)["memory_gb"] == 2.0
    assert "memory_gb" not in keywords(write(text).service())


def test_a_stage_may_rename_a_service_and_replaces_its_environment_whole(write: Write) -> None:
    found = write(OVERLAID).service("two", stage="test")
    assert (found.name, found.environment.named) == ("two-test", ("packages",))


def test_variables_are_those_of_whoever_deploys(write: Write) -> None:
    text = """\
name = "svc"
description = "${WHO} $${WHO} ${EMPTY}"
[resources]
cpu_cores = "${CPU:-0.5}"
[access]
auth = "${AUTH}"
[stages.other.resources]
memory_gb = "${NOT_SET}"
"""
    found = write(text).service(environ={"WHO": "ada", "EMPTY": "", "CPU": "", "AUTH": "no"})
    values = keywords(found)
    assert values["description"] == "ada ${WHO} "
    assert (values["cpu_cores"], values["auth"]) == (0.5, False)


def test_secrets_are_named_and_their_values_are_elsewhere(write: Write, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    found = write('name = "svc"\nsecrets = ["A", "B=@token", "C"]').service(environ={"A": "a"})
    assert found.secrets == {"A": "a", "B": "t0ken", "C": None}


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("x = = 1", 1, "cannot be read: Invalid value", "texts stand in quotes"),
        (
            'name = "svc"\nentry_scrip = "a"',
            2,
            "no key 'entry_scrip' in a service",
            "'entry_script'",
        ),
        ("cpu_cores = 1", 1, "no key 'cpu_cores'", "the table 'resources'"),
        ("[resources]\n\nmemry_gb = 1", 3, r"'memry_gb' in \[resources\]", "'memory_gb'"),
        ("resources = {\tcpu_cores = 1, memry_gb = 2 }", 1, "'memry_gb'", "'memory_gb'"),
        ("[stages.p.access]\nport = 99999", 2, "port = 99999 cannot", "from 1 to 65535"),
        ('[access]\nauth = "yes"', 2, "auth = 'yes'", "true or false"),
        ("models = [1]", 1, "models", "a list of registered models"),
        ("resources = 1", 1, "resources has to be a table", "[resources]"),
        ("services = 1", 1, "services has to hold tables", "[services.NAME]"),
        ("[serving.environment_variables]\nA = 1", 2, "environment_variables", "names and their"),
        ('\nname = "a"\n[services.b]', 2, "no name of its own", "[services.NAME]"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_way_out(
    write: Write, text: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        write(text)
    assert hint in caught.value.hint
    assert f"line {line}" in caught.value.message
    assert "brygga.toml" in caught.value.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[resources]\n\ncpu_cores = '${CPU}'", 3, "the variable CPU is not set"),
        ("secrets = [\n'A',\n'${B}',\n]", 3, "the variable B is not set"),
        ("description = '${1}'", 1, "is no variable"),
        ("[resources]\ncpu_cores = '${X:-many}'", 2, "cpu_cores = 'many'"),
        ("secrets = ['TOKEN=abc']", 1, "'TOKEN' must not stand in the file"),
        ("[environment]\npackages = ['a']\nregistered = 'b'", 3, "exclude each other"),
        ("image = 'a'\nentry_script = 'b'", 1, "an image has script"),
        ("\nsample_input = 'no.json'", 2, "there is no 'no.json'"),
        ("[environment]\nconda_file = '${X:-no.yml}'", 2, "conda_file: there is no 'no.yml'"),
        ("\nname = 'Svc_1'", 2, "'Svc_1' is not a name for a service"),
    ],
)
def test_a_mistake_that_only_a_deployment_meets(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    (tmp_path / "svc").mkdir()
    (tmp_path / "svc/brygga.toml").write_text(f"{text}\n")
    project = Project.read(tmp_path / "svc/brygga.toml")
    with pytest.raises(InvalidInputError, match=message) as caught:
        project.service(environ={"PATH": ""})
    assert f"line {line}:" in caught.value.message


def test_what_is_not_there_names_what_is(write: Write, tmp_path: Path) -> None:
    project = write(OVERLAID)
    with pytest.raises(NotFoundError) as caught:
        project.service("three")
    assert "one, two" in caught.value.hint
    with pytest.raises(NotFoundError) as caught:
        project.service("one", stage="live")
    assert "prod, test" in caught.value.hint
    with pytest.raises(InvalidInputError, match="has 2 services") as several:
        project.service()
    assert "one, two" in several.value.hint
    with pytest.raises(NotFoundError, match="project file"):
        Project.read(tmp_path / "no.toml")


def test_it_is_looked_for_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "repository/src/inner"
    inner.mkdir(parents=True)
    (tmp_path / "brygga.toml").write_text("")
    assert Project.find(inner) is None
    (tmp_path / "repository/.git").mkdir()
    assert Project.find(inner) is None
    pyproject = tmp_path / "repository/pyproject.toml"
    pyproject.write_text("[project]\nname = 'x'\n")
    assert Project.find(inner) is None
    pyproject.write_text("[tool.brygga]\nname = 'svc'\n[tool.brygga.resources]\ncpu = 1\n")
    with pytest.raises(InvalidInputError, match=r"pyproject.toml, line 4: .*'cpu'"):
        Project.find(inner)
    (tmp_path / "repository/src/brygga.toml").write_text("name = 'nearer'")
    found = Project.find(inner)
    assert found is not None
    assert found.names == ("nearer",)


def test_a_pyproject_without_a_table_is_no_project(write: Write) -> None:
    with pytest.raises(NotFoundError, match="pyproject") as caught:
        write("[tool.other]", "pyproject.toml")
    assert "[tool.brygga]" in caught.value.hint


def test_a_file_that_nobody_wrote_by_hand_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "brygga.toml").open("wb") as file:
        file.truncate(50 << 20)
    with pytest.raises(InvalidInputError, match="is larger than 1 MB"):
        Project.read(tmp_path / "brygga.toml")
    (tmp_path / "brygga.toml").rename(tmp_path / "pyproject.toml")
    assert Project.find(tmp_path) is None
