import json
import stat
from pathlib import Path

import pytest
from support.cli import INIT_RAISED, SOME_DAY, MemoryService, Terminal

from brygga.findings import Cause, Diagnosis, RunFailure
from brygga.services import Revision
from brygga.services.state import ServiceState


@pytest.fixture
def service(terminal: Terminal) -> MemoryService:
    made = MemoryService("svc", terminal.workspace.services)
    terminal.workspace.services.kept["svc"] = made
    return made


def test_list_and_show(terminal: Terminal, service: MemoryService) -> None:
    assert [s["name"] for s in terminal.json("service", "list")] == ["svc"]
    lines = terminal("service", "list").stdout.splitlines()
    assert lines[0].split()[:3] == ["NAME", "STATE", "REV"]
    assert "Healthy" in lines[1]
    shown = terminal.json("service", "show", "svc")
    assert shown["error"] is None
    assert shown["details"] == {"workers": 1}


def test_show_says_why_it_fails_and_what_to_do(terminal: Terminal, service: MemoryService) -> None:
    service.error = INIT_RAISED
    assert terminal.json("service", "show", "svc")["error"]["cause"] == "init_raised"
    assert (
        "FileNotFoundError: no such file (score.py:7)" in terminal("service", "show", "svc").stdout
    )
    assert INIT_RAISED.fix in terminal("service", "show", "svc").stdout


def test_show_tells_what_an_operator_looks_for(
    terminal: Terminal, service: MemoryService, tmp_path: Path
) -> None:
    service.asked["auth"] = False
    service.data_folder = tmp_path
    service.newer = Revision(
        2, "failed", False, "ef" * 32, (), SOME_DAY, "ada", INIT_RAISED, service.spec
    )
    service.details = {
        "traffic": {"requests": 9, "errors": 1, "seconds": {"bounds": [0.01], "counts": [9, 0]}},
        "memory_bytes": 50_000_000,
        "limits": "cpu: cgroup v2",
        "replicas": "1 of 2 ready",
        "log": "/logs/service.log",
    }

    shown = terminal("service", "show", "svc").stdout

    told = {line[:12].strip(): line[13:].strip() for line in shown.splitlines()}
    assert told["revision"] == "1"
    assert told["newer"] == "revision 2, failed"
    assert told["replicas"] == "1 of 2 ready"
    assert told["traffic"] == "9 requests, 1 error; half within 5 ms, 95 % within 9.5 ms"
    assert told["memory"] == "50 MB of 1 GB"
    assert told["limits"] == "1 core, 1 GB of memory (cpu: cgroup v2)"
    assert told["deadlines"] == "run() 60 s, init() 600 s"
    assert told["keys"] == "none: everybody who reaches it may call it"
    assert told["log"] == "/logs/service.log"
    assert told["data folder"] == str(tmp_path)
    assert "error of revision 2  FileNotFoundError: no such file" in shown
    assert "bounds" not in shown


def test_run_sends_a_file_as_it_is(
    terminal: Terminal, service: MemoryService, tmp_path: Path
) -> None:
    (tmp_path / "rows.json").write_text('{"data": [7, 2]}')
    result = terminal("service", "run", "svc", "--input", str(tmp_path / "rows.json"))
    assert json.loads(result.stdout) == [7, 2]
    assert service.sent == [b'{"data": [7, 2]}']


def test_run_takes_data_a_table_or_an_image(
    terminal: Terminal, service: MemoryService, tmp_path: Path
) -> None:
    table, image, other = (tmp_path / name for name in ("t.csv", "i.png", "t.txt"))
    for file in (table, image, other):
        file.write_bytes(b"")
    for option, value in (("--data", "{}"), ("--csv", table), ("--image", image)):
        assert terminal("service", "run", "svc", option, str(value)).exit_code == 0
    assert service.sent == ["{}", table, image]
    for wrong in ([], ["--data", "{}", "--csv", str(table)], ["--csv", str(other)]):
        assert terminal("service", "run", "svc", *wrong).exit_code == 2
    assert len(service.sent) == 3


