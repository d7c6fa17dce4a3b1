"""In which form data is sent, by what the script of the service takes."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.services.payload import Payload, encode, payload_of, table_of

TEXT: Mapping[str, object] = {"takes_input": "text", "parameters": []}
RAW: Mapping[str, object] = {"takes_input": "raw", "parameters": []}


def takes(*kinds: str) -> Mapping[str, object]:
    """A script that declares parameters, each as `kind/form`; `?` marks optional ones."""
    named = []
    for number, kind in enumerate(kinds):
        plain, _, form = kind.rstrip("?").partition("/")
        named.append(
            {"name": f"p{number}", "kind": plain, "form": form, "optional": kind.endswith("?")}
        )
    return {"takes_input": "object", "parameters": named}


def sent(data: object, contract: Mapping[str, object]) -> object:
    return json.loads(payload_of(data, lambda: contract).body)


def never() -> Mapping[str, object]:
    raise AssertionError("nobody has to be asked")


def test_the_service_is_only_asked_where_it_matters(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}')
    assert payload_of(b"\x00", never) == Payload(b"\x00")
    assert payload_of("text", never) == Payload(b"text")
    assert payload_of({"data": [1]}, never) == Payload(b'{"data": [1]}')
    assert payload_of(tmp_path / "x.json", never) == Payload(b'{"a": 1}')


def test_a_table_goes_under_the_parameter_that_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n1,x\n2.5,\n")
    rows = [{"a": 1, "b": "x"}, {"a": 2.5, "b": None}]
    assert sent(file, TEXT) == {"data": rows}
    assert sent(file, {}) == {"data": rows}
    assert sent(file, takes("json")) == {"p0": rows}
    assert sent(file, takes("json", "json?")) == {"p0": rows}
    assert sent(file, takes("numpy")) == {"p0": [[1, "x"], [2.5, None]]}
    assert sent(file, takes("json/array")) == {"p0": [[1, "x"], [2.5, None]]}
    assert sent(file, takes("json/table")) == {"p0": rows}
    assert payload_of(file, lambda: RAW) == Payload(file.read_bytes(), "text/csv")
    with pytest.raises(InvalidInputError, match="takes 2 parameters: p0, p1"):
        sent(file, takes("json", "json"))


def test_a_table_of_numbers_goes_as_rows_where_nothing_is_declared(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n1,2\n3,4.5\n")
    assert sent(file, TEXT) == {"data": [[1, 2], [3, 4.5]]}
    assert sent(file, {**TEXT, "form": "table"}) == {"data": [{"a": 1, "b": 2}, {"a": 3, "b": 4.5}]}


def test_a_csv_text_is_read_as_it_was_meant() -> None:
    assert table_of("1,2\n3,4\n") == [[1, 2], [3, 4]]
    assert table_of("a;b\n1,5;2\n") == [{"a": "1,5", "b": 2}]
    assert table_of("") == []


def test_an_image_goes_as_its_file_to_a_raw_script(tmp_path: Path) -> None:
    file = tmp_path / "x.png"
    file.write_bytes(b"\x89PNG")
    assert payload_of(file, lambda: RAW) == Payload(b"\x89PNG", "image/png")


def test_an_image_goes_as_its_pixels_to_others(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("numpy")
    image.new("L", (2, 1), 7).save(tmp_path / "x.png")
    assert sent(tmp_path / "x.png", TEXT) == {"data": [[7, 7]]}


def test_frames_and_arrays(tmp_path: Path) -> None:
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", "y"]})
    rows = [{"a": 1.5, "b": "x"}, {"a": None, "b": "y"}]
    assert sent(frame, TEXT) == {"data": rows}
    assert sent(frame, takes("json")) == {"p0": rows}
    assert sent(pd.DataFrame({"a": [1], "b": [2]}), takes("numpy")) == {"p0": [[1, 2]]}
    assert sent({"data": frame}, TEXT) == {"data": rows}
    assert sent(np.zeros((1, 2)), takes("numpy")) == {"p0": [[0.0, 0.0]]}
    assert sent(np.zeros(2), RAW) == [0.0, 0.0]


def test_an_array_of_a_file(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    np.save(tmp_path / "x.npy", np.arange(3))
    assert sent(tmp_path / "x.npy", takes("numpy")) == {"p0": [0, 1, 2]}


def test_arrays_are_sent_as_nested_lists() -> None:
    numpy = pytest.importorskip("numpy")
    assert encode({"data": numpy.zeros((1, 2)), "n": numpy.int64(3)}) == (
        b'{"data": [[0.0, 0.0]], "n": 3}'
    )


def test_what_is_not_json_is_named() -> None:
    with pytest.raises(InvalidInputError, match="object is not JSON"):
        encode({"x": object()})


def test_what_is_missing_to_read_an_image_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(InvalidInputError, match="pillow and numpy are not installed") as caught:
        payload_of(tmp_path / "a.png", dict)
    assert "`pip install pillow numpy`" in caught.value.hint
