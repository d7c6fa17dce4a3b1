"""The `schema_file` of a `ContainerImage`: what a service says of its input and answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azureml._support.gate import say
from azureml.exceptions import WebserviceException


def description(schema_file: str) -> tuple[str, str] | None:
    """The file a server reads its description from, and what is to stand in it.

    Takes what `generate_schema` of v1 wrote (`input` and `output`, each with its `swagger`), or a
    whole document of Swagger or OpenAPI. Of anything else there is none, and a line says so: the
    file goes beside the script all the same.

    Raises:
        WebserviceException: it is no JSON object.
    """
    try:
        schema = json.loads(Path(schema_file).read_text(encoding="utf-8"))
        if not isinstance(schema, dict):
            raise TypeError("it holds no object")
    except (OSError, ValueError, TypeError) as error:
        raise WebserviceException(f"Schema file {schema_file} cannot be read: {error}.") from error
    if "openapi" in schema:
        return "swagger3.json", json.dumps(schema)
    if "swagger" in schema:
        return "swagger.json", json.dumps(schema)
    swagger = {name: _swagger(schema.get(name)) for name in ("input", "output")}
    if swagger["input"] is None:
        say(
            f"{schema_file} holds no schema of v1's: it goes beside the script, and GET "
            "/swagger.json says what the script's own decorators say."
        )
        return None
    return "swagger.json", json.dumps(_document(swagger["input"], swagger["output"] or {}))


def _swagger(part: Any) -> dict[str, Any] | None:
    """Of one value, or of several by their names."""
    if not isinstance(part, Mapping):
        return None
    if isinstance(part.get("swagger"), Mapping):
        return dict(part["swagger"])
    named = {k: v["swagger"] for k, v in part.items() if isinstance(v, Mapping) and "swagger" in v}
    if not named:
        return None
    examples = {k: v["example"] for k, v in named.items() if "example" in v}
    return {"type": "object", "properties": named, "example": examples}


def _document(given: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Swagger 2, with what every service has."""
    reference = {"$ref": "#/definitions/ServiceInput"}
    said = {"description": "The answer.", "schema": {"$ref": "#/definitions/ServiceOutput"}}
    body = {"name": "serviceInputPayload", "in": "body", "schema": reference}
    score = {
        "operationId": "RunMLService",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "parameters": [body],
        "responses": {"200": said},
    }
    return {
        "swagger": "2.0",
        "info": {"title": "ML service", "version": "1.0"},
        "schemes": ["http", "https"],
        "paths": {"/score": {"post": score}},
        "definitions": {"ServiceInput": dict(given), "ServiceOutput": dict(answer)},
    }
