import pytest

from brygga.errors import InvalidNameError
from brygga.names import check_environment_name, check_service_name


@pytest.mark.parametrize("name", ["abc", "a-b", "a1-2", "a" * 32, "sklearn-mnist-svc"])
def test_names_of_services(name: str) -> None:
    assert check_service_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "ab", "a" * 33, "Abc", "1abc", "-abc", "abc-", "a_bc", "a.bc", "abc\n", "äbc"]
)
def test_names_no_service_has(name: str) -> None:
    with pytest.raises(InvalidNameError, match="3 to 32 lowercase letters"):
        check_service_name(name)


def test_names_of_environments_follow_the_rule_of_models() -> None:
    assert check_environment_name("My.env_1-x") == "My.env_1-x"
    with pytest.raises(InvalidNameError, match="environment"):
        check_environment_name("a b")
