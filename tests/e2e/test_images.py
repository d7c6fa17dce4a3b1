"""Images in a real engine: built once, shipped as a file and through a registry, run elsewhere."""

import json
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from support.docker_registry import docker_registry
from support.engine import require_engine, run_once

from brygga import Environment, Image, ImageBuildError, Workspace
from brygga.images.engine import Engine, EngineImage
from brygga.images.loading import NewLayer, load_layer
from brygga.images.oci.documents import ConfigChange
from brygga.images.oci.layer import Tree, write_layer
from brygga.testing.services import ECHO, wait_until

REGISTRY = "127.0.0.1:5055"
"""Podman has to be told that this one speaks plain HTTP: see .ci/engine."""

READ = "open('azureml-models/weights/1/weights').read(), 'init' in open('score.py').read()"

Create = Callable[..., Image]

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True, scope="module")
def engine() -> Engine:
    return require_engine()


@pytest.fixture
def create(workspace: Workspace, tmp_path: Path) -> Iterator[Create]:
    def make(text: str = ECHO, name: str = "echo", **options: Any) -> Image:
        (tmp_path / "score.py").write_text(text)
        options = {"environment": Environment.from_packages([]), **options}
        made = workspace.images.create(name, entry_script=tmp_path / "score.py", **options)
        made.wait_for_creation()
        return made

    yield make
    for image in workspace.images.list():
        image.delete()


def test_it_is_built_once_and_found_again(engine: Engine, create: Create) -> None:
    first = create()
    second = create()

    assert (first.id, second.id) == ("echo:1", "echo:2")
    assert first.location == second.location
    assert "Building" not in second.build_log()
    assert first.size is not None
    assert first.size > 10_000_000
    assert set(first.digests["layers"]) >= {os.environ["BRYGGA_BASE_IMAGE"]}
    found = engine.find_image(str(first.location))
    assert found is not None
    assert (found.id, found.user) == (first.digests["image"], "10001:10001")
    assert found.labels["dev.brygga.bundle"] == first.digest
    assert found.labels["dev.brygga.workspace"] == "tests"


def test_a_changed_script_builds_its_own_layer_alone(create: Create) -> None:
    create()
    changed = create(ECHO.replace("init was called", "another text"))

    built = [line for line in changed.build_log().splitlines() if line.startswith("Building")]
    assert [line.partition("brygga/")[2].partition(":")[0] for line in built] == ["service"]


def test_a_service_runs_a_registered_image_on_either_target(
    create: Create, workspace: Workspace
) -> None:
    image = create()

    for target in ("process", "container"):
        service = workspace.services.deploy(f"from-{target}", image=image.id, target=target)
        service.wait_for_deployment(timeout_s=60)
        assert json.loads(service.run(4))["got"] == 4
    with pytest.raises(Exception, match="from-container revision 1"):
        image.delete()
    for service in workspace.services.list():
        service.delete()


def test_saved_it_runs_without_brygga(engine: Engine, create: Create, tmp_path: Path) -> None:
    image = create(ECHO.replace("init was called", "saved and loaded"))
    file = image.save(tmp_path / "echo.tar")
    with tarfile.open(file) as archive:
        assert "manifest.json" in archive.getnames()
    location = str(image.location)
    engine.client.api.remove_image(location, force=True)

    with file.open("rb") as stream:
        engine.client.images.load(stream)
    container = engine.client.containers.run(
        location,
        detach=True,
        read_only=True,
        cap_drop=["ALL"],
        ports={"5001/tcp": ("127.0.0.1", 0)},
    )
    try:
        container.reload()
        port = container.ports["5001/tcp"][0]["HostPort"]
        wait_until(lambda: _answers(f"http://127.0.0.1:{port}/"))
        response = urllib3.request("POST", f"http://127.0.0.1:{port}/score", body=b"5")
        assert json.loads(response.json())["got"] == 5
    finally:
        container.remove(force=True)


def test_pushed_it_can_be_pulled(
    engine: Engine, create: Create, registry: str, tmp_path: Path
) -> None:
    image = create(ECHO.replace("init was called", "pushed"))

    image.push(f"{registry}/team/echo:7")

    answer = urllib3.request("GET", f"http://{registry}/v2/team/echo/tags/list")
    assert answer.json()["tags"] == ["7"]
    engine.client.api.remove_image(f"{registry}/team/echo:7")
    engine.client.images.pull(f"{registry}/team/echo", tag="7")
    found = engine.find_image(f"{registry}/team/echo:7")
    assert found is not None
    assert found.labels["dev.brygga.bundle"] == image.digest
    engine.client.api.remove_image(f"{registry}/team/echo:7")


def test_a_registry_that_does_not_answer_is_named(create: Create) -> None:
    image = create()

    with pytest.raises(ImageBuildError, match="9/x:1 cannot be made: it was not pushed"):
        image.push("127.0.0.1:9/x:1")


def test_the_written_context_builds_elsewhere(
    engine: Engine, create: Create, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "weights").write_text("of a model")
    model = workspace.models.register("weights", tmp_path / "weights")
    image = create(models=[model])

    folder = image.write_context(tmp_path / "context")
    engine.client.images.build(path=str(folder), tag="localhost/brygga-test:context")

    try:
        code, said = run_once(
            engine,
            "localhost/brygga-test:context",
            ["/opt/brygga/env/bin/python", "-c", f"import sys; print(sys.prefix, {READ})"],
        )
        assert (code, said.split(" ", 1)) == (0, ["/opt/brygga/env", "of a model True\n"])
    finally:
        engine.remove_image("localhost/brygga-test:context")


