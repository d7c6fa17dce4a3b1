"""Names that cannot be used, in v1's words."""

from __future__ import annotations

from azureml.exceptions import WebserviceException

_SERVICE = (
    "It must only consist of lowercase letters, numbers, or dashes, start with a letter, end with "
    "a letter or number, and be between 3 and 32 characters long."
)
_ASSET = (
    "It must only consist of letters, numbers, dashes, periods, or underscores, start with a "
    "letter or number, and be between 1 and 255 characters long."
)


def check_name(kind: str, name: str) -> None:
    """Refuses a name for a service, a model or an image.

    Raises:
        WebserviceException: it breaks the rule for its kind.
    """
    from brygga import InvalidNameError
    from brygga.names import check_image_name, check_model_name, check_service_name

    checks = {
        "service": (check_service_name, _SERVICE),
        "model": (check_model_name, _ASSET),
        "image": (check_image_name, _ASSET),
    }
    check, rule = checks[kind]
    try:
        check(name)
    except InvalidNameError as error:
        article = "an" if kind == "image" else "a"
        raise WebserviceException(f"Invalid name {name!r} for {article} {kind}. {rule}") from error
