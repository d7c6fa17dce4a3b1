"""What can be asked of a service: said or not, by itself or in a group, of the right type."""

import copy
import inspect
import pickle
from dataclasses import MISSING, fields

import pytest

from brygga.errors import InvalidInputError
from brygga.services import Service, ServiceCollection
from brygga.spec import (
    SPEC_OPTIONS,
    Access,
    Asked,
    Build,
    Endpoint,
    Resources,
    ServiceSpec,
    Serving,
)
from brygga_server.settings import ServerSettings


def asked(**keywords: object) -> Asked:
    return Asked.read("deploy", keywords)


def test_a_group_knows_what_was_said() -> None:
    group = Resources(cpu_cores=2.0)

    assert (group.said(), group.memory_gb) == ({"cpu_cores": 2.0}, 1.0)
    assert repr(group) == "Resources(cpu_cores=2.0)"
    assert Resources(cpu_cores=1.0).said() == {"cpu_cores": 1.0}
    for same in (copy.copy(group), pickle.loads(pickle.dumps(group))):
        assert (same, same.said()) == (group, group.said())


def test_keys_are_not_shown() -> None:
    assert "secret" not in repr(Access(keys={"primary": "secret"}))


def test_keywords_find_their_groups() -> None:
    found = asked(cpu_cores=2, auth=False, workers=3, base_image="b:1", port=None)

    assert found.resources.said() == {"cpu_cores": 2}
    assert found.access.said() == {"auth": False}
    assert found.serving.said() == {"workers": 3}
    assert found.build == Build(base_image="b:1")
    assert found.changes() == {"cpu_cores": 2, "auth": False, "workers": 3}


def test_a_keyword_that_is_none_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(TypeError, match=r"deploy\(\).*'cpu_core'. Did you mean 'cpu_cores'\?"):
        asked(cpu_core=1)


