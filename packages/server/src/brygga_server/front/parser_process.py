"""Reads the numbers of large bodies beside the front, which serves everybody else meanwhile.

``python -I -m brygga_server.front.parser_process <socket fd>``: frames of requests come in, whose
`meta` says what is declared, frames of replies go out, arrays back to back in their bodies.
"""

from __future__ import annotations

import json
import socket
import sys
from itertools import chain

from brygga_server.front.numbers import Declared, parse
from brygga_server.worker import frames
from brygga_server.worker.channel import ClosedError, FrontChannel


def main(fd: int) -> int:
    """Answers until the front closes its end; the exit code."""
    channel = FrontChannel(socket.socket(fileno=fd))
    while True:
        try:
            _, payload = channel.read()
            for request in frames.decode_requests(payload):
                channel.write(frames.encode_reply(_parsed(request)))
            del payload, request
        except ClosedError:
            return 0


def question(declared: list[Declared], others: frozenset[str]) -> bytes:
    """The `meta` of a request."""
    parameters = [(d.name, d.dtype, d.shape) for d in declared]
    return json.dumps([parameters, sorted(others)]).encode()


def _parsed(request: frames.Request) -> frames.Reply:
    parameters, others = json.loads(request.meta)
    declared = [Declared(name, dtype, tuple(shape)) for name, dtype, shape in parameters]
    found = parse(bytes(request.body), declared, frozenset(others))
    if found is None:
        return frames.Reply(request.id, frames.BAD_INPUT, 0, 0, 0, b"", b"")
    arrays = [(a.name, a.dtype, a.shape, len(a.data)) for a in found.arrays]
    meta = json.dumps([arrays, found.values]).encode()
    data = b"".join(chain(a.data for a in found.arrays))
    return frames.Reply(request.id, frames.OK, 0, 0, 0, meta, data)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
