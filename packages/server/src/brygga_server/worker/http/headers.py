"""Header and form collections: names that may repeat."""

from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

Pairs = Iterable[Tuple[str, str]]


class MultiDict(Dict[str, Any]):
    """A dict of the first value of each name; `getlist` has all of them."""

    def __init__(self, pairs: Iterable[Tuple[str, Any]] = ()) -> None:
        super().__init__()
        self._lists: Dict[str, List[Any]] = {}
        for name, value in pairs:
            self._lists.setdefault(name, []).append(value)
            self.setdefault(name, value)

    def getlist(self, name: str) -> List[Any]:
        """Every value of `name`, none where it is missing."""
        return list(self._lists.get(name, []))

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # noqa: A002
        """The first value, converted by `type`; `default` where that cannot be had."""
        if key not in self:
            return default
        if type is None:
            return self[key]
        try:
            return type(self[key])
        except (ValueError, TypeError):
            return default

    def lists(self) -> Iterator[Tuple[str, List[Any]]]:
        """(name, all its values)."""
        return iter(self._lists.items())

    def to_dict(self, flat: bool = True) -> Dict[str, Any]:
        """A plain dict: of first values, or of lists."""
        return dict(self) if flat else dict(self._lists)


class Headers:
    """Headers in order; names compare without case."""

    def __init__(self, pairs: Pairs = ()) -> None:
        self._pairs = [(name, value) for name, value in pairs]

    def __getitem__(self, name: str) -> str:
        for found in self.getlist(name):
            return found
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.remove(name)
        self.add(name, value)

    def __delitem__(self, name: str) -> None:
        self.remove(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.getlist(name))

    def __iter__(self) -> Iterator[Tuple[str, str]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return "Headers(%r)" % self._pairs

    def get(self, name: str, default: Any = None, type: Any = None) -> Any:  # noqa: A002
        """The first value of `name`."""
        return MultiDict((key.lower(), value) for key, value in self._pairs).get(
            name.lower(), default, type
        )

    def getlist(self, name: str) -> List[str]:
        """Every value of `name`."""
        wanted = name.lower()
        return [value for key, value in self._pairs if key.lower() == wanted]

    get_all = getlist

    def add(self, name: str, value: Any) -> None:
        """One more value of `name`; raises `ValueError` where it holds a line break."""
        text = str(value)
        if "\n" in text or "\r" in text:
            raise ValueError("The header %s cannot hold a line break: %r" % (name, text))
        self._pairs.append((name, text))

    add_header = add
    set = __setitem__

    def setdefault(self, name: str, value: Any) -> str:
        """The value of `name`, which is set where it is missing."""
        if name not in self:
            self.add(name, value)
        return self[name]

    def remove(self, name: str) -> None:
        """No value of `name` any more."""
        wanted = name.lower()
        self._pairs = [pair for pair in self._pairs if pair[0].lower() != wanted]

    def update(self, other: Union[Dict[str, Any], Pairs]) -> None:
        """Set each of `other`."""
        pairs = other.items() if isinstance(other, dict) else other
        for name, value in list(pairs):
            self[name] = value

    extend = update

    def items(self) -> List[Tuple[str, str]]:
        """(name, value), repeats included."""
        return list(self._pairs)

    def keys(self) -> List[str]:
        """The names."""
        return [name for name, _ in self._pairs]

    def values(self) -> List[str]:
        """The values."""
        return [value for _, value in self._pairs]

    def to_wsgi_list(self) -> List[Tuple[str, str]]:
        """The same as `items`."""
        return list(self._pairs)


def headers_dict(pairs: Iterable[Sequence[str]]) -> Dict[str, str]:
    """Headers as v1 gives them to a script: names in title case, repeats joined with a comma.

    A name with an underscore is left out, as WSGI servers do: behind a proxy it could pass for one
    with a hyphen that only the proxy may send.
    """
    headers: Dict[str, str] = {}
    for name, value in pairs:
        if "_" in name:
            continue
        key = name.title()
        headers[key] = "%s,%s" % (headers[key], value) if key in headers else value
    return headers


def parse_options(value: Optional[str]) -> Tuple[str, Dict[str, str]]:
    """`form-data; name="a"` as ("form-data", {"name": "a"}); names in lower case."""
    parts = _split_quoted(value or "")
    options = {}
    for part in parts[1:]:
        name, equals, content = part.partition("=")
        if equals:
            options[name.strip().lower()] = _unquote(content.strip())
    return (parts[0].strip().lower() if parts else ""), options


def _split_quoted(text: str) -> List[str]:
    """Split at semicolons outside of quotes."""
    parts, quoted, escaped = [""], False, False
    for char in text:
        if char == ";" and not quoted:
            parts.append("")
            continue
        parts[-1] += char
        if escaped:
            escaped = False
        elif char == "\\" and quoted:
            escaped = True
        elif char == '"':
            quoted = not quoted
    return parts


def _unquote(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    # Browsers send a backslash of a path as it is, and only escape quotes.
    return text[1:-1].replace('\\"', '"')
