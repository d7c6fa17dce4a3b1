"""`brygga.toml`: what the services of a project are to be, beside the code."""

from typing import TYPE_CHECKING

from brygga.first_use import at_first_use

if TYPE_CHECKING:
    from brygga.project.described import DescribedService, packages_of_script
    from brygga.project.environment import EnvironmentSource
    from brygga.project.export import Exported
    from brygga.project.project import Project
    from brygga.project.schema import json_schema

__all__ = [
    "DescribedService",
    "EnvironmentSource",
    "Exported",
    "Project",
    "json_schema",
    "packages_of_script",
]

__getattr__ = at_first_use(
    __name__,
    {
        "DescribedService": "described",
        "EnvironmentSource": "environment",
        "Exported": "export",
        "Project": "project",
        "json_schema": "schema",
        "packages_of_script": "described",
    },
)