def test_an_engine_that_does_not_find_what_is_below_is_sent_all_of_it(
    engine: Engine, create: Create, tmp_path: Path
) -> None:
    """As one that keeps its images in another way, of which only whole ones can be loaded."""
    below = str(create().location)
    (tmp_path / "files/srv").mkdir(parents=True)
    (tmp_path / "files/srv/added").write_text("on top")
    with (tmp_path / "layer.tar").open("wb") as file:
        layer = write_layer([Tree(tmp_path / "files", "/")], file, compress=False)

    class Forgetful(Engine):
        refused = 0

        def load(self, archive: Iterator[bytes], reference: str) -> EngineImage:
            if not self.refused:
                self.refused = sum(len(piece) for piece in archive)
                raise ImageBuildError(reference, "it does not know what is below")
            return super().load(archive, reference)

    forgetful = Forgetful(engine.client, engine.address)
    new = NewLayer(tmp_path / "layer.tar", layer.diff_id, ConfigChange("more"))
    name = "localhost/brygga-test:whole"
    try:
        made = load_layer(forgetful, below, name, new)

        assert forgetful.refused < 100_000  # of what it should have known, nothing was sent
        assert made.user == "10001:10001"
        code, said = run_once(engine, name, ["cat", "/srv/added", "/app/score.py"])
        assert (code, said) == (0, "on top" + ECHO)
    finally:
        engine.remove_image(name)


def test_steps_and_a_dockerfile_of_the_users_own(create: Create, engine: Engine) -> None:
    base = os.environ["BRYGGA_BASE_IMAGE"]
    image = create(
        dockerfile=f"FROM {base}\\nRUN echo one > /one\\n".replace("\\n", "\n"),
        extra_steps="RUN echo two > /two",
    )

    code, said = run_once(engine, str(image.location), ["cat", "/one", "/two"])

    assert (code, said.split()) == (0, ["one", "two"])


def test_an_environment_brings_its_base_image_and_steps(
    create: Create, engine: Engine, workspace: Workspace
) -> None:
    base = os.environ["BRYGGA_BASE_IMAGE"]
    environment = Environment.from_packages([]).based_on(
        dockerfile=f"FROM {base}\nRUN echo one > /one", extra_steps="RUN echo two > /two"
    )
    workspace.environments.register(environment, "based")
    registered = workspace.environments.get("based").environment
    assert registered.image == environment.image

    image = create(environment=registered)
    here = create(environment=registered, extra_steps="RUN echo three > /two")

    for made, expected in ((image, ["one", "two"]), (here, ["one", "three"])):
        code, said = run_once(engine, str(made.location), ["cat", "/one", "/two"])
        assert (code, said.split()) == (0, expected)


def test_a_base_image_that_cannot_be_had_or_does_not_fit_is_refused_before_anything_is_built(
    engine: Engine, create: Create
) -> None:
    with pytest.raises(ImageBuildError, match="cannot be pulled"):
        create(base_image="localhost/there-is-no-such-image:1")

    other = "3.12" if _python_of(engine) != "3.12" else "3.13"
    with pytest.raises(ImageBuildError) as caught:
        create(environment=Environment.from_packages([], python=other))
    assert f"its environment is for Python {other}" in str(caught.value)
    assert not [line for line in caught.value.log if line.startswith("Building")]


def test_a_step_that_fails_shows_what_it_said(create: Create) -> None:
    with pytest.raises(ImageBuildError) as caught:
        create(extra_steps="RUN echo something is wrong >&2; exit 3")

    assert "exit" in str(caught.value).lower()


def test_packages_are_importable_and_compiled(create: Create, engine: Engine) -> None:
    image = create(environment=Environment.from_packages(["packaging"]))

    script = "import packaging; print(packaging.__file__, packaging.__cached__)"
    code, said = run_once(engine, str(image.location), ["/opt/brygga/env/bin/python", "-c", script])

    source, cached = said.split()
    assert code == 0
    assert source.startswith("/opt/brygga/env/lib/python3.")
    listed, _ = run_once(engine, str(image.location), ["ls", cached])
    assert listed == 0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    with docker_registry(tmp_path / "registry", REGISTRY) as address:
        yield address


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, retries=False, timeout=2).status == 200
    except (urllib3.exceptions.HTTPError, OSError):
        return False


def _python_of(engine: Engine) -> str:
    _, said = run_once(
        engine,
        os.environ["BRYGGA_BASE_IMAGE"],
        ["python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
    )
    return said.strip()


def test_gc_removes_the_layers_that_nothing_needs(
    engine: Engine, create: Create, workspace: Workspace, shared_home: Path
) -> None:
    image = create(environment=Environment.from_packages(["packaging"]))
    layers = [*image.digests["layers"], str(image.location)]
    ours = [name for name in layers if name.startswith("localhost/brygga/")]
    long_ago = time.time() - 7200
    for note in (shared_home / "images/layers").glob("*.json"):
        os.utime(note, (long_ago, long_ago))

    assert not [g.name for g in workspace.collect_garbage(dry_run=True).found if g.name in ours]
    image.delete()
    removed = [g.name for g in workspace.collect_garbage().removed if g.kind == "image"]

    assert any("/env:" in name for name in removed)
    assert all(engine.find_image(name) is None for name in removed)
    # The server's layer is that of every service to come.
    assert not any("/server:" in name for name in removed)
