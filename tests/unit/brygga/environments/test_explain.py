import pytest

from brygga import errors
from brygga.environments.explain import explain, near_names
from brygga.environments.index import redacted


def test_a_package_that_does_not_exist() -> None:
    error = explain(
        "error: No solution found when resolving dependencies\n"
        "  cause: Because scikit-lern was not found in the package registry and you require "
        "scikit-lern>=1, we can conclude that your requirements are unsatisfiable.\n",
        ["numpy", "scikit-lern"],
    )
    assert isinstance(error, errors.PackageNotFoundError)
    assert error.name == "scikit-lern"
    assert "scikit-learn" in error.near


def test_names_that_are_installed_are_near() -> None:
    text = "No solution found\ncause: Because our-own-tol was not found in the package registry"
    error = explain(text, ["our-own-tol"], ["our-own-tool"])
    assert isinstance(error, errors.PackageNotFoundError)
    assert error.near == ("our-own-tool",)


def test_a_package_another_one_needs_is_explained_by_the_resolver() -> None:
    text = (
        "error: No solution found\n  cause: Because inner was not found in the package registry "
        "and outer depends on inner, we can conclude that outer cannot be used."
    )
    error = explain(text, ["outer"])
    assert isinstance(error, errors.ResolutionError)
    assert error.explanation.startswith("Because inner was not found")


def test_the_explanation_is_the_resolvers_without_its_drawing() -> None:
    drawn = (
        "  \u00d7 No solution found when resolving dependencies:\n"
        "  \u2570\u2500\u25b6 Because numpy==99 does not exist:\n      and you require it\n"
        "\nhint: Ask for less\n      of it"
    )
    error = explain(drawn, ["numpy"])
    assert isinstance(error, errors.ResolutionError)
    assert error.explanation == "Because numpy==99 does not exist:\nand you require it"
    assert error.hint == "Ask for less of it"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("error: Failed to fetch: x\n  cause: dns error", errors.PackageIndexError),
        ("hint: x could not be queried (401 Unauthorized).", errors.PackageIndexError),
        ("error: Hash mismatch for six", errors.PackagingError),
        ("error: No space left on device (os error 28)", errors.PackagingError),
        ("", errors.PackagingError),
    ],
)
def test_other_failures(text: str, kind: type[errors.BryggaError]) -> None:
    error = explain(text, [])
    assert type(error) is kind
    assert error.hint


def test_credentials_do_not_reach_anybody() -> None:
    assert redacted("GET https://me:pw@h.invalid/s failed") == "GET https://***@h.invalid/s failed"


def test_an_import_leads_to_its_package() -> None:
    assert near_names("dateutil") == ["python-dateutil"]
