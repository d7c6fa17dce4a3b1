"""What a revision changes of the one before, in words."""

import pytest

from brygga.spec import ServiceSpec
from brygga.spec.change import changes_between

BEFORE = ServiceSpec("svc", cpu_cores=0.5, environment_variables={"A": "1", "B": "2"})


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (BEFORE, []),
        (
            ServiceSpec("svc", environment_variables={"A": "1", "B": "2"}, auth=False),
            ["cpu_cores: 0.5 -> 1", "auth: on -> off"],
        ),
        (
            ServiceSpec("svc", cpu_cores=0.5, environment_variables={"A": "1", "C": "3"}),
            ["environment_variables: B=2 -> C=3"],
        ),
        (
            ServiceSpec(
                "svc",
                cpu_cores=0.5,
                environment_variables={"A": "1", "B": "2"},
                workers=2,
                secrets=("TOKEN",),
                tls_certificate="pem",
            ),
            ["workers: unset -> 2", "tls: off -> on", "secrets: none -> TOKEN"],
        ),
    ],
)
def test_changes(after: ServiceSpec, words: list[str]) -> None:
    assert [str(each) for each in changes_between(BEFORE, after)] == words
