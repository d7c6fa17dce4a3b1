"""`brygga demo`, from nothing and back to nothing."""

import gzip
import json
import signal
import struct
from pathlib import Path

import numpy as np
import pytest
from support.command import Command

from brygga.demo.data import mnist
from brygga.workspace import Workspace

MNIST = Path(__file__).parents[3] / "shared/data/mnist"


def assert_nothing_is_left(command: Command) -> None:
    assert command.json("service", "list") == []
    assert command.json("model", "list") == []
    command.assert_nothing_runs()


def assert_is_picture(path: Path) -> None:
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 2_000


def test_demo_says_what_it_does_and_leaves_nothing(command: Command) -> None:
    said = command("demo").stdout
    for words in ("[1/7] Train", "[7/7] Delete", "accuracy 0.9", "answers 200", "all together"):
        assert words in said
    assert_is_picture(command.folder / "demo-output/conf.png")
    assert_is_picture(command.folder / "demo-output/results.png")
    assert_nothing_is_left(command)


def test_kept_demo_is_replaced_scored_and_deleted_with_the_lines_it_prints(
    command: Command,
) -> None:
    command("demo", "--keep")
    said = command("demo", "--keep", "--output", "out").stdout.splitlines()
    assert [model["id"] for model in command.json("model", "list")] == ["brygga-demo:2"]
    lines = [line.strip() for line in said if line.startswith(("  curl ", "  brygga "))]
    save, curl, delete_service, delete_model = lines
    command.shell(save)
    assert len(json.loads(command.shell(curl))) == 1
    command.shell(delete_service)
    command.shell(delete_model)
    assert_nothing_is_left(command)


@pytest.mark.parametrize(("step", "how"), [("[3/7]", signal.SIGINT), ("[5/7]", signal.SIGTERM)])
def test_interrupted_demo_leaves_nothing(command: Command, step: str, how: signal.Signals) -> None:
    with command.start("demo") as running:
        assert running.stdout is not None
        try:
            assert any(line.startswith(step) for line in running.stdout)
            running.send_signal(how)
            _, complaint = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 130
    assert complaint.splitlines()[-1].startswith("Interrupted.")
    assert_nothing_is_left(command)


def test_demo_leaves_what_is_not_its_own(command: Command) -> None:
    (command.folder / "mine.bin").write_bytes(b"mine")
    command("model", "register", "brygga-demo", "mine.bin")
    refused = command("demo", code=1)
    assert "brygga model delete brygga-demo:1" in refused.stderr
    assert [m["id"] for m in command.json("model", "list")] == ["brygga-demo:1"]


def test_demo_with_wrong_data_says_which_file(command: Command) -> None:
    missing = command("demo", "--data", "nowhere", code=1)
    assert "nowhere/train-images.gz is not there" in missing.stderr
    labels = gzip.compress(struct.pack(">II", 0x0801, 3) + b"\0\1\2")
    (command.folder / "train-images.gz").write_bytes(labels)
    assert "train-images.gz is not an IDX file" in command("demo", "--data", ".", code=1).stderr
    assert_nothing_is_left(command)


def test_mnist_scores_the_same_in_the_service_image_by_image(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of it, which are trained on in a second; the tutorial's tests have the whole."""
    if not MNIST.is_dir():
        pytest.skip(f"the four files of MNIST are not in {MNIST}")
    joblib = pytest.importorskip("joblib")
    folder = first_images(2000, 1000, command.folder / "mnist")
    command("demo", "--data", str(folder), "--keep")
    monkeypatch.setenv("BRYGGA_HOME", str(command.home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(command.runtime))
    workspace = Workspace.get("default")
    digits = mnist(folder)
    model = joblib.load(workspace.models.get("brygga-demo").download(command.folder))
    service = workspace.services.get("brygga-demo")
    parts = np.array_split(digits.test_images, 20)
    answers = np.concatenate([service.run({"data": part}) for part in parts])
    service.close()
    np.testing.assert_array_equal(answers, model.predict(digits.test_images))
    assert 0.83 < (answers == digits.test_labels).mean() < 0.88
    command("service", "delete", "brygga-demo")
    command("model", "delete", "brygga-demo")
    assert_nothing_is_left(command)


def first_images(train: int, test: int, folder: Path) -> Path:
    """The four files, each with so many of its images or labels only."""
    folder.mkdir()
    for part, count in (("train", train), ("test", test)):
        for kind, dimensions in (("images", 3), ("labels", 1)):
            name = f"{part}-{kind}.gz"
            content = gzip.decompress((MNIST / name).read_bytes())
            _, *shape = struct.unpack(f">{1 + dimensions}I", content[: 4 + 4 * dimensions])
            start = 4 + 4 * dimensions
            size = count * int(np.prod(shape[1:], dtype=np.int64))
            head = content[:4] + struct.pack(f">{dimensions}I", count, *shape[1:])
            (folder / name).write_bytes(gzip.compress(head + content[start : start + size], 1))
    return folder
