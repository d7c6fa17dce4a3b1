"""`json.loads` of a request's own text, without parsing it again.

The front has parsed the text already, where it may (see front/read_ahead.py). So that scripts stay
as they are, `json.loads` is told: its decoder asks here whether a text is the one that run() was
given. Everything else of `json` is untouched, and so is every other text.
"""

import json
import marshal
from typing import Any, Callable, Dict, Optional, Tuple

# As Python has it: this module is loaded before the script, which may put its own in their place.
_DECODE = json.JSONDecoder.decode
_DECODER: Any = getattr(json, "_default_decoder", None)  # that of loads() without arguments
_PARTS = vars(_DECODER).copy() if type(_DECODER) is json.JSONDecoder else {}


class ReadAhead:
    """What is known of the texts that run() works on now; threads share it."""

    def __init__(self) -> None:
        self.texts: Dict[int, Tuple[str, Optional[bytes], "OwnText"]] = {}
        self._plain: Callable[..., Any] = json.JSONDecoder().decode

    def install(self) -> bool:
        """Has `json.loads` ask here, for the rest of the process; False where it cannot be."""
        decoder: Any = getattr(json, "_default_decoder", None)
        if decoder is None or decoder is not _DECODER or json.JSONDecoder.decode is not _DECODE:
            return False
        if vars(decoder) != _PARTS:  # it has been told to read numbers otherwise, say
            return False
        self._plain = decoder.decode
        decoder.decode = self._decode
        return True

    def _decode(self, text: str, *more: Any) -> Any:
        known = self.texts.get(id(text))
        if known is None or known[0] is not text or more:
            return self._plain(text, *more)
        values = known[1]
        if values is None:
            known[2].parsed = True
            return self._plain(text)
        # Anew each time: scripts change what they get. It comes from the front, not from a client.
        return marshal.loads(values)  # noqa: S302


class OwnText:
    """The text of the request that one thread runs."""

    def __init__(self, ahead: ReadAhead) -> None:
        self._ahead = ahead
        self._key: Optional[int] = None
        self.parsed = False  # the script has parsed it, and nobody had before

    def begin(self, text: str, values: Optional[bytes]) -> None:
        """Run() is about to be given this text; `values` are what it says, where that is known."""
        self.end()  # the last one, if an interruption has kept it from being forgotten
        self.parsed = False
        key = id(text)
        self._ahead.texts[key] = (text, values, self)
        self._key = key

    def end(self) -> None:
        """Run() is done with it."""
        if self._key is not None:
            self._ahead.texts.pop(self._key, None)
            self._key = None
