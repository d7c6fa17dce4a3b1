"""One of each thing that v1 has names for: the objects that its documented calls are made on."""

from functools import cached_property
from pathlib import Path
from typing import Any

from azureml.core import (
    Dataset,
    Environment,
    Experiment,
    Image,
    Model,
    Run,
    ScriptRunConfig,
    Workspace,
)
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.image import ContainerImage
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice, Webservice

SCORE = "import json\ndef init(): ...\ndef run(data):\n    return json.loads(data)\n"
TRAIN = "print('trained')\n"


class World:
    """A workspace in the working folder; what is in it is made when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = 0
        (folder / "score.py").write_text(SCORE)
        (folder / "train.py").write_text(TRAIN)
        (folder / "model.txt").write_text("model")
        (folder / "rows.csv").write_text("x\n1\n")
        (folder / "requirements.txt").write_text("azureml-defaults\n")
        (folder / "Dockerfile").write_text("FROM python:3.11-slim\n")
        (folder / "schema.json").write_text("{}")
        (folder / "some").mkdir()
        (folder / "some" / "file.txt").write_text("file")
        CondaDependencies().save("env.yml")
        (folder / "any-1.0-py3-none-any.whl").touch()

    def name(self) -> str:
        """One that nothing has yet."""
        self._names += 1
        return f"thing-{self._names}"

    @cached_property
    def workspace(self) -> Workspace:
        made = Workspace.create("tests", subscription_id="s", resource_group="r", show_output=False)
        made.write_config()
        return made

    @cached_property
    def model(self) -> Model:
        return self.new_model()

    def new_model(self) -> Model:
        return Model.register(self.workspace, "model.txt", "m", tags={"area": "one"})

    @property
    def environment(self) -> Environment:
        made = Environment("plain")
        made.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults"])
        return made

    @property
    def inference(self) -> InferenceConfig:
        return InferenceConfig("score.py", environment=self.environment)

    @cached_property
    def dataset(self) -> Any:
        return Dataset.Tabular.from_delimited_files("rows.csv").register(self.workspace, "rows")

    @cached_property
    def files(self) -> Any:
        return Dataset.File.from_files("some").register(self.workspace, "files")

    @cached_property
    def experiment(self) -> Experiment:
        return Experiment(self.workspace, "trying")

    def new_run(self) -> Run:
        run = self.experiment.start_logging()
        run.upload_file("outputs/model.txt", "model.txt")
        return run

    @cached_property
    def run(self) -> Run:
        return self.new_run()

    @cached_property
    def image(self) -> Image:
        return self.new_image()

    def new_image(self) -> Image:
        name = self.name()
        (self.folder / "model.txt").write_text(name)  # else it is the same as the one before
        made = ContainerImage.create(self.workspace, name, [self.new_model()], self.image_config)
        made.wait_for_creation()
        return made

    @property
    def image_config(self) -> Any:
        return ContainerImage.image_configuration("score.py", "python", "env.yml")

    def deploy(self, configuration: Any, *, image: bool = False) -> Any:
        """A service that answers."""
        if image:
            made = Webservice.deploy_from_image(
                self.workspace, self.name(), self.image, configuration
            )
        else:
            made = Model.deploy(
                self.workspace, self.name(), [self.model], self.inference, configuration
            )
        made.wait_for_deployment()
        return made

    def ended_run(self) -> Run:
        run = self.new_run()
        run.complete()
        return run

    @cached_property
    def submitted(self) -> Run:
        run = self.experiment.submit(self.script)
        run.wait_for_completion()
        return run

    @cached_property
    def script(self) -> ScriptRunConfig:
        environment = Environment("mine")
        environment.python.user_managed_dependencies = True
        return ScriptRunConfig(".", "train.py", environment=environment)

    @cached_property
    def package(self) -> Any:
        return Model.package(self.workspace, [self.model], self.inference, generate_dockerfile=True)

    @cached_property
    def profile(self) -> Any:
        rows = Dataset.Tabular.from_delimited_files("rows.csv")
        return Model.profile(self.workspace, "profile", [self.model], self.inference, rows)

    @cached_property
    def aci(self) -> Any:
        return self.deploy(AciWebservice.deploy_configuration(auth_enabled=True))

    @cached_property
    def aks(self) -> Any:
        configuration = AksWebservice.deploy_configuration(token_auth_enabled=True)
        return self.deploy(configuration, image=True)

    @cached_property
    def local(self) -> Any:
        return self.deploy(LocalWebservice.deploy_configuration())

    def new_cluster(self) -> Any:
        return ComputeTarget.create(
            self.workspace, self.name(), AksCompute.provisioning_configuration()
        )
