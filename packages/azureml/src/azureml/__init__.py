"""The import name of Azure ML SDK v1, answered by Brygga.

A real `azureml-core` in the same environment would be shadowed in part and break in odd places, so
it is refused by name.
"""

from importlib.metadata import PackageNotFoundError, version

__all__: list[str] = []


def _refuse_the_real_one() -> None:
    try:
        found = version("azureml-core")
    except PackageNotFoundError:
        return
    raise ImportError(
        f"azureml-core {found} and brygga-azureml are installed side by side, and both claim the "
        "name `azureml`. Keep Brygga's with `pip uninstall azureml-core` followed by "
        "`pip install --force-reinstall --no-deps brygga-azureml`, or Microsoft's with "
        "`pip uninstall brygga-azureml` followed by "
        "`pip install --force-reinstall --no-deps azureml-core`."
    )


def _tell_what_is_missing() -> None:
    from azureml._support import absent

    absent.install()


_refuse_the_real_one()
_tell_what_is_missing()
