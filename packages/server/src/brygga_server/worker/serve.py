"""A worker's life: START, the script, READY, requests, the end."""

import json
import os
from typing import Any, Dict

from . import arena, channel, debugging, frames, logs, loop, process, progress
from .channel import ClosedError, FrontChannel
from .config import Config, parse_config
from .diagnosis import ScriptLoadError
from .loaded_script import LoadedScript

FAILED_EXIT = 3
GARBAGE_EXIT = 4


def main(socket_fd: int, memory_fd: int) -> int:
    """Serve the front behind `socket_fd` until it says STOP or goes away; the exit code."""
    shared = arena.map_arena(memory_fd)
    page = progress.map_page(memory_fd)
    link = channel.adopt(socket_fd)
    process.die_with_parent()
    process.in_forked_children(link.close)
    pid = os.getpid()
    try:
        config = _receive_start(link)
        log = logs.Log(as_json=config.log_format == "json", level=config.log_level, v1=config.v1)
        try:
            stdout = process.prepare(config, log)
            debugging.attach(log)
            loaded = LoadedScript(config, log)
        except ScriptLoadError as error:
            link.write(_frame(frames.FAILED, error.diagnosis.to_dict()))
            return FAILED_EXIT
        process.settle()
        link.write(_frame(frames.READY, loaded.ready()))
        _announce(config, log)
        loop.serve(loaded, loop.Link(link, page, shared), stdout)
    except ClosedError:
        if os.getpid() != pid:
            os._exit(0)  # a child that user code forked has come back from run()
        return 0
    except frames.FrameError as error:
        os.write(2, ("the front has sent garbage: %s\n" % error).encode())
        return GARBAGE_EXIT
    return 0


def _receive_start(link: FrontChannel) -> Config:
    kind, payload = link.read()
    if kind != frames.START:
        raise frames.FrameError("the first frame has kind %d, START was expected" % kind)
    try:
        return parse_config(payload)
    except (KeyError, TypeError, ValueError) as error:
        raise frames.FrameError("START cannot be used: %s" % error) from error


def _announce(config: Config, log: logs.Log) -> None:
    log.info(logs.SERVER, "Scoring timeout is set to %d" % config.scoring_timeout_ms)
    log.info(logs.SERVER, "Worker with pid %d ready for serving traffic" % os.getpid())


def _frame(kind: int, content: Dict[str, Any]) -> bytes:
    return frames.encode_frame(kind, json.dumps(content).encode())
