"""How objects of a service are written down."""

import yaml

from brygga.services.manifest import as_yaml

OBJECTS = [
    {"kind": "ConfigMap", "data": {"serve.json": '{\n  "port": 5001\n}\n'}},
    {
        "kind": "Deployment",
        "spec": {
            "volumes": [{"name": "keys", "secret": {"secretName": "digits-keys"}}],
            "imagePullSecrets": [{"name": "digits-pull"}],
        },
    },
]


def test_they_are_the_same_when_they_are_read() -> None:
    assert list(yaml.safe_load_all(as_yaml(OBJECTS))) == OBJECTS


def test_what_has_lines_is_written_in_lines() -> None:
    assert '  serve.json: |\n    {\n      "port": 5001\n    }\n' in as_yaml(OBJECTS)


def test_secrets_that_are_not_among_them_are_told() -> None:
    above = as_yaml(OBJECTS).splitlines()[0]
    assert above == "# Secrets that have to be there: digits-keys, digits-pull."
    assert as_yaml(OBJECTS[:1]).startswith("kind: ConfigMap")
