"""What a parameter type is; scripts derive their own from it."""

from abc import ABC, abstractmethod
from typing import Any, Dict, List


class AbstractParameterType(ABC):
    """A type made from a sample value."""

    def __init__(self, sample_input: Any) -> None:
        self.sample_input = sample_input
        self.sample_data_type = type(sample_input)

    @abstractmethod
    def deserialize_input(self, input_data: Any) -> Any:
        """The argument from its JSON value. Raises where it cannot be."""

    @abstractmethod
    def input_to_swagger(self) -> Dict[str, Any]:
        """The OpenAPI schema, with the sample under `example`."""

    def supported_versions(self) -> List[str]:
        """The OpenAPI versions that can tell this schema; version 2 has no lists of mixed types."""
        versions = ["3.0", "3.1"]
        if _is_uniform(self.input_to_swagger()["example"]):
            versions.insert(0, "2.0")
        return versions


def _is_uniform(example: Any) -> bool:
    if type(example) is list:
        kinds = {type(item) for item in example}
        return len(kinds) < 2 and (list not in kinds or all(map(_is_uniform, example)))
    if type(example) is dict:
        return all(map(_is_uniform, example.values()))
    return True
