"""Parts of URLs: query strings as pairs, escapes as people read them."""

import codecs
import re
from typing import List, Match, Tuple
from urllib.parse import parse_qsl, unquote

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# Read, these would mean something else: controls, space, percent sign and what divides a query.
_KEPT = re.compile(r"%(?:[01][0-9A-Fa-f]|20|25|26|2[Bb]|23|3[Dd]|7[Ff])")


def query_pairs(query: bytes) -> List[Tuple[str, str]]:
    """Names and values in order, those without a value included."""
    text = query.decode("utf-8", _AS_SENT)
    return parse_qsl(text, keep_blank_values=True, errors=_AS_SENT)


def readable(query: str) -> str:
    """A query string with the escapes read that stand for letters, as Flask shows it in `url`."""
    return _ESCAPES.sub(_read, query)


def _read(escapes: Match[str]) -> str:
    text, at, parts = escapes.group(), 0, []
    for kept in _KEPT.finditer(text):
        parts += [unquote(text[at : kept.start()], errors=_AS_SENT), kept.group()]
        at = kept.end()
    return "".join([*parts, unquote(text[at:], errors=_AS_SENT)])


def _quoted(error: UnicodeError) -> Tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return "".join("%%%02X" % byte for byte in wrong), error.end


# Bytes that are not UTF-8 stay the escapes they were sent as.
_AS_SENT = "brygga.as_sent"
codecs.register_error(_AS_SENT, _quoted)