def test_run_prints_what_is_streamed_part_by_part(
    terminal: Terminal, service: MemoryService
) -> None:
    service.answer, service.kind = b'{"n": 1}\n{"n": 2}\n', "application/x-ndjson"
    assert terminal("service", "run", "svc", "--data", "{}").stdout == '{"n": 1}\n{"n": 2}\n'
    service.answer, service.kind = b"one two", "text/plain; charset=utf-8"
    assert terminal("service", "run", "svc", "--data", "{}").stdout == "one two\n"


def test_logs_prints_the_last_lines(terminal: Terminal, service: MemoryService) -> None:
    assert terminal("service", "logs", "svc").stdout == "one\ntwo\nthree\n"
    assert terminal("service", "logs", "svc", "-n", "1").stdout == "three\n"


def test_logs_of_one_request_end_with_what_it_raised(
    terminal: Terminal, service: MemoryService
) -> None:
    service.failures["r1"] = RunFailure("E: x", "score.py", 1, "Traceback ...\nE: x\n")
    asked = ("--since", "10m", "--grep", "o", "--worker", "1", "--request-id", "r1")
    result = terminal("service", "logs", "svc", *asked)
    assert result.stdout == "one\ntwo\nthree\nTraceback ...\nE: x\n"
    assert service.wanted == {"since": "10m", "grep": "o", "worker": 1, "request_id": "r1"}
    assert terminal("service", "logs", "svc", "--request-id", "r2").stdout == "one\ntwo\nthree\n"


def test_logs_say_that_nothing_is_what_was_asked_for(
    terminal: Terminal, service: MemoryService
) -> None:
    service.logged = ()
    result = terminal("service", "logs", "svc", "--worker", "7", "--request-id", "abc")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "log of svc has no line for --worker 7 --request-id abc." in result.stderr
    assert not terminal("service", "logs", "svc").stderr


def test_data_that_is_not_json_is_not_sent(terminal: Terminal, service: MemoryService) -> None:
    result = terminal("service", "run", "svc", "--data", "@rows.json")
    assert (result.exit_code, service.sent) == (2, [])
    assert "--data is not JSON" in result.stderr
    assert "--input rows.json" in result.stderr


def test_following_logs_ends_with_ctrl_c(terminal: Terminal, service: MemoryService) -> None:
    result = terminal("service", "logs", "svc", "-f")
    assert result.stdout == "one\ntwo\nthree\n"
    assert result.exit_code == 130
    assert "The service goes on." in result.stderr


def test_keys_are_shown_regenerated_and_saved_for_their_owner_only(
    terminal: Terminal, service: MemoryService, tmp_path: Path
) -> None:
    assert terminal.json("service", "keys", "svc") == {
        "primary": "first-key",
        "secondary": "second-key",
    }
    file = tmp_path / "svc.key"
    file.write_text("an old one that all can read")
    file.chmod(0o644)
    result = terminal("service", "keys", "svc", "--regenerate", "secondary", "--save", str(file))
    assert result.exit_code == 0
    assert "newer-key" not in result.output
    assert file.read_text() == "Authorization: Bearer newer-key\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["svc.key"]


def test_service_without_keys_says_how_to_have_some(
    terminal: Terminal, service: MemoryService
) -> None:
    service.asked["auth"] = False
    result = terminal("service", "keys", "svc")
    assert result.exit_code == 1
    assert "hint: Have it ask for one: `brygga deploy svc --auth`\n" in result.stderr


def test_curl_takes_the_key_from_a_file(
    terminal: Terminal, service: MemoryService, tmp_path: Path
) -> None:
    saved = tmp_path / "my key"
    first = terminal("service", "curl", "svc", "--key-file", str(saved)).stdout.splitlines()
    assert first[0] == f"brygga service keys svc --save '{saved}'"
    saved.write_text("Authorization: Bearer first-key\n")
    (line,) = terminal("service", "curl", "svc", "--key-file", str(saved)).stdout.splitlines()
    assert line.startswith("curl ")
    assert f"'@{saved}'" in line
    assert line.endswith(service.scoring_uri)
    assert "first-key" not in line


