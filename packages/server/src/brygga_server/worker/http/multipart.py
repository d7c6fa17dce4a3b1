"""multipart/form-data: the fields and files of a form."""

import io
from typing import IO, Any, Iterator, List, NamedTuple, Tuple, Union

from .headers import Headers, parse_options


class FormError(ValueError):
    """A body that is not the form its Content-Type says."""


class UploadedFile:
    """One file of a form; reads like a file."""

    def __init__(self, name: str, filename: str, headers: Headers, data: bytes) -> None:
        self.name = name
        self.filename = filename
        self.headers = headers
        self.content_type = headers.get("Content-Type", "")
        self.mimetype = parse_options(self.content_type)[0]
        self.content_length = len(data)
        self.stream = io.BytesIO(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.stream)

    def save(self, destination: Union[str, IO[bytes]]) -> None:
        """Write what is left to read to a path or an open file."""
        if hasattr(destination, "write"):
            destination.write(self.stream.read())
            return
        with open(destination, "wb") as file:
            file.write(self.stream.read())


class MultipartForm(NamedTuple):
    """The parts of a form, in order."""

    fields: List[Tuple[str, str]]
    files: List[Tuple[str, UploadedFile]]


def parse(body: bytes, boundary: str) -> MultipartForm:
    """Take a multipart body apart. Raises `FormError`."""
    if not boundary:
        raise FormError("the Content-Type of the form has no boundary")
    delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
    sections = (b"\r\n" + body).split(delimiter)
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise FormError("the form does not end with its boundary")
    form = MultipartForm([], [])
    for section in sections[1:-1]:
        _add_part(section, form)
    return form


def _add_part(section: bytes, form: MultipartForm) -> None:
    # The boundary's line may end in white space.
    _, newline, part = section.partition(b"\r\n")
    head, blank, content = (b"\r\n" + part).partition(b"\r\n\r\n")
    if not newline or not blank:
        raise FormError("a part of the form has no empty line after its headers")
    headers = Headers(_header_lines(head.decode("utf-8", "replace")))
    options = parse_options(headers.get("Content-Disposition"))[1]
    name = options.get("name")
    if name is None:
        raise FormError("a part of the form has no name")
    if "filename" in options:
        file = UploadedFile(name, options["filename"], headers, content)
        form.files.append((name, file))
    else:
        charset = parse_options(headers.get("Content-Type"))[1].get("charset", "utf-8")
        form.fields.append((name, _decode(content, charset)))


def _decode(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _header_lines(head: str) -> Iterator[Tuple[str, str]]:
    for line in head.split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()
