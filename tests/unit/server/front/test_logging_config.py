"""What the front understands of a `logging.json`."""

import contextlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brygga_server.front.logging_config import LoggingConfig

CONTENT = {
    "version": 1,
    "formatters": {
        "plain": {"format": "MINE %(levelname)s %(name)s %(message)s"},
        "aml": {"()": "azureml_inference_server_http.log_config.AMLLogFormatter"},
        "foreign": {"class": "my.own.Formatter"},
    },
    "handlers": {
        "out": {"class": "logging.StreamHandler", "formatter": "plain"},
        "old": {"class": "logging.StreamHandler", "formatter": "aml"},
        "strange": {"class": "logging.StreamHandler", "formatter": "foreign"},
    },
    "loggers": {
        "azmlinfsrv": {"level": "WARNING", "handlers": ["out"]},
        "gunicorn": {"handlers": ["old"]},
        "strange": {"handlers": ["strange"]},
    },
}


def test_level_and_format_are_those_of_the_logger() -> None:
    file = LoggingConfig(CONTENT)
    assert file.line("info", "azmlinfsrv", "quiet") == ""
    assert file.line("error", "azmlinfsrv", "100 %s") == "MINE ERROR azmlinfsrv 100 %s\n"
    assert file.line("error", "azmlinfsrv.print", "child") == "MINE ERROR azmlinfsrv.print child\n"


def test_v1s_formatter_is_known() -> None:
    line = LoggingConfig(CONTENT).line("info", "gunicorn.access", "GET") or ""
    assert re.fullmatch(r"[-\d]+ [:\d,]+ I \[\d+\] gunicorn\.access - GET\n", line)


@pytest.mark.parametrize("name", ["strange", "nobody"])
def test_what_is_not_understood_leaves_the_line_as_it_is(name: str) -> None:
    assert LoggingConfig(CONTENT).line("info", name, "text") is None


def test_the_first_file_that_is_there_counts(tmp_path: Path) -> None:
    file = tmp_path / "logging.json"
    file.write_text(json.dumps(CONTENT))
    assert LoggingConfig.find([str(tmp_path / "nowhere"), str(file)]) is not None
    assert LoggingConfig.find([str(tmp_path / "nowhere")]) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
configurations = st.fixed_dictionaries(
    dict.fromkeys(("loggers", "handlers", "formatters", "root"), json_values)
)


@given(content=json_values | configurations)
def test_any_json_is_used_or_refused_with_a_reason(content: object) -> None:
    with contextlib.suppress(ValueError):
        line = LoggingConfig(content).line("info", "azmlinfsrv", "text")  # type: ignore[arg-type]
        assert line is None or not line or line.endswith("\n")
