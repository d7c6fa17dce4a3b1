"""Trying a script without a front, on the code path of serving; requests come on stdin."""

import base64
import json
import os
import sys
from typing import Any, Dict, List, Optional

from . import config as configs
from . import frames, logs, process
from .call import Caller, ScriptAnswer
from .contract import RAW
from .diagnosis import ScriptLoadError
from .frames import Request
from .loaded_script import LoadedScript

FAILED_EXIT = 3
_CAUSES = {
    frames.OK: ("ok", 200),
    frames.BAD_INPUT: ("bad_input", 400),
    frames.RUN_RAISED: ("run_raised", 500),
    frames.NOT_ENCODABLE: ("not_encodable", 500),
    frames.UNSUPPORTED_MEDIA: ("unsupported_media", 415),
    frames.PASSED: ("ok", 200),
}


def main(path: str) -> int:
    """Read {"config", "requests"} from stdin, write the report to `path`; the exit code."""
    path = os.path.abspath(path)
    asked = json.load(sys.stdin)
    config = configs.from_dict(asked["config"])
    log = logs.Log(as_json=config.log_format == "json", level=config.log_level, v1=config.v1)
    stdout = process.prepare(config, log)
    report: Dict[str, Any] = {"version": 1, "contract": None, "diagnosis": None, "results": []}
    try:
        loaded = LoadedScript(config, log)
    except ScriptLoadError as error:
        report["diagnosis"] = error.diagnosis.to_dict()
        _write(path, report)
        return FAILED_EXIT
    report["contract"] = loaded.ready()
    caller = Caller(loaded.script, loaded.contract, config, log, arrays=False)
    raw = loaded.contract.takes_input == RAW
    for number, item in enumerate(asked.get("requests") or [], 1):
        answer = caller.call(_request(number, item, raw))
        report["results"].append(_result(answer))
        stdout.end_line()
    _write(path, report)
    return 0


def _request(number: int, item: Dict[str, Any], raw: bool) -> Request:
    body = item["text"].encode() if "text" in item else base64.b64decode(item["body_b64"])
    request_id = "request-%d" % number
    if not raw:
        return Request(number, frames.BODY, request_id, b"", body)
    headers = [["Content-Type", "application/json"], ["Content-Length", str(len(body))]]
    meta = {"method": "POST", "path": "/score", "query": "", "headers": headers}
    return Request(number, frames.RAW, request_id, json.dumps(meta).encode(), body)


def _result(answer: ScriptAnswer) -> Dict[str, Any]:
    reply = answer.reply
    cause, status = _CAUSES[reply.cause]
    body = bytes(reply.body)
    error: Optional[str] = None
    if answer.rest is not None:
        try:
            body += b"".join(answer.rest)
        except BaseException as raised:  # noqa: BLE001 - user code makes the parts
            cause, error = "run_raised", "%s: %s" % (type(raised).__name__, raised)
    told = json.loads(reply.meta) if reply.meta else {}
    if cause in ("bad_input", "unsupported_media", "not_encodable"):
        error, body = body.decode("utf-8", "replace"), b""
    return {
        "cause": cause,
        "status": reply.status or status,
        "output": _text(body),
        "output_b64": None if _text(body) is not None else base64.b64encode(body).decode(),
        "seconds": reply.run_ns / 1e9,
        "error": error or told.get("error"),
        "file": told.get("file"),
        "line": told.get("line"),
        "traceback": told.get("traceback"),
    }


def _text(body: bytes) -> Optional[str]:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _write(path: str, report: Dict[str, Any]) -> None:
    parts: List[str] = [json.dumps(report), "\n"]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(parts)
