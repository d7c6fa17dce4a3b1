"""Build contexts: every byte of what we write ourselves, against files a person has read."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.images import context, dockerfile
from brygga.images.build_context import write_files
from brygga.images.bundle import Bundle, BundledFile, BundledModel, ImageBase
from brygga.images.platform import BasePlatform
from brygga.store.blobs import BlobStore

GOLDEN = Path(__file__).parent / "golden"
BASE = BasePlatform("3.11.2", "cpython", "/usr/bin/python3.11", "x86_64", "glibc", "2.36", ())


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def bundle(blobs: BlobStore) -> Bundle:
    model, script = blobs.put_bytes(b"model"), blobs.put_bytes(b"def init(): ...\n")
    return Bundle(
        entry_script="src/score.py",
        source_directory="src",
        models=(
            BundledModel("mnist", 3, model.sha256, (BundledFile("model.pkl", model.sha256, 5),)),
        ),
        code=(
            BundledFile("src/score.py", script.sha256, 16),
            BundledFile("src/tools/run.sh", script.sha256, 16, executable=True),
        ),
        lock="c" * 64,
        python="3.11",
        platform="linux-x86_64",
        server="d" * 64,
        base=ImageBase(reference="python:3.11-slim"),
    )


def same_as_golden(name: str, text: str) -> None:
    if os.environ.get("BRYGGA_WRITE_GOLDEN"):
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()


def test_the_whole_dockerfile(bundle: Bundle) -> None:
    same_as_golden("Dockerfile", dockerfile.whole(bundle, "default"))


def test_the_whole_dockerfile_with_steps_on_a_dockerfile_of_the_users_own(bundle: Bundle) -> None:
    base = ImageBase(dockerfile="FROM debian:12\nRUN apt-get update\n", steps="RUN ldconfig")
    text = dockerfile.whole(replace(bundle, base=base), "default")

    same_as_golden("Dockerfile.own", text)


def test_steps_say_what_they_are_on() -> None:
    text = dockerfile.on("localhost/brygga/env:1", "RUN ldconfig")

    same_as_golden("Dockerfile.steps", text)


def test_the_context_of_a_service(bundle: Bundle, blobs: BlobStore, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    folder.mkdir()

    context.write_app(bundle, folder, blobs)
    context.write_config(bundle, folder)

    listed = [
        f"{path.stat().st_mode & 0o777:o} {path.relative_to(folder)}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    assert [line.partition(" ")[2] for line in listed] == [
        "files/app/azureml-models/mnist/3/model.pkl",
        "files/app/src/score.py",
        "files/app/src/tools/run.sh",
        "files/opt/brygga/serve.json",
    ]
    assert all(int(line.split()[0], 8) & 0o444 == 0o444 for line in listed)
    assert os.access(folder / "files/app/src/tools/run.sh", os.X_OK)
    same_as_golden("serve.json", (folder / "files/opt/brygga/serve.json").read_text())


def test_the_same_bundle_gives_the_same_context(
    bundle: Bundle, blobs: BlobStore, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        context.write_app(bundle, tmp_path / name, blobs)
        context.write_config(bundle, tmp_path / name)

    first, second = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")
         if p.is_file()}
        for n in ("one", "two")
    )  # fmt: skip
    assert first == second


def test_the_user_of_the_container_may_read_a_prefix(tmp_path: Path) -> None:
    """It is copied as it is, and that user is nobody of this machine."""
    prefix = tmp_path / "env"
    context.write_prefix(prefix, "/opt/brygga/env", BASE)

    there = [path for path in (prefix, *prefix.rglob("*")) if not path.is_symlink()]
    assert {path.name: path.stat().st_mode & 0o005 for path in there if path.is_dir()} == {
        path.name: 0o005 for path in there if path.is_dir()
    }
    assert all(path.stat().st_mode & 0o004 for path in there)


def test_a_prefix_is_what_the_images_interpreter_looks_for(tmp_path: Path) -> None:
    packages = context.write_prefix(tmp_path / "env", "/opt/brygga/env", BASE)

    assert packages == tmp_path / "env/lib/python3.11/site-packages"
    same_as_golden("pyvenv.cfg", (tmp_path / "env/pyvenv.cfg").read_text())
    links = {p.name: str(p.readlink()) for p in (tmp_path / "env/bin").iterdir()}
    assert links == {
        "python": "/usr/bin/python3.11",
        "python3": "python",
        "python3.11": "python",
    }


def test_commands_name_the_interpreter_of_the_image(tmp_path: Path) -> None:
    packages = context.write_prefix(tmp_path / "env", "/opt/brygga/env", BASE)
    (packages / "bin").mkdir()
    (packages / "bin" / "tool").write_text("#!/home/me/python3\nprint(1)\n")
    (packages / "bin" / "native").write_bytes(b"\x7fELF\n#!python")

    context.adopt_scripts(tmp_path / "env", packages / "bin", "/opt/brygga/env")

    assert (tmp_path / "env/bin/tool").read_text() == "#!/opt/brygga/env/bin/python\nprint(1)\n"
    assert (tmp_path / "env/bin/native").read_bytes() == b"\x7fELF\n#!python"
    assert not (packages / "bin").exists()


def test_what_a_dockerfile_copies_lies_beside_it(blobs: BlobStore, tmp_path: Path) -> None:
    blob = blobs.put_bytes(b"words")
    files = (BundledFile("deep/x.txt", blob.sha256, 5),)

    write_files(files, tmp_path, blobs)

    assert (tmp_path / "deep/x.txt").read_bytes() == b"words"
    with pytest.raises(InvalidInputError, match="is where Brygga puts its own"):
        write_files(files, tmp_path, blobs)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_prefix_can_be_read_by_the_user_of_the_container(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        context.write_prefix(tmp_path / "env", "/opt/brygga/env", BASE)
    finally:
        os.umask(before)
    folders = [path for path in (tmp_path / "env", *(tmp_path / "env").rglob("*")) if path.is_dir()]
    assert len(folders) == 5
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o755}


def test_a_prefix_finds_the_packages_of_its_image(tmp_path: Path) -> None:
    context.write_path_to(["/opt/x/site-packages"], tmp_path)

    text = (tmp_path / "image.pth").read_text()
    assert text == "import site; site.addsitedir('/opt/x/site-packages')\n"
