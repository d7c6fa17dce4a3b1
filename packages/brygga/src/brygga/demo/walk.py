"""The walk from a data set to a scored web service, and back to nothing."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from brygga.demo import extras
from brygga.demo.steps import Say, Steps
from brygga.errors import AlreadyExistsError
from brygga.hints import Action, Hint, Verb
from brygga.store.files import make_folder, scratch_folder

if TYPE_CHECKING:
    from brygga.demo.data import Digits
    from brygga.environments import Environment
    from brygga.models import Model
    from brygga.services import Service
    from brygga.workspace import Workspace

NAME = "brygga-demo"
"""Of the service and the model."""

INPUT = "input.json"
"""With `keep`, this file in the output folder holds an image to send."""

_FOREIGN = "The demo did not make it; delete it to run the demo: {}"
_TAGS = {"made-by": "brygga demo"}
_SCRIPTS = Path(__file__).parent / "scoring"
_SAMPLES = 30


class Demo:
    """One run of the demo in a workspace.

    What it makes bears a tag: only what has it is ever deleted.

    Args:
        data: The folder with MNIST; None takes the digits that come with scikit-learn.
        output: The folder for the pictures.
        keep: Leave service and model when all went well.
        say: Prints one line.
    """

    def __init__(
        self, workspace: Workspace, *, data: Path | None, output: Path, keep: bool, say: Say
    ) -> None:
        self._workspace = workspace
        self._data = data
        self._output = output
        self._keep = keep
        self._say = say

    def run(self) -> Service | None:
        """Walks all the steps; on failure and on Ctrl-C nothing of it stays.

        Returns:
            The service that was kept.

        Raises:
            AlreadyExistsError: a service or model of its name is somebody else's.
            BryggaError: something did not work.
        """
        extras.require()
        self._refuse_others()
        make_folder(self._output, mode=None)
        steps = Steps(self._say, total=6 if self._keep else 7)
        try:
            self._remove()
            with scratch_folder() as folder:
                service = self._walk(steps, folder)
            if not self._keep:
                with steps.step("Delete the service and the model"):
                    self._remove()
        except BaseException:
            self._say("Cleaning up: the service and the model of the demo are deleted.")
            self._remove()
            raise
        self._say("")
        steps.summary()
        return service if self._keep else None

    def _walk(self, steps: Steps, folder: Path) -> Service:
        """All steps up to the scored service."""
        with steps.step("Train a logistic regression") as say:
            digits, path = self._train(folder, say)
        with steps.step("Register the model") as say:
            model = self._workspace.models.register(NAME, path, tags=_TAGS)
            say(f"{model.id}, {model.size:,} bytes, sha256 {model.sha256[:12]}...")
        with steps.step("Test it here, in its own locked environment, without a service") as say:
            self._test(model, digits, say)
        with steps.step("Deploy it: 1 core, 1 GB, as processes of this machine") as say:
            service = self._deploy(model, say)
        with steps.step("Wait until it is ready") as say:
            service.wait_for_deployment()
            say(f"{str(service.state).lower()} at {service.scoring_uri}")
        with steps.step(f"Score {_SAMPLES} random images with the SDK, one with plain HTTP") as say:
            self._score(service, digits, say)
        return service

    def _train(self, folder: Path, say: Say) -> tuple[Digits, Path]:
        from brygga.demo import data
        from brygga.demo.training import train

        digits = data.bundled() if self._data is None else data.mnist(self._data)
        say(
            f"{digits.name}: {len(digits.train_labels):,} images of {digits.side} by {digits.side} "
            f"pixels to train on, {len(digits.test_labels):,} to test with"
        )
        return digits, train(digits, folder)

    def _test(self, model: Model, digits: Digits, say: Say) -> None:
        from sklearn.metrics import confusion_matrix

        from brygga.demo.calls import answers, in_parts
        from brygga.demo.figures import save_confusion

        environment = _environment()
        self._name_packages(environment, say)
        report = self._workspace.services.test(
            models=[model],
            entry_script=_SCRIPTS / "score.py",
            environment=environment,
            inputs=in_parts(digits.test_images),
            progress=say,
        )
        matrix = confusion_matrix(digits.test_labels, answers(report))
        say(f"accuracy {matrix.trace() / matrix.sum():.4f}; digits (rows) and answers (columns):")
        for row in str(matrix).splitlines():
            say(f"  {row}")
        save_confusion(matrix, self._output / "conf.png")
        say(f"wrote {self._output / 'conf.png'}")

    def _name_packages(self, environment: Environment, say: Say) -> None:
        """Says what is installed twice, and why."""
        packages = self._workspace.environments.lock(environment).packages
        say("Installed twice, here for training and in the environment of the service:")
        for line in textwrap.wrap(", ".join(each.replace("==", " ") for each in packages), 84):
            say(f"  {line}")
        say("So nothing that changes here changes the service. Services with the same packages")
        say("share that environment: it is made once.")

    def _deploy(self, model: Model, say: Say) -> Service:
        return self._workspace.services.deploy(
            NAME,
            models=[model],
            entry_script=_SCRIPTS / "score.py",
            environment=_environment(),
            cpu_cores=1,
            memory_gb=1,
            target="process",
            tags=_TAGS,
            progress=say,
        )

    def _score(self, service: Service, digits: Digits, say: Say) -> None:
        import numpy as np

        from brygga.demo.calls import post
        from brygga.demo.figures import save_strip

        random = np.random.default_rng()
        chosen = random.choice(len(digits.test_labels), _SAMPLES, replace=False)
        images, labels = digits.test_images[chosen], digits.test_labels[chosen]
        predicted = np.array(service.run({"data": images}))
        say(f"{(predicted == labels).sum()} of {_SAMPLES} are right")
        path = self._output / "results.png"
        save_strip(images, labels, predicted, digits.side, path)
        say(f"wrote {path}")
        status, text = post(service, images[:1])
        say(f"POST {service.scoring_uri} answers {status} {text}; it is a {labels[0]}")
        if self._keep:
            (self._output / INPUT).write_text(json.dumps({"data": images[:1].tolist()}))

    def _refuse_others(self) -> None:
        service = self._workspace.services.find(NAME)
        if service is not None and not _TAGS.items() <= dict(service.tags).items():
            raise AlreadyExistsError(
                "service",
                NAME,
                hint=Hint.of(_FOREIGN, Action(Verb.DELETE_SERVICE, {"name": NAME})),
            )
        for model in self._workspace.models.list(NAME):
            if not _TAGS.items() <= dict(model.tags).items():
                raise AlreadyExistsError(
                    "model",
                    model.id,
                    hint=Hint.of(_FOREIGN, Action(Verb.DELETE_MODEL, {"name": model.id})),
                )

    def _remove(self) -> None:
        """Deletes what a demo has made: this one, or an earlier one that was kept or killed."""
        service = self._workspace.services.find(NAME)
        if service is not None:
            service.delete()
        for model in self._workspace.models.list(NAME):
            model.delete()


def _environment() -> Environment:
    from brygga.environments import Environment

    return Environment.from_conda_file(_SCRIPTS / "myenv.yml")