def test_nothing_is_said_twice() -> None:
    with pytest.raises(InvalidInputError, match="cpu_cores is given twice"):
        Asked.read("deploy", {"cpu_cores": 1}, resources=Resources(cpu_cores=2))


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("cpu_cores", "2", "a number"),
        ("num_replicas", 1.5, "a whole number from 1"),
        ("num_replicas", 0, "from 1"),
        ("port", 70_000, "to 65535"),
        ("auth", "no", "true or false"),
        ("log_format", "xml", "text, json"),
        ("environment_variables", "A=b", "names and their texts"),
        ("workers", True, "a whole number"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(name: str, value: object, hint: str) -> None:
    with pytest.raises(InvalidInputError, match=name) as caught:
        asked(**{name: value})
    assert hint in caught.value.hint


def test_texts_mean_values() -> None:
    texts = {"cpu_cores": "0.5", "auth": "no", "workers": "", "environment_variables": "A=b,C=d"}
    values = {name: SPEC_OPTIONS[name].parse(text) for name, text in texts.items()}

    assert values == {
        "cpu_cores": 0.5,
        "auth": False,
        "workers": None,
        "environment_variables": {"A": "b", "C": "d"},
    }
    with pytest.raises(InvalidInputError, match="workers='many'"):
        SPEC_OPTIONS["workers"].parse("many")


def test_every_option_is_kept_in_a_row_and_read_again() -> None:
    spec = ServiceSpec("svc", cpu_cores=2, auth=False, port=80, secrets=("A",), log_format="json")

    assert ServiceSpec.from_dict(spec.to_dict()) == spec
    assert set(SPEC_OPTIONS) <= {f.name for f in fields(ServiceSpec)}


def test_the_row_of_an_older_version_is_read() -> None:
    row = {
        "name": "svc", "cpu_cores": 0.5, "memory_gb": 2.0, "host": "127.0.0.1", "port": None,
        "auth_enabled": False, "workers": None, "threads_per_worker": 1,
        "scoring_timeout_ms": 60000, "init_timeout_s": 600.0, "profile": "v1", "log_format": "text",
        "environment_variables": {"A": "b"}, "secrets": ["TOKEN"], "something_gone": 1,
    }  # fmt: skip
    spec = ServiceSpec.from_dict(row)

    assert (spec.auth, spec.profile, spec.secrets) == (False, "v1", ("TOKEN",))
    assert (spec.cpu_cores, spec.environment_variables) == (0.5, {"A": "b"})


def test_what_the_server_is_told_it_knows() -> None:
    """A setting is in the server's table and, where a service may have it, here: no third place."""
    known = {f.name: f for f in fields(ServerSettings)}
    for name, option in SPEC_OPTIONS.items():
        if not option.setting:
            continue
        row = known[option.setting]
        default = {} if row.default is MISSING else row.default
        assert option.default in (None, default) or name == "cpu_cores", name
        for example in (*option.choices, option.default):
            assert example is None or row.metadata["kind"].read(example) == example, name


# What targets set, and what has no meaning but for a server that is started by hand.
_NO_OPTIONS = {
    "service_name", "service_version", "revision", "app_root", "entry_script", "source_directory",
    "model_dir", "python", "secrets_dir", "memory_bytes", "max_processes", "control_groups", "host",
    "port", "health_port", "metrics_socket", "listen_fd", "keys_file",
    "tls_certificate", "tls_key", "version_header", "grace_s", "rest_grace_s", "max_header_bytes",
    "header_timeout_s", "idle_timeout_s", "control_socket", "status_file",
}  # fmt: skip


def test_a_setting_of_the_server_is_an_option_or_known_to_be_none() -> None:
    told = {option.setting for option in SPEC_OPTIONS.values() if option.setting}
    rows = {f.name for f in fields(ServerSettings)}
    assert rows - told == _NO_OPTIONS
    for option in SPEC_OPTIONS.values():
        for variable in option.variables:
            row = next(f for f in fields(ServerSettings) if f.name == option.setting)
            assert variable in row.metadata["env"]


def test_variables_of_v1_mean_options_unless_those_are_said() -> None:
    variables = {"WORKER_COUNT": "3", "AZUREML_LOG_LEVEL": "debug", "MINE": "1"}
    meant, sentences = asked(environment_variables=variables).heeding_variables()

    assert (meant.serving.workers, meant.serving.log_level) == (3, "DEBUG")
    assert meant.serving.environment_variables == variables
    assert sentences == [
        "WORKER_COUNT is a setting of the server: workers=3.",
        "AZUREML_LOG_LEVEL is a setting of the server: log_level=DEBUG.",
    ]
    said, none = asked(environment_variables={"WORKER_COUNT": "3"}, workers=1).heeding_variables()
    assert (said.serving.workers, none) == (1, [])
    with pytest.raises(InvalidInputError, match="SCORING_TIMEOUT_MS='soon'"):
        asked(environment_variables={"SCORING_TIMEOUT_MS": "soon"}).heeding_variables()


def test_what_is_not_said_of_the_server_is_left_to_it() -> None:
    assert "cors_origins" not in ServiceSpec("svc").server_settings()
    told = ServiceSpec("svc", cors_origins="*", access_log=False).server_settings()
    assert (told["cors_origins"], told["access_log"]) == ("*", False)


def test_calls_show_every_option_among_their_keywords() -> None:
    stored = {f.name for group in (Resources, Access, Serving) for f in fields(group)}
    deploy = inspect.signature(ServiceCollection.deploy).parameters
    assert stored | {f.name for f in fields(Build)} <= set(deploy)
    assert stored <= set(inspect.signature(Service.reconfigure).parameters)
    assert inspect.Parameter.VAR_KEYWORD not in {each.kind for each in deploy.values()}


def test_the_docstring_of_a_group_says_what_each_option_is() -> None:
    for group in (Resources, Endpoint, Serving):
        for each in fields(group):
            assert f"{each.name}: " in (group.__doc__ or "")


def test_names_without_a_text_are_refused() -> None:
    variables = SPEC_OPTIONS["environment_variables"]
    assert variables.parse("A=1,B=") == {"A": "1", "B": ""}
    with pytest.raises(InvalidInputError, match="names and their texts, as NAME=TEXT"):
        variables.parse("FOO")
