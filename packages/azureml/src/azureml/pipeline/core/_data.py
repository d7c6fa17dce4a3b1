"""What passes from one step to the next, and what a pipeline is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.datastore import Datastore


class PipelineData:
    """A folder that one step writes and others read; each run of a pipeline has its own."""

    @checked
    def __init__(
        self,
        name: str,
        datastore: Datastore | None = None,
        output_name: str | None = None,
        output_mode: str = "mount",
        output_path_on_compute: str | None = None,
        output_overwrite: bool | None = None,
        data_type: str | None = None,
        is_directory: bool | None = None,
        pipeline_output_name: str | None = None,
        training_output: Any = None,
    ) -> None:
        if not name.replace("_", "").isalnum():
            raise UserErrorException(
                f"Invalid name {name!r} for PipelineData: it has only letters, digits and "
                "underscores."
            )
        self._name = name
        self._datastore = datastore
        self._data_type = data_type
        self._output_name = pipeline_output_name
        self._producer: Any = None

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def datastore(self) -> Datastore | None:
        """Where its folder is; None for the workspace's own."""
        return self._datastore

    @property
    def data_type(self) -> str | None:
        """What was given."""
        return self._data_type

    def as_download(
        self,
        input_name: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
    ) -> PipelineData:
        """The same folder."""
        return self

    def as_mount(self, input_name: str | None = None) -> PipelineData:
        """The same folder."""
        return self

    def as_input(self, input_name: str) -> PipelineData:
        """The same folder."""
        return self

    def get_env_variable_name(self) -> str:
        """Of the variable that a script finds the path in."""
        return f"AZUREML_DATAREFERENCE_{self.name}"

    def _place(self, run_id: str) -> str:
        return f"azureml/{run_id}/{self.name}"

    def __repr__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.name}"


class PipelineParameter:
    """A value that is given when a pipeline is submitted."""

    def __init__(self, name: str, default_value: Any) -> None:
        if not isinstance(default_value, str | int | float | bool):
            raise UserErrorException(
                f"The default of the parameter {name} is of type {type(default_value).__name__}: "
                "give a number or a text, and places in datastores as inputs of the step."
            )
        self.name = name
        self.default_value = default_value

    def _value(self, given: Mapping[str, Any]) -> Any:
        return given.get(self.name, self.default_value)

    def __repr__(self) -> str:
        return f"PipelineParameter(name={self.name!r}, default_value={self.default_value!r})"
