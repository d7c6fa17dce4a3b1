"""What becomes of the `schema_file` of an image."""

import json
import logging
from pathlib import Path

import pytest

from azureml.core._schema_file import description
from azureml.exceptions import WebserviceException

ROWS = {"type": "array", "items": {"type": "number"}, "example": [1.0]}


def _written(folder: Path, content: object) -> str:
    (folder / "schema.json").write_text(json.dumps(content))
    return str(folder / "schema.json")


def test_what_generate_schema_wrote_becomes_a_document(tmp_path: Path) -> None:
    part = {"internal": "gASV", "swagger": ROWS, "type": 0, "version": "3.0.1"}
    found = description(_written(tmp_path, {"input": {"data": part}, "output": part}))

    assert found is not None
    name, text = found
    document = json.loads(text)
    assert (name, document["swagger"]) == ("swagger.json", "2.0")
    assert document["definitions"]["ServiceInput"] == {
        "type": "object", "properties": {"data": ROWS}, "example": {"data": [1.0]},
    }  # fmt: skip
    assert document["definitions"]["ServiceOutput"] == ROWS


@pytest.mark.parametrize(
    ("content", "name"),
    [({"swagger": "2.0"}, "swagger.json"), ({"openapi": "3.0.3"}, "swagger3.json")],
)
def test_a_whole_document_is_taken_as_it_is(
    tmp_path: Path, content: dict[str, str], name: str
) -> None:
    assert description(_written(tmp_path, content)) == (name, json.dumps(content))


def test_anything_else_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="azureml")
    assert description(_written(tmp_path, {"fields": []})) is None
    assert "holds no schema of v1's: it goes beside the script" in caplog.text
    with pytest.raises(WebserviceException, match="cannot be read: it holds no object"):
        description(_written(tmp_path, [1]))
