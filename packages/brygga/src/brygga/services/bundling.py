"""What a deployment serves: a bundle made of what was named, that of an image, or the present."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from brygga.environments import Environment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.images import Image
from brygga.images.assemble import Ingredients
from brygga.images.base import BaseOptions
from brygga.images.bundle import Bundle
from brygga.images.no_code import SCORING_SCRIPTS
from brygga.images.no_code.framework import script_of_model
from brygga.models import Model
from brygga.operations import Progress
from brygga.services.dependencies import ServiceDependencies
from brygga.spec import Build, ServiceSpec
from brygga.targets.base import Target


@dataclass(frozen=True)
class Served:
    """What was named to be served; nothing of it, where a service is to go on with what it has.

    Attributes:
        folder: Where the relative paths of code start.
        image: A registered image, instead of all the others.
    """

    entry_script: str | Path | None = None
    models: Sequence[Model | str | Path] = ()
    source_directory: str | Path | None = None
    dependencies: Sequence[str | Path] = ()
    environment: Environment | None = None
    image: Image | str | None = None
    build: Build = Build()  # noqa: RUF009 - frozen
    folder: Path = Path()

    def __post_init__(self) -> None:
        if self.image is not None and self._ingredients:
            raise InvalidInputError(
                "An image has its script, models, environment and base image in it already.",
                code=ErrorCode.OPTION_CONFLICT,
                hint="Give either an image or those.",
            )

    def __bool__(self) -> bool:
        return self.image is not None or self._ingredients

    def variables(self, parts: ServiceDependencies) -> Mapping[str, str]:
        """Those that come with the environment, or with that of the image."""
        if self.image is not None:
            image = parts.images.get(self.image) if isinstance(self.image, str) else self.image
            return image.variables
        return {} if self.environment is None else self.environment.variables

    @property
    def _ingredients(self) -> bool:
        named = (self.entry_script, self.source_directory, self.environment)
        return any(each is not None for each in named) or bool(
            self.models or self.dependencies or self.build.said()
        )

    def bundle(
        self,
        parts: ServiceDependencies,
        spec: ServiceSpec,
        target: Target,
        present: Mapping[str, Any] | None,
        progress: Progress,
    ) -> Bundle:
        """The bundle of it all, as the target can run it.

        Args:
            present: That of the service as it is; None where it is new.

        Raises:
            InvalidInputError: nothing was named, or the target cannot honour what an image asks.
        """
        if self.image is not None:
            image = parts.images.get(self.image) if isinstance(self.image, str) else self.image
            parts.require_capable(target, spec, image.bundle.base)
            return image.bundle
        if not self and present is not None:
            return Bundle.from_dict(present)
        script, environment = self.entry_script, self.environment
        if script is None and self._is_a_model(present):
            script, packages = script_of_model(self.models[0], parts.images.assembler.models)
            environment = environment or packages
        if script is None and present is not None and not self._of_code:
            kept = Bundle.from_dict(present)
            bundle = parts.images.assembler.changed(
                kept,
                progress,
                models=self.models or None,
                environment=environment,
                base=None if kept.base is None else self._base(parts),
            )
            parts.require_capable(target, spec, bundle.base)
            return bundle
        if script is None:
            raise InvalidInputError(
                "There is no entry script." if self else "There is nothing to deploy.",
                code=ErrorCode.SERVICE_NOTHING_TO_SERVE,
                hint="Give the file with init() and run(), or an image; a single model of "
                "scikit-learn, ONNX, XGBoost or LightGBM needs neither.",
            )
        wanted = Ingredients(
            script,
            self.source_directory,
            self.models,
            environment,
            self._base(parts),
            self.dependencies,
            self.folder,
        )
        bundle = parts.images.assembler.assemble(wanted, progress)
        parts.require_capable(target, spec, bundle.base)
        # What a service does not run on is no part of it; an image stays the one that was named.
        return bundle if target.capabilities.images else replace(bundle, base=None)

    def _is_a_model(self, present: Mapping[str, Any] | None) -> bool:
        """Whether one model is named and no code, and the service has none of its own."""
        own = present is not None and present["entry_script"] not in SCORING_SCRIPTS
        code = self.source_directory is not None or self.dependencies
        return len(self.models) == 1 and not code and not own

    @property
    def _of_code(self) -> bool:
        """Whether something is said that means nothing without a script."""
        return self.source_directory is not None or bool(self.dependencies or self.build.said())

    def _base(self, parts: ServiceDependencies) -> BaseOptions:
        return BaseOptions(parts.images.default_base, self.build.read())
