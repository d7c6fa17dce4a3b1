"""What is asked within pods: by commands that run in them, for a moment."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

from brygga.errors import BryggaError
from brygga.images.dockerfile import SERVER
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.pods import CONTAINER, CONTROL, KEYS
from brygga.targets.serving import asking

_AT_ONCE = 8
_ANSWER_S = 10.0
_KEYS_S = 100.0
"""A node looks for changed secrets about once a minute, where nothing tells it to."""
_RESULT = 3


def ask_all(
    api: ClusterApi, pods: Sequence[str], question: Mapping[str, object]
) -> Iterator[Mapping[str, Any]]:
    """What the front of each pod answers; those that do not are passed over."""

    def ask(pod: str) -> Mapping[str, Any]:
        try:
            code, said = run(api, pod, asking(CONTROL, question), _ANSWER_S)
            answer = {} if code else json.loads(said)
        except (BryggaError, OSError, ValueError):
            return {}
        return answer if isinstance(answer, dict) and answer.get("ok") else {}

    if not pods:
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from (answer for answer in pool.map(ask, pods) if answer)


def take_keys(api: ClusterApi, pods: Sequence[str], content: str) -> list[str]:
    """Has every pod read its keys, once its node has brought them; the pods that did not."""
    digest = sha256(content.encode()).hexdigest()
    script = (
        "import hashlib, pathlib, sys, time\n"
        f"end = time.time() + {_KEYS_S}\n"
        f"file = pathlib.Path({f'{KEYS}/keys.json'!r})\n"
        f"while hashlib.sha256(file.read_bytes()).hexdigest() != {digest!r}:\n"
        "    if time.time() > end:\n"
        "        sys.exit('the node did not bring the new keys')\n"
        "    time.sleep(0.05)\n" + asking(CONTROL, {"op": "keys"})
    )

    def take(pod: str) -> bool:
        try:
            code, said = run(api, pod, script, _KEYS_S + _ANSWER_S)
        except (BryggaError, OSError):
            return False
        return not code and '"ok": true' in said

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [pod for pod, taken in zip(pods, pool.map(take, pods), strict=True) if not taken]


def run(api: ClusterApi, pod: str, script: str, timeout_s: float) -> tuple[int, str]:
    """Runs Python code with the server's interpreter in a pod: exit code and output.

    Raises:
        ClusterError: it may not be run, or there is no such pod.
        TimeoutError: it did not end in time.
    """
    command = [f"{SERVER}/bin/python", "-I", "-c", script]
    query = [("container", CONTAINER), ("stdout", "true"), ("stderr", "true")]
    said, result, deadline = b"", b"", time.monotonic() + timeout_s
    with api.talk(pod, "exec", [*query, *(("command", part) for part in command)]) as socket:
        while True:
            message = socket.receive(max(0.1, deadline - time.monotonic()))
            if message is None:
                return _code(result), said.decode("utf-8", "replace")
            channel, content = message[:1], message[1:]
            if channel == bytes([_RESULT]):
                result += content
            elif channel:
                said += content


def poll_until(condition: Callable[[], bool], timeout_s: float, pause_s: float = 0.2) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True


def _code(result: bytes) -> int:
    """From the Status that ends every command."""
    try:
        status = json.loads(result)
    except ValueError:
        return 1
    if status.get("status") == "Success":
        return 0
    causes = (status.get("details") or {}).get("causes") or ()
    codes = [each["message"] for each in causes if each.get("reason") == "ExitCode"]
    return int(codes[0]) if codes and codes[0].isdecimal() else 1
