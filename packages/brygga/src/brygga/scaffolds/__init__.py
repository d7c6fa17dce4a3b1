"""Projects to begin with: from a template, or around a model that is there."""

from brygga.scaffolds.of_model import scaffold_of_model
from brygga.scaffolds.scaffold import Scaffold
from brygga.scaffolds.service_name import service_name
from brygga.scaffolds.template import TEMPLATES, scaffold_of_template

__all__ = [
    "TEMPLATES",
    "Scaffold",
    "scaffold_of_model",
    "scaffold_of_template",
    "service_name",
]