def test_curl_sends_what_the_service_takes(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    services = terminal.workspace.services
    service = services.kept["svc"] = MemoryService("svc", services)

    def sent() -> str:
        return terminal("service", "curl", "svc").stdout.splitlines()[-1].partition("@svc.key ")[2]

    unknown = terminal("service", "curl", "svc")
    assert "--data-binary @input.json " in unknown.stdout
    assert "Write what it takes into input.json" in unknown.stderr
    array = {"name": "data", "kind": "numpy", "dtype": "<f4", "shape": [None, 2]}
    service.declared = {"takes_input": "object", "parameters": [array]}
    assert sent() == f"""--data '{{"data": [[0.0, 0.0]]}}' {service.scoring_uri}"""
    array["shape"] = [None, 784]
    assert sent().startswith("--data-binary @input.json ")
    service.declared = {"takes_input": "raw", "parameters": []}
    raw = terminal("service", "curl", "svc")
    assert "Content-Type: application/octet-stream" in raw.stdout
    assert "Write what it takes into input.bin" in raw.stderr
    (tmp_path / "one digit.png").touch()
    (tmp_path / "brygga.toml").write_text('name = "svc"\nsample_input = "one digit.png"\n')
    line = terminal("service", "curl", "svc").stdout.splitlines()[-1]
    assert "Content-Type: image/png" in line
    assert "--data-binary '@one digit.png'" in line


def test_curl_without_keys_has_no_header_of_them(
    terminal: Terminal, service: MemoryService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    service.asked["auth"] = False
    nowhere = terminal("service", "curl", "svc", "--input", "rows.json")
    assert nowhere.exit_code == 2
    assert "'rows.json' does not exist" in nowhere.stderr
    (tmp_path / "rows.json").touch()
    (line,) = terminal("service", "curl", "svc", "--input", "rows.json").stdout.splitlines()
    assert "@rows.json" in line
    assert "key" not in line


def test_revisions_rollback_and_restart(terminal: Terminal, service: MemoryService) -> None:
    assert [r["revision"] for r in terminal.json("service", "revisions", "svc")] == [1]
    assert "revision 2" in terminal("service", "rollback", "svc").stdout
    assert terminal("service", "restart", "svc").exit_code == 0
    assert len(service.waited) == 2


def test_delete_takes_several(terminal: Terminal, service: MemoryService) -> None:
    terminal.workspace.services.kept["other"] = MemoryService("other", service.collection)
    assert terminal("service", "delete", "svc", "other").exit_code == 0
    assert terminal.workspace.services.kept == {}


def test_a_list_says_why_services_do_not_serve(terminal: Terminal, service: MemoryService) -> None:
    service.state = ServiceState.UNHEALTHY
    service.error = Diagnosis(Cause.STOPPED, "The machine was restarted since.")
    assert "Unhealthy (stopped)" in terminal("service", "list").stdout
    assert terminal.json("service", "list")[0]["state"] == "Unhealthy"


def test_set_changes_options_and_gives_them_back(
    terminal: Terminal, service: MemoryService
) -> None:
    result = terminal("service", "set", "svc", "memory_gb=2", "log_level=debug", "workers=")
    assert result.exit_code == 0, result.stderr
    assert service.asked == {"memory_gb": 2.0, "log_level": "DEBUG", "reset": ["workers"]}
    assert service.waited == [None]
    for wrong, complaint in (
        ("memory=2", "'memory_gb'"),
        ("cpu=2", "'cpu_cores'"),
        ("env=A", "'environment_variables'"),
        ("workers", "OPTION=VALUE"),
    ):
        refused = terminal("service", "set", "svc", wrong)
        assert (refused.exit_code, complaint in refused.stderr) == (2, True)
    assert terminal("service", "set", "svc", "workers=many").exit_code == 1
