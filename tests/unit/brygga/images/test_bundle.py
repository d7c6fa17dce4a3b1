"""One digest for everything that matters."""

from dataclasses import replace

import pytest

from brygga.images.bundle import Bundle, BundledFile, BundledModel

FILE = BundledFile("model.pkl", "a" * 64, 10)
BUNDLE = Bundle(
    entry_script="score.py",
    source_directory=None,
    models=(BundledModel("mnist", 3, "a" * 64, (FILE,)),),
    code=(BundledFile("score.py", "b" * 64, 20),),
    lock="c" * 64,
    python="3.11",
    platform="linux-x86_64",
    server="d" * 64,
)


def test_it_survives_json() -> None:
    assert Bundle.from_dict(BUNDLE.to_dict()) == BUNDLE
    assert Bundle.from_dict(BUNDLE.to_dict()).digest == BUNDLE.digest


@pytest.mark.parametrize(
    "other",
    [
        replace(BUNDLE, entry_script="other.py"),
        replace(BUNDLE, source_directory="src"),
        replace(BUNDLE, models=()),
        replace(BUNDLE, models=(replace(BUNDLE.models[0], version=4),)),
        replace(BUNDLE, code=(replace(BUNDLE.code[0], executable=True),)),
        replace(BUNDLE, lock="e" * 64),
        replace(BUNDLE, python="3.12"),
        replace(BUNDLE, platform="linux-aarch64"),
        replace(BUNDLE, server="e" * 64),
    ],
)
def test_whatever_changes_the_service_changes_the_digest(other: Bundle) -> None:
    assert other.digest != BUNDLE.digest


def test_the_model_directory_is_a_single_models_own_or_the_root_of_all() -> None:
    second = replace(BUNDLE.models[0], name="other")

    assert BUNDLE.model_dir == "azureml-models/mnist/3"
    assert replace(BUNDLE, models=()).model_dir == "azureml-models"
    assert replace(BUNDLE, models=(*BUNDLE.models, second)).model_dir == "azureml-models"
