"""The API documents of a service: OpenAPI 2, 3.0 and 3.1 as in v1, or the user's own files."""

import json
import os
from typing import Any, Callable, Dict, List, Optional

from . import logs, schema
from .config import Config

_FAILED = "The service failed to execute due to an error."
_HEALTHY = "If service is up and running, this response will be returned with the content 'Healthy'"
_SCORED = (
    "The service processed the input correctly and provided a result prediction, if applicable."
)
_INPUT = "The input payload for executing the real-time machine learning service."
_HEALTH = "Simple health check endpoint to ensure the service is up at any given point."
_FILES = {
    "2": ("swagger.json", "swagger2.json"),
    "3": ("swagger3.json",),
    "3.1": ("swagger3.1.json",),
}


def documents(run: Callable[..., Any], config: Config, log: logs.Log) -> Dict[str, str]:
    """The text of each version's document, of those versions that can tell the schema."""
    found = schema.schemas(run)
    texts = {}
    for version in schema.VERSIONS:
        document = _users_own(version, config, log)
        if document is None and version in found.versions:
            document = _generate(version, found, config)
        if document is None:
            continue
        try:
            texts[version] = json.dumps(document)
        except (TypeError, ValueError) as error:
            text = "The schema of run() is not JSON, there is no document of version [%s]: %s"
            log.warning(logs.SWAGGER, text % (version, error))
    _announce(list(texts), log)
    return texts


def _announce(ready: List[str], log: logs.Log) -> None:
    missing = [version for version in schema.VERSIONS if version not in ready]
    if not ready:
        text = "No swagger is prepared."
    elif missing:
        text = "Swaggers are prepared for versions [%s] and skipped for versions [%s]."
        text %= (", ".join(ready), ", ".join(missing))
    else:
        text = "Swaggers are prepared for the following versions: [%s]." % ", ".join(ready)
    log.info(logs.SWAGGER, text)


def _users_own(version: str, config: Config, log: logs.Log) -> Optional[Any]:
    for name in _FILES[version]:
        path = os.path.join(config.place.app_root, name)
        try:
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            log.warning(logs.SWAGGER, "%s is not used, it cannot be read: %s" % (path, error))
            continue
        if document:
            text = "LoadedScript user's swagger file for version [%s] from %s" % (version, path)
            log.info(logs.SWAGGER, text)
            return document
    return None


def _generate(version: str, found: schema.Schemas, config: Config) -> Dict[str, Any]:
    info = {
        "title": config.service_name,
        "description": "API specification for the Azure Machine Learning service "
        + config.service_name,
        "version": config.service_version,
    }
    prefix = config.service_path_prefix
    schemas = {
        "ServiceInput": found.input,
        "ServiceOutput": found.output,
        "ErrorResponse": {"type": "object", "properties": {"message": {"type": "string"}}},
    }
    if version == "2":
        document = _version_2(info, prefix, schemas)
    else:
        document = _version_3("3.0.3" if version == "3" else "3.1.0", info, prefix, schemas)
    if not config.v1:
        _correct(document["paths"][prefix + "/"]["get"], "text/html", version)
        _correct(document["paths"][prefix + "/swagger.json"]["get"], "application/json", version)
        document["paths"][prefix + "/"]["get"]["security"] = []
    return document


def _correct(operation: Dict[str, Any], kind: str, version: str) -> None:
    """Names the type that is really answered; v1's documents say text/plain, or nothing."""
    answer = operation["responses"]["200"]
    described = {"type": "object"} if kind == "application/json" else {"type": "string"}
    if version == "2":
        operation["produces"] = list(dict.fromkeys((kind, "application/json")))
        answer["schema"] = described
    else:
        answer["content"] = {kind: {"schema": described}}


def _bearer() -> Dict[str, Any]:
    return {
        "Bearer": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "description": "For example: Bearer abc123",
        }
    }


def _version_2(info: Dict[str, str], prefix: str, schemas: Dict[str, Any]) -> Dict[str, Any]:
    def body(schema_: Dict[str, Any], **more: Any) -> Dict[str, Any]:
        return dict(schema=schema_, **more)

    failed = {"description": _FAILED, "schema": {"$ref": "#/definitions/ErrorResponse"}}
    health = {"description": _HEALTHY}
    health.update(body({"type": "string"}, examples={"application/json": "Healthy"}))
    payload = {"name": "serviceInputPayload", "in": "body", "description": _INPUT}
    payload.update(body({"$ref": "#/definitions/ServiceInput"}))
    scored = dict(description=_SCORED, **body({"$ref": "#/definitions/ServiceOutput"}))
    specification = dict(description="The Swagger specification.", **body({"type": "string"}))
    version = {"name": "version", "in": "query", "required": False}
    version.update({"type": "integer", "enum": [2, 3]})
    score = {"parameters": [payload], "responses": {"200": scored, "default": failed}}
    return {
        "swagger": "2.0",
        "info": info,
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": _bearer(),
        "paths": _paths(
            prefix,
            {"responses": {"200": health, "default": failed}},
            score,
            {"parameters": [version], "responses": {"200": specification, "default": failed}},
        ),
        "definitions": schemas,
    }


def _version_3(
    openapi: str, info: Dict[str, str], prefix: str, schemas: Dict[str, Any]
) -> Dict[str, Any]:
    def content(kind: str, schema_: Dict[str, Any]) -> Dict[str, Any]:
        return {"content": {kind: {"schema": schema_}}}

    def json_of(name: str) -> Dict[str, Any]:
        return content("application/json", {"$ref": "#/components/schemas/" + name})

    failed = dict(description=_FAILED, **json_of("ErrorResponse"))
    healthy = content("text/plain", {"type": "string", "example": "Healthy"})
    health = dict(description=_HEALTHY, **healthy)
    score = {
        "requestBody": dict(description=_INPUT, **json_of("ServiceInput")),
        "responses": {
            "200": dict(description=_SCORED, **json_of("ServiceOutput")),
            "default": failed,
        },
    }
    specification = content("text/plain", {"type": "string"})
    specification = dict(description="The Swagger specification.", **specification)
    version = {"name": "version", "in": "query", "required": False}
    version["schema"] = {"type": "integer", "enum": [2, 3]}
    return {
        "openapi": openapi,
        "info": info,
        "security": [{"Bearer": []}],
        "paths": _paths(
            prefix,
            {"responses": {"200": health, "default": failed}},
            score,
            {"parameters": [version], "responses": {"200": specification, "default": failed}},
        ),
        "components": {"schemas": schemas, "securitySchemes": _bearer()},
    }


def _paths(
    prefix: str, health: Dict[str, Any], score: Dict[str, Any], specification: Dict[str, Any]
) -> Dict[str, Any]:
    """The three routes; what differs between the versions comes from the caller."""
    return {
        prefix + "/": {
            "get": dict(operationId="ServiceHealthCheck", description=_HEALTH, **health)
        },
        prefix + "/score": {
            "post": dict(
                operationId="RunMLService",
                description="Run web service's model and get the prediction output",
                security=[{"Bearer": []}],
                **score,
            )
        },
        prefix + "/swagger.json": {
            "get": dict(
                operationId="GetSwaggerSpec",
                description="Get the Swagger specification.",
                **specification,
            )
        },
    }
