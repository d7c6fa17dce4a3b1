"""Keys and secrets are where they have to be and nowhere else, and only their owner reads them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command import Command

from brygga import Environment, InvalidInputError, Workspace
from brygga.settings import Settings

SECRET = "the-secret-of-this-test"
SCRIPT = """\
import os

def init():
    print("the script was loaded")

def run(data):
    return len(os.environ["TOKEN"])
"""


@pytest.fixture
def deployed(command: Command) -> Iterator[Command]:
    """A service with keys and a secret, which its caller had in the environment."""
    command.environment["TOKEN"] = SECRET
    (command.folder / "score.py").write_text(SCRIPT)
    (command.folder / "input.json").write_text("1")
    command("deploy", "svc", "--entry-script", "score.py", "--secret", "TOKEN")
    answer = command("service", "run", "svc", "--input", "input.json").stdout
    assert answer.strip() == str(len(SECRET))
    del command.environment["TOKEN"]
    yield command
    command("service", "delete", "svc")
    assert holding(command.home, SECRET) == []
    command.assert_nothing_runs()


def holding(folder: Path, *words: str) -> list[str]:
    """The files that hold one of these words, less environments."""
    found = []
    for current, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "environments"]
        for name in files:
            content = Path(current, name).read_bytes()
            if any(word.encode() in content for word in words):
                found.append(str(Path(current, name).relative_to(folder)))
    return sorted(found)


def test_what_holds_them_is_the_owners_alone(deployed: Command) -> None:
    keys = deployed.json("service", "keys", "svc")
    deployed("service", "restart", "svc")
    here = "workspaces/default"
    assert holding(deployed.home, SECRET) == [
        f"{here}/secrets.json",
        f"{here}/services/svc/revisions/1/secrets/TOKEN",
    ]
    assert holding(deployed.home, keys["primary"], keys["secondary"]) == [f"{here}/secrets.json"]
    for name in holding(deployed.home, SECRET):
        assert stat.S_IMODE((deployed.home / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((deployed.home / here).stat().st_mode) == 0o700
    secrets = deployed.home / here / "services/svc/revisions/1/secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    for socket in (path for path in deployed.runtime.rglob("*") if path.is_socket()):
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700


def test_processes_do_not_show_them(deployed: Command) -> None:
    keys = deployed.json("service", "keys", "svc")
    seen = 0
    for process in Path("/proc").iterdir():
        try:
            line = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if str(deployed.home).encode() not in line and b"brygga_server" not in line:
            continue
        seen += 1
        for word in (SECRET, keys["primary"], keys["secondary"]):
            assert word.encode() not in line
            assert word.encode() not in environment, line
    assert seen >= 3, "supervisor, front and worker"


def test_nothing_prints_them_unless_it_is_asked_to(deployed: Command) -> None:
    keys = deployed.json("service", "keys", "svc")
    asked = [
        ("service", "list", "--json"),
        ("service", "show", "svc", "--json"),
        ("service", "show", "svc"),
        ("service", "revisions", "svc", "--json"),
        ("service", "logs", "svc"),
        ("workspace", "show", "--json"),
        ("doctor", "--json"),
        ("gc", "--dry-run", "--json"),
    ]
    for line in asked:
        done = deployed(*line)
        for word in (SECRET, keys["primary"], keys["secondary"]):
            assert word not in done.stdout + done.stderr, line
    workspace = Workspace.get("default", settings=Settings(home=deployed.home))
    service = workspace.services.get("svc")
    shown = f"{service.get_keys()!r} {service.spec!r}"
    assert keys["primary"] not in shown
    assert SECRET not in shown


def test_a_secret_on_the_command_line_is_refused(command: Command) -> None:
    (command.folder / "score.py").write_text(SCRIPT)
    said = command("deploy", "svc", "--entry-script", "score.py", "--secret", "TOKEN=abc", code=2)
    assert "must not stand on the command line" in said.stderr
    assert "abc" not in said.stderr


@pytest.mark.parametrize(
    "name", ["../../../outside", "/tmp/outside", "a/b", "", "a=b", "a\nb", "ä"]
)
def test_names_of_secrets_and_variables_lead_nowhere(tmp_path: Path, name: str) -> None:
    workspace = Workspace.create("team", settings=Settings(home=tmp_path / "home"))
    (tmp_path / "score.py").write_text(SCRIPT)
    given: list[dict[str, Any]] = [
        {"secrets": {name: "a value of its own"}},
        {"environment_variables": {name: "a value of its own"}},
    ]
    for options in given:
        with pytest.raises(InvalidInputError, match="is not a name for"):
            workspace.services.deploy(
                "svc",
                entry_script=tmp_path / "score.py",
                environment=Environment.from_packages([]),
                **options,
            )
    assert workspace.services.list() == []
    assert holding(tmp_path / "home", "a value of its own") == []


def test_names_in_a_source_folder_lead_nowhere(tmp_path: Path) -> None:
    workspace = Workspace.create("team", settings=Settings(home=tmp_path / "home"))
    source = tmp_path / "source"
    source.mkdir()
    (source / "score.py").write_text(SCRIPT)
    bad = {
        "a control character": source / "a\x1b[2Jb.py",
        "leaves the source directory": source / "link.py",
    }
    bad["a control character"].touch()
    for message, path in bad.items():
        if "link" in path.name:
            path.symlink_to("/etc/passwd")
        with pytest.raises(InvalidInputError, match=message):
            workspace.services.deploy(
                "svc",
                source_directory=source,
                entry_script="score.py",
                environment=Environment.from_packages([]),
            )
        path.unlink()
    assert workspace.services.list() == []


def test_an_archive_is_kept_as_it_is(command: Command) -> None:
    """Nothing in Brygga unpacks what is registered: what is in it leads nowhere."""
    command.shell(
        "python -c \"import tarfile, io; t = tarfile.open('evil.tar', 'w'); "
        "i = tarfile.TarInfo('../../outside'); i.size = 1; t.addfile(i, io.BytesIO(b'x'))\""
    )
    before = (command.folder / "evil.tar").read_bytes()
    command("model", "register", "evil", "evil.tar")
    command("model", "download", "evil", "--output", "out")
    assert (command.folder / "out/evil.tar").read_bytes() == before
    assert list(command.folder.rglob("outside")) == []


BOMBS = {
    "laughs.yml": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n",
    "deep.yml": "dependencies: " + "[" * 5000,
    "large.yml": "dependencies:\n" + "  - six\n" * 100_000,
    "tags.yml": "dependencies: !!python/object/apply:os.system ['touch outside']\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_conda_files_that_explode_are_refused_at_once(command: Command, name: str) -> None:
    (command.folder / name).write_text(BOMBS[name])
    said = command("environment", "lock", "--conda", name, code=1, timeout=20).stderr
    assert "Traceback" not in said
    assert name in said
    assert not (command.folder / "outside").exists()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "x" * 3_000_000, '{"Scope": 1}'])
def test_configurations_that_explode_are_refused_at_once(command: Command, text: str) -> None:
    (command.folder / ".azureml").mkdir()
    (command.folder / ".azureml/config.json").write_text(text)
    said = command("model", "list", code=1, timeout=20).stderr
    assert "Traceback" not in said
    assert ".azureml/config.json" in said
