"""The values of a JSON body, made ready for a worker whose script would parse them itself.

An undecorated `run()` is given text, and most of them begin with `json.loads` of it. The front
reads the text once, in C, and sends what Python's own `marshal` makes of the values: reading that
takes the worker a fraction of the time (see worker/read_ahead.py). There is one truth,
`json.loads`: what is here gives exactly what that would give, types and order included, or None,
and then the text alone goes to the worker.
"""

from __future__ import annotations

import marshal

LEAST = 256  # bytes of body; less is parsed sooner than it is sent twice
MOST = 512 << 10  # that takes about 2 ms: nobody else is served meanwhile
_DEEPEST = 16  # `json.loads` has Python's own limit, which depends on what has been called
_FORMAT = 2  # every Python there is reads it; later ones look for values that are the same object

# With all digits alike, those in a row are found by one search.
_DIGITS = bytes(48 if 48 <= each <= 57 else 46 if each == 46 else 32 for each in range(256))
_LONG = b" " + b"0" * 19  # a fraction has a point before it
_NOT_BRACKETS = bytes(each for each in range(256) if each not in b"[]{}")


def values(body: bytes) -> bytes | None:
    """What `json.loads` makes of a text, for `marshal.loads`; None where that is not certain."""
    if not LEAST <= len(body) <= MOST or not _is_flat(body) or _may_be_long(body):
        return None
    import orjson  # its own imports take longer than all else here, and many need it never

    try:
        return marshal.dumps(orjson.loads(body), _FORMAT)
    except ValueError:  # the worker says what is wrong, or takes what only Python calls JSON
        return None


def _is_flat(body: bytes) -> bool:
    """Whether lists and objects surely lie in one another less than `_DEEPEST` times."""
    brackets = body.translate(None, _NOT_BRACKETS)
    for _ in range(_DEEPEST):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets


def _may_be_long(body: bytes) -> bool:
    """Whether there may be an integer of more than 64 bits, which orjson makes a float of."""
    digits = body.translate(_DIGITS)
    # Backwards, because it then looks for the space, which is rarer than digits.
    return digits.rfind(_LONG) >= 0 or digits.startswith(_LONG[1:])
