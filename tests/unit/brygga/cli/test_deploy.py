import sys
from pathlib import Path

import pytest
from support.cli import INIT_RAISED, Terminal

from brygga.cli.deploy import deploy
from brygga.spec import SPEC_OPTIONS
from brygga.spellings import option_flag


def test_everything_that_was_asked_reaches_the_service(
    terminal: Terminal, script: str, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    model = tmp_path / "m.pkl"
    model.write_bytes(b"m")
    terminal("model", "register", "digits", str(model))
    result = terminal(
        "deploy", "svc", "--model", "digits:1", "--entry-script", script,
        "--source-dir", str(tmp_path), "--cpu", "0.5", "--memory", "2", "--host", "0.0.0.0",
        "--port", "8080", "--env", "MODE=fast", "--secret", "TOKEN",
        "--secret", f"PASSWORD=@{tmp_path / 'password'}", "--no-auth", "--workers", "3",
        "--tag", "team=a", "--description", "mine", "--timeout", "30",
        env={"TOKEN": "from-environment"},
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    service = terminal.workspace.services.kept["svc"]
    models = service.asked.pop("models")
    assert [model.id for model in models] == ["digits:1"]
    assert service.asked.pop("environment").packages == ()
    assert service.asked == {
        "entry_script": Path(script),
        "source_directory": tmp_path,
        "cpu_cores": 0.5,
        "memory_gb": 2.0,
        "tags": {"team": "a"},
        "description": "mine",
        "auth": False,
        "environment_variables": {"MODE": "fast"},
        "secrets": {"TOKEN": "from-environment", "PASSWORD": "s3cret"},
        "host": "0.0.0.0",
        "port": 8080,
        "workers": 3,
    }
    assert service.waited == [30.0]


def test_what_only_containers_honour(terminal: Terminal, script: str, tmp_path: Path) -> None:
    for name in ("steps", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("x")
    result = terminal(
        "deploy", "svc", "--entry-script", script, "--target", "container", "--base-image", "b:1",
        "--extra-steps", str(tmp_path / "steps"), "--replicas", "2", "--gpus", "1",
        "--restart-policy", "always",
        "--tls-certificate", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"),
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    asked = terminal.workspace.services.kept["svc"].asked
    assert (asked["base_image"], asked["extra_steps"]) == ("b:1", tmp_path / "steps")
    assert (asked["num_replicas"], asked["gpus"]) == (2, 1)
    assert asked["restart_policy"] == "always"
    assert asked["tls"] == (tmp_path / "cert.pem", tmp_path / "key.pem")


def test_an_image_takes_the_place_of_script_and_models(terminal: Terminal, script: str) -> None:
    assert terminal("deploy", "svc", "--image", "digits:2").exit_code == 0
    asked = terminal.workspace.services.kept["svc"].asked
    assert asked["image"] == "digits:2"
    assert "entry_script" not in asked

    both = terminal("deploy", "svc", "--image", "digits:2", "--entry-script", script)
    assert (both.exit_code, "give either" in both.stderr) == (2, True)
    neither = terminal("deploy", "other")
    assert (neither.exit_code, "--entry-script" in neither.stderr) == (2, True)


def test_a_certificate_needs_its_key(terminal: Terminal, script: str, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("x")
    result = terminal(
        "deploy", "svc", "--entry-script", script, "--tls-certificate", str(tmp_path / "cert.pem")
    )
    assert (result.exit_code, "belong together" in result.stderr) == (2, True)


def test_what_is_not_said_is_left_as_it_is(terminal: Terminal, script: str) -> None:
    terminal("deploy", "svc", "--entry-script", script)
    asked = terminal.workspace.services.kept["svc"].asked
    said = {name for name, value in asked.items() if value not in (None, [])}
    assert said == {"entry_script", "environment"}


def test_a_service_that_is_there_needs_no_script(terminal: Terminal, script: str) -> None:
    terminal("deploy", "svc", "--entry-script", script)
    assert terminal("deploy", "svc", "--cpu", "2", "--no-auth").exit_code == 0
    asked = terminal.workspace.services.kept["svc"].asked
    said = {name: value for name, value in asked.items() if value is not None}
    assert said == {"cpu_cores": 2.0, "auth": False}


def test_what_hints_say_of_an_option_is_a_flag() -> None:
    """As that of a 504, which names the one for the scoring timeout."""
    flags = {flag for parameter in deploy.params for flag in parameter.opts}
    assert {option_flag(name) for name in SPEC_OPTIONS} <= flags


def test_every_option_of_a_spec_can_be_given(terminal: Terminal, script: str) -> None:
    """Of a new one too, without a line of the command line's."""
    flags = {"environment_variables": ["--env", "A=b"]}
    for name, option in SPEC_OPTIONS.items():
        example = option.choices[-1] if option.choices else str(int(option.low or 2))
        flags.setdefault(name, [option.flag] if option.kind is bool else [option.flag, example])
    result = terminal(
        "deploy",
        "svc",
        "--entry-script",
        script,
        *(word for each in flags.values() for word in each),
    )
    assert result.exit_code == 0, result.stderr
    asked = terminal.workspace.services.kept["svc"].asked
    assert {name for name in SPEC_OPTIONS if asked.get(name) is None} == set()


def test_afterwards_it_says_how_to_call_it_and_never_prints_a_key(
    terminal: Terminal, script: str
) -> None:
    result = terminal("deploy", "svc", "--entry-script", script)
    assert "http://127.0.0.1:20001/score" in result.stdout
    assert "brygga service keys svc --save svc.key" in result.stdout
    assert "-H @svc.key" in result.stdout
    assert "brygga service logs svc -f" in result.stdout
    assert "brygga service delete svc" in result.stdout
    assert "first-key" not in result.output
    assert "Resolving packages." in result.stderr


def test_no_wait_does_not_wait(terminal: Terminal, script: str) -> None:
    assert terminal("deploy", "svc", "--entry-script", script, "--no-wait").exit_code == 0
    assert terminal.workspace.services.kept["svc"].waited == []


def test_failed_start_shows_the_users_traceback_the_cause_and_a_fix(
    terminal: Terminal, script: str
) -> None:
    terminal.workspace.services.breaks = INIT_RAISED
    result = terminal("deploy", "svc", "--entry-script", script)
    assert result.exit_code == 1
    assert 'File "score.py", line 7, in init' in result.stderr
    assert "error: Revision 1 of the service 'svc' did not start" in result.stderr
    assert (
        "hint: Correct what the traceback shows; `brygga test --entry-script score.py ..."
        in result.stderr
    )


@pytest.mark.parametrize(
    ("secret", "complaint"),
    [
        ("TOKEN=visible", "must not stand on the command line"),
        ("TOKEN", "environment variable TOKEN is not set"),
        ("TOKEN=@/no/such/file", "/no/such/file cannot be read"),
        ("no name", "is not a name for a secret"),
    ],
)
def test_secrets_that_cannot_be_used(
    terminal: Terminal, script: str, secret: str, complaint: str
) -> None:
    result = terminal("deploy", "svc", "--entry-script", script, "--secret", secret)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.split())


def test_kinds_of_environment_exclude_each_other(terminal: Terminal, script: str) -> None:
    result = terminal(
        "deploy", "svc", "--entry-script", script, "--conda", "a.yml", "--package", "numpy"
    )
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


def test_packages_come_from_the_options(terminal: Terminal, script: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy<3\n")
    (tmp_path / "env.yml").write_text("dependencies:\n  - scipy\n")
    for options, packages in [
        (["--package", "numpy", "--package", "joblib"], ("numpy", "joblib")),
        (["--requirements", str(tmp_path / "requirements.txt")], ("numpy<3",)),
        (["--conda", str(tmp_path / "env.yml")], ("scipy",)),
    ]:
        result = terminal("deploy", "svc", "--entry-script", script, *options)
        assert result.exit_code == 0, result.stderr
        assert terminal.workspace.services.kept["svc"].asked["environment"].packages == packages


def test_versions_are_those_of_the_interpreter_that_was_named_or_is_active(
    terminal: Terminal, script: str, tmp_path: Path
) -> None:
    active = tmp_path / "active/bin/python"
    active.parent.mkdir(parents=True)
    active.touch()
    args = ["deploy", "svc", "--entry-script", script, "--package", "numpy"]

    def installed_in(*more: str, active: Path | None) -> Path | None:
        env = {"VIRTUAL_ENV": str(active) if active else "", "CONDA_PREFIX": ""}
        assert terminal(*args, *more, env=env).exit_code == 0
        environment = terminal.workspace.services.kept["svc"].asked["environment"]
        found: Path | None = environment.installed_in
        return found

    assert installed_in(active=tmp_path / "active") == active
    assert installed_in(active=Path(sys.prefix)) is None
    assert installed_in(active=None) is None
    assert installed_in("--python", sys.executable, active=tmp_path) == Path(sys.executable)
